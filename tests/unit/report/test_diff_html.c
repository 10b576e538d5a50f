#include "report/diff_form.h"

#include "json/json.h"
#include "report/diff_html_page.h"
#include "unit/play/saved_play.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* The policy lets in exactly the style that stands there, and nothing else. */
static void test_policy(void **state)
{
    unsigned char hash[SHA256_DIGEST_LENGTH];
    unsigned char text[2 * SHA256_DIGEST_LENGTH];
    char expected[256];
    const char *start;
    const char *end;
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    diff_html_head(&out);
    start = strstr(out.data, "<style>");
    end = strstr(out.data, "</style>");
    assert_non_null(start);
    assert_non_null(end);
    start += strlen("<style>");
    SHA256((const unsigned char *)start, (size_t)(end - start), hash);
    (void)EVP_EncodeBlock(text, hash, sizeof hash);
    (void)snprintf(expected, sizeof expected,
                   "content=\"default-src 'none'; base-uri 'none'; form-action 'none'; "
                   "img-src data:; style-src 'sha256-%s'\"",
                   (const char *)text);
    assert_non_null(strstr(out.data, expected));
    buf_release(&out);
}

static void test_filters(void **state)
{
    struct losses losses = {.count = {[LOSS_ANNOTATION] = 3}};
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    diff_html_filters(&out, &losses);
    assert_non_null(strstr(out.data, "id=\"f-annotation\"> annotation<"));
    assert_null(strstr(out.data, "f-attachment"));
    /* Each choice has its rule in the style. */
    diff_html_head(&out);
    assert_non_null(strstr(out.data, "nav:has(#f-annotation:checked)~main :is(.item,details)"
                                     ":not(.l-annotation){display:none}"));
    assert_non_null(
        strstr(out.data, "nav:has(#f-any:checked)~main :is(.item,details):not(.lossy)"));
    buf_release(&out);
}

/* What threads have that would fail is marked on the page and counted there; a run would not lose
 * it. */
static void test_losses_of_failed_threads(void **state)
{
    const struct diff_style style = {.full = false};
    const struct diff_totals totals = {
        .selected = 2,
        .losses = {.count = {[LOSS_ANNOTATION] = 3}},
        .shown = {.count = {[LOSS_ANNOTATION] = 4, [LOSS_ATTACHMENT] = 1}},
    };
    struct buf out;

    (void)state;
    buf_init(&out, BUF_NO_LIMIT);
    DIFF_HTML.summary(&out, &style, &totals);
    assert_non_null(strstr(out.data, "<td class=\"n\">4</td><th scope=\"row\">annotation</th>"));
    assert_non_null(strstr(out.data, "<td class=\"n\">1</td><th scope=\"row\">attachment</th>"));
    assert_non_null(strstr(out.data, "Losses of all threads on this page"));
    assert_non_null(strstr(
        out.data, "Of the threads that would be written now would be lost: annotation (3)."));
    assert_non_null(strstr(out.data, "id=\"f-annotation\"> annotation<"));
    assert_non_null(strstr(out.data, "id=\"f-attachment\"> attachment<"));
    buf_release(&out);
}

static const char MESSAGE[] =
    "{\"id\":\"msg_1\",\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":{\"value\":"
    "\"<script>alert(1)</script>\",\"annotations\":[{\"type\":\"file_citation\",\"text\":"
    "\"[1]\",\"file_citation\":{\"file_id\":\"file-\\\"<b>\"}}]}}],\"attachments\":"
    "[{\"file_id\":\"\\u001b[31m\"}]}";

static void test_line(void **state)
{
    struct loss loss = {.kind = LOSS_ANNOTATION, .detail = "file-<b> dropped"};
    struct part part = {.type = PART_INPUT_TEXT, .text = span_of("<script>alert(1)</script>")};
    struct item item = {.type = ITEM_MESSAGE,
                        .parts = &part,
                        .part_count = 1,
                        .source_id = span_of("msg_1"),
                        .losses = &loss};
    struct diff_style style = {.full = true};
    struct diff_line line = {.op = DIFF_ADD, .item = &item};
    struct error err;
    json_t *message = json_read(span_of(MESSAGE), &err);
    struct buf out;

    (void)state;
    assert_non_null(message);
    item.message = message;
    buf_init(&out, BUF_NO_LIMIT);
    DIFF_HTML.line(&style, &out, &line);
    assert_non_null(strstr(out.data, "<li class=\"item add lossy l-annotation\">"));
    assert_non_null(strstr(out.data, "&lt;script&gt;"));
    assert_non_null(strstr(out.data, "[1] file-&quot;&lt;b&gt;"));
    assert_non_null(strstr(out.data, "\\x1b[31m"));
    assert_non_null(strstr(out.data, "<b>annotation</b> file-&lt;b&gt; dropped"));
    assert_null(strstr(out.data, "<script"));
    assert_null(strchr(out.data, '\x1b'));
    buf_release(&out);
    json_decref(message);
}

/* Long texts are cut between characters, and it is said. */
static void test_cut(void **state)
{
    char text[6000];
    struct part part = {.type = PART_INPUT_TEXT, .text = {text, sizeof text}};
    struct item item = {.type = ITEM_MESSAGE, .parts = &part, .part_count = 1};
    struct diff_style style = {.full = false};
    struct diff_line line = {.op = DIFF_FOREIGN, .item = NULL, .there = &item};
    struct buf out;

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = "\u20ac"[i % 3];
    buf_init(&out, BUF_NO_LIMIT);
    DIFF_HTML.line(&style, &out, &line);
    assert_non_null(strstr(out.data, "… 2,001 bytes more"));
    assert_null(strstr(out.data, "\\x"));
    assert_non_null(strstr(out.data, "<li class=\"item foreign\">"));
    buf_release(&out);
}

/* Pictures on the web are links, nothing else is, and nothing is ever loaded. */
static void test_links(void **state)
{
    static const struct {
        enum part_type type;
        const char *text;
        const char *expected;
    } ROWS[] = {
        {PART_IMAGE_URL, "https://a.example/?x=1&y=\"",
         "<a rel=\"noreferrer noopener nofollow\" href=\"https://a.example/?x=1&amp;y=&quot;\">"},
        {PART_IMAGE_URL, "javascript:alert(1)", NULL},
        {PART_IMAGE_URL, "data:image/png;base64,AAAA", NULL},
        {PART_IMAGE_FILE, "file-1", NULL},
        {PART_INPUT_TEXT, "https://a.example/", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct part part = {.type = ROWS[i].type, .text = span_of(ROWS[i].text)};
        struct item item = {.type = ITEM_MESSAGE, .parts = &part, .part_count = 1};
        struct diff_style style = {.full = true};
        struct diff_line line = {.op = DIFF_ADD, .item = &item};
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        DIFF_HTML.line(&style, &out, &line);
        if (ROWS[i].expected)
            assert_non_null(strstr(out.data, ROWS[i].expected));
        else
            assert_null(strstr(out.data, "href"));
        assert_null(strstr(out.data, "src="));
        buf_release(&out);
    }
}

/* Contents are told in words and shown, as far as there is room and they can be read. */
static void test_contents(void **state)
{
    static const char WORDS[] = "image file file-1 → in the item, 7 bytes";
    static const char PICTURE[] = "<img alt=\"\" src=\"data:image/png;base64,cGljdHVyZQ==\">";
    struct saved_play play;
    struct saved_file file;
    struct part part = {.type = PART_IMAGE_CONTENTS, .text = span_of("file-1"), .contents = &file};
    struct item item = {.type = ITEM_MESSAGE, .parts = &part, .part_count = 1};
    struct diff_line line = {.op = DIFF_ADD, .item = &item};
    size_t room = 20;
    struct diff_style style = {.picture_bytes = &room};

    (void)state;
    saved_play_init(&play);
    file = saved_play_add(&play, span_of("picture"));
    style.files = &play.files;
    for (int i = 0; i < 3; i++) {
        struct buf out;

        buf_init(&out, BUF_NO_LIMIT);
        /* There is room for one of them; then it is read no more, or cannot be. */
        DIFF_HTML.line(&style, &out, &line);
        assert_non_null(strstr(out.data, WORDS));
        assert_int_equal(strstr(out.data, PICTURE) != NULL, i == 0);
        assert_int_equal(strstr(out.data, "src=") != NULL, i == 0);
        assert_int_equal(room, i == 2 ? 100 : 8);
        if (i == 1) {
            room = 100;
            saved_play_spoil(&play, &file, span_of("another"));
        }
        buf_clear(&out);
        DIFF_TEXT.line(&style, &out, &line);
        assert_non_null(strstr(out.data, WORDS));
        buf_release(&out);
    }
    saved_play_release(&play);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_losses_of_failed_threads),
        cmocka_unit_test(test_line),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_contents),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
