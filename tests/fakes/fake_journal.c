#include "fakes/fake_journal.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = 20, TEXT_SIZE = 80 };

#define MAPPING_DIGEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

struct texts {
    char thread[TEXT_SIZE];
    char conversation[TEXT_SIZE];
    char last[TEXT_SIZE];
    char digest[TEXT_SIZE];
};

static struct texts texts_of(int thread, const struct journal_thread *model)
{
    struct texts texts = {.conversation = ""};

    (void)snprintf(texts.thread, TEXT_SIZE, "thread_%c", 'A' + thread);
    if (model->conversation > 0)
        (void)snprintf(texts.conversation, TEXT_SIZE, "conv_%d", model->conversation);
    if (model->has_digest) {
        if (model->items > 0)
            (void)snprintf(texts.last, TEXT_SIZE, "msg_%c_%d", 'A' + thread, model->items);
        (void)snprintf(texts.digest, TEXT_SIZE, "%064x", model->items * 1000 + thread);
    }
    return texts;
}

struct checkpoint_options journal_options(void)
{
    return (struct checkpoint_options){
        .path = JOURNAL_PATH,
        .pins = {.destination_type = span_of("openai"),
                 .base_url = span_of("https://api.example.com/v1"),
                 .organization = span_of(""),
                 .project = span_of("proj_1"),
                 .shard = span_of(""),
                 .mapping = span_of(MAPPING_DIGEST)},
        .tool = span_of("threadferry test"),
        .source = span_of("archive export"),
        .wall_ms = 1795300000000,
        .pid = 4711,
        .host = "hal",
        .job = "5f3a90c2d1e40b77",
    };
}

struct step_row {
    char letter;
    enum record_kind kind;
    enum thread_state state;
};

static const struct step_row STEPS[] = {
    {'c', RECORD_CREATING, THREAD_NEW},
    {'i', RECORD_CREATING, THREAD_UNCERTAIN},
    {'C', RECORD_CREATED, THREAD_PARTIAL},
    {'a', RECORD_APPENDED, THREAD_PARTIAL},
    {'D', RECORD_DONE, THREAD_DONE},
    {'F', RECORD_FAILED, THREAD_FAILED},
    {'u', RECORD_UNCERTAIN, THREAD_UNCERTAIN},
    {'r', RECORD_ROLLED_BACK, THREAD_ROLLED_BACK},
    {'p', RECORD_PRUNED, THREAD_PRUNED},
    {'n', RECORD_NOT_CREATED, THREAD_NEW},
    {'x', RECORD_PRUNING, THREAD_PRUNING},
    {'y', RECORD_NOT_PRUNED, THREAD_DONE},
    {'R', RECORD_ROLLING_BACK, THREAD_ROLLING_BACK},
};

static const struct step_row *step_of(char letter)
{
    for (size_t i = 0; i < sizeof STEPS / sizeof STEPS[0]; i++) {
        if (STEPS[i].letter == letter)
            return &STEPS[i];
    }
    return NULL;
}

static struct journal_thread after(struct journal *journal, const struct step_row *step,
                                   struct journal_thread model)
{
    const bool forgets = step->kind == RECORD_CREATING || step->kind == RECORD_CREATED ||
                         step->kind == RECORD_NOT_CREATED || step->kind == RECORD_UNCERTAIN ||
                         step->kind == RECORD_ROLLED_BACK;

    if (forgets)
        model = (struct journal_thread){0};
    if (step->kind == RECORD_CREATED)
        model.conversation = ++journal->conversations;
    if (step->kind == RECORD_APPENDED)
        model.items += BATCH;
    model.has_digest |= step->kind == RECORD_APPENDED || step->kind == RECORD_DONE;
    model.state = step->state;
    journal->creating += step->kind == RECORD_CREATING;
    journal->created += step->kind == RECORD_CREATED || step->kind == RECORD_NOT_CREATED;
    return model;
}

static bool play_step(struct journal *journal, struct checkpoint *checkpoint, const char *at,
                      struct error *err)
{
    const struct step_row *step = step_of(at[0]);
    const int thread = at[1] - 'A';
    struct journal_thread *now = &journal->now[thread];
    struct texts texts;
    struct record record;

    *now = after(journal, step, *now);
    assert(journal->steps[thread] < JOURNAL_STEPS);
    journal->between[thread][journal->steps[thread]++] = *now;
    texts = texts_of(thread, now);
    record = (struct record){
        .kind = step->kind,
        .thread = span_of(texts.thread),
        .conversation = span_of(texts.conversation),
        .items = step->letter == 'i' ? BATCH : now->items,
        .last = texts.last[0] ? span_of(texts.last) : (struct span){NULL, 0},
        .digest = span_of(texts.digest),
        .code = span_of("refused"),
        .detail = span_of("HTTP 400"),
    };
    return checkpoint_add(checkpoint, &record, err);
}

bool journal_play(struct journal *journal, struct checkpoint *checkpoint, const char *script,
                  size_t *done, struct error *err)
{
    *done = 0;
    for (const char *at = script; *at; at++) {
        if (*at == ' ')
            continue;
        if (*at == '|') {
            if (!checkpoint_sync(checkpoint, err))
                return false;
            memcpy(journal->acked, journal->now, sizeof journal->acked);
            memset(journal->steps, 0, sizeof journal->steps);
        } else {
            if (!play_step(journal, checkpoint, at, err))
                return false;
            at++;
        }
        (*done)++;
    }
    return true;
}

static bool thread_matches(int thread, const struct journal_thread *model,
                           const struct thread_facts *facts, struct error *err)
{
    const struct texts texts = texts_of(thread, model);

    if (facts->state == model->state && strcmp(facts->conversation, texts.conversation) == 0 &&
        facts->items == model->items && strcmp(facts->last, texts.last) == 0 &&
        strcmp(facts->digest, texts.digest) == 0 &&
        (facts->state != THREAD_FAILED || facts->code == ERROR_REFUSED))
        return true;
    error_set(err, ERROR_STOPPED, "thread %c: %s '%s' %ld items, instead of %s '%s' %d items",
              'A' + thread, thread_state_name(facts->state), facts->conversation,
              (long)facts->items, thread_state_name(model->state), texts.conversation,
              model->items);
    return false;
}

static bool facts_of(int thread, struct checkpoint *checkpoint, struct thread_facts *facts,
                     struct error *err)
{
    const struct texts texts = texts_of(thread, &(struct journal_thread){0});

    return checkpoint_facts(checkpoint, span_of(texts.thread), facts, err);
}

bool journal_matches(const struct journal_thread *model, struct checkpoint *checkpoint,
                     struct error *err)
{
    struct thread_facts facts;

    for (int thread = 0; thread < JOURNAL_THREADS; thread++) {
        if (!facts_of(thread, checkpoint, &facts, err) ||
            !thread_matches(thread, &model[thread], &facts, err))
            return false;
    }
    return true;
}

bool journal_is_safe(const struct journal *journal, struct checkpoint *checkpoint,
                     struct error *err)
{
    struct thread_facts facts;

    for (int thread = 0; thread < JOURNAL_THREADS; thread++) {
        bool is_safe;

        if (!facts_of(thread, checkpoint, &facts, err))
            return false;
        is_safe = thread_matches(thread, &journal->acked[thread], &facts, err);
        for (size_t i = 0; i < journal->steps[thread] && !is_safe; i++) {
            struct error ignored;

            is_safe = thread_matches(thread, &journal->between[thread][i], &facts, &ignored);
        }
        if (!is_safe)
            return false;
    }
    return true;
}
