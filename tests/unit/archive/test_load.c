/*
 * A file is scanned and its threads are read back. Texts have ' for ".
 */
#include "archive/load.h"

#include "archive/scan.h"
#include "base/mem.h"
#include "json/json.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct play {
    struct inputs inputs;
    struct index index;
    json_t *assistants;
    int fd;
};

static void play_open(struct play *play, const char *quoted)
{
    char *text = mem_strdup(quoted);
    const size_t len = strlen(text);
    struct error err = {.code = ERROR_NONE};
    char path[64];

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    play->fd = memfd_create("archive", MFD_CLOEXEC);
    assert_true(play->fd >= 0 && write(play->fd, text, len) == (ssize_t)len);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", play->fd);
    inputs_init(&play->inputs);
    index_init(&play->index);
    play->assistants = json_array();
    const struct scan scan = {
        .inputs = &play->inputs, .index = &play->index, .assistants = play->assistants};
    assert_true(scan_find(&scan, path, NULL, &err) && scan_all(&scan, &err));
    free(text);
}

static void play_close(struct play *play)
{
    index_release(&play->index);
    inputs_release(&play->inputs);
    json_decref(play->assistants);
    (void)close(play->fd);
}

/* What the only thread, or the one with that id, is read as: "role text, ...", or its error. */
static void read_back(struct play *play, bool allow_truncated, struct buf *out)
{
    const struct load_options options = {
        .index = &play->index, .inputs = &play->inputs, .allow_truncated = allow_truncated};
    struct error err = {.code = ERROR_NONE};
    struct load_thread data;

    buf_clear(out);
    if (!load_thread(&data, &options, 0, &err)) {
        buf_add_text(out, error_code_name(err.code));
    } else {
        for (size_t i = 0; i < data.messages.count; i++) {
            const struct span role = json_get_text(data.messages.items[i], "role");
            const struct span text = json_get_text(data.messages.items[i], "content");

            buf_printf(out, "%s%.1s %.*s", i > 0 ? ", " : "", role.data, (int)text.len, text.data);
        }
        for (size_t i = 0; i < data.runs.count; i++) {
            size_t steps;

            (void)objects_of_run(&data.steps, json_get_text(data.runs.items[i], "id"), &steps);
            buf_printf(out, "; run with %zu", steps);
        }
        for (int kind = 0; kind < LOSS_KINDS; kind++) {
            if (data.losses.count[kind] > 0)
                buf_printf(out, "; %s", loss_name((enum loss_kind)kind));
        }
    }
    load_release(&data);
}

#define M(id, more) "{'id':'" id "','thread_id':'t','role':'user','content':'" id "'," more "}"

static void test_threads(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
        const char *allowed; /* if truncated threads are taken; NULL: the same */
    } ROWS[] = {
        {M("1", "'created_at':1") "\n" M("2", "'created_at':2"), "u 1, u 2", NULL},
        {M("2", "'created_at':2") "\n" M("1", "'created_at':1"), "u 1, u 2", NULL},
        {M("1", "'created_at':1") "\n" M("1", "'created_at':1"), "u 1; duplicate_message", NULL},
        {M("1", "'status':'in_progress'") "\n" M("1", "'status':'completed'"), "u 1", NULL},
        {M("1", "'role2':1") "\n{'id':'1','thread_id':'t','role':'user','content':'other'}",
         "bad_source", NULL},
        {"{'data':[" M("1", "'a':1") "],'has_more':true}", "truncated", "u 1; truncated"},
        {"{'object':'thread','id':'t'}", "truncated", "; truncated"},
        {"{'thread':{'id':'t'},'messages':[]}", "", NULL},
        {M("1", "'a':1") "\n{'object':'thread.run','id':'r','thread_id':'t'}\n"
                         "{'object':'thread.run.step','id':'s','run_id':'r','thread_id':'t'}",
         "u 1; run with 1", NULL},
        {M("1", "'a':1") "\n{'object':'thread.run.step','id':'s','run_id':'r','thread_id':'t'}",
         "u 1; run with 1", NULL},
        {"{'id':'t','object':'thread','created_at':1}\n{'id':'t','object':'thread','created_at':2}"
         "\n" M("1", "'a':1"),
         "bad_source", NULL},
        {"{'role':'system','content':'s'}\n{'role':'user','content':'u'}\n{'role':'assistant',"
         "'content':'a'}\n{'role':'system','content':'s'}\n{'role':'user','content':'u'}",
         "bad_source", NULL},
        {"{'kind':'thread','thread_id':'t','object':null}\n{'kind':'message','thread_id':'t','"
         "object'"
         ":" M("1", "'a':1") "}",
         "truncated", "u 1; truncated"},
        {"{'kind':'message','thread_id':'t','object':" M(
             "1", "'a':1") "}\n{'kind':'end','thread_id':'t','messages':1,'runs':0,'run_steps':0,'"
                           "losses':{'"
                           "order_guessed':1}}",
         "u 1; order_guessed", NULL},
    };
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        for (int allow = 0; allow < 2; allow++) {
            const char *expected =
                allow == 1 && ROWS[i].allowed ? ROWS[i].allowed : ROWS[i].expected;
            struct play play;

            play_open(&play, ROWS[i].text);
            read_back(&play, allow == 1, &out);
            if (!span_is(buf_span(&out), expected))
                fail_msg("%s\nis: %.*s\nnot: %s", ROWS[i].text, (int)out.len, out.data, expected);
            play_close(&play);
        }
    }
    buf_release(&out);
}

/* Duplicates and states are counted once, however often the thread is read. */
static void test_ledger(void **state)
{
    struct play play;
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    play_open(&play, M("1", "'a':1") "\n" M("1", "'a':1") "\n" M(
                         "2", "'status':'in_progress'") "\n" M("2", "'status':'completed'"));
    for (int i = 0; i < 2; i++)
        read_back(&play, false, &out);
    assert_int_equal(play.index.tallies[0].messages, 4);
    assert_int_equal(play.index.tallies[0].duplicates, 1);
    assert_int_equal(play.index.tallies[0].states, 1);
    buf_release(&out);
    play_close(&play);
}

/* What scanning says of a file. */
static void test_scan(void **state)
{
    static const struct {
        const char *text;
        const char *shape;
        uint32_t messages;
        uint32_t unread;
    } ROWS[] = {
        {"", "empty", 0, 0},
        {M("1", "'a':1"), "JSON", 1, 0},
        {M("1", "'a':1") "\n" M("2", "'a':1"), "JSON lines", 2, 0},
        {"id,thread_id,role,content\n1,t,user,x\n", "CSV", 1, 0},
        {"event: thread.message.completed\ndata: " M("1", "'a':1") "\n\n",
         "event stream (the assistant's side only)", 1, 0},
        {"{'a':1}", "JSON, no message recognised", 0, 1},
        {"{'session_id':'s','message':{'type':'human','data':{'content':'x'}}}", "JSON, preset n8n",
         1, 0},
        {"{'kind':'end','thread_id':'t','messages':0,'runs':0,'run_steps':0,'losses':{}}",
         "threadferry archive", 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct play play;

        play_open(&play, ROWS[i].text);
        const struct index_tally *tally = &play.index.tallies[0];
        const char *shape = play.inputs.files[0].shape;
        if (!shape || strcmp(shape, ROWS[i].shape) != 0 || tally->messages != ROWS[i].messages ||
            tally->unread != ROWS[i].unread)
            fail_msg("%s: %s, %u messages, %u unread", ROWS[i].text, shape, tally->messages,
                     tally->unread);
        play_close(&play);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threads),
        cmocka_unit_test(test_ledger),
        cmocka_unit_test(test_scan),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
