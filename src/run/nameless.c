#include "run/nameless.h"

#include "archive/source_archive.h"
#include "files/digest.h"
#include "map/item.h"
#include "source/reader.h"

#include <string.h>

/* The digest of the first `count` items; false if there are not so many. */
static bool digest_first(struct reader *reader, int64_t count, char hex[DIGEST_HEX + 1])
{
    struct digest digest;
    struct buf canonical;
    struct wish wish = {.kind = WISH_READY};

    digest_init(&digest);
    buf_init(&canonical, BUF_NO_LIMIT);
    while (count > 0 && wish.kind == WISH_READY) {
        const struct item *item = reader_take(reader);

        if (!item) {
            reader_next(reader, &wish);
            continue;
        }
        buf_clear(&canonical);
        item_write_canonical(&canonical, item);
        digest_add(&digest, buf_span(&canonical));
        count--;
    }
    buf_release(&canonical);
    digest_hex(&digest, hex);
    digest_release(&digest);
    return count == 0;
}

bool nameless_is_same(const struct context *context, struct span thread_id,
                      const struct thread_facts *facts, struct error *err)
{
    const struct reader_options options = {
        .source = context->archive,
        .policy = &context->config->policy,
        .files = context->decider,
        .files_on_record = true,
    };
    char hex[DIGEST_HEX + 1];

    if (!context->archive || facts->items == 0 ||
        !source_archive_is_nameless(context->archive, thread_id))
        return true;
    struct reader *reader = reader_new(&options, thread_id);
    bool same = digest_first(reader, facts->items, hex) && strcmp(hex, facts->digest) == 0;
    reader_free(reader);
    if (!same)
        error_set(err, ERROR_SOURCE_CHANGED,
                  "another thread has this name by now: it begins with other items than those that "
                  "were written for it");
    return same;
}
