/*
 * The frame of our HTML pages: self-contained, no script, nothing from
 * outside; the content security policy allows its one style by its hash. Dark
 * and light follow the reader's choice.
 */
#ifndef REPORT_HTML_PAGE_H
#define REPORT_HTML_PAGE_H

#include "base/buf.h"

/* Everything up to and with <body>. title is our own plain text; style is added to the common one.
 */
void html_page_head(struct buf *out, const char *title, struct span style);

/* The words of a command, which a narrow page breaks between, not inside. */
void html_page_words(struct buf *out, struct span text);

#endif
