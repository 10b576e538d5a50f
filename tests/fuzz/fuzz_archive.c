/*
 * Any bytes as an archive: every thread that is listed is either read, each message id once, or
 * fails as one thread; nothing stops the run. Read twice it is the same.
 */
#include "archive/source_archive.h"
#include "base/mem.h"
#include "base/strmap.h"
#include "json/json.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void silent(void *ctx, const char *text)
{
    (void)ctx;
    assert(text[0]);
}

static void check_ids(const struct page *page)
{
    struct strmap ids;
    bool added = true;

    strmap_init(&ids);
    for (size_t i = 0; i < page->count; i++) {
        struct span id = json_get_text(page->objects[i], "id");

        if (id.len > 0)
            (void)strmap_add(&ids, id, &added);
        assert(added);
    }
    strmap_release(&ids);
}

static void check_steps(struct reading *reading, const json_t *run)
{
    struct page page;

    reading->ops->ask(reading, FETCH_STEPS, json_get_text(run, "id"));
    reading->ops->take(reading, &page);
    for (size_t i = 0; i < page.count; i++)
        assert(json_is_object(page.objects[i]));
}

static bool check_thread(void *ctx, struct span id)
{
    struct reading *reading = source_read(ctx, id);
    struct wish wish;
    struct page page;

    reading->ops->ask(reading, FETCH_MESSAGES, (struct span){NULL, 0});
    reading->ops->next(reading, &wish);
    if (wish.kind == WISH_FAIL) {
        assert(wish.error.code != ERROR_NONE && !error_stops_run(&wish.error));
        reading->ops->close(reading);
        return true;
    }
    reading->ops->take(reading, &page);
    check_ids(&page);
    for (size_t i = 0; i < page.count; i++)
        assert(json_is_object(page.objects[i]) && (!page.raw || page.raw[i].len > 0));
    reading->ops->ask(reading, FETCH_RUNS, (struct span){NULL, 0});
    reading->ops->take(reading, &page);
    for (size_t i = 0; i < page.count; i++)
        check_steps(reading, page.objects[i]);
    reading->ops->close(reading);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd = memfd_create("archive", MFD_CLOEXEC);
    char path[64];
    struct error err = {0};

    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (int i = 0; i < 2; i++) {
        struct archive_options options = {
            .path = path, .allow_truncated = i == 1, .keep_raw = i == 1};
        struct source *source = source_archive_open(&options, silent, NULL, &err);

        if (source)
            source_archive_each(source, check_thread, source);
        else
            assert(err.code == ERROR_USAGE && err.text[0]);
        source_close(source);
    }
    (void)close(fd);
    return 0;
}
