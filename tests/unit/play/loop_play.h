/*
 * Plays the loop with puppets for jobs, on scripted replies and the fake clock.
 * A puppet's script is a row of wishes:
 *
 *     G  a request           V  one that is good for a second only
 *     B  a request for /threads/a, and one for /threads/a+ beside it
 *     R  adds a record, then a request at once
 *     y  adds a record, then waits for the sync; Y: and sends nothing after it
 *     z  sleeps for 300 ms   w  waits until another one got on
 *     .  done                x  fails             !  fails, and with it the run
 *
 * Puppets are a, b, c …; each asks for /threads/a, and takes no for an answer
 * that fails it. What became of them is told in order: "a b:bad_source"; what a
 * server said in refusing is told in brackets, and "-a" is a call that never leaves.
 */
#ifndef UNIT_LOOP_PLAY_H
#define UNIT_LOOP_PLAY_H

#include "base/buf.h"
#include "fakes/fake_http.h"
#include "loop/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOOP_PLAY_SLEEP_MS = 300, LOOP_PLAY_VALID_MS = 1000 };

struct loop_play {
    const char *const *scripts; /* NULL-terminated; or NULL: */
    const char *script;         /* that of all */
    size_t count;               /* of the puppets, where all have the same script */
    size_t ahead;               /* so many jobs at once; 0: as many as the loop takes */
    int64_t concurrency;
    int64_t max_errors;
    int64_t tick_ms;
    int64_t selected;
    int64_t patience_ms; /* 0: an hour */
    bool one_at_a_time;  /* the pacer lets one request leave after the other */
    bool openai;         /* the source is OpenAI, and not compatible */
    bool without_http;
    struct checkpoint *checkpoint; /* borrowed, or NULL */
    bool may_be_dirty;             /* a reply may come while records are not durable */

    /* What came of it. */
    int64_t ticks;
    int64_t most_parked;
    int64_t most_in_flight;
    struct loop_result result;

    size_t begun;
    size_t concluded;
    struct buf seen;
};

/* Runs the loop; the replies have to be used up, and `expected` is what was told. Three attempts
 * are made. */
void loop_play(struct loop_play *play, const struct fake_http_step *replies, size_t count,
               const char *expected);

/* "a+0 b+0 c+100": who asked, and when, since the clock was reset. */
void loop_play_assert_requests(const char *expected);

#endif
