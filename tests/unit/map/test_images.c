/* What a listed image proves of the one that was sent. */
#include "map/images.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct image_pair {
    struct part sent;
    struct part listed;
    int64_t unproven;
};

#define TEXT(kind, words)                                                                          \
    {                                                                                              \
        .type = (kind), .text = { words, sizeof(words) - 1 }                                       \
    }

static const struct image_pair PAIRS[] = {
    {TEXT(PART_IMAGE_FILE, "file-1"), TEXT(PART_IMAGE_FILE, "file-1"), 0},
    {TEXT(PART_IMAGE_FILE, "file-1"), TEXT(PART_IMAGE_FILE, "file-2"), -1},
    {TEXT(PART_IMAGE_URL, "https://a/1"), TEXT(PART_IMAGE_URL, "https://a/2"), -1},
    {TEXT(PART_IMAGE_URL, "data:image/png;base64,QQ=="),
     TEXT(PART_IMAGE_URL, "data:image/png;base64,Qg=="), -1},
    /* The same bytes, written otherwise, or by their name. */
    {TEXT(PART_IMAGE_URL, "data:image/png;base64,QQ=="), TEXT(PART_IMAGE_URL, "data:,A"), 0},
    {TEXT(PART_IMAGE_URL, "data:image/png;base64,QQ=="),
     TEXT(PART_IMAGE_URL,
          "sha256:559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"),
     0},
    {TEXT(PART_IMAGE_URL, "data:image/png;base64,Qg=="),
     TEXT(PART_IMAGE_URL,
          "sha256:559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"),
     -1},
    /* Without contents, or with the server's own name for it. */
    {TEXT(PART_IMAGE_FILE, "file-1"), TEXT(PART_OTHER, "input_image"), 1},
    {TEXT(PART_IMAGE_URL, "data:image/png;base64,QQ=="), TEXT(PART_OTHER, "input_image"), 1},
    {TEXT(PART_IMAGE_URL, "data:image/png;base64,QQ=="), TEXT(PART_IMAGE_URL, "https://s/1"), 1},
    {TEXT(PART_IMAGE_URL, "data:image/png;base64,QQ=="), TEXT(PART_IMAGE_FILE, "file-own"), 1},
    {TEXT(PART_IMAGE_FILE, "file-1"), TEXT(PART_IMAGE_URL, "https://s/1"), 1},
    /* Of another type it is another thing. */
    {TEXT(PART_IMAGE_FILE, "file-1"), TEXT(PART_OTHER, "input_audio"), -1},
    {TEXT(PART_IMAGE_FILE, "file-1"), TEXT(PART_FILE, "file-1"), -1},
    {TEXT(PART_INPUT_TEXT, "a"), TEXT(PART_OTHER, "input_image"), -1},
};

/* Each behind a text, which has to be the same. */
static int64_t compare(const struct image_pair *pair, const char *text)
{
    struct part sent[] = {TEXT(PART_INPUT_TEXT, "words"), pair->sent};
    struct part listed[] = {{.type = PART_INPUT_TEXT, .text = span_of(text)}, pair->listed};
    const struct item first = {.type = ITEM_MESSAGE, .parts = sent, .part_count = 2};
    const struct item second = {.type = ITEM_MESSAGE, .parts = listed, .part_count = 2};
    struct buf scratch;
    int64_t unproven;

    buf_init(&scratch, BUF_NO_LIMIT);
    unproven = item_unproven(&first, &second, &scratch);
    buf_release(&scratch);
    return unproven;
}

static void test_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof PAIRS[0]; i++) {
        assert_int_equal(compare(&PAIRS[i], "words"), PAIRS[i].unproven);
        assert_int_equal(compare(&PAIRS[i], "other words"), -1);
    }
}

/* One proven image does not prove the other. */
static void test_counts(void **state)
{
    struct part sent[] = {TEXT(PART_IMAGE_FILE, "file-1"), TEXT(PART_IMAGE_FILE, "file-2"),
                          TEXT(PART_IMAGE_FILE, "file-3")};
    struct part listed[] = {TEXT(PART_IMAGE_FILE, "file-1"), TEXT(PART_OTHER, "input_image"),
                            TEXT(PART_IMAGE_URL, "https://s/3")};
    const struct item first = {.type = ITEM_MESSAGE, .parts = sent, .part_count = 3};
    const struct item second = {.type = ITEM_MESSAGE, .parts = listed, .part_count = 3};
    struct buf scratch;

    (void)state;
    buf_init(&scratch, BUF_NO_LIMIT);
    assert_int_equal(item_unproven(&first, &second, &scratch), 2);
    listed[0].text = span_of("file-9");
    assert_int_equal(item_unproven(&first, &second, &scratch), -1);
    buf_release(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
