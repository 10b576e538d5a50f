/*
 * The list protocol as conversations: the pages a server gives, and what the
 * cursor asks and hands out. Pages are written short:
 *
 *     "m1 m2 +"   two objects with those ids and times 1 and 2; another page follows
 *     "m3 ."      the last page          "m3 ?"   has_more is missing
 *     "t1 t2 ."   times are the same     "!404"   refused      "!large"   too large
 *     "~ m1 +"    a page that is large    "m1=x"    m1 with the content x
 *
 * and so is what comes of them: "2" and "2>m2" are calls with a limit and an
 * `after`, "2>m2?" is a probe; "[m1 m2]" is a page, "[m3]." the last one,
 * "[m3-1]" one with an object that was listed before; a failure ends it.
 */
#include "source/cursor.h"

#include "base/buf.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAGES = 8, LOOPING = 20 };

struct conversation {
    int64_t page_size;
    const char *pages[PAGES];
    const char *expected;
};

/* "-" is an object without an id. */
static void add_object(json_t *data, const char *word, size_t len)
{
    char id[32];
    double time = word[0] == 't' ? 7 : strtod(word + 1, NULL);

    (void)snprintf(id, sizeof id, "%.*s", (int)len, word);
    char *content = strchr(id, '=');
    if (content)
        *content++ = '\0';
    (void)json_array_append_new(data, json_pack("{s:s, s:f, s:s*}", "id", id[0] == '-' ? "" : id,
                                                "created_at", time, "content", content));
}

static json_t *page_of(const char *text)
{
    json_t *data = json_array();
    json_t *page = json_pack("{s:s, s:o}", "object", "list", "data", data);

    while (*text) {
        size_t len = strcspn(text, " ");

        if (*text == '+' || *text == '.')
            (void)json_object_set_new(page, "has_more", json_boolean(*text == '+'));
        else if (*text != '?')
            add_object(data, text, len);
        text += len + (text[len] == ' ' ? 1 : 0);
    }
    return page;
}

static struct answer answer_of(const char *text)
{
    if (strcmp(text, "!large") == 0)
        return (struct answer){.kind = ANSWER_TOO_LARGE};
    if (text[0] == '!')
        return (struct answer){.kind = ANSWER_NO, .status = strtol(text + 1, NULL, 10)};
    return (struct answer){.kind = ANSWER_YES,
                           .status = 200,
                           .json = page_of(text[0] == '~' ? text + 2 : text),
                           .is_large = text[0] == '~'};
}

/* "/x?limit=2&order=asc&after=m2" becomes "2>m2". */
static void tell_call(struct buf *seen, const struct call *call)
{
    const char *after = strstr(call->path, "&after=");
    const char *limit = strstr(call->path, "limit=");

    assert_non_null(strstr(call->path, "order=asc"));
    buf_printf(seen, "%s%.*s", seen->len > 0 ? " " : "", (int)strcspn(limit + 6, "&"), limit + 6);
    if (after)
        buf_printf(seen, ">%s", after + 7);
    if (call->probe)
        buf_add_char(seen, '?');
}

static void tell_page(struct buf *seen, const struct cursor *cursor)
{
    buf_add_text(seen, " [");
    for (size_t i = 0; i < cursor->count; i++) {
        struct span id = json_get_text(cursor->objects[i], "id");

        buf_printf(seen, "%s%.*s", i > 0 ? " " : "", (int)id.len, id.data);
    }
    if (cursor->duplicates > 0)
        buf_printf(seen, "-%d", (int)cursor->duplicates);
    buf_add_text(seen, cursor->last ? "]." : "]");
}

static void converse(const struct conversation *c, bool doubts_end, struct buf *seen)
{
    struct error err = {.code = ERROR_NONE};
    struct cursor cursor;
    size_t at = 0;
    bool over = false;

    cursor_init(&cursor, &(struct cursor_options){.path = "/x?",
                                                  .what = "messages",
                                                  .page_size = c->page_size,
                                                  .ordered_by_time = true,
                                                  .order_matters = true,
                                                  .doubts_end = doubts_end});
    while (!over) {
        struct answer answer;
        struct call call;
        enum cursor_result result;

        cursor_call(&cursor, &call);
        tell_call(seen, &call);
        assert_true(at < PAGES && c->pages[at]);
        answer = answer_of(c->pages[at++]);
        result = cursor_feed(&cursor, &answer, &err);
        json_decref(answer.json);
        if (result == CURSOR_PAGE)
            tell_page(seen, &cursor);
        else if (result == CURSOR_FAILED)
            buf_printf(seen, " %s: %s", error_code_name(err.code), err.text);
        over = result == CURSOR_FAILED || (result == CURSOR_PAGE && cursor.last);
    }
    assert_true(at == PAGES || !c->pages[at]);
    cursor_release(&cursor);
}

#define FAULTY "bad_source: the server's list of messages is faulty: "
#define REFUSES                                                                                    \
    FAULTY "a full page claims to be the last, and the server refuses to list what "               \
           "follows it"
#define STANDS FAULTY "a page without a new id, so its cursor does not move"
#define ANOTHER FAULTY "two of them that differ have one id"
#define BACKWARDS                                                                                  \
    FAULTY "it runs newest first although order=asc was asked for, so its pages "                  \
           "cannot be followed"
#define UNORDERED FAULTY "it runs neither oldest first nor newest first"

static const struct conversation CONVERSATIONS[] = {
    /* As it should be. */
    {3, {"."}, "3 []."},
    {3, {"m1 m2 ."}, "3 [m1 m2]."},
    {2, {"m1 m2 +", "m3 m4 +", "m5 ."}, "2 [m1 m2] 2>m2 [m3 m4] 2>m4 [m5]."},
    {2, {"t1 t2 +", "t3 ."}, "2 [t1 t2] 2>t2 [t3]."},
    /* An empty last page is an end. */
    {2, {"m1 m2 +", "."}, "2 [m1 m2] 2>m2 []."},
    /* A limit of the server's own. */
    {9, {"m1 m2 +", "m3 ."}, "9 [m1 m2] 9>m2 [m3]."},
    /* No end without a word of it, no end in an empty page that claims more. */
    {2, {"m1 ?"}, "2 " FAULTY "a page without has_more"},
    {2, {"m1 m2 +", "+"}, "2 [m1 m2] 2>m2 " FAULTY "an empty page that claims more"},
    /* A cursor that stands still, or comes back. */
    {2, {"m1 m2 +", "m1 m2 +"}, "2 [m1 m2] 2>m2 " STANDS},
    {2, {"m1 m2 +", "m2 m3 +", "m4 ."}, "2 [m1 m2] 2>m2 [m3-1] 2>m3 [m4]."},
    {3, {"m1 m1 m2 +", "m3 ."}, "3 [m1 m2-1] 3>m2 [m3]."},
    /* What comes again is the same, or it is another message under the same id. */
    {3, {"m1=x m1=x m2=y +", "m2=y m3=y ."}, "3 [m1 m2-1] 3>m2 [m3-1]."},
    {3, {"m1=x m1=y ."}, "3 " ANOTHER},
    {3, {"m1=x m2=y +", "m1 m3=z ."}, "3 [m1 m2] 3>m2 " ANOTHER},
    {1, {"m1=x .", "!500", "m1=y m2=y ."}, "1 1>m1? 100 [m1 m2]."},
    /* Newest first: the whole list is reversed, a part of it cannot be followed. */
    {5, {"m3 m2 m1 ."}, "5 [m1 m2 m3]."},
    {3, {"m3 m2 m1 ."}, "3 [m1 m2 m3]."},
    {3, {"m3 m2 m1 +"}, "3 " BACKWARDS},
    {2, {"m1 m2 +", "m5 m4 ."}, "2 [m1 m2] 2>m2 " BACKWARDS},
    /* Neither way: whatever the order was, it is lost. Equal times say nothing. */
    {5, {"m3 m1 m2 ."}, "5 " UNORDERED},
    {2, {"m1 m3 +", "m2 m4 ."}, "2 [m1 m3] 2>m3 " UNORDERED},
    {4, {"m1 t1 t2 ."}, "4 [m1 t1 t2]."},
    /* What is behind the point orders nothing. */
    {5, {"m1.25 m1 m2.25 m2 ."}, "5 [m1.25 m1 m2.25 m2]."},
    {5, {"m1.25 m1 ."}, "5 [m1.25 m1]."},
    /* A full page that claims to be the last one is asked about. */
    {2, {"m1 m2 .", "."}, "2 2>m2? [m1 m2]."},
    {2, {"m1 m2 .", "m3 .", "m3 ."}, "2 2>m2? [m1 m2] 2>m2 [m3]."},
    {2, {"m1 m2 +", "m3 m4 .", "."}, "2 [m1 m2] 2>m2 2>m4? [m3 m4]."},
    {2, {"m1 m2 .", "m1 m2 ."}, "2 2>m2? " STANDS},
    {2, {"m1 m2 .", "m3 ?"}, "2 2>m2? " FAULTY "a page without has_more"},
    /* Where that is refused, the largest page counts if it is not full. */
    {2, {"m1 m2 .", "!500", "m1 m2 m3 ."}, "2 2>m2? 100 [m1 m2 m3]."},
    {2, {"m1 m2 .", "!500", "m3 m2 m1 ."}, "2 2>m2? 100 [m1 m2 m3]."},
    {2, {"m1 m2 .", "!500", "m1 m2 +"}, "2 2>m2? 100 " REFUSES},
    {2, {"m1 m2 .", "!500", "m1 ."}, "2 2>m2? 100 " REFUSES},
    {2, {"m1 m2 .", "!500", "!500"}, "2 2>m2? 100 " REFUSES},
    {2, {"m1 m2 +", "m3 m4 .", "!500"}, "2 [m1 m2] 2>m2 2>m4? " REFUSES},
    /* Pages that are too large are asked for in smaller ones, down to one object. */
    {50, {"!large", "m1 +", "m2 ."}, "50 25 [m1] 50>m1 [m2]."},
    {100,
     {"!large", "!large", "~ m1 +", "~ m2 +", "m3 +", "m4 ."},
     "100 50 25 [m1] 25>m1 [m2] 25>m2 [m3] 50>m3 [m4]."},
    {100, {"!large", "!large", "m1 +", "m2 +", "m3 ."}, "100 50 25 [m1] 50>m1 [m2] 100>m2 [m3]."},
    {50,
     {"!large", "!large", "!large", "!large", "!large", "!large"},
     "50 25 12 6 3 1 too_large: the list of messages is too large to be read, even one at a time"},
    /* So is what follows a full page that claimed to be the last. */
    {2, {"m1 m2 .", "!large", "m3 .", "m3 .", "."}, "2 2>m2? 1>m2? [m1 m2] 1>m2 2>m3? [m3]."},
    /* Ids that could not be asked behind. */
    {2, {"- ."}, "2 bad_id: one of the messages has no usable id"},
    /* Refusals, in words for the thread. */
    {2, {"!404"}, "2 source_missing: cannot read messages: HTTP 404"},
    {2, {"!410"}, "2 source_missing: cannot read messages: HTTP 410"},
    {2, {"!403"}, "2 forbidden: cannot read messages: HTTP 403"},
    {2, {"!400"}, "2 bad_source: cannot read messages: HTTP 400"},
    {2, {"!409"}, "2 refused: cannot read messages: HTTP 409, again and again"},
    {2, {"!500"}, "2 server_error: cannot read messages: HTTP 500, again and again"},
    {2,
     {"!302"},
     "2 server_error: cannot read messages: HTTP 302, and redirects are not "
     "followed; is base_url right?"},
};

static void test_conversations(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CONVERSATIONS / sizeof CONVERSATIONS[0]; i++) {
        struct buf seen;

        buf_init(&seen, BUF_NO_LIMIT);
        converse(&CONVERSATIONS[i], false, &seen);
        assert_string_equal(seen.data, CONVERSATIONS[i].expected);
        buf_release(&seen);
    }
}

/* Pages of the sizes at which servers cap them, from servers whose has_more may lie. "#A-B" are the
 * objects A to B. */
static const struct conversation CAPPED[] = {
    /* Nothing behind it: it was the whole. */
    {100, {"#1-20 .", "."}, "100 100>m20? [#1-20]."},
    {100, {"#1-20 .", "#1-20 ."}, "100 100>m20? [#1-20]."},
    {100, {"#1-20 .", "#20-20 ."}, "100 100>m20? [#1-20]."},
    {100, {"#1-20 .", "!500"}, "100 100>m20? [#1-20]."},
    {100, {"#1-20 .", "+"}, "100 100>m20? [#1-20]."},
    /* More: a full page is one of so many from here on. */
    {100, {"#1-20 .", "m21 .", "m21 ."}, "100 100>m20? [#1-20] 20>m20 [#21-21]."},
    {100,
     {"#1-20 .", "#21-40 .", "#21-40 .", "#41-41 .", "#41-41 ."},
     "100 100>m20? [#1-20] 20>m20 20>m40? [#21-40] 20>m40 [#41-41]."},
    {100,
     {"#1-20 .", "#21-40 .", "#21-40 .", "!500"},
     "100 100>m20? [#1-20] 20>m20 20>m40? " REFUSES},
    {50, {"#1-10 .", "."}, "50 50>m10? [#1-10]."},
    {50, {"#1-25 .", "."}, "50 50>m25? [#1-25]."},
    {100, {"#1-50 .", "."}, "100 100>m50? [#1-50]."},
    /* Other sizes, later pages, and pages that claim more are not asked about. */
    {100, {"#1-19 ."}, "100 [#1-19]."},
    {100, {"#1-21 ."}, "100 [#1-21]."},
    {100, {"#1-20 +", "#21-40 ."}, "100 [#1-20] 100>m20 [#21-40]."},
};

/* Writes "#1-3" out as "m1 m2 m3"; the rest stays. */
static void write_out(struct buf *out, const char *text)
{
    while (*text) {
        char *end = NULL;

        if (*text != '#') {
            buf_add_char(out, *text++);
            continue;
        }
        const long first = strtol(text + 1, &end, 10);
        const long last = strtol(end + 1, &end, 10);

        for (long i = first; i <= last; i++)
            buf_printf(out, "%sm%ld", i > first ? " " : "", i);
        text = end;
    }
    buf_add_char(out, '\0');
}

static void test_capped_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CAPPED / sizeof CAPPED[0]; i++) {
        struct conversation c = CAPPED[i];
        struct buf texts[PAGES + 1];
        struct buf seen;

        buf_init(&seen, BUF_NO_LIMIT);
        for (size_t t = 0; t <= PAGES; t++) {
            const char *text = t < PAGES ? CAPPED[i].pages[t] : CAPPED[i].expected;

            buf_init(&texts[t], BUF_NO_LIMIT);
            if (text)
                write_out(&texts[t], text);
            if (t < PAGES)
                c.pages[t] = text ? texts[t].data : NULL;
        }
        converse(&c, true, &seen);
        assert_string_equal(seen.data, texts[PAGES].data);
        for (size_t t = 0; t <= PAGES; t++)
            buf_release(&texts[t]);
        buf_release(&seen);
    }
}

/* Other servers are believed. */
static void test_trusted_page(void **state)
{
    struct conversation c = {50, {NULL}, NULL};
    struct buf page;
    struct buf seen;

    (void)state;
    buf_init(&page, BUF_NO_LIMIT);
    buf_init(&seen, BUF_NO_LIMIT);
    write_out(&page, "#1-20 .");
    c.pages[0] = page.data;
    converse(&c, false, &seen);
    assert_non_null(strstr(seen.data, "m20]."));
    buf_release(&page);
    buf_release(&seen);
}

/* A page as large as can be is full too: there may be more behind it. */
static void test_largest_page(void **state)
{
    struct conversation c = {2, {"m1 m2 .", "!500"}, "2 2>m2? 100 " REFUSES};
    struct buf page;
    struct buf seen;

    (void)state;
    buf_init(&page, BUF_NO_LIMIT);
    buf_init(&seen, BUF_NO_LIMIT);
    for (int i = 1; i <= CURSOR_LARGEST_LIMIT; i++)
        buf_printf(&page, "m%d ", i);
    buf_add_char(&page, '.');
    c.pages[2] = page.data;
    converse(&c, false, &seen);
    assert_string_equal(seen.data, c.expected);
    buf_release(&page);
    buf_release(&seen);
}

/* A list that begins behind an object begins there again when it is read anew. */
static void test_begins_behind(void **state)
{
    static const char *const PAGES_SEEN[] = {"m3 m4 .", "!500", "m3 m4 m5 ."};
    struct cursor cursor;
    struct buf seen;

    (void)state;
    buf_init(&seen, BUF_NO_LIMIT);
    cursor_init(&cursor, &(struct cursor_options){
                             .path = "/x?", .what = "x", .after = "m2", .page_size = 2});
    for (size_t i = 0; i < sizeof PAGES_SEEN / sizeof PAGES_SEEN[0]; i++) {
        struct answer answer = answer_of(PAGES_SEEN[i]);
        struct error err;
        struct call call;

        cursor_call(&cursor, &call);
        tell_call(&seen, &call);
        assert_int_not_equal(cursor_feed(&cursor, &answer, &err), CURSOR_FAILED);
        json_decref(answer.json);
    }
    assert_string_equal(seen.data, "2>m2 2>m4? 100>m2");
    assert_int_equal(cursor.count, 3);
    assert_true(cursor.last);
    cursor_release(&cursor);
    buf_release(&seen);
}

/* A server that ignores everything and claims more for ever is left after two pages. */
static void test_never_loops(void **state)
{
    struct error err;
    struct cursor cursor;
    enum cursor_result result = CURSOR_AGAIN;
    int calls = 0;

    (void)state;
    cursor_init(&cursor, &(struct cursor_options){.path = "/x?", .what = "x", .page_size = 2});
    while (result != CURSOR_FAILED && calls < LOOPING) {
        struct answer answer = answer_of("m1 m2 +");
        struct call call;

        cursor_call(&cursor, &call);
        result = cursor_feed(&cursor, &answer, &err);
        json_decref(answer.json);
        calls++;
    }
    assert_int_equal(calls, 2);
    cursor_release(&cursor);
}

/* Objects keep their own bytes, in the order in which they are handed out. */
static void test_raw(void **state)
{
    static const char BODY[] = "{ \"data\" : [ {\"id\":\"m2\",\"created_at\":2.50} ,"
                               "{\"id\":\"m1\", \"created_at\":1.0}], \"has_more\":false}";
    struct answer answer = {.kind = ANSWER_YES, .raw = {BODY, sizeof BODY - 1}};
    struct error err;
    struct cursor cursor;
    const struct span *raw;

    (void)state;
    answer.json = json_read(answer.raw, &err);
    cursor_init(&cursor, &(struct cursor_options){.path = "/x?",
                                                  .what = "x",
                                                  .page_size = 9,
                                                  .ordered_by_time = true,
                                                  .order_matters = true,
                                                  .keep_raw = true});
    assert_int_equal(cursor_feed(&cursor, &answer, &err), CURSOR_PAGE);
    raw = cursor_raw(&cursor);
    assert_true(span_is(raw[0], "{\"id\":\"m1\", \"created_at\":1.0}"));
    assert_true(span_is(raw[1], "{\"id\":\"m2\",\"created_at\":2.50}"));
    json_decref(answer.json);
    cursor_release(&cursor);
}

/* A server that ignores the limit: all of a page is taken, and a page of so many objects costs no
 * more for each of them than a short one. */
static void test_raw_of_a_huge_page(void **state)
{
    enum { OBJECTS = 400000 };
    struct answer answer = {.kind = ANSWER_YES};
    struct buf body;
    struct error err;
    struct cursor cursor;

    (void)state;
    buf_init(&body, BUF_NO_LIMIT);
    buf_add_text(&body, "{\"data\":[");
    for (int i = OBJECTS; i > 0; i--)
        buf_printf(&body, "{\"id\":\"m%d\",\"created_at\":%d}%s", i, i, i > 1 ? "," : "");
    buf_add_text(&body, "],\"has_more\":false}");
    answer.raw = buf_span(&body);
    answer.json = json_read(answer.raw, &err);
    cursor_init(&cursor, &(struct cursor_options){.path = "/x?",
                                                  .what = "x",
                                                  .page_size = 100,
                                                  .ordered_by_time = true,
                                                  .keep_raw = true});
    assert_int_equal(cursor_feed(&cursor, &answer, &err), CURSOR_PAGE);
    assert_int_equal(cursor.count, OBJECTS);
    const struct span *raw = cursor_raw(&cursor);
    assert_true(span_is(raw[0], "{\"id\":\"m1\",\"created_at\":1}"));
    assert_true(span_is(raw[OBJECTS - 1], "{\"id\":\"m400000\",\"created_at\":400000}"));
    json_decref(answer.json);
    cursor_release(&cursor);
    buf_release(&body);
}

/* Bytes that are not the document's are the list's fault, not the program's. */
static void test_raw_of_another_text(void **state)
{
    static const char *const TEXTS[] = {
        "{}",
        "{\"data\":[{\"id\":\"m1\"}],\"has_more\":false}",
        "{\"data\":[{},{},{}],\"has_more\":false}",
        "{\"data\":[{},{}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        struct answer answer = answer_of("m1 m2 .");
        struct error err;
        struct cursor cursor;

        answer.raw = span_of(TEXTS[i]);
        cursor_init(&cursor, &(struct cursor_options){
                                 .path = "/x?", .what = "x", .page_size = 9, .keep_raw = true});
        assert_int_equal(cursor_feed(&cursor, &answer, &err), CURSOR_FAILED);
        assert_int_equal(err.code, ERROR_BAD_SOURCE);
        assert_string_equal(err.text, "the server's list of x is faulty: its objects cannot be "
                                      "found in its text");
        json_decref(answer.json);
        cursor_release(&cursor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conversations),
        cmocka_unit_test(test_largest_page),
        cmocka_unit_test(test_begins_behind),
        cmocka_unit_test(test_capped_pages),
        cmocka_unit_test(test_trusted_page),
        cmocka_unit_test(test_never_loops),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_raw_of_a_huge_page),
        cmocka_unit_test(test_raw_of_another_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
