/*
 * What an object is, told by its members; texts have ' for ".
 */
#include "archive/look.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A text with ' for ", on a tape. */
static char *read_quoted(struct tape *tape, const char *quoted)
{
    size_t used;
    char *text = mem_strdup(quoted);

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    tape_init(tape);
    if (tape_read(tape, span_of(text), &used) != TAPE_WHOLE)
        fail_msg("not JSON: %s", text);
    return text;
}

static void test_kinds(void **state)
{
    static const struct {
        const char *object;
        const char *kind;
    } ROWS[] = {
        {"{'role':'user','content':'x'}", "message"},
        {"{'Role':'user','TEXT':null}", "message"},
        {"{'r\\u006fle':'user','text':'x'}", "message"},
        {"{'role':'user'}", "value"},
        {"{'role':1,'content':'x'}", "value"},
        {"{'object':'thread.run','role':'user','content':'x'}", "run"},
        {"{'object':'thread.message.delta'}", "delta"},
        {"{'object':'thread'}", "thread"},
        {"{'type':'thread'}", "thread"},
        {"{'id':'run_1','status':'completed'}", "run"},
        {"{'step_details':{}}", "run_step"},
        {"{'instructions':'x','model':'y'}", "assistant"},
        {"{'instructions':'x','model':'y','messages':[]}", "value"},
        {"{'object':'chat.completion.chunk'}", "object of another API"},
        {"{'kind':'end','thread_id':'t'}", "end"},
        {"{'kind':'message','thread_id':'t','object':{}}", "wrapper"},
        {"{'error':{'code':1}}", "error"},
        {"{'errors':[]}", "value"},
        {"{'a':1}", "value"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct tape tape;
        struct object_look look;
        char *text = read_quoted(&tape, ROWS[i].object);

        look_at(&look, &tape, 0);
        const char *kind = look_kind_name(look_kind(&look, &tape));
        if (strcmp(kind, ROWS[i].kind) != 0)
            fail_msg("%s is a %s", text, kind);
        tape_release(&tape);
        free(text);
    }
}

static void test_more(void **state)
{
    static const struct {
        const char *object;
        enum list_more more;
    } ROWS[] = {
        {"{'data':[]}", MORE_ABSENT},
        {"{'has_more':null}", MORE_ABSENT},
        {"{'has_more':true}", MORE_YES},
        {"{'hasMore':false}", MORE_NO},
        {"{'has_more':'False'}", MORE_NO},
        {"{'has_more':'True'}", MORE_YES},
        {"{'has_more':1}", MORE_YES},
        {"{'has_more':0}", MORE_NO},
        {"{'next_cursor':'abc'}", MORE_YES},
        {"{'next_cursor':''}", MORE_NO},
        {"{'nextPageToken':null}", MORE_NO},
        {"{'LastEvaluatedKey':{'id':'x'}}", MORE_YES},
        {"{'has_more':false,'next_cursor':'abc'}", MORE_NO},
        {"{'pagination':{'has_more':true}}", MORE_YES},
        {"{'links':{'self':'a','next':null}}", MORE_NO},
        {"{'links':['next']}", MORE_ABSENT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct tape tape;
        struct object_look look;
        char *text = read_quoted(&tape, ROWS[i].object);

        look_at(&look, &tape, 0);
        if (look_more(&look, &tape) != ROWS[i].more)
            fail_msg("%s: %d", text, (int)look_more(&look, &tape));
        tape_release(&tape);
        free(text);
    }
}

static void test_threads(void **state)
{
    static const struct {
        const char *object;
        const char *id; /* NULL: none; "": two */
    } ROWS[] = {
        {"{'thread_id':'a'}", "a"},
        {"{'threadId':12}", "12"},
        {"{'thread_id':12.0}", NULL},
        {"{'thread_id':''}", NULL},
        {"{'thread_id':{'$oid':'66aa'}}", "66aa"},
        {"{'thread_id':['a']}", NULL},
        {"{'thread':'a'}", "a"},
        {"{'thread':{'id':'a'}}", "a"},
        {"{'thread':{'_id':{'$oid':'b'}}}", "b"},
        {"{'thread\\u005fid':'a'}", "a"},
        {"{'id':'a'}", NULL},
        {"{'thread_id':'a','threadId':'b'}", ""},
        {"{'thread_id':'a','threadId':'a'}", "a"},
        {"{'thread_id':12,'openai_thread_id':'thread_x'}", "12"},
        {"{'thread_id':'thread_a','thread':'thread_b'}", ""},
        {"{'thread_id':'thread_a','thread':'My talk'}", "thread_a"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct tape tape;
        struct object_look look;
        struct buf scratch;
        char *text = read_quoted(&tape, ROWS[i].object);
        const bool is_two = ROWS[i].id && ROWS[i].id[0] == '\0';

        buf_init(&scratch, BUF_NO_LIMIT);
        look_at(&look, &tape, 0);
        const struct span id = look_thread(&look, &tape, &scratch);
        if (look.names_two != is_two ||
            (!is_two && (ROWS[i].id ? !span_is(id, ROWS[i].id) : id.data != NULL)))
            fail_msg("%s: '%.*s'%s", text, (int)id.len, id.data, look.names_two ? ", two" : "");
        buf_release(&scratch);
        tape_release(&tape);
        free(text);
    }
}

static void test_keys_of_maps(void **state)
{
    static const char *const KEYS[] = {"thread_abc", "user17", "0a1b2c", "conv-2024-x1"};
    static const char *const OTHERS[] = {
        "thread_",
        "thread_id",
        "thread_messages",
        "messages",
        "abc",
        "a1",
        "2024",
        "2024-07-01",
        "20240701",
        "a/b1",
        "2024-07-01T09:00:00Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++)
        assert_true(look_is_map_key(span_of(KEYS[i])));
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        if (look_is_map_key(span_of(OTHERS[i])) && strcmp(OTHERS[i], "2024") != 0)
            fail_msg("'%s' is the key of a map", OTHERS[i]);
    }
}

static void test_texts(void **state)
{
    struct tape tape;

    (void)state;
    assert_true(look_is_print(span_of("[object Object]")));
    assert_true(look_is_print(span_of("@{type=text; text=hello}")));
    assert_true(look_is_print(span_of("[TextContentBlock(text='a', type='text')]")));
    assert_false(look_is_print(span_of("an [object Object] in a sentence")));
    assert_false(look_is_print(span_of("Text (a=b)")));
    tape_init(&tape);
    assert_true(look_is_parts(span_of("[{\"type\":\"text\",\"text\":\"x\"}]"), &tape));
    assert_false(look_is_parts(span_of("[{\"type\":\"thing\"}]"), &tape));
    assert_false(look_is_parts(span_of("[]"), &tape));
    assert_false(look_is_parts(span_of("[1] says it"), &tape));
    tape_release(&tape);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),   cmocka_unit_test(test_more),
        cmocka_unit_test(test_threads), cmocka_unit_test(test_keys_of_maps),
        cmocka_unit_test(test_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
