#include "report/report.h"

#include "base/text.h"
#include "base/version.h"
#include "print/advice.h"
#include "print/count_rows.h"
#include "print/help.h"
#include "report/html_page.h"

#include <string.h>

enum { PLOT_WIDTH = 800, PLOT_HEIGHT = 200 };

static const char STYLE[] =
    "svg{width:100%;height:10rem;overflow:visible;border:solid var(--line);border-width:0 0 1px "
    "1px}.curve{fill:none;stroke:var(--add);stroke-width:2;vector-effect:non-scaling-stroke}"
    ".scale{display:flex;justify-content:space-between;margin:0}dt{font-weight:600}dt,dd{"
    "overflow-wrap:anywhere}dd{margin-left:1rem}dt:not(:first-child){margin-top:.5rem}\n";

static void add_summary(struct buf *out, const struct report *report, const struct summary *s)
{
    const struct {
        const char *name;
        int64_t value;
    } ROWS[] = {
        {"threads selected", s->selected},
        {s->dry_run ? "to migrate" : "done", s->outcomes[OUTCOME_DONE]},
        {"already done", s->outcomes[OUTCOME_ALREADY_DONE]},
        {"topped up", s->outcomes[OUTCOME_TOPPED_UP]},
        {"failed", s->outcomes[OUTCOME_FAILED]},
        {"uncertain", s->outcomes[OUTCOME_UNCERTAIN]},
        {"remaining", summary_remaining(s)},
        {s->dry_run ? "items to write" : "items written", s->items},
        {"requests to the source", s->stats.requests[SIDE_SOURCE]},
        {"requests to the destination", s->stats.requests[SIDE_DESTINATION]},
        {"retries", s->stats.retries},
        {"rate limited", s->stats.throttled},
        {"possible empty conversations", (int64_t)s->orphans},
    };

    buf_printf(out,
               "<section aria-labelledby=\"done\"><h2 id=\"done\">What %s done</h2>"
               "<p>Started ",
               s->dry_run ? "would be" : "was");
    text_add_iso8601(out, report->wall_ms);
    buf_add_text(out, "</p>\n<table><tbody>\n");
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        if (ROWS[i].value != 0)
            buf_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td></tr>\n",
                       ROWS[i].name, text_number(ROWS[i].value).text);
    }
    buf_add_text(out, "<tr><th scope=\"row\">took</th><td class=\"n\">");
    text_add_duration(out, s->duration_ms);
    buf_printf(out, "</td></tr>\n<tr><th scope=\"row\">exit status</th><td>%d: ", s->exit_code);
    text_add_html(out, span_of(s->reason));
    buf_add_text(out, "</td></tr>\n</tbody></table></section>\n");
}

static void add_losses(struct buf *out, const struct summary *s)
{
    const struct losses *losses = &s->losses;

    if (losses_total(losses) == 0)
        return;
    buf_printf(out, "<section aria-labelledby=\"lost\"><h2 id=\"lost\">What %s lost</h2>\n",
               s->dry_run ? "would be" : "was");
    count_rows_add_losses_html(out, "Losses", losses);
    buf_add_text(out, "</section>\n");
}

/* A list: the ids of threads leave no room for columns beside them. */
static void add_failures(struct buf *out, const struct report *report, const struct summary *s)
{
    if (report->failure_count == 0)
        return;
    buf_printf(out,
               "<section aria-labelledby=\"failed\"><h2 id=\"failed\">What failed (%s)</h2><dl>\n",
               text_number(s->outcomes[OUTCOME_FAILED]).text);
    for (size_t i = 0; i < report->failure_count; i++) {
        const struct report_failure *failure = &report->failures[i];

        buf_add_text(out, "<dt>");
        text_add_html(out, span_of(failure->thread_id));
        buf_printf(out, "</dt><dd><b>%s</b>: ", error_code_name(failure->code));
        text_add_html(out, span_of(failure->reason));
        buf_printf(out, "</dd><dd>→ %s</dd>\n", advice_for(failure->code));
    }
    buf_add_text(out, "</dl></section>\n");
}

/* Requests a second between two samples. */
static double rate_at(const struct report *report, size_t i)
{
    const struct report_sample *a = &report->samples[i - 1];
    const struct report_sample *b = &report->samples[i];

    return b->ms > a->ms ? (double)(b->requests - a->requests) * 1000 / (double)(b->ms - a->ms) : 0;
}

/* The curve, one level for each stretch between two samples. It is stretched to the page, so what
 * is to be read is not in it. */
static void add_throughput(struct buf *out, const struct report *report)
{
    const double span =
        report->sample_count > 0 ? (double)report->samples[report->sample_count - 1].ms : 0;
    double most = 1;

    if (report->sample_count < 2 || span <= 0)
        return;
    for (size_t i = 1; i < report->sample_count; i++)
        most = rate_at(report, i) > most ? rate_at(report, i) : most;
    buf_printf(out,
               "<section aria-labelledby=\"speed\"><h2 id=\"speed\">Throughput</h2>"
               "<p>At most %s requests a second</p>\n"
               "<svg role=\"img\" aria-label=\"requests a second over time, at most %.0f\" "
               "viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\">\n"
               "<polyline class=\"curve\" points=\"",
               text_number((int64_t)most).text, most, PLOT_WIDTH, PLOT_HEIGHT);
    for (size_t i = 1; i < report->sample_count; i++) {
        const double y = (double)PLOT_HEIGHT * (1 - rate_at(report, i) / most);

        buf_printf(out, "%.1f,%.1f %.1f,%.1f ",
                   (double)PLOT_WIDTH * (double)report->samples[i - 1].ms / span, y,
                   (double)PLOT_WIDTH * (double)report->samples[i].ms / span, y);
    }
    buf_add_text(out, "\"/></svg>\n<p class=\"scale\"><span>0</span><span>");
    text_add_duration(out, report->samples[report->sample_count - 1].ms);
    buf_add_text(out, "</span></p></section>\n");
}

/* The settings in effect. */
static void add_circumstances(struct buf *out, const struct config *config)
{
    static const char UNSET[] = "# not set";
    struct buf text;
    struct span rest;
    struct span line;

    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(out, "<section aria-labelledby=\"with\"><h2 id=\"with\">Versions and "
                      "configuration</h2><pre tabindex=\"0\">");
    help_version(&text, true);
    config_print(&text, config);
    rest = buf_span(&text);
    while (text_next_line(&rest, &line)) {
        if (memmem(line.data, line.len, UNSET, strlen(UNSET)))
            continue;
        text_add_html(out, line);
        buf_add_char(out, '\n');
    }
    buf_add_text(out, "</pre></section>\n");
    buf_release(&text);
}

static void add_next(struct buf *out, const struct summary *summary, const struct options *options)
{
    struct buf command;

    buf_init(&command, BUF_NO_LIMIT);
    buf_printf(out, "<p>To %s, run: <code>", summary_next(&command, summary, options));
    text_add_html(out, buf_span(&command));
    buf_add_text(out, "</code></p>\n");
    buf_release(&command);
}

void report_write_html(struct buf *out, const struct report *report, const struct summary *summary,
                       const struct invocation *invocation)
{
    html_page_head(out, "threadferry report", span_of(STYLE));
    buf_add_text(out, "<header><h1>threadferry migrate</h1>\n");
    add_next(out, summary, invocation->options);
    buf_add_text(out, "</header>\n<main>\n");
    add_summary(out, report, summary);
    add_failures(out, report, summary);
    add_losses(out, summary);
    add_throughput(out, report);
    add_circumstances(out, invocation->config);
    buf_add_text(out, "</main>\n<footer><p>threadferry " THREADFERRY_VERSION
                      "</p></footer>\n</body>\n</html>\n");
}
