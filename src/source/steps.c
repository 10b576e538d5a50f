#include "source/steps.h"

#include "json/json.h"
#include "map/map.h"

#include <stdlib.h>

/* No message has a longer id: see text_is_id(), and the archive's own rule in characters. */
enum { MESSAGE_ID_MAX_BYTES = 1024 };

void steps_init(struct steps *steps)
{
    *steps = (struct steps){.young_ms = INT64_MIN};
    buf_init(&steps->key, BUF_NO_LIMIT);
    arena_init(&steps->arena);
}

static void run_release(struct run *run)
{
    for (size_t i = 0; i < run->step_count; i++)
        json_decref(run->steps[i]);
    free(run->steps);
    run->steps = NULL;
    run->step_count = 0;
}

void steps_release(struct steps *steps)
{
    for (size_t i = 0; i < steps->count; i++)
        run_release(&steps->runs[i]);
    free(steps->runs);
    strmap_release(&steps->by_id);
    strmap_release(&steps->made);
    buf_release(&steps->key);
    arena_release(&steps->arena);
    *steps = (struct steps){0};
}

void steps_add_run(struct steps *steps, const json_t *object)
{
    struct span id = json_get_text(object, "id");
    struct run run = {.created_ms = INT64_MIN};
    bool added;

    /* Most threads have no runs that are asked for, and need no maps. */
    if (steps->count == 0) {
        strmap_init(&steps->by_id);
        strmap_init(&steps->made);
    }
    if ((steps->count & (steps->count + 1)) == 0)
        steps->runs = mem_resize(steps->runs, 2 * steps->count + 2, sizeof run);
    (void)source_time_ms(json_object_get(object, "created_at"), &run.created_ms);
    run.id = arena_dup(&steps->arena, id.data, id.len);
    size_t at = strmap_add(&steps->by_id, id, &added);
    if (added)
        strmap_set_value(&steps->by_id, at, steps->count);
    steps->runs[steps->count++] = run;
}

/* The message that a message_creation step made, or .data == NULL. */
static struct span made_message(const json_t *step)
{
    const json_t *details = json_object_get(step, "step_details");

    return json_get_text(json_object_get(details, "message_creation"), "message_id");
}

/* Under what the step of a run that made a message is kept. */
static struct span key_of(struct steps *steps, const struct run *run, struct span message_id)
{
    buf_clear(&steps->key);
    buf_add_int(&steps->key, run - steps->runs);
    buf_add_char(&steps->key, ' ');
    buf_add_span(&steps->key, message_id);
    return buf_span(&steps->key);
}

void steps_load(struct steps *steps, struct run *run, json_t *const *objects, size_t count,
                bool is_last)
{
    run->steps = mem_resize(run->steps, run->step_count + count, sizeof *run->steps);
    for (size_t i = 0; i < count; i++) {
        struct span made = made_message(objects[i]);
        bool added;

        if (made.len > 0 && made.len <= MESSAGE_ID_MAX_BYTES) {
            size_t at = strmap_add(&steps->made, key_of(steps, run, made), &added);
            if (added)
                strmap_set_value(&steps->made, at, run->step_count);
        }
        run->steps[run->step_count++] = json_incref(objects[i]);
        if (made.len > 0)
            run->made_end = run->step_count;
    }
    run->loaded = is_last;
}

bool steps_is_stranger(const struct steps *steps, const json_t *message)
{
    struct span run_id = json_get_text(message, "run_id");

    /* Astra's word for no run. */
    if (run_id.len == 0 || span_is(run_id, "none"))
        return false;
    return steps->count == 0 || strmap_find(&steps->by_id, run_id) == SIZE_MAX;
}

/* Where a message stands among the runs. */
struct place {
    size_t over;     /* all runs before this one are over when the message comes */
    struct run *own; /* the run that made the message, or NULL */
};

static struct place place_of(struct steps *steps, const json_t *message)
{
    struct place place = {steps->first_open, NULL};
    struct span run_id;
    size_t at;
    int64_t ms;

    if (steps->first_open == steps->count)
        return place;
    run_id = json_get_text(message, "run_id");
    at = run_id.len > 0 ? strmap_find(&steps->by_id, run_id) : SIZE_MAX;
    if (at != SIZE_MAX && strmap_value(&steps->by_id, at) >= steps->first_open) {
        size_t run = (size_t)strmap_value(&steps->by_id, at);

        return (struct place){run, &steps->runs[run]};
    }
    if (!source_time_ms(json_object_get(message, "created_at"), &ms))
        return place;
    /* The same message is asked about again for each step, and the next one is seldom older. */
    if (ms >= steps->young_ms && steps->first_young > place.over)
        place.over = steps->first_young;
    while (place.over < steps->count && steps->runs[place.over].created_ms < ms)
        place.over++;
    steps->young_ms = ms;
    steps->first_young = place.over;
    return place;
}

/* Takes the next step with tool calls before position end; NULL when there is none. */
static json_t *take_until(struct run *run, size_t end)
{
    while (run->at < end) {
        json_t *step = run->steps[run->at];

        run->steps[run->at++] = NULL;
        if (!made_message(step).data)
            return step;
        json_decref(step);
    }
    return NULL;
}

/* Position of the step that made the message and was not handed out, or step_count. */
static size_t find_made(struct steps *steps, const struct run *run, struct span message_id)
{
    size_t at = strmap_find(&steps->made, key_of(steps, run, message_id));

    if (message_id.len == 0 || at == SIZE_MAX || strmap_value(&steps->made, at) < run->at)
        return run->step_count;
    return (size_t)strmap_value(&steps->made, at);
}

static struct run *wanted_until(struct steps *steps, size_t end)
{
    while (steps->first_wanted < end && steps->runs[steps->first_wanted].loaded)
        steps->first_wanted++;
    return steps->first_wanted < end ? &steps->runs[steps->first_wanted] : NULL;
}

struct run *steps_wanted_before(struct steps *steps, const json_t *message)
{
    struct place place = place_of(steps, message);
    struct run *wanted = wanted_until(steps, place.over);

    if (wanted)
        return wanted;
    return place.own && !place.own->loaded ? place.own : NULL;
}

struct run *steps_wanted_at_end(struct steps *steps)
{
    return wanted_until(steps, steps->count);
}

static json_t *take_over(struct steps *steps, size_t end)
{
    for (size_t i = steps->first_open; i < end; i++) {
        struct run *run = &steps->runs[i];
        json_t *step = take_until(run, run->step_count);

        if (step)
            return step;
        run->over = true;
        /* Runs that are over and empty are forgotten. */
        while (steps->first_open < steps->count && steps->runs[steps->first_open].over)
            run_release(&steps->runs[steps->first_open++]);
    }
    return NULL;
}

json_t *steps_take_before(struct steps *steps, const json_t *message)
{
    struct place place = place_of(steps, message);
    json_t *step = take_over(steps, place.over);
    size_t made;

    if (step || !place.own)
        return step;
    made = find_made(steps, place.own, json_get_text(message, "id"));
    return made < place.own->step_count ? take_until(place.own, made) : NULL;
}

json_t *steps_take_after(struct steps *steps, const json_t *message)
{
    struct run *run = place_of(steps, message).own;
    size_t made;

    if (!run)
        return NULL;
    made = find_made(steps, run, json_get_text(message, "id"));
    if (made < run->step_count) {
        json_decref(take_until(run, made));
        json_decref(run->steps[made]);
        run->steps[made] = NULL;
        run->at = made + 1;
    }
    return run->at < run->made_end ? NULL : take_until(run, run->step_count);
}

json_t *steps_take_at_end(struct steps *steps)
{
    return take_over(steps, steps->count);
}
