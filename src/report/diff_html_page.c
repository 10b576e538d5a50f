#include "report/diff_html_page.h"

#include "report/html_page.h"

static const char *const STYLE[] = {
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
    ".part{margin:.25rem 0}.item "
    "img{max-width:100%;max-height:20rem}.text{white-space:pre-wrap}.kind{color:var(--soft);"
    "font-size:.8rem}.lost{background:var(--mark);color:var(--loss)}\n",
    "ul.losses{grid-column:1/-1;margin:0;padding:.25rem 1rem .5rem 2rem;color:var(--loss);"
    "background:var(--mark)}ul.losses b{font-weight:600}.empty{color:var(--soft)}\n",
    "@media(max-width:50rem){summary{padding:.5rem}summary "
    "h2{font-size:.9rem}.conv{font-size:.75rem}nav{position:static}.item{grid-template-columns:1fr}"
    ".item>.dst{"
    "border-left:0;border-top:1px dashed var(--line)}}\n",
    "@media print{nav,.skip{display:none}.item{content-visibility:visible;break-inside:avoid}"
    "details{border:0}body{font-size:11px}}\n",
    "nav:has(#f-any:checked)~main :is(.item,details):not(.lossy){display:none}\n",
};

/* What is chosen shows in the navigation alone: with :has() above ten thousand items, or asked of
 * every thread, a browser looks at all of them for each of the others. */
static void add_style(struct buf *out)
{
    for (size_t i = 0; i < sizeof STYLE / sizeof STYLE[0]; i++)
        buf_add_text(out, STYLE[i]);
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        const char *name = loss_name((enum loss_kind)kind);

        buf_printf(out, "nav:has(#f-%s:checked)~main :is(.item,details):not(.l-%s){display:none}\n",
                   name, name);
    }
}

void diff_html_head(struct buf *out)
{
    struct buf style;

    buf_init(&style, BUF_NO_LIMIT);
    add_style(&style);
    html_page_head(out, "threadferry diff", buf_span(&style));
    buf_add_text(out, "<a class=\"skip\" href=\"#threads\">Skip to the threads</a>\n");
    buf_release(&style);
}

static void add_choice(struct buf *out, const char *id, const char *label, bool checked)
{
    buf_printf(out, "<label><input type=\"radio\" name=\"f\" id=\"f-%s\"%s> %s</label>\n", id,
               checked ? " checked" : "", label);
}

void diff_html_filters(struct buf *out, const struct losses *losses)
{
    buf_add_text(out, "<nav aria-label=\"Filter\"><fieldset><legend>Show</legend>\n");
    add_choice(out, "all", "everything", true);
    if (losses_total(losses) > 0)
        add_choice(out, "any", "items with a loss", false);
    for (int kind = 0; kind < LOSS_KINDS; kind++) {
        if (losses->count[kind] > 0)
            add_choice(out, LOSS_ROWS[kind].name, LOSS_ROWS[kind].name, false);
    }
    buf_add_text(out, "</fieldset></nav>\n");
}
