/*
 * Whose messages are, told from one file: the lines of a text (with ' for "), and what the index
 * has after it: "ID:MESSAGES", "ID!" if it fails, "ID?" if it is in doubt, "-N" for N unread
 * places.
 */
#include "archive/shelf.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *double_quotes(const char *quoted)
{
    char *text = mem_strdup(quoted);

    for (char *at = text; *at; at++)
        *at = *at == '\'' ? '"' : *at;
    return text;
}

static void walk_line(struct walk *walk, struct span line, uint64_t offset, uint32_t number)
{
    struct tape tape;
    size_t used;

    tape_init(&tape);
    struct piece piece = {.bytes = line, .len = line.len, .offset = offset, .line = number};
    if (tape_read(&tape, line, &used) == TAPE_WHOLE)
        piece.tape = &tape;
    else
        piece.why = "torn";
    walk_piece(walk, &piece);
    tape_release(&tape);
}

static void tell(const struct index *index, struct buf *out)
{
    for (uint32_t t = 0; t < index->thread_count; t++) {
        const struct index_thread *thread = &index->threads[t];

        if (!thread->is_listed)
            continue;
        buf_add_text(out, out->len > 0 ? " " : "");
        buf_add_span(out, index_id(index, t));
        if (thread->fault != INDEX_NONE)
            buf_add_char(out, '!');
        else if (thread->doubt != INDEX_NONE)
            buf_add_char(out, '?');
        else
            buf_printf(out, ":%u", thread->messages);
    }
    if (index->unread_count > 0)
        buf_printf(out, "%s-%u", out->len > 0 ? " " : "", (unsigned)index->unread_count);
}

static void check(const char *path, const char *quoted, const char *expected)
{
    struct input input = {.path = mem_strdup(path)};
    struct inputs inputs = {.files = &input, .count = 1};
    char *text = double_quotes(quoted);
    struct index index;
    struct shelf shelf;
    struct walk walk;
    struct buf told;
    uint32_t number = 1;

    index_init(&index);
    index_files(&index, 1);
    shelf_init(&shelf, &index, &inputs);
    walk_init(&walk, &SHELF_OPS, &shelf);
    shelf_open(&shelf, 0);
    for (const char *at = text; *at; number++) {
        const size_t len = strcspn(at, "\n");

        walk_line(&walk, (struct span){at, len}, (uint64_t)(at - text), number);
        at += len + (at[len] == '\n');
    }
    shelf_close(&shelf);
    buf_init(&told, BUF_NO_LIMIT);
    buf_add_text(&told, "");
    tell(&index, &told);
    if (!span_is(buf_span(&told), expected))
        fail_msg("%s\nis: %.*s\nnot: %s", text, (int)told.len, told.data, expected);
    buf_release(&told);
    walk_release(&walk);
    shelf_release(&shelf);
    index_release(&index);
    free(text);
    free(input.path);
}

struct row {
    const char *text;
    const char *expected;
};

static void check_rows(const char *path, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(path, rows[i].text, rows[i].expected);
}

#define U "{'role':'user','content':'x'}"
#define OF(id) "{'role':'user','content':'x','thread_id':" id "}"
#define WITH(more) "{'role':'user','content':'x'," more "}"

static void test_claims(void **state)
{
    static const struct row ROWS[] = {
        {OF("'a'") "\n" OF("'b'") "\n" OF("'a'"), "a:2 b:1"},
        {"{'thread_id':'a','messages':[" U "]}", "a:1"},
        {"{'id':'c','messages':[" WITH("'session':1") "," WITH("'session':2") "]}", "c:0 -2"},
        {"{'id':'thread_c','messages':[" WITH("'session':1") "," WITH("'session':2") "]}",
         "thread_c:2"},
        {"{'chat_id':'c','messages':[" WITH("'session':1") "," WITH("'session':2") "]}", "c:2"},
        {"{'user17':[" WITH("'session':1") "," WITH("'session':2") "]}", "-2"},
        {"{'id':'c','messages':[" U "]}", "c:1"},
        {"{'id':'c','session_id':'s','messages':[" U "]}", "s:1"},
        {"{'id':'thread_c','session_id':'s','messages':[" U "]}", "thread_c:1"},
        {"{'id':'c','messages':[" OF("'a'") "]}", "a:1"},
        {"{'thread_id':'a','messages':[" OF("'b'") "]}", "a! b!"},
        {"{'thread_a':[" U "],'thread_b':[" U "," U "]}", "thread_a:1 thread_b:2"},
        {"{'thread_a':[" OF("'b'") "]}", "thread_a! b!"},
        {"{'user17':[" OF("'b'") "]}", "b:1"},
        {"{'key':'thread_a','value':[" U "]}", "thread_a:1"},
        {"{'url':'https://x/v1/threads/thread_a/messages','body':[" U "]}", "thread_a:1"},
        {"{'a':'thread_a','b':'thread_b','body':[" U "]}", "-1"},
        {"{'id':'c','lists':[[" U "],[" U "]]}", "c!"},
        {"{'id':'thread_c','lists':[[" U "],[" U "]]}", "thread_c:2"},
        {"[['thread_a',[" U "]],['thread_b',[" U "]]]", "thread_a:1 thread_b:1"},
        {"[['u-17',[" U "]],['u-18',[" U "]]]", "u-17:1 u-18:1"},
        {"[[{'id':'thread_a','object':'thread'},[" U "]]]", "thread_a:1"},
        {"{'role':'user','content':'x','thread_id':'a','threadId':'b'}", "a! b! -1"},
    };

    (void)state;
    check_rows("f.json", ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_nameless(void **state)
{
    static const struct row ROWS[] = {
        {U "\n" U, "f:2"},
        {"[" U "," U "]", "f:2"},
        {"[" U "]\n[" U "]", "f_1:1 f_2:1"},
        {"[" U "]\n" OF("'a'"), "a:1 f_1:1"},
        {U "\n" OF("'a'"), "a! -1"},
        {OF("'a'") "\n" U "\n" OF("'b'"), "a? b:1 -1"},
        {WITH("'session':'1'") "\n" WITH("'session':'1'"), "f:2"},
        {WITH("'session':'1'") "\n" WITH("'session':'2'"), "-2"},
        {WITH("'session':'1'") "\n" U, "-2"},
        {WITH("'email':'1'") "\n{'role':'assistant','content':'x','email':'2'}", "f:2"},
        {WITH("'email':'1'") "\n" WITH("'email':'2'"), "-2"},
        {WITH("'customer':{'id':1}") "\n" WITH("'customer':{'id':2}"), "-2"},
        {WITH("'customer':{'data':{'session_id':1}}") "\n" WITH("'x':{'data':{'session_id':2}}"),
         "-2"},
        {WITH("'metadata':'{\\'chat_id\\':1}'") "\n" WITH("'metadata':'{\\'chat_id\\':2}'"), "-2"},
        {WITH("'text':'{\\'chat_id\\':1}'") "\n" WITH("'text':'{\\'chat_id\\':2}'"), "f:2"},
        {WITH("'customerNr':1") "\n" WITH("'customerNr':2"), "-2"},
        {WITH("'room_id':1") "\n" WITH("'room_id':2"), "-2"},
        {WITH("'sess\\u0069on':1") "\n" WITH("'sess\\u0069on':2"), "-2"},
        {"{'a':[" U "],'b':[" U "]}", "-2"},
        {"{'m':" U "}", "-1"},
        {U "\n{'object':'thread','id':'a'}\n" U, "a:0 -2"},
        {U "\n{'object':'thread.run','id':'r','thread_id':'a'}", "-1"},
        {U "\n{'thread_id':'a'}", "a! -2"},
        {"{'data':[" U "],'has_more':true}\n{'data':[" U "],'has_more':false}", "f:2"},
        {"{'data':[" U "],'has_more':false}\n{'data':[" U "],'has_more':false}", "f_1:1 f_2:1"},
        {"{'data':[" WITH("'email':1") "],'has_more':true}\n{'data':[" WITH(
             "'email':2") "],'has_more':false}",
         "f_1:1 f_2:1"},
    };
    static const struct row IN_FOLDER[] = {
        {"[" U "]", "thread_a:1"},
        {OF("'b'"), "b:1"},
        {"[" U "]\n[" U "]", "thread_a_1:1 thread_a_2:1"},
    };
    static const struct row NAMED[] = {{"[" U "]", "thread_a_thread_b:1"}};

    (void)state;
    check_rows("f.json", ROWS, sizeof ROWS / sizeof ROWS[0]);
    check_rows("old/thread_a/1.json", IN_FOLDER, sizeof IN_FOLDER / sizeof IN_FOLDER[0]);
    check_rows("thread_a/thread_b.json", NAMED, 1);
    check_rows("thread_id/f.json", &(struct row){"[" U "]", "thread_id_f:1"}, 1);
}

static void test_unread(void **state)
{
    static const struct row ROWS[] = {
        {OF("'a'") "\n{'thread_id':'a", "a! -1"},
        {OF("'a'") "\n" OF("'b'") "\n{torn}", "a:1 b:1 -1"},
        {OF("'a'") "\n" OF("'b'") "\n{torn}\n" OF("'a'"), "a? b:1 -1"},
        {OF("'a'") "\n{'thread_id':'b','x':}", "a:1 b! -1"},
        {"[" OF("'a'") ",7]", "a! -1"},
        {"[" OF("'a'") "," OF("'b'") ",7]", "a:1 b:1 -1"},
        {"{'thread_a':[" U "],'thread_b':null}", "thread_a:1 thread_b! -1"},
        {"{'object':'response','thread_id':'a'}", "a! -1"},
        {"{'error':{'message':'No thread found with id thread_0123456789ab'}}",
         "thread_0123456789ab! -1"},
        {"{'data':[" OF("'a'") "],'has_more':true}\n{'error':'gone'}\n" OF("'b'"), "a! b:1 -1"},
        {"{'thread_id':'a','messages':[],'messages':[]}", "a! -1"},
        {"{'id':'a','object':'thread','messages':[],'messages':[]}", "a! -1"},
    };

    (void)state;
    check_rows("f.json", ROWS, sizeof ROWS / sizeof ROWS[0]);
    check_rows("thread_f.json", &(struct row){"{torn", "thread_f! -1"}, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_nameless),
        cmocka_unit_test(test_unread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
