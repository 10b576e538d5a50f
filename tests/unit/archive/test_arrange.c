/*
 * Lists of messages and what becomes of them. Lists are written
 *
 *   page+ 1u@10 2a@11 | page. 3u@12
 *
 * a form (page, array, rows, archive), with "+" if more follows or "." if not, "~" if it holds no
 * objects of the API and "'" if it is in another file; then messages: id ("-" for none), role, time
 * ("@" and it; none if it is left out), "=" and the text if it is not the id, "*" if it is in
 * progress. The result is written "1 2 3", then what was found.
 */
#include "archive/arrange.h"

#include "base/buf.h"
#include "base/mem.h"
#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MAX_LISTS = 8, MAX_MESSAGES = 32 };

struct play {
    struct arrange_list lists[MAX_LISTS];
    struct arrange_message messages[MAX_MESSAGES];
    json_t *objects[MAX_MESSAGES];
    size_t lists_count;
    size_t count;
};

static void add_message(struct play *play, struct arrange_list *list, const char *word)
{
    struct arrange_message *message = &play->messages[play->count];
    const size_t id_len = strcspn(word, "ua");
    const char *at = strchr(word, '@');
    const char *text = strchr(word, '=');
    char id[32] = "";

    assert_true(play->count < MAX_MESSAGES && id_len < sizeof id);
    memcpy(id, word, id_len);
    json_t *object = json_pack("{s:s, s:s}", "role", word[id_len] == 'u' ? "user" : "assistant",
                               "content", text ? text + 1 : id);
    if (strcmp(id, "-") != 0)
        (void)json_object_set_new(object, "id", json_string(id));
    if (strchr(word, '*'))
        (void)json_object_set_new(object, "status", json_string("in_progress"));
    message->object = object;
    message->is_api = true;
    message->is_timed = at != NULL;
    message->ms = at ? strtoll(at + 1, NULL, 10) * 1000 : 0;
    play->objects[play->count++] = object;
    list->count++;
}

static void begin_list(struct play *play, const char *word)
{
    struct arrange_list *list = &play->lists[play->lists_count];
    const char *forms[] = {
        [LIST_ROWS] = "rows",
        [LIST_PAGE] = "page",
        [LIST_ARRAY] = "array",
        [LIST_ARCHIVE] = "archive",
    };

    assert_true(play->lists_count < MAX_LISTS);
    list->messages = &play->messages[play->count];
    list->place = play->lists_count++;
    for (size_t i = 0; i < 4; i++) {
        if (strncmp(word, forms[i], strlen(forms[i])) == 0)
            list->form = (enum list_form)i;
    }
    if (strchr(word, '+'))
        list->more = MORE_YES;
    if (strchr(word, '.'))
        list->more = MORE_NO;
    list->file = strchr(word, '\'') != NULL;
}

static void set_up(struct play *play, const char *text)
{
    char copy[512];
    char *rest = copy;
    bool is_first = true;
    bool is_api = true;

    memset(play, 0, sizeof *play);
    assert_true(strlen(text) < sizeof copy);
    memcpy(copy, text, strlen(text) + 1);
    for (char *word = strsep(&rest, " "); word; word = strsep(&rest, " ")) {
        if (strcmp(word, "|") == 0) {
            is_first = true;
        } else if (is_first) {
            begin_list(play, word);
            is_api = strchr(word, '~') == NULL;
            is_first = false;
        } else if (word[0]) {
            add_message(play, &play->lists[play->lists_count - 1], word);
            play->messages[play->count - 1].is_api = is_api;
        }
    }
}

static void tell(struct buf *out, const struct arrange_result *result)
{
    for (size_t i = 0; i < result->count && !result->has_clash; i++) {
        struct span id = json_get_text(result->messages[i].object, "id");
        struct span text = json_get_text(result->messages[i].object, "content");

        buf_add_text(out, i > 0 ? " " : "");
        buf_add_span(out, id.len > 0 ? id : text);
    }
    if (result->has_clash) {
        buf_add_text(out, result->clash);
        return;
    }
    if (result->losses.count[LOSS_DUPLICATE_MESSAGE])
        buf_printf(out, ", %d duplicate", (int)result->losses.count[LOSS_DUPLICATE_MESSAGE]);
    if (result->losses.count[LOSS_ORDER_GUESSED])
        buf_add_text(out, ", guessed");
    if (result->is_truncated)
        buf_printf(out, ", truncated at %zu", result->truncated_list);
}

/* What is taken, and what is not, is told to the lists' own messages. */
static void check_fates(const struct play *play, const struct arrange_result *result)
{
    size_t taken = 0;
    size_t duplicate = 0;

    for (size_t i = 0; i < play->count; i++) {
        assert_int_equal(play->messages[i].at, i);
        taken += play->messages[i].fate == FATE_TAKEN;
        duplicate += play->messages[i].fate == FATE_DUPLICATE;
    }
    assert_int_equal(taken, result->count);
    assert_int_equal(duplicate, result->losses.count[LOSS_DUPLICATE_MESSAGE]);
}

static void check(const char *lists, const char *expected)
{
    struct play play;
    struct arrange_result result;
    struct buf seen;

    set_up(&play, lists);
    arrange_thread(&result, play.lists, play.lists_count);
    buf_init(&seen, BUF_NO_LIMIT);
    tell(&seen, &result);
    if (!span_is(buf_span(&seen), expected))
        fail_msg("%s: \"%.*s\", not \"%s\"", lists, (int)seen.len, seen.data, expected);
    if (!result.has_clash)
        check_fates(&play, &result);
    buf_release(&seen);
    free(result.messages);
    for (size_t i = 0; i < play.count; i++)
        json_decref(play.objects[i]);
}

struct row {
    const char *lists;
    const char *expected;
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check(rows[i].lists, rows[i].expected);
}

static void test_order(void **state)
{
    static const struct row ROWS[] = {
        {"", ""},
        {"array", ""},
        {"array 1u@10", "1"},
        {"array 1u@10 2a@11 3u@11", "1 2 3"},
        {"array 3u@11 2a@11 1u@10", "1 2 3"},
        {"rows 3u@3 2a@2 1u@1", "1 2 3"},
        /* Mixed times: sorted, those of one second and those without a time as they are. */
        {"array 2u@20 1a@10 3u@30", "1 2 3, guessed"},
        {"array 2u@20 3a@20 1a@10 4u@20", "1 2 3 4, guessed"},
        {"rows 2u@20 3a 1a@10 4u@40", "1 2 3 4, guessed"},
        {"rows 1u 2a@10 3u@11", "1 2 3"},
        /* Times that tell nothing. */
        {"rows 1u 2a 3u", "1 2 3, guessed"},
        {"rows 1a@5 2u@5", "1 2, guessed"},
        {"array 1u@5 2a@5", "1 2, guessed"},
        {"array 2a@5 1u@5", "1 2, guessed"},
        {"array 2a 1u", "1 2, guessed"},
        {"array~ 2a@5 1u@5", "2 1, guessed"},
        {"page. 2a@5 1u@5", "1 2, guessed"},
        {"page.~ 2a@5 1u@5", "1 2, guessed"},
        {"array 3u@5 2a@5 1u@5", "3 2 1, guessed"},
        /* Our own archive is in the server's order, whatever its times are. */
        {"archive 2a@20 1u@10", "2 1"},
        {"archive 2a@5 1u@5", "2 1"},
    };

    (void)state;
    check_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_pages(void **state)
{
    static const struct row ROWS[] = {
        {"page+ 1u@10 2a@11 | page. 3u@12", "1 2 3"},
        {"page. 3u@12 | page+ 1u@10 2a@11", "1 2 3"},
        {"page+ 4a@13 3u@12 | page. 2a@11 1u@10", "1 2 3 4"},
        {"page. 2a@11 1u@10 | page+ 4a@13 3u@12", "1 2 3 4"},
        /* One page's times tell the way of the others. */
        {"page+ 4a@13 3u@12 | page+ 2a@11 1u@11 | page. 0u@9", "0 1 2 3 4"},
        {"page+ 1u@10 2a@11 | page. 4a@12 3u@12", "1 2 4 3"},
        /* No page's times tell it: the one that ends the chain does. */
        {"page+ 2u@20 3a@20 | page. 0u@10 1a@10", "0 1 2 3, guessed"},
        {"page. 2u@20 3a@20 | page+ 0u@10 1a@10", "0 1 2 3, guessed"},
        /* Pages of one second: the last is the one that says so, else it is their place. */
        {"page. 3u@5 4a@5 | page+ 1u@5 2a@5", "1 2 3 4, guessed"},
        {"page+ 1u@5 2a@5 | page+ 3u@5 4a@5 | page. 5u@5", "1 2 3 4 5, guessed"},
        {"rows 1u@5 | rows' 2a@5", "1 2, guessed"},
        {"rows 1u@5 2a@6 | rows' 3u@7", "1 2 3"},
        {"rows' 3u@7 | rows 1u@5 2a@6", "1 2 3"},
        {"rows 1u@5 3a@7 | rows' 2u@6 4u@8", "1 2 3 4, guessed"},
        /* Without times, a list is where the one before ends. */
        {"array 1u@5 2a@6 | array 3u 4a", "1 2 3 4, guessed"},
    };

    (void)state;
    check_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_completeness(void **state)
{
    static const struct row ROWS[] = {
        {"page+ 1u@1 2a@2", "1 2, truncated at 0"},
        {"page+ 2a@2 1u@1", "1 2, truncated at 0"},
        {"array+ 1u@1 2a@2", "1 2, truncated at 0"},
        {"page+", ", truncated at 0"},
        /* The one that reaches furthest is named. */
        {"page+ 1u@1 2a@2 | page+ 3u@3 4a@4", "1 2 3 4, truncated at 1"},
        {"page+ 4a@4 3u@3 | page+ 2a@2 1u@1", "1 2 3 4, truncated at 1"},
        /* A last page reaches as far, or it is another's. */
        {"page. 1u@1 2a@2 | page+ 3u@3 4a@4", "1 2 3 4, truncated at 1"},
        {"page. 4a@4 3u@3 | page+ 2a@2 1u@1", "1 2 3 4, truncated at 1"},
        {"page+ 1u@1 2a@2 | page. 3a@2", "1 2 3"},
        /* An empty last page ends what is before it in its file, or in other files. */
        {"page+ 1u@1 2a@2 | page.", "1 2"},
        {"page. | page+ 1u@1 2a@2", "1 2, truncated at 1"},
        {"page. | page+' 1u@1 2a@2", "1 2"},
        {"page. | page.' | page+' 1u@1 2a@2", "1 2"},
        /* The last page of the other way is the beginning of this one, no end. */
        {"page+ 1u@1 2a@2 | page. 4a@4 3u@3", "1 2 3 4, truncated at 0"},
        {"page+ 4a@4 3u@3 | page. 1u@1 2a@2", "1 2 3 4, truncated at 0"},
        /* It is one if it has a message of the pages that go on, and reaches further. */
        {"page+ 1u@1 2a@2 | page. 4a@4 3u@3 2a@2 1u@1", "1 2 3 4, 2 duplicate"},
        {"page+ 1u@1 2a@2 | page+ 3u@3 4a@4 | page. 5u@5 4a@4", "1 2 3 4 5, 1 duplicate"},
        {"page+ 4a@4 3u@3 | page. 1u@1 2a@2 3u@3 4a@4", "1 2 3 4, 2 duplicate"},
        {"page+ 1u@1 2a@2 | page. 2a@2 1u@1", "1 2, 2 duplicate, truncated at 0"},
        {"page+ 4a@4 3u@3 | page. 3u@3 4a@4", "3 4, 2 duplicate, truncated at 0"},
        /* The whole list the one way, and a page of the other. */
        {"page+ 6a@6 5u@5 | page+ 4a@4 3u@3 | page. 2a@2 1u@1 | page+ 1u@1 2a@2",
         "1 2 3 4 5 6, 2 duplicate"},
        /* Messages without ids are shared with nobody. */
        {"page+ -u@1=x -a@2=y | page. -u@3=z -a@2=y -u@1=x", "x x y y z, guessed, truncated at 0"},
    };

    (void)state;
    check_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

static void test_twice(void **state)
{
    static const struct row ROWS[] = {
        {"rows 1u@1 2a@2 2a@2 3u@3", "1 2 3, 1 duplicate"},
        {"page+ 1u@1 2a@2 | page. 2a@2 3u@3", "1 2 3, 1 duplicate"},
        {"rows 1u@1 2a@2=one 2a@2=another", "two messages have one id"},
        {"rows 1u@1 2a@2=x 2u@2=x", "two messages have one id"},
        /* The states of one message: the last that is whole counts, where the first is. */
        {"rows 1u@1 2a@2=half* 2a@2=whole 3u@3", "1 2 3"},
        {"rows 1u@1 2a@2=whole 2a@2=half* 3u@3", "1 2 3"},
        /* Lists without ids that claim one thread. */
        {"array -u@1=a -a@2=b | array -u@1=a", "a b, 1 duplicate"},
        {"array -u@1=a | array -u@1=a -a@2=b", "a b, 1 duplicate"},
        {"array -u@1=a | array | array -u@1=a -a@2=b | array -u@1=a", "a b, 2 duplicate"},
        {"array -u@1=a | array -u@1=b", "two lists of messages claim one thread"},
        {"page+ -u@1=a | page. -u@2=b", "a b"},
        /* Archives of our own: one holds all that the other does. */
        {"archive 1u@1 2a@2 | archive 1u@1", "1 2, 1 duplicate"},
        {"archive 1u@1 | archive 1u@1 2a@2", "1 2, 1 duplicate"},
        {"archive 1u@1 2a@2 | archive 1u@1 3a@3", "two threads claim the same id"},
    };

    (void)state;
    check_rows(ROWS, sizeof ROWS / sizeof ROWS[0]);
}

/* A state that comes later replaces what was there, not only its place. */
static void test_last_state(void **state)
{
    struct play play;
    struct arrange_result result;

    (void)state;
    set_up(&play, "rows 1a@1=half* 1a@1=whole");
    arrange_thread(&result, play.lists, play.lists_count);
    assert_int_equal(result.count, 1);
    assert_ptr_equal(result.messages[0].object, play.objects[1]);
    assert_int_equal(play.messages[1].fate, FATE_STATE);
    free(result.messages);
    json_decref(play.objects[0]);
    json_decref(play.objects[1]);
}

static void test_by_time(void **state)
{
    static const struct {
        const char *times; /* of objects 0, 1, 2, …; "-" is none */
        const char *order;
    } ROWS[] = {
        {"1 2 3", "012"}, {"3 2 1", "210"}, {"2 1 3", "102"},
        {"1 1 1", "012"}, {"2 2 1", "210"}, {"- 2 1", "210"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        json_t *objects[3];
        json_t *all[3];
        struct span raw[3];
        struct span from[3];
        char order[4] = "";

        for (size_t k = 0; k < 3; k++) {
            all[k] = objects[k] = json_object();
            raw[k] = (struct span){ROWS[i].times + 2 * k, 1};
            from[k] = raw[k];
            if (raw[k].data[0] != '-')
                (void)json_object_set_new(objects[k], "created_at",
                                          json_integer(raw[k].data[0] - '0'));
        }
        arrange_by_time(objects, raw, from, 3);
        for (size_t k = 0; k < 3; k++) {
            order[k] = (char)('0' + (raw[k].data - ROWS[i].times) / 2);
            assert_ptr_equal(objects[k], all[order[k] - '0']);
            assert_ptr_equal(from[k].data, raw[k].data);
        }
        assert_string_equal(order, ROWS[i].order);
        for (size_t k = 0; k < 3; k++)
            json_decref(all[k]);
    }
}

#define TEXT(index, value)                                                                         \
    "{\"index\":" index ",\"type\":\"text\",\"text\":{\"value\":\"" value "\",\"annotations\":[]}" \
    "}"
#define DELTA(content) "{\"id\":\"m\",\"delta\":{\"role\":\"assistant\",\"content\":[" content "]}}"
#define WHOLE(id, role, content)                                                                   \
    "{\"content\":[" content "],\"id\":\"" id "\",\"object\":\"thread.message\",\"role\":\"" role  \
    "\",\"status\":\"incomplete\"}"
#define PART(value) "{\"text\":{\"annotations\":[],\"value\":\"" value "\"},\"type\":\"text\"}"

static void test_deltas(void **state)
{
    static const struct {
        const char *base;
        const char *deltas;
        const char *expected;
    } ROWS[] = {
        {NULL, "[" DELTA(TEXT("0", "He")) "," DELTA(TEXT("0", "llo")) "]",
         WHOLE("m", "assistant", PART("Hello"))},
        {NULL, "[" DELTA(TEXT("0", "a")) "," DELTA(TEXT("1", "b") "," TEXT("0", "c")) "]",
         WHOLE("m", "assistant", PART("ac") "," PART("b"))},
        /* An index that is not one: a part of its own. */
        {NULL, "[" DELTA(TEXT("-1", "a")) "," DELTA(TEXT("\"x\"", "b")) "]",
         WHOLE("m", "assistant", PART("a") "," PART("b"))},
        {"{\"id\":\"n\",\"role\":\"user\",\"status\":\"in_progress\"}",
         "[" DELTA(TEXT("0", "a")) "]", WHOLE("n", "user", PART("a"))},
        {NULL, "[{\"id\":\"m\"},{\"id\":\"m\",\"delta\":7},7]", WHOLE("m", "assistant", "")},
        {NULL,
         "[{\"id\":\"m\",\"delta\":{\"content\":[" TEXT(
             "0",
             "a") "]}},"
                  "{\"id\":\"m\",\"delta\":{\"content\":[{\"index\":0,\"type\":\"text\",\"text\":"
                  "{\"annotations\":[1]}}]}}]",
         WHOLE("m", "assistant",
               "{\"text\":{\"annotations\":[1],\"value\":\"a\"},\"type\":\"text\"}")},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        json_t *base = ROWS[i].base ? json_loads(ROWS[i].base, 0, NULL) : NULL;
        json_t *list = json_loads(ROWS[i].deltas, 0, NULL);
        json_t *deltas[4] = {0};

        assert_non_null(list);
        for (size_t k = 0; k < json_array_size(list); k++)
            deltas[k] = json_array_get(list, k);
        json_t *message = arrange_join_deltas(base, deltas, json_array_size(list));
        char *text = json_dumps(message, JSON_SORT_KEYS | JSON_COMPACT);
        assert_string_equal(text, ROWS[i].expected);
        free(text);
        json_decref(message);
        json_decref(list);
        json_decref(base);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_completeness), cmocka_unit_test(test_twice),
        cmocka_unit_test(test_last_state),   cmocka_unit_test(test_by_time),
        cmocka_unit_test(test_deltas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
