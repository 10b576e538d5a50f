#include "report/report.h"

#include "base/text.h"
#include "base/version.h"
#include "print/advice.h"
#include "print/count_rows.h"
#include "print/help.h"
#include "report/html_page.h"

enum { PLOT_WIDTH = 800, PLOT_HEIGHT = 200, PLOT_LEFT = 4, PLOT_TOP = 24, PLOT_BOTTOM = 24 };

static void add_row(struct buf *out, const char *name, int64_t value)
{
    if (value != 0)
        (void)buf_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%lld</td></tr>\n", name,
                         (long long)value);
}

static void add_summary(struct buf *out, const struct report *report, const struct summary *s)
{
    (void)buf_printf(out,
                     "<section aria-labelledby=\"done\"><h2 id=\"done\">What %s done</h2>"
                     "<table><tbody>\n<tr><th scope=\"row\">started</th><td>",
                     s->dry_run ? "would be" : "was");
    text_add_iso8601(out, report->wall_ms);
    (void)buf_add_text(out, "</td></tr>\n");
    add_row(out, "threads selected", s->selected);
    add_row(out, "done", s->outcomes[OUTCOME_DONE]);
    add_row(out, "already done", s->outcomes[OUTCOME_ALREADY_DONE]);
    add_row(out, "topped up", s->outcomes[OUTCOME_TOPPED_UP]);
    add_row(out, "failed", s->outcomes[OUTCOME_FAILED]);
    add_row(out, "uncertain", s->outcomes[OUTCOME_UNCERTAIN]);
    add_row(out, "remaining", summary_remaining(s));
    add_row(out, "items written", s->items);
    add_row(out, "requests to the source", s->stats.requests[SIDE_SOURCE]);
    add_row(out, "requests to the destination", s->stats.requests[SIDE_DESTINATION]);
    add_row(out, "retries", s->stats.retries);
    add_row(out, "throttled", s->stats.throttled);
    add_row(out, "possible empty conversations", (int64_t)s->orphans);
    (void)buf_add_text(out, "<tr><th scope=\"row\">took</th><td class=\"n\">");
    text_add_duration(out, s->duration_ms);
    (void)buf_printf(out,
                     "</td></tr>\n<tr><th scope=\"row\">exit status</th><td>%d: ", s->exit_code);
    text_add_html(out, span_of(s->reason));
    (void)buf_add_text(out, "</td></tr>\n</tbody></table></section>\n");
}

static void add_losses(struct buf *out, const struct summary *s)
{
    const struct losses *losses = &s->losses;

    if (losses_total(losses) == 0)
        return;
    (void)buf_printf(out,
                     "<section aria-labelledby=\"lost\"><h2 id=\"lost\">What %s lost</h2>"
                     "<table><tbody>\n",
                     s->dry_run ? "would be" : "was");
    count_rows_add_losses_html(out, losses);
    (void)buf_add_text(out, "</tbody></table></section>\n");
}

static void add_failures(struct buf *out, const struct report *report, const struct summary *s)
{
    if (report->failure_count == 0)
        return;
    (void)buf_printf(out,
                     "<section aria-labelledby=\"failed\"><h2 id=\"failed\">What failed (%lld)</h2>"
                     "<table><thead>\n<tr><th scope=\"col\">thread</th><th scope=\"col\">code</th>"
                     "<th scope=\"col\">reason</th><th scope=\"col\">what to do</th></tr>\n"
                     "</thead><tbody>\n",
                     (long long)s->outcomes[OUTCOME_FAILED]);
    for (size_t i = 0; i < report->failure_count; i++) {
        const struct report_failure *failure = &report->failures[i];

        (void)buf_add_text(out, "<tr><td>");
        text_add_html(out, span_of(failure->thread_id));
        (void)buf_printf(out, "</td><td>%s</td><td>", error_code_name(failure->code));
        text_add_html(out, span_of(failure->reason));
        (void)buf_printf(out, "</td><td>%s</td></tr>\n", advice_for(failure->code));
    }
    (void)buf_add_text(out, "</tbody></table></section>\n");
}

/* Requests a second between two samples. */
static double rate_at(const struct report *report, size_t i)
{
    const struct report_sample *a = &report->samples[i - 1];
    const struct report_sample *b = &report->samples[i];

    return b->ms > a->ms ? (double)(b->requests - a->requests) * 1000 / (double)(b->ms - a->ms) : 0;
}

/* One level for each stretch between two samples. */
static void add_curve(struct buf *out, const struct report *report, double most)
{
    const double left = PLOT_LEFT;
    const double width = PLOT_WIDTH - PLOT_LEFT;
    const double height = PLOT_HEIGHT - PLOT_BOTTOM - PLOT_TOP;
    const double top = PLOT_TOP;
    const double span = (double)report->samples[report->sample_count - 1].ms;

    for (size_t i = 1; i < report->sample_count; i++) {
        double scale = span > 0 ? width / span : 0;
        double from = left + scale * (double)report->samples[i - 1].ms;
        double to = left + scale * (double)report->samples[i].ms;
        double y = top + height * (1 - rate_at(report, i) / most);

        (void)buf_printf(out, "%.1f,%.1f %.1f,%.1f ", from, y, to, y);
    }
}

/* Drawn in user units, so nothing is scripted and print is sharp. */
static void add_throughput(struct buf *out, const struct report *report)
{
    double most = 1;

    if (report->sample_count < 2)
        return;
    for (size_t i = 1; i < report->sample_count; i++)
        most = rate_at(report, i) > most ? rate_at(report, i) : most;
    (void)buf_printf(out,
                     "<section aria-labelledby=\"speed\"><h2 id=\"speed\">Throughput</h2>"
                     "<svg role=\"img\" aria-label=\"requests a second over time, at most %.0f\" "
                     "viewBox=\"0 0 %d %d\">\n"
                     "<path class=\"axis\" d=\"M%d %dV%dH%d\" fill=\"none\"/>\n"
                     "<text x=\"0\" y=\"12\">%.0f requests/s</text>\n"
                     "<polyline class=\"curve\" points=\"",
                     most, PLOT_WIDTH, PLOT_HEIGHT, PLOT_LEFT, PLOT_TOP, PLOT_HEIGHT - PLOT_BOTTOM,
                     PLOT_WIDTH, most);
    add_curve(out, report, most);
    (void)buf_printf(out,
                     "\"/>\n<text x=\"%d\" y=\"%d\">0</text>"
                     "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">",
                     PLOT_LEFT, PLOT_HEIGHT - 6, PLOT_WIDTH, PLOT_HEIGHT - 6);
    text_add_duration(out, report->samples[report->sample_count - 1].ms);
    (void)buf_add_text(out, "</text>\n</svg></section>\n");
}

static void add_circumstances(struct buf *out, const struct config *config)
{
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    (void)buf_add_text(out, "<section aria-labelledby=\"with\"><h2 id=\"with\">Versions and "
                            "configuration</h2><pre>");
    help_version(&text, true);
    config_print(&text, config);
    text_add_html(out, buf_span(&text));
    (void)buf_add_text(out, "</pre></section>\n");
    buf_release(&text);
}

static void add_next(struct buf *out, const struct summary *summary, const struct options *options)
{
    struct buf command;
    const char *use;

    buf_init(&command, BUF_NO_LIMIT);
    use = report_next(&command, summary, options);
    (void)buf_add_text(out, "<p>Next: <code>");
    text_add_html(out, buf_span(&command));
    (void)buf_printf(out, "</code> %s.</p>\n", use);
    buf_release(&command);
}

void report_write_html(struct buf *out, const struct report *report, const struct summary *summary,
                       const struct invocation *invocation)
{
    html_page_head(out, "threadferry report", (struct span){"", 0});
    (void)buf_add_text(out, "<header><h1>threadferry migrate</h1>\n");
    add_next(out, summary, invocation->options);
    (void)buf_add_text(out, "</header>\n<main>\n");
    add_summary(out, report, summary);
    add_failures(out, report, summary);
    add_losses(out, summary);
    add_throughput(out, report);
    add_circumstances(out, invocation->config);
    (void)buf_add_text(out, "</main>\n<footer><p>threadferry " THREADFERRY_VERSION
                            "</p></footer>\n</body>\n</html>\n");
}
