/* Cutting batches by number and by bytes, and what stays of the items that are waiting. */
#include "write/pending.h"

#include "files/digest.h"
#include "unit/play/sink_talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* {"type":"message","role":"user","content":[{"type":"input_text","text":""}]} */
enum { BARE_BYTES = 76 };

static void add(struct pending *pending, struct talk *talk, const char *text)
{
    const struct losses taken = {.count = {[LOSS_ANNOTATION] = (int64_t)pending->count + 1}};

    pending_add(pending, talk_item(talk, text), &taken);
}

static void test_batches(void **state)
{
    static const struct {
        size_t max_items;
        size_t max_bytes;
        const char *items[6];
        size_t batch;
        bool is_full;
    } CASES[] = {
        {3, 10000, {NULL}, 0, false},
        {3, 10000, {"u 1"}, 1, false},
        {3, 10000, {"u 1", "u 2", "u 3"}, 3, false},
        {3, 10000, {"u 1", "u 2", "u 3", "u 4"}, 3, true},
        {1, 10000, {"u 1", "u 2"}, 1, true},
        /* Each has one byte of text and a comma. */
        {9, 2 * (BARE_BYTES + 2), {"u 1", "u 2", "u 3"}, 2, true},
        {9, 2 * (BARE_BYTES + 2) - 1, {"u 1", "u 2", "u 3"}, 1, true},
        /* One that is too large travels alone, and nothing with it. */
        {9, 10, {"u 1"}, 1, false},
        {9, 10, {"u 1", "u 2"}, 1, true},
        {9,
         BARE_BYTES + 40,
         {"u 1", "u a text that is a good deal longer than the others"},
         1,
         true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct pending pending;
        struct talk talk;

        talk_init(&talk, NULL, NULL);
        pending_init(&pending, CASES[i].max_items, CASES[i].max_bytes);
        for (int k = 0; CASES[i].items[k]; k++)
            add(&pending, &talk, CASES[i].items[k]);
        if (pending_batch(&pending) != CASES[i].batch)
            print_error("case %zu\n", i);
        assert_int_equal(pending_batch(&pending), CASES[i].batch);
        assert_int_equal(pending_is_full(&pending), CASES[i].is_full);
        pending_release(&pending);
        talk_release(&talk);
    }
}

/* A setting is named only if the item in question has what it is about. */
static void test_remedy(void **state)
{
    static const struct {
        enum part_type type;
        struct span text;
        const char *setting; /* NULL: none helps */
    } ITEMS[] = {
        {PART_OUTPUT_TEXT, {"plain, \"type\":\"refusal\" and \\u0000", 34}, NULL},
        {PART_REFUSAL, {"no", 2}, "mapping.refusals"},
        {PART_OUTPUT_TEXT, {"a\0b", 3}, "mapping.nul"},
    };
    enum { COUNT = sizeof ITEMS / sizeof ITEMS[0] };
    const struct losses taken = {{0}};
    struct pending pending;

    (void)state;
    pending_init(&pending, 20, 10000);
    assert_string_equal(pending_remedy(&pending, 0, 0), "");
    for (size_t i = 0; i < COUNT; i++) {
        struct part part = {.type = ITEMS[i].type, .text = ITEMS[i].text};
        struct item item = {
            .type = ITEM_MESSAGE, .role = ROLE_ASSISTANT, .parts = &part, .part_count = 1};

        pending_add(&pending, &item, &taken);
    }
    for (size_t i = 0; i < COUNT; i++) {
        const char *words = pending_remedy(&pending, i, 1);

        assert_true(ITEMS[i].setting ? strstr(words, ITEMS[i].setting) != NULL : words[0] == '\0');
    }
    assert_non_null(strstr(pending_remedy(&pending, 0, COUNT), "mapping.refusals"));
    pending_release(&pending);
}

/* What is dropped goes into the digest, what stays keeps its place and its name. */
static void test_drop(void **state)
{
    struct pending pending;
    struct digest digest;
    struct digest expected;
    char have[DIGEST_HEX + 1];
    char want[DIGEST_HEX + 1];
    struct talk talk;
    struct fingerprint wanted;
    struct holes holes = {0};
    size_t offset = 0;
    struct buf out;

    (void)state;
    talk_init(&talk, NULL, NULL);
    pending_init(&pending, 20, 10000);
    digest_init(&digest);
    digest_init(&expected);
    add(&pending, &talk, "u one");
    add(&pending, &talk, "a two");
    add(&pending, &talk, "u three");
    buf_init(&out, BUF_NO_LIMIT);
    item_write_canonical(&out, talk_item(&talk, "u one"));
    digest_add(&expected, buf_span(&out));
    pending_drop(&pending, 1, &digest);
    digest_hex(&digest, have);
    digest_hex(&expected, want);
    digest_release(&digest);
    digest_release(&expected);
    assert_string_equal(have, want);
    assert_int_equal(pending.taken.count[LOSS_ANNOTATION], 1);

    assert_string_equal(pending_source_id(&pending, 0), "two");
    assert_string_equal(pending_source_id(&pending, 1), "three");
    buf_clear(&out);
    item_write_canonical(&out, talk_item(&talk, "u three"));
    wanted = fingerprint_of(buf_span(&out));
    assert_false(pending_matches(&pending, 0, &offset, &wanted, NULL));
    assert_true(pending_matches(&pending, 1, &offset, &wanted, NULL));
    buf_clear(&out);
    pending_write(&pending, 2, &out, &holes);
    assert_true(span_starts_with(buf_span(&out), "{"));
    assert_non_null(strstr(out.data, "two"));
    assert_non_null(strstr(out.data, "},{"));
    assert_null(strstr(out.data, "one"));
    buf_release(&out);
    pending_release(&pending);
    talk_release(&talk);
}

/* Contents count as what they are on the way, and stay where they are. */
static void test_contents(void **state)
{
    struct holes holes = {0};
    struct pending pending;
    struct digest digest;
    struct talk talk;
    struct buf out;

    (void)state;
    talk_init(&talk, NULL, NULL);
    digest_init(&digest);
    buf_init(&out, BUF_NO_LIMIT);
    pending_init(&pending, 20, 300); /* 267 without them, 311 with */
    add(&pending, &talk, "u one");
    add(&pending, &talk, "p picture of thirty-two bytes abcd");
    add(&pending, &talk, "u three");
    assert_int_equal(pending_batch(&pending), 2);
    pending.max_bytes = 10000;
    assert_int_equal(pending_batch(&pending), 3);
    assert_false(pending_carries(&pending, 0, 1));
    assert_true(pending_carries(&pending, 0, 3));
    pending_drop(&pending, 1, &digest);
    assert_true(pending_carries(&pending, 0, 1));
    buf_add_char(&out, '[');
    pending_write(&pending, 2, &out, &holes);
    assert_int_equal(holes.count, 1);
    assert_memory_equal(out.data + holes.all[0].at - 7, "base64,\"}]},{", 13);
    pending_drop(&pending, 1, &digest);
    assert_int_equal(pending.holes.count, 0);
    assert_false(pending_carries(&pending, 0, 1));
    holes_release(&holes);
    buf_release(&out);
    digest_release(&digest);
    pending_release(&pending);
    talk_release(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_remedy),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_contents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
