/*
 * The writer in all its states, as conversations: writer_play.h says how to read them.
 */
#include "unit/play/writer_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOT_OURS "fail conflict: the conversation holds something that was not written here"
#define DISORDER "fail conflict: the conversation does not list its items in the order of writing"
#define TOO_LARGE "; the server takes no request of this size (batch_bytes)"
#define CREATE "sync | create => id conv_1 | sync"
#define LOST                                                                                       \
    "fail usage: the destination server answers that it has no such route\nhint: base_url has to " \
    "be the root of the API: it usually ends in /v1"

static const struct story NEW[] = {
    {.name = "no items",
     .script = "sync | create => id conv_1 | sync | sync | done",
     .records = "creating created done"},
    {.name = "three batches",
     .messages = 5,
     .script = "sync | create => id conv_1 | sync | append 2 => ids i1 i2 | append 2 => ids i3 i4 "
               "| append 1 => ids i5 | sync | done",
     .records = "creating created appended:2 appended:4 done:5"},
    {.name = "a whole last batch",
     .messages = 4,
     .script = "sync | create => id conv_1 | sync | append 2 => ids i1 i2 | append 2 => ids i3 i4 "
               "| sync | done",
     .records = "creating created appended:2 done:4"},
    {.name = "the reply of a create is lost: another one, on record",
     .script = "sync | create => lost | sleep 30000 | sync | create => broken | sleep 30000 | sync "
               "| create => id conv_1 | sync | sync | done",
     .records = "creating creating creating created done"},
    {.name = "creates without any answer stop the run",
     .script = "sync | create => lost | sleep 30000 | sync | create => lost | sleep 30000 | sync | "
               "create => lost | fail network: the destination does not answer",
     .records = "creating creating creating"},
    {.name = "creates that fail again and again fail the thread",
     .script =
         "sync | create => broken | sleep 30000 | sync | create => ids | sleep 30000 | "
         "sync | create => lost | fail server_error: cannot write the conversation: HTTP 200, but "
         "not the reply that it should be, again and again",
     .records = "creating creating creating failed"},
    {.name = "creates that no API answers",
     .script = "sync | create => broken 404 | sleep 30000 | sync | create => broken 404 | sleep "
               "30000 | sync | create => broken 404 | fail server_error: cannot write the "
               "conversation: the destination failed again and again: HTTP 404; is base_url right?",
     .records = "creating creating creating failed"},
    {.name = "however soon outcomes settle, a create backs off",
     .settles_soon = true,
     .script = "sync | create => broken | back off 500 | sync | create => lost | back off 1000 | "
               "sync | create => id conv_1 | sync | sync | done",
     .records = "creating creating creating created done"},
    {.name = "another thread's conversation: the run stops before anything is in it",
     .messages = 2,
     .other = "conv_1",
     .script = "sync | create => id conv_1 | fail stopped: the destination gave a new conversation "
               "the id of another thread's: 'conv_1'\nhint: something on the way may answer a "
               "request with the reply to another one; it must not cache POST",
     .records = "creating"},
    {.name = "a create is refused: it left nothing behind",
     .script = "sync | create => no 400 | fail refused: the conversation was refused: HTTP 400",
     .records = "creating not_created failed"},
    {.name = "writing is forbidden",
     .script = "sync | create => no 403 | fail forbidden: cannot write: HTTP 403",
     .records = "creating not_created failed"},
    {.name = "a create never leaves",
     .unsent = true,
     .script = "sync",
     .records = "creating not_created"},
    {.name = "no create leaves between two",
     .unsent = true,
     .script = "sync | create => lost | sleep 30000",
     .records = "creating"},
    {.name = "the same no three times, while others are served, is final",
     .script = "sync | create => broken 409 | sleep 30000 | sync | create => broken 409 | sleep "
               "30000 | sync | create => broken 409 | fail refused: cannot write the conversation: "
               "the destination failed again and again: HTTP 409",
     .records = "creating creating creating failed"},
    {.name = "no such route, though there is a conversation: like an outage",
     .settles_soon = true,
     .script =
         "sync | create => no 404 | back off 500 | sync | create => id conv_1 | sync | sync | "
         "done",
     .records = "creating not_created creating created done"},
    {.name = "no such route, and nothing yet: once more, then the run stops",
     .first = true,
     .script = "sync | create => no 404 | sleep 2000 | sync | create => broken 405 | " LOST,
     .records = "creating not_created creating not_created"},
    {.name = "no such route at first",
     .first = true,
     .script =
         "sync | create => broken 501 | sleep 2000 | sync | create => id conv_1 | sync | sync "
         "| done",
     .records = "creating not_created creating created done"},
    {.name = "no second conversation before something was appended to the first",
     .another = true,
     .unproven = true,
     .script = "wait | sync | create => id conv_1 | sync | sync | done",
     .records = "creating created done"},
};

/* An append whose outcome is not known, or is no. */

static const struct story APPENDS[] = {
    {.name = "it had arrived",
     .messages = 3,
     .script = CREATE
     " | append 2 => lost | sleep 30000 | list => i1=u 1;i2=a 2 | append 1 => ids i3 | sync | done",
     .records = "creating created appended:2 done:3"},
    {.name = "it had not arrived, and two looks say so",
     .messages = 2,
     .script = CREATE " | append 2 => broken | sleep 30000 | list => . | sleep 30000 | list => . | "
                      "append 2 => ids i1 i2 | sync | done",
     .records = "creating created done:2"},
    {.name = "it became visible between two looks",
     .messages = 2,
     .script = CREATE " | append 2 => lost | sleep 30000 | list => . | sleep 30000 | list => i1=u "
                      "1;i2=a 2 | sync | done",
     .records = "creating created done:2"},
    {.name = "a beginning had arrived; the looks have to agree",
     .messages = 4,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => lost | sleep 30000 | list i2 => i3=u "
                      "3 | list => i1=u 1;i2=a 2;i3=u 3 | sleep 30000 | list i3 => . | append 1 => "
                      "ids i4 | sync | done",
     .records = "creating created appended:2 appended:3 done:4"},
    {.name = "a beginning, and the rest a look later",
     .messages = 2,
     .script = CREATE " | append 2 => lost | sleep 30000 | list => i1=u 1 | sleep 30000 | list i1 "
                      "=> i2=a 2 | list => i1=u 1;i2=a 2 | sync | done",
     .records = "creating created appended:1 done:2"},
    {.name = "something else is there",
     .messages = 2,
     .script = CREATE " | append 2 => lost | sleep 30000 | list => i1=u 1;i9=u 9 | " NOT_OURS,
     .records = "creating created failed:open"},
    {.name = "ours in another order",
     .messages = 2,
     .script = CREATE " | append 2 => lost | sleep 30000 | list => i2=a 2;i1=u 1 | " NOT_OURS,
     .records = "creating created failed:open"},
    {.name = "more than there is",
     .messages = 2,
     .script =
         CREATE " | append 2 => lost | sleep 30000 | list => i1=u 1;i2=a 2;i3=u 3 | " NOT_OURS,
     .records = "creating created failed:open"},
    {.name = "executed twice",
     .messages = 3,
     .script = CREATE
     " | append 2 => lost | sleep 30000 | list => i1=u 1;i2=a 2;i3=u 1;i4=a 2 | " NOT_OURS,
     .records = "creating created failed:open"},
    {.name = "after is ignored: only what follows the last item counts",
     .messages = 4,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => lost | sleep 30000 | list i2 => i1=u "
                      "1;i2=a 2;i3=u 3;i4=a 4 | list => i1=u 1;i2=a 2;i3=u 3;i4=a 4 | sync | done",
     .records = "creating created appended:2 done:4"},
    {.name = "after is ignored and the list is sorted otherwise",
     .messages = 4,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => lost | sleep 30000 | list i2 => i1=u "
                      "1;i3=u 3;i4=a 4;i2=a 2 | " NOT_OURS,
     .records = "creating created appended:2 failed:open"},
    {.name = "after includes its item",
     .messages = 4,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => lost | sleep 30000 | list i2 => i2=a "
                      "2;i3=u 3;i4=a 4 | list => i1=u 1;i2=a 2;i3=u 3;i4=a 4 | sync | done",
     .records = "creating created appended:2 done:4"},
    {.name = "more than was sent, and like what follows",
     .messages = 5,
     .script =
         CREATE " | append 2 => lost | sleep 30000 | list => i1=u 1;i2=a 2;i3=u 3 | " NOT_OURS,
     .records = "creating created failed:open"},
    {.name = "more than the rest of what was sent, a look later",
     .messages = 5,
     .script = CREATE " | append 2 => lost | sleep 30000 | list => i1=u 1 | sleep 30000 | list i1 "
                      "=> i2=a 2;i3=u 3 | list => i1=u 1;i2=a 2;i3=u 3 | " NOT_OURS,
     .records = "creating created appended:1 failed:open"},
    {.name = "a reply that named the newest item first: old items are not taken for new ones",
     .messages = 4,
     .alike = true,
     .script = CREATE " | append 2 => ids i2 i1 | append 2 => lost | sleep 30000 | list i1 => i2=u "
                      "1 | list => i1=u 1;i2=u 1 | " DISORDER,
     .records = "creating created appended:2 failed:open"},
    {.name = "a list that is never in ascending order",
     .messages = 4,
     .alike = true,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => broken | sleep 30000 | list i2 => "
                      "i1=u 1 | list => i2=u 1;i1=u 1 | " DISORDER,
     .records = "creating created appended:2 failed:open"},
    {.name = "messages that are alike, and a server in order",
     .messages = 4,
     .alike = true,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => lost | sleep 30000 | list i2 => i3=u "
                      "1;i4=u 1 | list => i1=u 1;i2=u 1;i3=u 1;i4=u 1 | sync | done",
     .records = "creating created appended:2 done:4"},
    {.name = "the whole list says that nothing follows",
     .messages = 4,
     .alike = true,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => lost | sleep 30000 | list i2 => i1=u "
                      "1 | list => i1=u 1;i2=u 1 | sleep 30000 | list i2 => . | append 2 => ids "
                      "i3 i4 | sync | done",
     .records = "creating created appended:2 done:4"},
    {.name = "the last item has gone",
     .messages = 4,
     .script =
         CREATE " | append 2 => ids i1 i2 | append 2 => lost | sleep 30000 | list i2 => no 404 "
                "after | fail conflict: the last item that was written is no longer there",
     .records = "creating created appended:2 failed:open"},
    {.name = "the conversation has gone",
     .messages = 4,
     .script = CREATE " | append 2 => lost | sleep 30000 | list => no 404 | fail gone: the "
                      "conversation is no longer there (HTTP 404)",
     .records = "creating created failed:open"},
    {.name = "the conversation has gone, the append says so, and a look",
     .messages = 2,
     .script = CREATE " | append 2 => no 404 | list => no 404 | fail gone: the conversation is no "
                      "longer there (HTTP 404)",
     .records = "creating created failed"},
    {.name = "it has not: the append is repeated",
     .messages = 2,
     .settles_soon = true,
     .script = CREATE " | append 2 => no 404 | list => . | back off 500 | append 2 => ids i1 i2 | "
                      "sync | done",
     .records = "creating created done:2"},
    {.name = "no such route, and no list of items either",
     .messages = 2,
     .unproven = true,
     .script = CREATE " | append 2 => no 404 | sleep 2000 | list => no 404 | " LOST,
     .records = "creating created"},
    {.name = "no such route but that of the list",
     .messages = 2,
     .unproven = true,
     .script = CREATE " | append 2 => no 405 | sleep 2000 | list => . | append 2 => no 405 | " LOST,
     .records = "creating created"},
    {.name = "no such route, says somebody in between: looked at like every unknown outcome",
     .messages = 2,
     .unproven = true,
     .script =
         CREATE " | append 2 => broken 404 | sleep 2000 | list => i1=u 1;i2=a 2 | sync | done",
     .records = "creating created done:2"},
    {.name = "the same no three times, while others are served, is final once a look saw nothing",
     .messages = 1,
     .script = CREATE " | append 1 => broken | sleep 30000 | list => . | sleep 30000 | list => . | "
                      "append 1 => broken | sleep 30000 | list => . | sleep 30000 | list => . | "
                      "append 1 => broken | sleep 30000 | list => . | sleep 30000 | list => . | "
                      "fail server_error: cannot write message 1: the destination failed again and "
                      "again: HTTP 500",
     .records = "creating created failed"},
    {.name = "the last attempt had arrived",
     .messages = 1,
     .script =
         CREATE " | append 1 => broken 503 | sleep 30000 | list => . | sleep 30000 | list => "
                ". | append 1 => broken 503 | sleep 30000 | list => . | sleep 30000 | list => "
                ". | append 1 => broken 503 | sleep 30000 | list => i1=u 1 | sync | done",
     .records = "creating created done:1"},
    {.name = "what nobody signed but asks for time is no attempt",
     .messages = 1,
     .script =
         CREATE " | append 1 => broken 429 | sleep 30000 | list => . | sleep 30000 | list => "
                ". | append 1 => broken 429 | sleep 30000 | list => . | sleep 30000 | list => "
                ". | append 1 => broken 429 | sleep 30000 | list => . | sleep 30000 | list => "
                ". | append 1 => ids i1 | sync | done",
     .records = "creating created done:1"},
    {.name = "never an answer, and nothing arrives",
     .messages = 1,
     .script = CREATE " | append 1 => lost | sleep 30000 | list => . | sleep 30000 | list => . | "
                      "append 1 => lost | sleep 30000 | list => . | sleep 30000 | list => . | "
                      "append 1 => broken | sleep 30000 | list => . | sleep 30000 | list => . | "
                      "fail server_error: cannot write message 1: the destination failed again and "
                      "again: HTTP 500",
     .records = "creating created failed"},
    {.name = "redirected again and again",
     .messages = 2,
     .script = CREATE
     " | append 2 => broken 307 | sleep 30000 | list => . | sleep 30000 | list => . | append 2 => "
     "broken 307 | sleep 30000 | list => . | sleep 30000 | list => . | append 2 => lost | "
     "sleep 30000 | list => . | sleep 30000 | list => . | fail "
     "server_error: cannot write the batch from message 1 on: the destination failed again and "
     "again: HTTP 307, and redirects are not followed; is base_url right?",
     .records = "creating created failed"},
    {.name = "cut off again and again",
     .messages = 1,
     .script = CREATE
     " | append 1 => broken 0 | sleep 30000 | list => . | sleep 30000 | list => . | append 1 => "
     "broken 0 | sleep 30000 | list => . | sleep 30000 | list => . | append 1 => broken 0 | sleep "
     "30000 | list => . | sleep 30000 | list => . | fail server_error: cannot write message 1: the "
     "destination broke the connection again and again",
     .records = "creating created failed"},
    {.name = "however soon outcomes settle, nothing is repeated without a back-off",
     .messages = 1,
     .settles_soon = true,
     .script = CREATE " | append 1 => lost | sleep 20 | list => . | sleep 20 | list => . | back "
                      "off 500 | append 1 => lost | sleep 20 | list => . | sleep 20 | list => . | "
                      "back off 1000 | append 1 => ids i1 | sync | done",
     .records = "creating created done:1"},
    {.name = "what arrived is no reason to back off",
     .messages = 4,
     .settles_soon = true,
     .script = CREATE " | append 2 => lost | sleep 20 | list => i1=u 1;i2=a 2 | append 2 => ids i3 "
                      "i4 | sync | done",
     .records = "creating created appended:2 done:4"},
    {.name = "a refused item is named",
     .messages = 2,
     .script = CREATE
     " | append 2 => no 400 items[1].content[0] | fail refused: message 2 was refused: HTTP 400",
     .records = "creating created failed"},
    {.name = "a refusal that names no item of ours",
     .messages = 2,
     .script = CREATE " | append 2 => no 400 items[7] | fail refused: the batch from message 1 on "
                      "was refused: HTTP 400",
     .records = "creating created failed"},
    {.name = "too large: half of it, down to one",
     .messages = 2,
     .script = CREATE " | append 2 => no 413 | append 1 => ids i1 | append 1 => no 413 | fail "
                      "refused: message 2 was refused: HTTP 413" TOO_LARGE,
     .records = "creating created appended:1 failed"},
    {.name = "too large, says somebody in between: the same once a look saw nothing",
     .messages = 2,
     .script = CREATE " | append 2 => broken 413 | sleep 30000 | list => . | sleep 30000 | list => "
                      ". | append 1 => ids i1 | append 1 => broken 413 | sleep 30000 | list i1 => "
                      ". | sleep 30000 | list i1 => . | fail refused: message 2 was refused: HTTP "
                      "413" TOO_LARGE,
     .records = "creating created appended:1 failed"},
    {.name = "too large, says somebody in between, and it had arrived",
     .messages = 2,
     .script =
         CREATE " | append 2 => broken 413 | sleep 30000 | list => i1=u 1;i2=a 2 | sync | done",
     .records = "creating created done:2"},
    {.name = "the reply to the request before is no yes",
     .messages = 4,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => ids i1 i2 | sleep 30000 | list i2 => "
                      ". | sleep 30000 | list i2 => . | append 2 => ids i3 i4 | sync | done",
     .records = "creating created appended:2 done:4"},
    {.name = "nor is the reply to an earlier one",
     .messages = 5,
     .script = CREATE " | append 2 => ids i1 i2 | append 2 => ids i3 i4 | append 1 => ids i2 | "
                      "sleep 30000 | list i4 => . | sleep 30000 | list i4 => . | append 1 => ids "
                      "i5 | sync | done",
     .records = "creating created appended:2 appended:4 done:5"},
    {.name = "nor one that names an item twice",
     .messages = 2,
     .script =
         CREATE " | append 2 => ids i1 i1 | sleep 30000 | list => i1=u 1;i2=a 2 | sync | done",
     .records = "creating created done:2"},
    {.name = "a yes with other items than were sent is no yes",
     .messages = 2,
     .script = CREATE " | append 2 => ids i1 | sleep 30000 | list => i1=u 1;i2=a 2 | sync | done",
     .records = "creating created done:2"},
};

static const struct story RESUMED[] = {
    {.name = "no list of items, but its conversation: there is no such route, and the run stops",
     .messages = 2,
     .state = THREAD_PARTIAL,
     .unproven = true,
     .script = "sleep 30000 | list => no 404 | look => id conv_1 | " LOST,
     .records = ""},
    {.name = "no list of items, and no conversation either",
     .messages = 2,
     .state = THREAD_PARTIAL,
     .unproven = true,
     .script = "sleep 30000 | list => no 404 | look => no 404 | fail gone: the conversation is no "
               "longer there (HTTP 404)",
     .records = "failed:open"},
    {.name = "a conversation goes ahead of others that have none",
     .messages = 1,
     .state = THREAD_PARTIAL,
     .unproven = true,
     .script = "sleep 30000 | list => . | sleep 30000 | list => . | append 1 => ids i1 | sync | "
               "done",
     .records = "done:1"},
    {.name = "nothing written yet, the dead process's request comes late",
     .messages = 2,
     .state = THREAD_PARTIAL,
     .script = "sleep 30000 | list => . | sleep 30000 | list => i1=u 1;i2=a 2 | sync | done",
     .records = "done:2"},
    {.name = "goes on behind what is written",
     .messages = 3,
     .state = THREAD_PARTIAL,
     .written = 2,
     .script = "sleep 30000 | list i2 => . | sleep 30000 | list i2 => . | append 1 => ids i3 | "
               "sync | done",
     .records = "done:3"},
    {.name = "pages of a look follow each other",
     .messages = 5,
     .state = THREAD_PARTIAL,
     .script = "sleep 30000 | list => i1=u 1;i2=a 2;+ | list i2 => i3=u 3;i4=a 4;+ | list i4 => "
               "i5=u 5 | sync | done",
     .records = "appended:2 appended:4 done:5"},
    {.name = "a look whose cursor does not move",
     .messages = 5,
     .state = THREAD_PARTIAL,
     .written = 2,
     .script = "sleep 30000 | list i2 => i1=u 1;i2=a 2;+ | list i2 => i1=u 1;i2=a 2;+ | fail "
               "server_error: the server's list of items is faulty: a page without a new id, so "
               "its cursor does not move",
     .records = "failed:open"},
    {.name = "everything is there",
     .messages = 2,
     .state = THREAD_PARTIAL,
     .written = 2,
     .script = "sleep 30000 | list i2 => . | sync | done",
     .records = "done:2"},
    {.name = "the dead process's batch is there, behind pages of known ones",
     .messages = 5,
     .state = THREAD_PARTIAL,
     .written = 3,
     .script = "sleep 30000 | list i3 => i4=a 4;i5=u 5 | list => i1=u 1;i2=a 2;+ | list i2 => i3=u "
               "3;i4=a 4;+ | list i4 => i5=u 5 | sync | done",
     .records = "appended:4 done:5"},
    {.name = "the pages of the proof end too early",
     .messages = 5,
     .state = THREAD_PARTIAL,
     .written = 3,
     .script = "sleep 30000 | list i3 => i4=a 4 | list => i1=u 1;i2=a 2;+ | list i2 => i4=a 4 "
               "| " DISORDER,
     .records = "failed:open"},
    {.name = "old items are not taken for the dead process's batch",
     .messages = 4,
     .alike = true,
     .state = THREAD_PARTIAL,
     .written = 2,
     .script = "sleep 30000 | list i2 => i1=u 1 | list => i2=u 1;i1=u 1 | " DISORDER,
     .records = "failed:open"},
    {.name = "the source says something else now",
     .messages = 3,
     .state = THREAD_PARTIAL,
     .written = 2,
     .changed = "u one",
     .script =
         "sleep 30000 | fail source_changed: what was already written now maps to something else",
     .records = "failed:open"},
    {.name = "the source holds less",
     .messages = 1,
     .state = THREAD_PARTIAL,
     .written = 2,
     .script =
         "sleep 30000 | fail source_changed: the source holds less than what was already written",
     .records = "failed:open"},
};

/* A failure of which no outcome is unknown. */
static const struct story SETTLED[] = {
    {.name = "one look, no waiting, and open again before anything is appended",
     .messages = 3,
     .state = THREAD_FAILED,
     .settled = true,
     .written = 2,
     .script = "list i2 => . | sync | append 1 => ids i3 | sync | done",
     .records = "appended:2 done:3"},
    {.name = "whatever is there is not ours",
     .messages = 3,
     .state = THREAD_FAILED,
     .settled = true,
     .written = 2,
     .script = "list i2 => i3=u 3 | list => i1=u 1;i2=a 2;i3=u 3 | " NOT_OURS,
     .records = "failed"},
    {.name = "not settled: waited for as after a kill",
     .messages = 3,
     .state = THREAD_FAILED,
     .written = 2,
     .script = "sleep 30000 | list i2 => . | sleep 30000 | list i2 => . | append 1 => ids i3 | "
               "sync | done",
     .records = "done:3"},
    {.name = "a look in pages that fit",
     .messages = 3,
     .state = THREAD_FAILED,
     .settled = true,
     .written = 2,
     .script = "list i2 => large | list i2 => . | sync | append 1 => ids i3 | sync | done",
     .records = "appended:2 done:3"},
    {.name = "more pages than the thread has items",
     .messages = 2,
     .state = THREAD_PARTIAL,
     .script = "sleep 30000 | list => i1=u 1;i2=a 2;+ | list i2 => i9=u 9 | " NOT_OURS,
     .records = "appended:2 failed:open"},
};

static const struct story TOP_UPS[] = {
    {.name = "nothing new: nobody is asked",
     .messages = 2,
     .state = THREAD_DONE,
     .written = 2,
     .script = "done",
     .records = ""},
    {.name = "two more",
     .messages = 4,
     .state = THREAD_DONE,
     .written = 2,
     .script = "tip => i2=a 2 | sync | append 2 => ids i3 i4 | sync | done",
     .records = "appended:2 done:4"},
    {.name = "into an empty conversation",
     .messages = 1,
     .state = THREAD_DONE,
     .script = "tip => . | sync | append 1 => ids i1 | sync | done",
     .records = "appended done:1"},
    {.name = "the conversation has moved on",
     .messages = 3,
     .state = THREAD_DONE,
     .written = 2,
     .script = "tip => i9=u 9 | fail conflict: the conversation has moved on since it was written",
     .records = ""},
    {.name = "the conversation has gone",
     .messages = 3,
     .state = THREAD_DONE,
     .written = 2,
     .script = "tip => no 404 | fail gone: the conversation is no longer there (HTTP 404)",
     .records = ""},
    {.name = "the source holds less: the thread stays done",
     .messages = 1,
     .state = THREAD_DONE,
     .written = 2,
     .script = "fail source_changed: the source holds less than what was already written",
     .records = ""},
    {.name = "open again, so that a failure is on record",
     .messages = 3,
     .state = THREAD_DONE,
     .written = 2,
     .script = "tip => i2=a 2 | sync | append 1 => no 400 | fail refused: message 3 was refused: "
               "HTTP 400",
     .records = "appended:2 failed"},
};

static const struct story INLINE[] = {
    {.name = "another thread's conversation is nobody's success",
     .messages = 2,
     .create_inline = true,
     .other = "conv_1",
     .script = "sync | create 2 => id conv_1 | fail stopped: the destination gave a new "
               "conversation the id of another thread's: 'conv_1'\nhint: something on the way may "
               "answer a request with the reply to another one; it must not cache POST",
     .records = "creating:2"},
    {.name = "one write for a short thread, and a look that acknowledges it",
     .messages = 2,
     .create_inline = true,
     .script = "sync | create 2 => id conv_1 | sync | list => i1=u 1;i2=a 2 | sync | done",
     .records = "creating:2 created done:2"},
    {.name = "what follows is appended",
     .messages = 3,
     .create_inline = true,
     .script = "sync | create 2 => id conv_1 | sync | list => i1=u 1;i2=a 2 | append 1 => ids i3 | "
               "sync | done",
     .records = "creating:2 created appended:2 done:3"},
    {.name = "the server ignored the items: they are appended",
     .messages = 2,
     .create_inline = true,
     .script = "sync | create 2 => id conv_1 | sync | list => . | sleep 30000 | list => . | append "
               "2 => ids i1 i2 | sync | done",
     .records = "creating:2 created done:2"},
    {.name = "it took one of them",
     .messages = 2,
     .create_inline = true,
     .script =
         "sync | create 2 => id conv_1 | sync | list => i1=u 1 | sleep 30000 | list i1 => . | "
         "append 1 => ids i2 | sync | done",
     .records = "creating:2 created appended:1 done:2"},
    {.name = "it stored something else",
     .messages = 2,
     .create_inline = true,
     .script = "sync | create 2 => id conv_1 | sync | list => i1=u 1;i2=a 9 | " NOT_OURS,
     .records = "creating:2 created failed:open"},
    {.name = "no such route: nothing is uncertain",
     .messages = 2,
     .first = true,
     .create_inline = true,
     .script = "sync | create 2 => broken 404 | sleep 2000 | sync | create 2 => broken 404 | sync "
               "| " LOST,
     .records = "creating:2 not_created creating:2 not_created"},
    {.name = "its reply is lost: a person decides",
     .messages = 2,
     .create_inline = true,
     .script = "sync | create 2 => lost | sync | done",
     .records = "creating:2 uncertain"},
    {.name = "a refused item is named",
     .messages = 2,
     .create_inline = true,
     .script = "sync | create 2 => no 400 items[0] | sync | fail refused: message 1 was refused: "
               "HTTP 400",
     .records = "creating:2 not_created failed"},
    {.name = "too large: the first half of it, the rest is appended",
     .messages = 3,
     .create_inline = true,
     .script =
         "sync | create 2 => no 413 | create 1 => id conv_1 | sync | list => i1=u 1 | append 1 "
         "=> ids i2 | append 1 => ids i3 | sync | done",
     .records = "creating:2 created appended:1 appended:2 done:3"},
    {.name = "one item alone that is too large is named",
     .messages = 1,
     .create_inline = true,
     .script = "sync | create 1 => no 413 | sync | fail refused: message 1 was refused: HTTP "
               "413" TOO_LARGE,
     .records = "creating:1 not_created failed"},
    {.name = "without items it is an ordinary create",
     .create_inline = true,
     .script =
         "sync | create => lost | sleep 30000 | sync | create => id conv_1 | sync | sync | done",
     .records = "creating creating created done"},
};

#define PLAY_ALL(stories)                                                                          \
    for (size_t i = 0; i < sizeof(stories) / sizeof(stories)[0]; i++)                              \
    writer_play(&(stories)[i])

static void test_new_threads(void **state)
{
    (void)state;
    PLAY_ALL(NEW);
}

static void test_appends(void **state)
{
    (void)state;
    PLAY_ALL(APPENDS);
}

static void test_resumed(void **state)
{
    (void)state;
    PLAY_ALL(RESUMED);
}

static void test_settled(void **state)
{
    (void)state;
    PLAY_ALL(SETTLED);
}

static void test_top_ups(void **state)
{
    (void)state;
    PLAY_ALL(TOP_UPS);
}

static void test_inline(void **state)
{
    (void)state;
    PLAY_ALL(INLINE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_threads), cmocka_unit_test(test_appends),
        cmocka_unit_test(test_resumed),     cmocka_unit_test(test_top_ups),
        cmocka_unit_test(test_inline),      cmocka_unit_test(test_settled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
