/* Saving the files that an archive names: a list is closed only if nothing is left open. */
#include "loop/file_saving.h"

#include "fakes/fake_clock.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_http.h"
#include "fakes/fake_stop.h"
#include "net/flight.h"
#include "os/clock.h"
#include "unit/play/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PATH "saved"
#define LIST PATH ".files/MANIFEST"
#define PICTURE(id) "{\"type\":\"image_file\",\"image_file\":{\"file_id\":\"" id "\"}}"
#define GONE                                                                                       \
    {                                                                                              \
        .status = 404, .body = "{\"error\":{\"message\":\"no such file\",\"code\":null}}"          \
    }

static const char ARCHIVE[] =
    "{\"kind\":\"message\",\"thread_id\":\"t1\",\"object\":{\"id\":\"m1\",\"role\":\"user\","
    "\"content\":[" PICTURE("file-1") "," PICTURE("file-2") "]}}\n";

static const char *next_key(void *ctx, bool renew, struct error *err)
{
    (void)ctx;
    (void)renew;
    (void)err;
    return "key";
}

/* One pass against a server that answers so; how many files stay open. */
static int64_t save(const struct fake_http_step *replies, size_t count)
{
    const struct endpoint endpoint = {.profile = profile_get(SERVICE_COMPATIBLE, SIDE_SOURCE),
                                      .base_url = "http://127.0.0.1:1/v1"};
    struct file_saving_options options = {.concurrency = 1};
    struct file_saving saving;
    struct archive_out archive;
    struct remote remote;
    struct traffic traffic = {.max_attempts = 4, .patience_ms = 1000};
    struct error err;

    fake_http_reset();
    fake_http_script(replies, count);
    remote_init(&remote,
                &(struct remote_options){.side = SIDE_SOURCE,
                                         .endpoint = &endpoint,
                                         .key = next_key,
                                         .pacer = {.window_max = 1, .seed = 1}},
                clock_now_ms());
    traffic.http =
        http_open(&(struct http_options){.max_connections = 1, .timeout_ms = 1000}, &err);
    traffic.remotes[SIDE_SOURCE] = &remote;
    options.traffic = &traffic;
    assert_true(archive_out_open(&archive, PATH, &err));
    assert_true(file_saving_run(&saving, &options, &archive, PATH, &err));
    assert_int_equal(saving.named, 2);
    assert_int_equal(fake_http_seen_count(), count);
    archive_out_close(&archive);
    http_close(traffic.http);
    remote_release(&remote);
    return saving.open;
}

static bool is_closed(void)
{
    const struct span list = fake_fsio_content_of(LIST);

    return span_holds(list, "\"kind\":\"files_end\",\"ids\":2");
}

static void test_closed_when_whole(void **state)
{
    static const struct fake_http_step FIRST[] = {
        {.status = 200, .body = "{\"data\":[]}"}, GONE, {.status = 403, .body = "{}"}};
    static const struct fake_http_step SECOND[] = {{.status = 200, .body = "{\"data\":[]}"}, GONE};

    (void)state;
    fake_clock_reset();
    fake_stop_reset();
    fake_fsio_reset();
    fake_fsio_put(PATH, span_of(ARCHIVE));
    assert_int_equal(save(FIRST, COUNT_OF(FIRST)), 1);
    assert_false(span_holds(fake_fsio_content_of(LIST), "files_end"));
    assert_false(is_closed());
    assert_int_equal(save(SECOND, COUNT_OF(SECOND)), 0);
    assert_true(is_closed());
    fake_fsio_reset();
    fake_http_reset();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_closed_when_whole)};

    return cmocka_run_group_tests(tests, folder_enter, folder_leave);
}
