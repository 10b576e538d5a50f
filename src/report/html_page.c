#include "report/html_page.h"

#include "base/text.h"
#include "files/digest.h"

#include <openssl/evp.h>
#include <string.h>

/* Colours are variables, so that light and dark differ in one place only. */
static const char *const STYLE[] = {
    ":root{color-scheme:light dark;--back:#fff;--ink:#1c1e21;--soft:#5b626b;--line:#d5d9de;"
    "--card:#f6f7f9;--add:#0b6b33;--same:#5b626b;--skip:#8a5a00;--bad:#b3261e;"
    "--loss:#8a2be2;--mark:#f3e8ff;--focus:#0b57d0}\n",
    "@media(prefers-color-scheme:dark){:root{--back:#15171a;--ink:#e6e8eb;--soft:#a0a7b0;"
    "--line:#363b42;--card:#1e2126;--add:#5fd08a;--same:#a0a7b0;--skip:#e2b04a;--bad:#ff8a80;"
    "--loss:#d3a4ff;--mark:#2e2140;--focus:#8ab4f8}}\n",
    "*{box-sizing:border-box}body{margin:0;background:var(--back);color:var(--ink);"
    "font:15px/1.5 system-ui,sans-serif}\n",
    "header,nav,main,footer{max-width:90rem;margin:0 auto;padding:0 1rem}h1{font-size:1.5rem}\n",
    ".skip{position:absolute;left:-100rem}.skip:focus{left:1rem;top:1rem;padding:.5rem;"
    "background:var(--back)}:focus-visible{outline:3px solid var(--focus);outline-offset:2px}\n",
    "table{border-collapse:collapse;margin:1rem 0}th,td{text-align:left;padding:.25rem .75rem;"
    "border-bottom:1px solid var(--line);vertical-align:top}th,.n{white-space:nowrap}.n{"
    "text-align:right;font-variant-numeric:tabular-nums}caption{text-align:left;font-weight:600}"
    "@media(max-width:40rem){th,td{padding:.25rem}.c{display:grid;grid-template-columns:3.5rem "
    "1fr}.c>:not(:last-child){border:0}.c>:last-child{grid-column:2}}\n",
    "code,pre{background:var(--card);font-size:.85em;overflow-wrap:anywhere}pre{overflow-x:auto}"
    ".w{display:inline-block;max-width:100%}\n",
};

void html_page_head(struct buf *out, const char *title, struct span style)
{
    unsigned char base64[2 * DIGEST_BYTES];
    struct fingerprint hash;
    struct buf all;

    buf_init(&all, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof STYLE / sizeof STYLE[0]; i++)
        buf_add_text(&all, STYLE[i]);
    buf_add_span(&all, style);
    hash = fingerprint_of(buf_span(&all));
    buf_add_text(out,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                 "'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'sha256-");
    (void)EVP_EncodeBlock(base64, hash.bytes, sizeof hash.bytes);
    buf_printf(out,
               "%s'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
               "<meta name=\"viewport\" content=\"width=device-width\">\n"
               "<title>%s</title>\n<style>",
               (const char *)base64, title);
    buf_add_span(out, buf_span(&all));
    buf_add_text(out, "</style>\n</head>\n<body>\n");
    buf_release(&all);
}

void html_page_words(struct buf *out, struct span text)
{
    while (text.len > 0) {
        const char *space = memchr(text.data, ' ', text.len);
        const size_t len = space ? (size_t)(space - text.data) : text.len;

        buf_add_text(out, "<span class=\"w\">");
        text_add_html(out, (struct span){text.data, len});
        buf_add_text(out, space ? "</span> " : "</span>");
        text.data += len + (space != NULL);
        text.len -= len + (space != NULL);
    }
}
