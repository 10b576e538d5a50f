#include "cmd/diff_html_page.h"

#include "api/digest.h"

#include <inttypes.h>

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
    "border-bottom:1px solid var(--line);vertical-align:top}td.n{text-align:right;"
    "font-variant-numeric:tabular-nums}caption{text-align:left;font-weight:600}\n",
    "nav{position:sticky;top:0;background:var(--back);border-bottom:1px solid var(--line);"
    "z-index:1}fieldset{border:0;margin:0;padding:.5rem 0;display:flex;flex-wrap:wrap;"
    "gap:.25rem 1rem}legend{float:left;font-weight:600;margin-right:1rem}\n",
    "details{border:1px solid var(--line);border-radius:.5rem;margin:1rem 0}summary{"
    "padding:.5rem 1rem;cursor:pointer;background:var(--card);border-radius:.5rem;"
    "overflow-wrap:anywhere}summary h2{display:inline;font-size:1.05rem;margin:0}\n",
    ".act{display:inline-block;padding:0 .5rem;border:1px solid;border-radius:1rem;"
    "font-size:.85rem}.create,.append{color:var(--add)}.none{color:var(--same)}"
    ".conflict,.fail{color:var(--bad)}.conv{color:var(--soft)}.reason{margin:.5rem 1rem}\n",
    "ol{list-style:none;margin:0;padding:0}.item{display:grid;grid-template-columns:1fr 1fr;"
    "border-top:1px solid var(--line);content-visibility:auto;contain-intrinsic-size:auto 6rem}\n",
    ".item>div{padding:.5rem 1rem;min-width:0;overflow-wrap:anywhere}.item>.dst{"
    "border-left:3px solid var(--line)}.add>.dst{border-color:var(--add)}.skipped>.dst{"
    "border-color:var(--skip)}.foreign>.dst{border-color:var(--bad)}\n",
    ".who{color:var(--soft);font-size:.85rem}.sign{font:700 1rem monospace}.add .sign{"
    "color:var(--add)}.skipped .sign{color:var(--skip)}.foreign .sign{color:var(--bad)}\n",
    ".part{margin:.25rem 0}.text{white-space:pre-wrap}.kind{color:var(--soft);"
    "font-size:.8rem}.lost{background:var(--mark);color:var(--loss)}\n",
    "ul.losses{grid-column:1/-1;margin:0;padding:.25rem 1rem .5rem 2rem;color:var(--loss);"
    "background:var(--mark)}ul.losses b{font-weight:600}.empty{color:var(--soft)}\n",
    "@media(max-width:50rem){.item{grid-template-columns:1fr}.item>.dst{"
    "border-left:0;border-top:1px dashed var(--line)}}\n",
    "@media print{nav,.skip{display:none}.item{content-visibility:visible;break-inside:avoid}"
    "details{border:0}body{font-size:11px}}\n",
    "body:has(#f-any:checked) .item:not(.lossy){display:none}\n",
};

static void add_style(struct buf *out)
{
    for (size_t i = 0; i < sizeof STYLE / sizeof STYLE[0]; i++)
        (void)buf_add_text(out, STYLE[i]);
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        const char *name = loss_name((enum loss_kind)kind);

        (void)buf_printf(out, "body:has(#f-%s:checked) .item:not(.l-%s){display:none}\n", name,
                         name);
    }
}

static void add_base64(struct buf *out, const unsigned char *bytes, size_t len)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < len; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        size_t have = len - i < 3 ? len - i : 3;

        group |= have > 1 ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= have > 2 ? bytes[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            (void)buf_add_char(out, k <= have ? DIGITS[group >> (18 - 6 * k) & 63] : '=');
    }
}

void diff_html_head(struct buf *out)
{
    struct fingerprint hash;
    struct buf style;

    buf_init(&style, BUF_NO_LIMIT);
    add_style(&style);
    hash = fingerprint_of(buf_span(&style));
    (void)buf_add_text(out,
                       "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                       "'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-");
    add_base64(out, hash.bytes, sizeof hash.bytes);
    (void)buf_add_text(out, "'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                            "<meta name=\"viewport\" content=\"width=device-width\">\n"
                            "<title>threadferry diff</title>\n<style>");
    (void)buf_add_span(out, buf_span(&style));
    (void)buf_add_text(out, "</style>\n</head>\n<body>\n"
                            "<a class=\"skip\" href=\"#threads\">Skip to the threads</a>\n");
    buf_release(&style);
}

static void add_choice(struct buf *out, const char *id, const char *label, int64_t count,
                       bool checked)
{
    (void)buf_printf(out, "<label><input type=\"radio\" name=\"f\" id=\"f-%s\"%s> %s", id,
                     checked ? " checked" : "", label);
    if (count > 0)
        (void)buf_printf(out, " (%" PRId64 ")", count);
    (void)buf_add_text(out, "</label>\n");
}

void diff_html_filters(struct buf *out, const struct losses *losses)
{
    (void)buf_add_text(out, "<nav aria-label=\"Filter\"><fieldset><legend>Show</legend>\n");
    add_choice(out, "all", "everything", 0, true);
    if (losses_total(losses) > 0)
        add_choice(out, "any", "items with a loss", 0, false);
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        const char *name = loss_name((enum loss_kind)kind);

        if (losses->count[kind] > 0)
            add_choice(out, name, name, losses->count[kind], false);
    }
    (void)buf_add_text(out, "</fieldset></nav>\n");
}
