/*
 * Values and what is told of them, in order. A line each:
 *
 *   list N FORM[+.] CLAIM       it begins; "end N" where it ends
 *   beside N M
 *   KIND ID CLAIM FLAGS         a record; FLAGS are of its sighting
 *   unread PATH: WHY
 *   other KIND
 *
 * A claim is written "strong!=other plain~ key$", what there is of it.
 */
#include "archive/walk.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct log {
    struct buf text;
    uint32_t lists;
};

static void add_claim(struct buf *out, const struct claim *claim)
{
    const struct {
        struct span id;
        const char *sign;
    } parts[] = {{claim->strong, "!"}, {claim->other, "="}, {claim->plain, "~"}, {claim->key, "$"}};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!parts[i].id.data)
            continue;
        buf_add_char(out, ' ');
        buf_add_span(out, parts[i].id);
        buf_add_text(out, parts[i].sign);
    }
}

static void add_id(struct buf *out, const struct sighting *s)
{
    struct buf scratch;

    buf_init(&scratch, BUF_NO_LIMIT);
    struct span id =
        s->look ? look_id(s->tape, s->look->at[FIELD_ID], &scratch) : (struct span){NULL, 0};
    if (id.data) {
        buf_add_char(out, ' ');
        buf_add_span(out, id);
    }
    buf_release(&scratch);
}

static void on_record(void *ctx, const struct sighting *s)
{
    struct log *log = ctx;
    const struct {
        bool is;
        const char *name;
    } flags[] = {
        {s->kind != OBJECT_THREAD && s->list != 0 && s->is_direct, " in"},
        {s->is_copy, " copy"},
        {s->is_glimpse, " glimpse"},
        {s->is_own, " own"},
        {s->is_again, " again"},
        {s->is_empty, " empty"},
    };

    buf_add_text(&log->text, look_kind_name(s->kind));
    add_id(&log->text, s);
    add_claim(&log->text, &s->claim);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        buf_add_text(&log->text, flags[i].is ? flags[i].name : "");
    buf_add_char(&log->text, '\n');
}

static void on_unread(void *ctx, const struct sighting *s)
{
    struct log *log = ctx;

    buf_add_text(&log->text, "unread ");
    buf_add_span(&log->text, s->path);
    buf_printf(&log->text, ": %s", s->why);
    add_claim(&log->text, &s->claim);
    buf_add_char(&log->text, '\n');
}

static uint32_t on_begin(void *ctx, const struct walk_list *list)
{
    static const char *const FORMS[] = {"rows", "page", "array", "archive"};
    static const char *const MORE[] = {"", ".", "+"};
    struct log *log = ctx;

    buf_printf(&log->text, "list %u %s%s", ++log->lists, FORMS[list->form], MORE[list->more]);
    add_claim(&log->text, &list->claim);
    buf_add_char(&log->text, '\n');
    return log->lists;
}

static void on_end(void *ctx, uint32_t list)
{
    buf_printf(&((struct log *)ctx)->text, "end %u\n", list);
}

static void on_beside(void *ctx, uint32_t list, uint32_t other)
{
    buf_printf(&((struct log *)ctx)->text, "beside %u %u\n", list, other);
}

static void on_other(void *ctx, const char *kind)
{
    buf_printf(&((struct log *)ctx)->text, "other %s\n", kind);
}

static const struct walk_ops OPS = {
    .record = on_record,
    .unread = on_unread,
    .begin_list = on_begin,
    .end_list = on_end,
    .beside = on_beside,
    .other = on_other,
};

/* Walks a text with ' for ". */
static void check(const char *quoted, const char *expected)
{
    struct log log = {.lists = 0};
    struct tape tape;
    struct walk walk;
    size_t len = strlen(quoted);
    size_t used;
    char *text = mem_dup(quoted, len);

    for (size_t i = 0; i < len; i++)
        text[i] = text[i] == '\'' ? '"' : text[i];
    tape_init(&tape);
    if (tape_read(&tape, (struct span){text, len}, &used) != TAPE_WHOLE)
        fail_msg("not JSON: %s", text);
    const struct piece piece = {.tape = &tape, .bytes = {text, len}, .len = len, .line = 1};
    buf_init(&log.text, BUF_NO_LIMIT);
    buf_add_text(&log.text, "");
    walk_init(&walk, &OPS, &log);
    walk_piece(&walk, &piece);
    assert_int_equal(walk.depth, 0);
    if (!span_is(buf_span(&log.text), expected))
        fail_msg("%s\nis:\n%.*s\nnot:\n%s", text, (int)log.text.len, log.text.data, expected);
    walk_release(&walk);
    tape_release(&tape);
    buf_release(&log.text);
    free(text);
}

struct row {
    const char *text;
    const char *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(rows[i].text, rows[i].expected);
}

#define MESSAGE(id) "{'id':'" id "','role':'user','content':'x'}"

static void test_nesting(void **state)
{
    static const struct row ROWS[] = {
        {MESSAGE("m"), "message m\n"},
        {"[" MESSAGE("m") "," MESSAGE("n") "]",
         "list 1 array\nmessage m in\nmessage n in\nend 1\n"},
        {"{'a':{'b':[[" MESSAGE("m") "]]}}", "list 1 array\nmessage m in\nend 1\n"},
        {"{'data':[" MESSAGE("m") "],'has_more':true}",
         "list 1 page+\nmessage m in\nend 1\nother page\n"},
        {"{'data':[],'hasMore':false}", "list 1 page.\nend 1\nother page\n"},
        /* A string that as a whole is JSON. */
        {"{'body':'[{\\u0022id\\u0022:\\u0022m\\u0022,\\u0022role\\u0022:\\u0022user\\u0022,"
         "\\u0022text\\u0022:\\u0022x\\u0022}]'}",
         "list 1 array\n"
         "message m in copy\n"
         "end 1\n"
         "thread\n"},
        {"{'body':'[1'}", "unread $: nothing in it is recognised\n"},
        /* Never entered. */
        {"{'metadata':" MESSAGE("m") "}", "unread $: nothing in it is recognised\n"},
        {"{'request_body':[" MESSAGE("m") "],'response':[" MESSAGE("n") "]}", "list 1 array\n"
                                                                              "message n in\n"
                                                                              "end 1\n"
                                                                              "thread\n"},
        {"{'input':[" MESSAGE("m") "],'output':[" MESSAGE("n") "]}", "list 1 array\n"
                                                                     "message n in\n"
                                                                     "end 1\n"
                                                                     "thread\n"},
    };

    (void)state;
    check_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_claims(void **state)
{
    static const struct row ROWS[] = {
        {"{'thread_id':'thread_a','data':[" MESSAGE("m") "]}", "list 1 array thread_a!\n"
                                                               "message m thread_a! in\n"
                                                               "end 1\n"
                                                               "thread thread_a!\n"},
        {"{'id':'thread_a','object':'thread','messages':[" MESSAGE("m") "]}",
         "list 1 array thread_a! thread_a~\n"
         "message m thread_a! thread_a~ in\n"
         "end 1\n"
         "thread thread_a thread_a! thread_a~\n"},
        {"{'thread':{'id':'thread_a'},'messages':[" MESSAGE("m") "]}",
         "thread thread_a thread_a! thread_a~\n"
         "list 1 array thread_a!\n"
         "message m thread_a! in\n"
         "end 1\n"
         "thread thread_a! again\n"},
        {"{'thread':{'id':'thread_a'},'messages':[]}", "thread thread_a thread_a! thread_a~\n"
                                                       "thread thread_a! again empty\n"},
        {"{'thread':null,'messages':[]}", "unread $: nothing in it is recognised\n"},
        {"{'thread_id':'thread_a','x':{'thread_id':'thread_b','data':[" MESSAGE("m") "]}}",
         "list 1 array thread_b! thread_a=\n"
         "message m thread_b! thread_a= in\n"
         "end 1\n"
         "thread thread_b! thread_a=\n"},
        {"{'id':7,'data':[" MESSAGE("m") "]}", "list 1 array 7~\n"
                                               "message m 7~ in\n"
                                               "end 1\n"
                                               "thread 7 7~\n"},
        {"{'conversation_id':'c','id':'i','data':[" MESSAGE("m") "]}", "list 1 array c~\n"
                                                                       "message m c~ in\n"
                                                                       "end 1\n"
                                                                       "thread i c~\n"},
        {"{'thread_a':[" MESSAGE("m") "],'thread_b':null}",
         "list 1 array thread_a$\n"
         "message m thread_a$ in\n"
         "end 1\n"
         "other map\n"
         "unread $.thread_b: under the id of a thread is neither a list of messages nor a page "
         "thread_b$\n"},
        {"{'a':[" MESSAGE("m") "],'b':[" MESSAGE("n") "]}", "list 1 array\n"
                                                            "message m in\n"
                                                            "end 1\n"
                                                            "list 2 array\n"
                                                            "beside 1 2\n"
                                                            "message n in\n"
                                                            "end 2\n"
                                                            "thread\n"},
        {"{'id':'thread_a','last_message':" MESSAGE("m") "}", "message m thread_a~ glimpse\n"},
    };

    (void)state;
    check_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_records(void **state)
{
    static const struct row ROWS[] = {
        {"{'id':'run_1','status':'completed','steps':[{'id':'step_1','step_details':{}}]}",
         "run run_1\n"
         "run_step step_1\n"},
        {"{'runs':[{'id':'r'}]}", "run r\n"},
        {"{'object':'assistant','id':'asst_1'}", "assistant asst_1\n"},
        {"{'object':'thread.message.delta','id':'m','delta':{}}", "delta m\n"},
        {"{'object':'thread.deleted','id':'t'}", "other event\n"},
        {"{'kind':'message','thread_id':'t','object':" MESSAGE("m") "}", "message m t! own\n"},
        {"{'kind':'end','thread_id':'t','messages':1}", "end\n"},
        {"{'kind':'truncated','thread_id':'t'}", "truncated\n"},
    };

    (void)state;
    check_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_unread(void **state)
{
    static const struct row ROWS[] = {
        {"7", "unread $: nothing in it is recognised\n"},
        {"{'a':[1,2]}", "unread $: nothing in it is recognised\n"},
        {"[" MESSAGE("m") ",null,{'x':1},'y',[3]]",
         "list 1 array\n"
         "message m in\n"
         "unread $[1]: an element of a list of records that is not one\n"
         "unread $[2]: an element of a list of records that is not one\n"
         "unread $[3]: an element of a list of records that is not one\n"
         "unread $[4]: an element of a list of records that is not one\n"
         "end 1\n"},
        {"{'error':{'message':'no'}}", "unread $: an error reply, not what was asked for\n"},
        {"[" MESSAGE("m") ",{'error':'no'}]",
         "list 1 array\n"
         "message m in\n"
         "unread $[1]: an error reply, not what was asked for\n"
         "end 1\n"},
        {"{'object':'response','id':'r'}",
         "unread $: an object of the Responses API, not of Assistants\n"},
        {"[{'object':'chat.completion'}]",
         "unread $[0]: a log of chat completions, not of Assistants\n"},
        {"{'object':'conversation.item'}",
         "unread $: an object of the Conversations API, not of Assistants\n"},
        {"{'id':'m','role':'user','content':'x','role':'user'}",
         "unread $: a message has a key twice\n"},
        {"{'id':'m','role':'user','content':'x','reply':" MESSAGE("n") "}",
         "unread $: a message holds another message\n"},
        {"{'id':'m','role':'user','content':'[object Object]'}",
         "unread $: the text of a message is a printed object, not text\n"},
        {"{'id':'m','role':'user','content':'','body':'hello'}",
         "unread $: a message is empty, and has text under a key that is not known\n"},
    };

    (void)state;
    check_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

/* What is nested too deep is one place, and nothing else is lost. */
static void test_depth(void **state)
{
    struct buf text;
    struct buf expected;

    (void)state;
    for (int depth = WALK_MAX_DEPTH - 1; depth <= WALK_MAX_DEPTH + 1; depth++) {
        buf_init(&text, BUF_NO_LIMIT);
        buf_init(&expected, BUF_NO_LIMIT);
        buf_add_char(&text, '[');
        buf_add_text(&text, MESSAGE("m") ",");
        for (int i = 1; i < depth; i++)
            buf_add_char(&text, '[');
        buf_add_text(&text, MESSAGE("n"));
        for (int i = 0; i < depth; i++)
            buf_add_char(&text, ']');
        buf_add_text(&expected, "list 1 array\nmessage m in\n");
        if (depth <= WALK_MAX_DEPTH) {
            buf_add_text(&expected, "list 2 array\nmessage n in\nend 2\nend 1\n");
        } else {
            buf_add_text(&expected, "unread $[1]");
            for (int i = 0; i < WALK_MAX_DEPTH - 1; i++)
                buf_add_text(&expected, "[0]");
            buf_add_text(&expected, ": nested too deep to be looked into\nend 1\n");
        }
        buf_add_char(&text, '\0');
        buf_add_char(&expected, '\0');
        check(text.data, expected.data);
        buf_release(&text);
        buf_release(&expected);
    }
}

/* A damaged piece is a place, with what could be read of it beside it. */
static void test_damage(void **state)
{
    struct log log = {.lists = 0};
    const struct piece piece = {.why = "torn", .bytes = span_of("{\"a"), .len = 3, .line = 4};
    struct walk walk;

    (void)state;
    buf_init(&log.text, BUF_NO_LIMIT);
    walk_init(&walk, &OPS, &log);
    walk_piece(&walk, &piece);
    assert_true(span_is(buf_span(&log.text), "unread $: torn\n"));
    walk_release(&walk);
    buf_release(&log.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nesting), cmocka_unit_test(test_claims),
        cmocka_unit_test(test_records), cmocka_unit_test(test_unread),
        cmocka_unit_test(test_depth),   cmocka_unit_test(test_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
