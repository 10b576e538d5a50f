#include "engine/steps.h"

#include "api/json.h"
#include "api/map.h"

#include <stdlib.h>

void steps_init(struct steps *steps)
{
    *steps = (struct steps){0};
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
    arena_release(&steps->arena);
    *steps = (struct steps){0};
}

void steps_add_run(struct steps *steps, const json_t *object)
{
    struct span id = json_get_text(object, "id");
    struct run run = {.created_ms = INT64_MIN};

    if ((steps->count & (steps->count + 1)) == 0)
        steps->runs = mem_resize(steps->runs, 2 * steps->count + 2, sizeof run);
    (void)source_time_ms(json_object_get(object, "created_at"), &run.created_ms);
    run.id = arena_dup(&steps->arena, id.data, id.len);
    steps->runs[steps->count++] = run;
}

void steps_load(struct run *run, json_t *const *objects, size_t count, bool is_last)
{
    run->steps = mem_resize(run->steps, run->step_count + count, sizeof *run->steps);
    for (size_t i = 0; i < count; i++)
        run->steps[run->step_count++] = json_incref(objects[i]);
    run->loaded = is_last;
}

/* The message that a message_creation step made, or .data == NULL. */
static struct span made_message(const json_t *step)
{
    const json_t *details = json_object_get(step, "step_details");

    return json_get_text(json_object_get(details, "message_creation"), "message_id");
}

/* Where a message stands among the runs. */
struct place {
    size_t over;     /* all runs before this one are over when the message comes */
    struct run *own; /* the run that made the message, or NULL */
};

static struct place place_of(const struct steps *steps, const json_t *message)
{
    struct span run_id = json_get_text(message, "run_id");
    struct place place = {steps->first_open, NULL};
    int64_t ms;

    for (size_t i = steps->first_open; run_id.len > 0 && i < steps->count; i++) {
        if (span_is(run_id, steps->runs[i].id))
            return (struct place){i, &steps->runs[i]};
    }
    if (!source_time_ms(json_object_get(message, "created_at"), &ms))
        return place;
    while (place.over < steps->count && steps->runs[place.over].created_ms < ms)
        place.over++;
    return place;
}

/* Forgets runs that are over and empty. */
static void advance(struct steps *steps)
{
    while (steps->first_open < steps->count && steps->runs[steps->first_open].over) {
        run_release(&steps->runs[steps->first_open]);
        steps->first_open++;
    }
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

/* Position of the step that made the message, or step_count. */
static size_t find_made(const struct run *run, struct span message_id)
{
    size_t i = run->at;

    while (i < run->step_count && !span_equal(made_message(run->steps[i]), message_id))
        i++;
    return i;
}

static struct run *wanted_until(struct steps *steps, size_t end)
{
    for (size_t i = steps->first_open; i < end; i++) {
        if (!steps->runs[i].loaded)
            return &steps->runs[i];
    }
    return NULL;
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
    }
    advance(steps);
    return NULL;
}

json_t *steps_take_before(struct steps *steps, const json_t *message)
{
    struct place place = place_of(steps, message);
    json_t *step = take_over(steps, place.over);
    size_t made;

    if (step || !place.own)
        return step;
    made = find_made(place.own, json_get_text(message, "id"));
    return made < place.own->step_count ? take_until(place.own, made) : NULL;
}

json_t *steps_take_after(struct steps *steps, const json_t *message)
{
    struct run *run = place_of(steps, message).own;
    size_t made;

    if (!run)
        return NULL;
    made = find_made(run, json_get_text(message, "id"));
    if (made < run->step_count) {
        json_decref(take_until(run, made));
        json_decref(run->steps[made]);
        run->steps[made] = NULL;
        run->at = made + 1;
    }
    for (size_t i = run->at; i < run->step_count; i++) {
        if (made_message(run->steps[i]).data)
            return NULL;
    }
    return take_until(run, run->step_count);
}

json_t *steps_take_at_end(struct steps *steps)
{
    return take_over(steps, steps->count);
}
