/*
 * Records brought to the API's form. Objects have ' for ".
 */
#include "archive/record.h"

#include "base/mem.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static json_t *parse(const char *quoted)
{
    struct error err = {.code = ERROR_NONE};
    char *text = mem_strdup(quoted);

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    json_t *object = json_read_object(span_of(text), &err);
    if (!object)
        fail_msg("not JSON: %s", text);
    free(text);
    return object;
}

static void expect(const char *from, json_t *is, const char *expected)
{
    json_t *should = parse(expected);

    if (!json_equal(is, should))
        fail_msg("%s\nis: %s\nnot: %s", from, json_dumps(is, 0), expected);
    json_decref(should);
    json_decref(is);
}

static void test_messages(void **state)
{
    static const struct {
        const char *from;
        const char *to;
    } ROWS[] = {
        {"{'role':'user','content':'x'}", "{'role':'user','content':'x'}"},
        {"{'Role':'human','Text':'x','ThreadId':7}",
         "{'role':'user','content':'x','thread_id':'7'}"},
        {"{'role':'user','content':'','message':'x'}", "{'role':'user','content':'x'}"},
        {"{'role':'user','content':null,'text':'x'}", "{'role':'user','content':'x'}"},
        {"{'role':'ai','content':['x']}",
         "{'role':'assistant','content':[{'type':'text','text':'x'}]}"},
        {"{'role':'user','content':[{'text':'x'}]}",
         "{'role':'user','content':[{'type':'text','text':'x'}]}"},
        {"{'role':'user','content':'x','createdAt':{'$date':{'$numberLong':'1000'}}}",
         "{'role':'user','content':'x','created_at':'1000'}"},
        {"{'role':'user','content':'x','time':{'_seconds':5,'_nanoseconds':7000000}}",
         "{'role':'user','content':'x','created_at':5007}"},
        {"{'id':{'$oid':'66b0'},'role':'user','content':'x','thread_id':{'$uuid':'7f1c-aa'}}",
         "{'id':'66b0','role':'user','content':'x','thread_id':'7f1c-aa'}"},
        {"{'id':'','role':'user','content':'x','run_id':null}", "{'role':'user','content':'x'}"},
        {"{'role':'user','content':'x','metadata':'{\\'aB\\':1}'}",
         "{'role':'user','content':'x','metadata':{'aB':1}}"},
        {"{'role':'user','content':'x','metadata':{'aB':1},'fileIds':['f']}",
         "{'role':'user','content':'x','metadata':{'aB':1},'file_ids':['f']}"},
    };
    static const struct record_source SOURCE = {NULL, NULL};

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct error err = {.code = ERROR_NONE};

        expect(ROWS[i].from, record_message(parse(ROWS[i].from), &SOURCE, &err), ROWS[i].to);
    }
}

static void test_bad_ids(void **state)
{
    static const char *const MESSAGES[] = {
        "{'id':['x'],'role':'user','content':'x'}",
        "{'id':'a\\nb','role':'user','content':'x'}",
        "{'id':1.5,'role':'user','content':'x'}",
    };
    static const struct record_source SOURCE = {NULL, NULL};

    (void)state;
    for (size_t i = 0; i < sizeof MESSAGES / sizeof MESSAGES[0]; i++) {
        struct error err = {.code = ERROR_NONE};

        assert_null(record_message(parse(MESSAGES[i]), &SOURCE, &err));
        assert_int_equal(err.code, ERROR_BAD_ID);
    }
}

/* A thread object is all but its lists; it is whole if they hold nothing. */
static void test_thread(void **state)
{
    static const char HOLDS[] =
        "{\"id\":\"t\",\"messages\":[{\"id\":\"m\"}],\"metadata\":{\"a\":[1]}}";
    static const char EMPTY[] = "{\"id\":\"t\",\"messages\":[]}";
    struct error err = {.code = ERROR_NONE};
    struct buf own;
    bool is_whole;

    (void)state;
    buf_init(&own, BUF_NO_LIMIT);
    expect(HOLDS, record_thread(span_of(HOLDS), &own, &is_whole, &err),
           "{'id':'t','metadata':{'a':[1]}}");
    assert_false(is_whole);
    buf_clear(&own);
    expect(EMPTY, record_thread(span_of(EMPTY), &own, &is_whole, &err), "{'id':'t'}");
    assert_true(is_whole);
    buf_clear(&own);
    assert_null(record_thread(span_of("[1]"), &own, &is_whole, &err));
    assert_int_equal(err.code, ERROR_BAD_SOURCE);
    buf_release(&own);
}

static void test_form(void **state)
{
    struct buf out;
    json_t *record = parse("{'id':'m','role':'user','content':'x','created_at':5000,'other':1}");

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    record_form(&out, record, OBJECT_MESSAGE, span_of("t"));
    struct error err = {.code = ERROR_NONE};
    expect("form", json_read_object(buf_span(&out), &err),
           "{'id':'m','object':'thread.message','thread_id':'t','role':'user','created_at':5000,"
           "'content':[{'type':'text','text':{'value':'x','annotations':[]}}]}");
    json_decref(record);
    buf_release(&out);
}

static void test_own_bytes(void **state)
{
    static const char API[] =
        "{\"id\":\"m\",\"object\":\"thread.message\",\"role\":\"user\",\"content\":[]}";
    static const char CAMEL[] =
        "{\"object\":\"thread.message\",\"role\":\"user\",\"threadId\":\"t\"}";
    struct error err = {.code = ERROR_NONE};
    json_t *api = json_read_object(span_of(API), &err);
    json_t *camel = json_read_object(span_of(CAMEL), &err);

    (void)state;
    assert_true(record_is_api(api, "thread.message"));
    assert_false(record_is_api(api, "thread"));
    assert_false(record_is_api(camel, "thread.message"));
    assert_true(record_stands_alone(span_of(API), api));
    assert_false(record_stands_alone(span_of(API), camel));
    json_decref(api);
    json_decref(camel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),  cmocka_unit_test(test_bad_ids),
        cmocka_unit_test(test_thread),    cmocka_unit_test(test_form),
        cmocka_unit_test(test_own_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
