#include "report/report.h"

#include "base/text.h"
#include "base/version.h"
#include "print/advice.h"
#include "print/count_rows.h"
#include "print/help.h"
#include "report/html_page.h"

enum { PLOT_WIDTH = 800, PLOT_HEIGHT = 200, MS_PER_SECOND = 1000 };

static const char STYLE[] =
    "svg{width:100%;height:10rem;overflow:visible;border:solid var(--line);border-width:0 0 1px "
    "1px}.curve{fill:none;stroke:var(--add);stroke-width:2;vector-effect:non-scaling-stroke}"
    ".scale{display:flex;justify-content:space-between;margin:0}dt{font-weight:600}dt,dd{"
    "overflow-wrap:anywhere}dd{margin-left:1rem}dt:not(:first-child){margin-top:.5rem}\n";

static void add_row(struct buf *out, const char *name, int64_t value)
{
    if (value != 0)
        buf_printf(out, "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td></tr>\n", name,
                   text_number(value).text);
}

static void add_summary(struct buf *out, const struct report *report,
                        const struct report_ending *ending)
{
    buf_printf(out,
               "<section aria-labelledby=\"done\"><h2 id=\"done\">What %s %s</h2>"
               "<p>Started ",
               ending->is_planned ? "would be" : "was", ending->deed);
    text_add_iso8601(out, report->wall_ms);
    buf_add_text(out, "</p>\n<table><tbody>\n");
    for (size_t i = 0; i < REPORT_ROWS && ending->rows[i].name; i++)
        add_row(out, ending->rows[i].name, ending->rows[i].value);
    buf_add_text(out, "<tr><th scope=\"row\">took</th><td class=\"n\">");
    text_add_duration(out, ending->duration_ms);
    buf_printf(out,
               "</td></tr>\n<tr><th scope=\"row\">exit status</th><td>%d: ", ending->exit_code);
    text_add_html(out, span_of(ending->reason));
    buf_add_text(out, "</td></tr>\n</tbody></table></section>\n");
}

/* After all runs. */
static void add_job(struct buf *out, const struct report *report)
{
    const struct report_job *job = &report->job;

    if (!job->is_known)
        return;
    buf_add_text(out, "<section aria-labelledby=\"job\"><h2 id=\"job\">The whole job, all runs "
                      "together</h2>\n");
    if (job->runs.since != RUN_UNKNOWN) {
        buf_add_text(out, "<p>Since ");
        text_add_iso8601(out, job->runs.since * MS_PER_SECOND);
        buf_add_text(out, "</p>\n");
    }
    buf_add_text(out, "<table><tbody>\n");
    add_row(out, "selected by the last run",
            job->runs.selected == RUN_UNKNOWN ? 0 : job->runs.selected);
    for (int state = THREAD_PARTIAL; state < THREAD_STATES; state++)
        add_row(out, thread_state_name((enum thread_state)state), (int64_t)job->threads[state]);
    add_row(out, "items in their conversations", job->items);
    add_row(out, "empty conversations that may be left", (int64_t)job->orphans);
    buf_add_text(out, "</tbody></table>\n");
    if (job->threads[THREAD_FAILED] > 0)
        buf_add_text(out, "<table><caption>Failed</caption><tbody>\n");
    for (int code = 0; code < ERROR_CODES; code++) {
        if (job->failures[code] > 0)
            count_rows_add_html(out, &(struct count_row){
                                         .count = job->failures[code],
                                         .name = span_of(error_code_name((enum error_code)code)),
                                         .meaning = advice_for((enum error_code)code),
                                     });
    }
    buf_add_text(out,
                 job->threads[THREAD_FAILED] > 0 ? "</tbody></table></section>\n" : "</section>\n");
}

static void add_losses(struct buf *out, const struct report_ending *ending)
{
    if (!ending->losses || losses_total(ending->losses) == 0)
        return;
    buf_printf(out, "<section aria-labelledby=\"lost\"><h2 id=\"lost\">What %s lost</h2>\n",
               ending->is_planned ? "would be" : "was");
    count_rows_add_losses_html(out, "Losses", ending->losses);
    buf_add_text(out, "</section>\n");
}

/* A list: the ids of threads leave no room for columns beside them. */
static void add_findings(struct buf *out, const struct report *report,
                         const struct report_ending *ending)
{
    if (report->finding_count == 0)
        return;
    buf_printf(out, "<section aria-labelledby=\"failed\"><h2 id=\"failed\">%s (%s)</h2><dl>\n",
               ending->findings, text_number(ending->finding_count).text);
    for (size_t i = 0; i < report->finding_count; i++) {
        const struct report_finding *finding = &report->findings[i];

        buf_add_text(out, "<dt>");
        text_add_html(out, span_of(finding->thread_id));
        buf_printf(out, "</dt><dd><b>%s</b>: ", finding->label);
        text_add_html(out, span_of(finding->reason));
        buf_add_text(out, "</dd>\n");
        if (finding->advice[0] != '\0')
            buf_printf(out, "<dd>→ %s</dd>\n", finding->advice);
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
               "<p>At most %s a second</p>\n"
               "<svg role=\"img\" aria-label=\"requests a second over time, at most %.0f\" "
               "viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\">\n"
               "<polyline class=\"curve\" points=\"",
               text_count((int64_t)most, "request").text, most, PLOT_WIDTH, PLOT_HEIGHT);
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
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    buf_add_text(out, "<section aria-labelledby=\"with\"><h2 id=\"with\">Versions and "
                      "configuration</h2><p>");
    help_versions(&text);
    text_add_html(out, buf_span(&text));
    buf_add_text(out, "</p>\n<pre tabindex=\"0\">");
    buf_clear(&text);
    config_print(&text, config, true);
    text_add_html(out, buf_span(&text));
    buf_add_text(out, "</pre></section>\n");
    buf_release(&text);
}

static void add_head(struct buf *out, const struct report *report,
                     const struct report_ending *ending)
{
    buf_printf(out, "<header><h1>threadferry %s</h1>\n<p>From <code>", ending->command);
    html_page_words(out, buf_span(&report->source));
    buf_add_text(out, "</code> to <code>");
    html_page_words(out, buf_span(&report->destination));
    buf_add_text(out, "</code></p>\n");
    if (ending->purpose) {
        buf_printf(out, "<p>To %s, run: <code>", ending->purpose);
        html_page_words(out, buf_span(&ending->next));
        buf_add_text(out, "</code></p>\n");
    }
    buf_add_text(out, "</header>\n<main>\n");
}

/* Only with -v: they can echo content. */
static void add_words(struct buf *out, const struct words *words)
{
    struct buf text;

    if (!words || words->threads == 0)
        return;
    buf_init(&text, BUF_NO_LIMIT);
    words_list(&text, words, 0);
    buf_add_text(out, "<section aria-labelledby=\"said\"><h2 id=\"said\">What the servers "
                      "said</h2><pre tabindex=\"0\">");
    text_add_html(out, buf_span(&text));
    buf_add_text(out, "</pre></section>\n");
    buf_release(&text);
}

void report_write_html(struct buf *out, const struct report *report,
                       const struct report_ending *ending, const struct invocation *invocation)
{
    html_page_head(out, "threadferry report", span_of(STYLE));
    add_head(out, report, ending);
    add_summary(out, report, ending);
    add_findings(out, report, ending);
    add_words(out, report->words);
    add_losses(out, ending);
    add_job(out, report);
    add_throughput(out, report);
    add_circumstances(out, invocation->config);
    buf_add_text(out, "</main>\n<footer><p>threadferry " THREADFERRY_VERSION
                      "</p></footer>\n</body>\n</html>\n");
}
