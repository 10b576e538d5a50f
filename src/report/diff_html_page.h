/*
 * The frame of the HTML diff: head, style, filters. No script, nothing from
 * outside; the content security policy allows this one style by its hash.
 */
#ifndef REPORT_DIFF_HTML_PAGE_H
#define REPORT_DIFF_HTML_PAGE_H

#include "base/buf.h"
#include "map/losses.h"

/* Everything up to and with <body>. */
void diff_html_head(struct buf *out);

/* The choice of what is shown: all items, those with a loss, or one kind of the losses, which are
 * those of all threads. Works by selectors alone: see the classes l-KIND and lossy of items. */
void diff_html_filters(struct buf *out, const struct losses *losses);

#endif
