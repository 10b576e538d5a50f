/*
 * A whole checkpoint. The first byte of the input says how the rest becomes a
 * file: '=' as it is; otherwise behind a good header, where each line is
 *
 *   !BYTES      as it is
 *   {JSON       json that gets its CRC
 *   +REST       the same, behind the n that is due and the b of the batch
 *   *REST       the same as the first record of a new batch
 *
 * Whatever it is: what is refused is unchanged, what is opened says the same
 * when it is opened again, and has no torn tail then.
 */
#include "base/buf.h"
#include "base/text.h"
#include "checkpoint/checkpoint.h"
#include "checkpoint/crc32c.h"
#include "fakes/fake_fsio.h"
#include "fakes/fake_journal.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void seal(struct buf *file, struct span json, struct span job)
{
    buf_printf(file, "%08x ", crc32c(crc32c(0, job.data, job.len), json.data, json.len));
    buf_add_span(file, json);
    buf_add_char(file, '\n');
}

static void add_header(struct buf *file, const struct checkpoint_options *options)
{
    const struct record header = {.kind = RECORD_HEADER,
                                  .n = 1,
                                  .b = 1,
                                  .format = RECORD_FORMAT,
                                  .job = span_of(options->job),
                                  .tool = options->tool,
                                  .source = options->source,
                                  .pins = options->pins};

    record_write(file, &header, (struct span){"", 0});
}

static void add_lines(struct buf *file, struct span rest, struct span job)
{
    struct buf json;
    struct span line;
    unsigned n = 1;
    unsigned b = 1;

    buf_init(&json, BUF_NO_LIMIT);
    while (text_next_line(&rest, &line)) {
        const char how = line.len > 0 ? line.data[0] : '!';
        const struct span tail = {line.data + 1, line.len > 0 ? line.len - 1 : 0};

        buf_clear(&json);
        if (how == '+' || how == '*') {
            n++;
            b = how == '*' ? n : b;
            buf_printf(&json, "{\"n\":%u,\"b\":%u,\"k\":", n, b);
            buf_add_span(&json, tail);
            seal(file, buf_span(&json), job);
        } else if (how == '{') {
            seal(file, line, job);
        } else {
            buf_add_span(file, tail);
            buf_add_char(file, '\n');
        }
    }
    buf_release(&json);
}

static bool list_thread(void *ctx, struct span thread_id, const struct thread_facts *facts)
{
    struct buf *out = ctx;

    buf_add_span(out, thread_id);
    buf_printf(out, " %d %s %ld %s %s %d %s\n", facts->state, facts->conversation,
               (long)facts->items, facts->last, facts->digest, facts->code, facts->detail);
    return true;
}

/* True where the file opened; then *listed says what is in it. */
static bool open_and_list(const struct checkpoint_options *options, struct buf *listed,
                          struct checkpoint_opening *opening)
{
    struct error err = {0};
    struct checkpoint *checkpoint;

    fake_fsio_restart();
    checkpoint = checkpoint_open(options, opening, &err);
    if (!checkpoint) {
        assert(err.code == ERROR_DAMAGED || err.code == ERROR_OTHER_JOB);
        return false;
    }
    /* A text may be too long for a fact; that is damage, and it stays. */
    if (!checkpoint_each(checkpoint, list_thread, listed, &err))
        assert(err.code == ERROR_DAMAGED);
    buf_printf(listed, "%lu orphans", (unsigned long)checkpoint_orphans(checkpoint));
    checkpoint_close(checkpoint);
    return true;
}

static void check_file(const struct checkpoint_options *options, struct span file)
{
    struct checkpoint_opening opening;
    struct error err;
    struct buf first;
    struct buf second;

    fake_fsio_put(options->path, file);
    checkpoint_close(checkpoint_open_reader(options->path, &opening, &err));
    buf_init(&first, BUF_NO_LIMIT);
    buf_init(&second, BUF_NO_LIMIT);
    if (!open_and_list(options, &first, &opening)) {
        assert(span_equal(fake_fsio_content(), file));
    } else {
        const bool opens_again = open_and_list(options, &second, &opening);

        assert(opens_again && !opening.torn);
        assert(span_equal(buf_span(&first), buf_span(&second)));
    }
    buf_release(&first);
    buf_release(&second);
    fake_fsio_reset();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct checkpoint_options options = journal_options();
    const struct span rest = {(const char *)data + 1, size - 1};
    struct buf file;

    if (size == 0)
        return 0;
    buf_init(&file, BUF_NO_LIMIT);
    if (data[0] == '=') {
        buf_add_span(&file, rest);
    } else {
        add_header(&file, &options);
        add_lines(&file, rest, span_of(options.job));
    }
    check_file(&options, buf_span(&file));
    buf_release(&file);
    return 0;
}
