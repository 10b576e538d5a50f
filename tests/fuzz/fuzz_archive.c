/*
 * Any bytes as an archive: every thread that is listed is either read, each message id once, or
 * fails as one thread; nothing stops the run. The ledger adds up: by file and in all it has the
 * same sums, each unread place is counted and the first are listed, and where no thread fails, what
 * the threads give is what was taken.
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

/* What check_thread() is told by. */
struct witness {
    struct source *source;
    uint64_t messages;
    bool has_failed; /* some thread */
    struct sums {
        uint64_t taken;
        uint64_t duplicate;
        uint64_t unread;
    } sums; /* of the files */
};

static void check_ids(const struct page *page)
{
    struct strmap ids;
    bool added = true;

    strmap_init(&ids);
    for (size_t i = 0; i < page->count; i++) {
        struct span id = json_get_text(page->objects[i], "id");

        if (id.len > 0)
            strmap_add(&ids, id, &added);
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
    struct witness *witness = ctx;
    struct reading *reading = source_read(witness->source, id);
    struct wish wish;
    struct page page;

    reading->ops->ask(reading, FETCH_MESSAGES, (struct span){NULL, 0});
    reading->ops->next(reading, &wish);
    if (wish.kind == WISH_FAIL) {
        assert(wish.error.code != ERROR_NONE && !error_stops_run(&wish.error));
        reading->ops->close(reading);
        witness->has_failed = true;
        return true;
    }
    reading->ops->take(reading, &page);
    check_ids(&page);
    witness->messages += page.count;
    for (size_t i = 0; i < page.count; i++)
        assert(json_is_object(page.objects[i]) && (!page.raw || page.raw[i].len > 0));
    reading->ops->ask(reading, FETCH_RUNS, (struct span){NULL, 0});
    reading->ops->take(reading, &page);
    for (size_t i = 0; i < page.count; i++)
        check_steps(reading, page.objects[i]);
    reading->ops->close(reading);
    return true;
}

static bool add_file(void *ctx, const struct archive_file_facts *file)
{
    struct sums *sums = &((struct witness *)ctx)->sums;

    assert(file->taken <= UINT32_MAX && file->duplicate <= UINT32_MAX);
    sums->taken += file->taken;
    sums->duplicate += file->duplicate;
    sums->unread += file->unread;
    return true;
}

static uint64_t number_in(const json_t *ledger, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(ledger, key));
}

static void check_ledger(struct witness *witness)
{
    const struct sums *sums = &witness->sums;
    struct buf text;
    json_error_t where;

    buf_init(&text, BUF_NO_LIMIT);
    source_archive_write_ledger(witness->source, &text);
    json_t *ledger = json_loadb(text.data, text.len, 0, &where);
    assert(ledger);
    source_archive_each_file(witness->source, add_file, witness);
    assert(number_in(ledger, "taken") == sums->taken);
    assert(number_in(ledger, "duplicate") == sums->duplicate);
    assert(number_in(ledger, "unread") == sums->unread);
    const size_t places = json_array_size(json_object_get(ledger, "places"));
    assert(places == (sums->unread < 100 ? sums->unread : 100));
    assert(source_archive_has_unread(witness->source) == (sums->unread > 0));
    assert(witness->messages <= sums->taken);
    assert(witness->has_failed || witness->messages == sums->taken);
    json_decref(ledger);
    buf_release(&text);
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

        if (source) {
            struct witness witness = {.source = source};

            source_archive_each(source, check_thread, &witness);
            check_ledger(&witness);
        } else {
            assert(err.code == ERROR_USAGE && err.text[0]);
        }
        source_close(source);
    }
    (void)close(fd);
    return 0;
}
