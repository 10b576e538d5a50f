#include "simulate/play.h"

#include "base/mem.h"
#include "base/text.h"
#include "crash/early.h"
#include "crash/world.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_http.h"
#include "fakes/fake_stop.h"
#include "os/clock.h"
#include "simulate/claims.h"
#include "simulate/export_file.h"
#include "simulate/files/early_files.h"
#include "simulate/files/forms.h"
#include "simulate/files/harm.h"
#include "simulate/files/judge.h"
#include "simulate/fixed.h"
#include "simulate/oracle.h"
#include "simulate/people.h"
#include "simulate/picture.h"
#include "simulate/power.h"
#include "simulate/promise.h"
#include "simulate/verdicts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    REST_MS = 120000, /* after this nothing of a dead process is under way */
    LONGEST_MS =
        8 * 3600 * 1000, /* of simulated time, for one command: an hour of patience a thread */
    STATUS_USAGE = 2,
    STATUS_LOCKED = 10,
    STATUS_OTHER_JOB = 12,
    SHOWN_MAX = 200, /* characters of what a command printed */
};

struct player {
    const struct script *script;
    struct buf *trace;
    struct buf *why;
    struct people people; /* holds the oracle */
    struct export_file saved;
    struct judge judge;
    struct form form;       /* of the step in hand */
    struct picture picture; /* the newest */
    struct claims claims;   /* the newest */
};

/* ---- words ---- */

struct words {
    const char *at[PROMISE_WORDS];
    size_t count;
    char texts[SCRIPT_THREADS + 4][PICTURE_ID_SIZE];
    size_t text_count;
    const char *flags[CHOICES_WORDS];
    const char *source[FORMS_WORDS];
    struct terms_words terms;
};

static void add(struct words *words, const char *word)
{
    words->at[words->count++] = word;
    words->at[words->count] = NULL;
}

static void add_number(struct words *words, const char *flag, unsigned number)
{
    char *text = words->texts[words->text_count++];

    (void)snprintf(text, PICTURE_ID_SIZE, "%s=%u", flag, number);
    add(words, text);
}

/* The words that each command begins with. */
static const char *const BEGINNINGS[DEEDS][6] = {
    [DEED_MIGRATE] = {"migrate", "--json"},
    [DEED_TOP_UP] = {"migrate", "--json", "--top-up"},
    [DEED_DRY_RUN] = {"migrate", "--json", "--dry-run"},
    [DEED_DIFF] = {"diff", "--format=jsonl"},
    [DEED_VERIFY] = {"verify", "--json"},
    [DEED_STATUS] = {"status", "--json"},
    [DEED_MAPPING] = {"mapping", "--format=jsonl"},
    [DEED_ITEMS] = {"mapping", "--items", "--format=jsonl"},
    [DEED_PRUNE] = {"prune", "--json", "--yes"},
    [DEED_ROLLBACK] = {"rollback", "--json", "--yes"},
    [DEED_FORCE] = {"rollback", "--json", "--yes", "--force"},
    [DEED_EXPORT] = {"export", "--json", "--output=" EXPORT_FILE},
};

static void add_threads(struct words *words, const struct script *script, const struct step *step)
{
    for (size_t i = 0; i < script->threads; i++) {
        char *text = words->texts[words->text_count];

        if (((step->threads >> i) & 1) == 0)
            continue;
        words->text_count++;
        picture_thread_id(i, text);
        add(words, text);
        if (step->deed == DEED_FORCE)
            return;
    }
}

static void make_words(struct words *words, const struct script *script, const struct step *step,
                       const struct form *form)
{
    *words = (struct words){.count = 0};
    for (size_t i = 0; BEGINNINGS[step->deed][i]; i++)
        add(words, BEGINNINGS[step->deed][i]);
    if (step->deed == DEED_STATUS || step->deed == DEED_MAPPING)
        return;
    if (step->deed == DEED_EXPORT && export_file_has_top_up())
        add(words, "--top-up");
    if (step->deed != DEED_FORCE) {
        add_number(words, "--concurrency", script->concurrency);
        add_number(words, "--source-page-size", script->page_size);
        add_number(words, "--batch-items", script->batch_items);
    }
    if (verdicts_by_record(step))
        add(words, "--against=checkpoint");
    form_words(form, words->source);
    for (size_t i = 0; words->source[i]; i++)
        add(words, words->source[i]);
    choices_words(script, step, words->flags);
    for (size_t i = 0; words->flags[i]; i++)
        add(words, words->flags[i]);
    terms_words(script, step, &words->terms);
    for (size_t i = 0; words->terms.at[i]; i++)
        add(words, words->terms.at[i]);
    if (step->deed == DEED_ITEMS)
        return;
    /* verify takes every thread of the checkpoint when none is named. */
    if (step->all && step->deed != DEED_VERIFY)
        add(words, "--all");
    else if (!step->all && step->terms.list == 0)
        add_threads(words, script, step);
}

/* ---- a command ---- */

static void set_trouble(const struct step *step)
{
    struct mock_text error = {0};
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    if (step && step->trouble) {
        for (const char *at = TROUBLES[step->trouble].faults; *at != '\0'; at++) {
            if (*at == '@')
                buf_printf(&text, "%u", step->nth);
            else
                buf_add_char(&text, *at);
        }
    }
    if (!mock_set_faults(world_mock(), text.data ? text.data : "", text.len, &error))
        fprintf(stderr, "%s: %s\n", TROUBLES[step ? step->trouble : 0].name, error.data);
    mock_text_release(&error);
    buf_release(&text);
}

static void set_fate(const struct step *step)
{
    world_restart();
    fake_stop_reset();
    set_trouble(step);
    if (step->fate == FATE_SIGNAL)
        fake_stop_at(clock_now_ms() + (int64_t)step->at, SIGINT);
    else if (step->fate != FATE_CALM)
        world_cut_at(step->cut, step->at);
}

static void set_calm(void)
{
    world_restart();
    fake_stop_reset();
    set_trouble(NULL);
}

/* What was printed for people. */
static void trace_output(struct player *p, const struct buf *err)
{
    struct span text = buf_span(err);
    struct span line;

    while (text_next_line(&text, &line) && line.len > 0) {
        buf_add_text(p->trace, "      | ");
        line.len = line.len < SHOWN_MAX ? line.len : SHOWN_MAX;
        text_add_visible(p->trace, line, false);
        buf_add_char(p->trace, '\n');
    }
}

static bool contains(struct span text, const char *word)
{
    return text.data && memmem(text.data, text.len, word, strlen(word)) != NULL;
}

/* No key anywhere, no text of a message where it has no business. */
static bool keeps_secrets(struct player *p, const struct buf *out, const struct buf *err)
{
    const struct span file = fake_fsio_content_of(WORLD_CHECKPOINT);
    const bool told_key = contains(buf_span(out), WORLD_KEY) || contains(buf_span(err), WORLD_KEY);

    if (told_key || contains(file, WORLD_KEY))
        buf_add_text(p->why, "the key is told");
    else if (contains(file, "hello") || contains(buf_span(err), "\"hello\""))
        buf_add_text(p->why, "the text of a message is told");
    return p->why->len == 0;
}

static void look(struct player *p)
{
    picture_release(&p->picture);
    picture_take(&p->picture);
}

/* Long enough for whatever a dead process has begun. */
static void rest(struct player *p)
{
    fake_clock_advance(REST_MS);
    fake_http_catch_up();
    look(p);
}

static void lose_power(struct player *p, const struct step *step)
{
    static const char *const FILES[POWER_PATHS] = {EXPORT_FILE, FOLDER_LIST};
    bool is_changed[POWER_PATHS];

    power_lose(step->seed, FILES, is_changed);
    p->saved.is_damaged |= is_changed[0];
    p->judge.folder.is_damaged |= is_changed[1];
}

static bool lets_fail(const struct player *p, const struct step *step)
{
    for (size_t i = 0; i + 1 < p->picture.thread_count; i++) {
        if ((step->all || ((step->threads >> i) & 1) != 0) &&
            judge_lets_fail(&p->judge, &p->picture.threads[i], step))
            return true;
    }
    return false;
}

/* Exit statuses that come of what somebody has done to files. */
static bool may_be_refused(const struct player *p, const struct oracle_event *event)
{
    /* Who reads threads from files once is not asked to prune at a server. */
    if (event->step->deed == DEED_PRUNE && event->status == 12)
        return p->script->has_archives;
    /* Without a whole thread there is nothing to read. */
    if (p->form.path[0] != '\0' && event->status == 2 && !form_is_there(&p->form))
        return true;
    return export_file_may_refuse(&p->saved, event) || judge_lets_refuse(&p->judge, event);
}

static bool judge_command(struct player *p, const struct oracle_event *event)
{
    if (event->took_ms > LONGEST_MS)
        buf_printf(p->why, "takes %lld ms", (long long)event->took_ms);
    else if (early_found())
        buf_add_text(p->why, early_found());
    return p->why->len == 0 && claims_take(&p->claims, p->why) &&
           oracle_check(&p->people.oracle, &p->picture, &p->claims, event, p->why) &&
           export_file_check(&p->saved, &p->picture, event, p->why) &&
           judge_check(&p->judge, &p->people.oracle, &p->picture, &p->claims, event, p->why);
}

/* ---- two commands at once ---- */

/* The second one, which runs while the first waits. */
struct other {
    struct player *player;
    struct step step;
    bool was_locked; /* the checkpoint, by the first */
    bool ran;
    int status;
    uint64_t writes; /* that it sent */
    struct buf out;
    struct buf err;
};

static void run_other(void *ctx)
{
    struct other *other = ctx;
    const uint64_t before = fake_http_writes();
    struct words words;

    make_words(&words, other->player->script, &other->step,
               deed_reads_threads(other->step.deed) ? &other->player->form : &(struct form){0});
    other->was_locked = fake_fsio_durable().data != NULL;
    other->status = world_call(words.at, &other->out, &other->err);
    other->ran = true;
    other->writes = fake_http_writes() - before;
}

static void begin_other(struct player *p, const struct step *step, struct other *other)
{
    *other = (struct other){.player = p, .step = *step};
    other->step.terms =
        (struct terms){.narrows = step->terms.narrows, .number = step->terms.number};
    buf_init(&other->out, BUF_NO_LIMIT);
    buf_init(&other->err, BUF_NO_LIMIT);
    if (step->terms.other == 0)
        return;
    other->step.deed = (enum deed)(step->terms.other - 1);
    other->step.all = false;
    world_meanwhile(step->terms.other_at, run_other, other);
}

static bool blame_other(struct player *p, const struct other *other, const char *what)
{
    buf_printf(p->why, "at the same time %s %s: status %d, %llu writes",
               deed_name(other->step.deed), what, other->status, (unsigned long long)other->writes);
    return false;
}

/* Where a job's threads come from, and an archive without any, are seen before the lock. */
static bool may_not_prune(const struct player *p, const struct other *other)
{
    const struct oracle_event event = {.step = &other->step, .status = other->status};

    return other->step.deed == DEED_PRUNE &&
           ((other->status == STATUS_OTHER_JOB && p->script->has_archives) ||
            export_file_may_refuse(&p->saved, &event));
}

/* While one holds the checkpoint another one that writes is refused and does nothing; who reads
 * neither disturbs nor is disturbed. */
static bool check_other(struct player *p, const struct other *other, struct oracle_event *event)
{
    const bool writes = deed_writes(other->step.deed);

    if (!other->ran)
        return true;
    buf_printf(p->trace, "    at the same time: ended with %d\n", other->status);
    if (!keeps_secrets(p, &other->out, &other->err))
        return false;
    if (writes && other->was_locked)
        return ((other->status == STATUS_LOCKED || may_not_prune(p, other) ||
                 event->step->trouble != 0) && /* before it came to the lock */
                other->writes == 0) ||
               blame_other(p, other, "is not refused");
    if (writes && other->status != STATUS_USAGE) {
        oracle_command(&p->people.oracle, &other->step, &p->picture);
        people_saw(&p->people,
                   &(struct oracle_event){.step = &other->step, .has_died = event->has_died});
        p->people.oracle.mappings |= terms_mapping(&other->step);
        event->is_calm = false;
    }
    return other->status <= STATUS_USAGE || may_not_prune(p, other) ||
           (other->status == STATUS_OTHER_JOB &&
            (oracle_may_be_remapped(&p->people.oracle, &other->step) ||
             terms_mapping(event->step) != terms_mapping(&other->step))) ||
           event->step->trouble != 0 || event->has_died || blame_other(p, other, "ends so");
}

/* Is what a rehearsal says all that there is to know? */
static bool may_promise(const struct player *p, const struct step *step)
{
    const struct habit *habit = habit_of(p->script);
    bool may = !oracle_may_be_remapped(&p->people.oracle, step) && step->rehearsed &&
               !habit->changes && habit->refused == '\0' && habit->stale_lists == 0;

    for (size_t i = 0; i < p->picture.thread_count; i++)
        may = may && (habit->most == 0 || p->picture.threads[i].count <= (size_t)habit->most);
    return may;
}

/* What the step's command was, said and did. */
struct course {
    struct oracle_event event;
    struct other other;
    struct promise promise;
    struct claim before[SCRIPT_THREADS + 1];
    struct words words;
    struct buf out;
    struct buf err;
};

static void run_course(struct player *p, const struct step *step, struct course *course)
{
    struct oracle_event *event = &course->event;
    const int64_t began_ms = clock_now_ms();
    struct harm harm;

    harm_begin(&harm, step);
    p->judge.harmed = harm.sha256;
    set_fate(step);
    begin_other(p, step, &course->other);
    event->status = world_call(course->words.at, &course->out, &course->err);
    event->has_died = world_has_died();
    event->is_calm = !event->has_died && !step->trouble && event->status != 130;
    event->took_ms = clock_now_ms() - began_ms;
    buf_printf(p->trace, "    %s %d after %lld ms\n", event->has_died ? "died" : "ended with",
               event->has_died ? 0 : event->status, (long long)event->took_ms);
    trace_output(p, &course->err);
    event->may_be_refused = may_be_refused(p, event);
    if (step->fate == FATE_POWER_LOSS && event->has_died)
        lose_power(p, step);
    set_calm();
    harm_end(&harm);
    people_saw(&p->people, event);
    if (TROUBLES[step->trouble].others & TROUBLE_LINGERS)
        rest(p);
    look(p);
    event->is_old = form_lets_fail(&p->form, step, &p->picture);
    event->may_fail = event->is_old || lets_fail(p, step);
    event->must_fail = p->form.is_strange;
}

static bool judge_course(struct player *p, const struct step *step, struct course *course)
{
    struct oracle_event *event = &course->event;

    if (!check_other(p, &course->other, event) || !keeps_secrets(p, &course->out, &course->err) ||
        !judge_command(p, event))
        return false;
    if (!verdicts_check_summary(&p->picture, &p->claims, course->before, event,
                                buf_span(&course->out), p->why))
        return false;
    if (step->deed == DEED_VERIFY && event->is_calm &&
        !verdicts_check(&p->people.oracle, &p->picture, &p->claims, event, buf_span(&course->out),
                        p->why))
        return false;
    if (step->deed == DEED_ITEMS && event->is_calm &&
        !claims_fit_items(&p->claims, buf_span(&course->out), event->status, p->why))
        return false;
    return !course->promise.was_given || !event->is_calm ||
           promise_was_kept(&course->promise, event->status, &course->out, &p->picture, &p->claims,
                            p->why);
}

static bool run_command(struct player *p, const struct step *step, size_t number)
{
    struct course course = {.event = {.step = step}};
    bool ok;

    buf_init(&course.out, BUF_NO_LIMIT);
    buf_init(&course.err, BUF_NO_LIMIT);
    form_write(&p->form, step, &p->picture, number);
    if (p->form.path[0] != '\0' && step->choices.source == SOURCE_EXPORT)
        export_file_tell(&p->saved, p->form.is_listed, p->form.is_whole, &p->picture);
    terms_write_list(p->script, step);
    make_words(&course.words, p->script, step, &p->form);
    ok = form_check_ledger(&p->form, p->why);
    if (step->rehearsed)
        rest(p);
    if (ok && may_promise(p, step))
        ok = promise_take(&course.promise, course.words.at, &p->picture, p->why);
    memcpy(course.before, p->claims.threads, sizeof course.before);
    oracle_command(&p->people.oracle, step, &p->picture);
    run_course(p, step, &course);
    ok = ok && judge_course(p, step, &course);
    buf_release(&course.other.out);
    buf_release(&course.other.err);
    promise_release(&course.promise);
    buf_release(&course.out);
    buf_release(&course.err);
    return ok;
}

static bool run_people(struct player *p, const struct step *step)
{
    rest(p);
    if (!people_do(&p->people, step, &p->picture, p->trace, p->why))
        return false;
    look(p);
    return claims_take(&p->claims, p->why) &&
           oracle_check(&p->people.oracle, &p->picture, &p->claims, NULL, p->why) &&
           judge_check(&p->judge, &p->people.oracle, &p->picture, &p->claims, NULL, p->why);
}

/* ---- the whole ---- */

static bool play_step(struct player *p, size_t number)
{
    const struct step *step = &p->script->steps[number];
    bool ok;

    buf_printf(p->trace, "%3zu ", number + 1);
    script_tell_step(p->script, step, p->trace);
    buf_add_char(p->trace, '\n');
    fake_clock_advance(step->wait_ms);
    ok = deed_is_command(step->deed) ? run_command(p, step, number) : run_people(p, step);
    buf_add_text(p->trace, "    ");
    picture_tell(&p->picture, p->trace);
    buf_printf(p->trace, "  orphans %lld\n", (long long)p->claims.orphans);
    if (!ok) {
        struct buf text;

        buf_init(&text, BUF_NO_LIMIT);
        buf_printf(&text, "step %zu, ", number + 1);
        script_tell_step(p->script, step, &text);
        buf_printf(&text, ": %.*s", (int)p->why->len, p->why->data);
        buf_clear(p->why);
        buf_add_span(p->why, buf_span(&text));
        buf_release(&text);
    }
    return ok;
}

bool play(const struct script *script, struct buf *trace, struct buf *why)
{
    const struct world_plan plan = {
        .name = "simulation",
        .messages = script->messages,
        .latency_ms = script->latency_ms,
        .sync_events = script->sync_events,
        .two_projects = script->files != 0,
        .checks_file_ids = script->checks_file_ids,
        .files = (made_begin(script->files), made_fixture()),
        .decorate = made_decorate,
        .quirks = habit_of(script)->quirks,
        .stale_lists = habit_of(script)->stale_lists,
        .kind = habit_of(script)->messages,
    };
    struct player p = {
        .script = script, .trace = trace, .why = why, .judge = {.harmed = "", .prune_harmed = ""}};
    bool ok = true;

    fixed_begin();
    world_begin(&plan);
    early_judge_bodies(early_files_judge);
    if (made_map().len > 0)
        fake_fsio_replace(CHOICES_MAP, made_map());
    people_begin(&p.people, habit_of(script));
    picture_take(&p.picture);
    buf_printf(trace, "seed %llu: ", (unsigned long long)script->seed);
    script_tell(script, trace);
    buf_add_char(trace, '\n');
    for (size_t i = 0; ok && i < script->count; i++)
        ok = play_step(&p, i);
    picture_release(&p.picture);
    claims_release(&p.claims);
    people_end(&p.people);
    world_end();
    made_end();
    return ok;
}
