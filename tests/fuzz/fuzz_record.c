/*
 * One line of a checkpoint. The input is the json of a line and gets the CRC
 * that belongs to it, because no fuzzer finds that; the bytes as they are go
 * through the reader as well.
 */
#include "checkpoint/record.h"

#include "checkpoint/crc32c.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(struct span part, struct span line)
{
    assert(!part.data || (part.data >= line.data && part.data + part.len <= line.data + line.len));
}

static void check_texts(const struct record *record, struct span line)
{
    const struct span texts[] = {
        record->job,           record->tool,
        record->source,        record->pins.destination_type,
        record->pins.base_url, record->pins.organization,
        record->pins.project,  record->pins.shard,
        record->pins.mapping,  record->host,
        record->thread,        record->conversation,
        record->last,          record->digest,
        record->code,          record->detail,
        record->kind_name,     record->needs,
    };
    struct buf text;

    buf_init(&text, BUF_NO_LIMIT);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        check_inside(texts[i], line);
        (void)record_text(&text, texts[i]);
        assert(text.len <= line.len);
        buf_clear(&text);
    }
    buf_release(&text);
}

/* A valid line is the only way to write its record. */
static void check_form(const struct record *record, struct span line, struct span job)
{
    struct buf again;

    buf_init(&again, BUF_NO_LIMIT);
    record_renumber(&again, line, record, job);
    assert(again.len == line.len + 1 && memcmp(again.data, line.data, line.len) == 0);
    buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct span json = {(const char *)data, size};
    const struct span job = {"job", 3};
    struct record record;
    struct buf line;

    (void)record_read(&record, json, job);
    buf_init(&line, BUF_NO_LIMIT);
    buf_printf(&line, "%08x ", crc32c(crc32c(0, job.data, job.len), data, size));
    buf_add_span(&line, json);
    if (record_read(&record, buf_span(&line), job) != RECORD_INVALID) {
        assert(record.n >= record.b && record.b > 0);
        check_texts(&record, buf_span(&line));
        check_form(&record, buf_span(&line), job);
    }
    buf_release(&line);
    return 0;
}
