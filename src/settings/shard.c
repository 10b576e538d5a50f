#include "settings/shard.h"

#include "base/text.h"
#include "settings/config_read.h"

#include <inttypes.h>
#include <string.h>

enum { COUNT_MAX = 1000000, SHOWN_MAX = 64 };

static const char *const INDEX_VARIABLES[] = {"JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID"};

static bool take_index(struct shard *shard, char *const *environment, struct error *err)
{
    const char *name = NULL;
    const char *value = NULL;
    int64_t index;

    for (size_t i = 0; !value && i < sizeof INDEX_VARIABLES / sizeof INDEX_VARIABLES[0]; i++) {
        name = INDEX_VARIABLES[i];
        value = config_variable(environment, name);
    }
    if (!value) {
        error_set(err, ERROR_USAGE,
                  "cannot take the shard from the environment: neither JOB_COMPLETION_INDEX nor "
                  "SLURM_ARRAY_TASK_ID is set");
        return false;
    }
    if (!text_to_int(span_of(value), &index) || index < 0 || index >= shard->count) {
        char shown[SHOWN_MAX];

        text_visible(shown, sizeof shown, span_of(value));
        error_set(err, ERROR_USAGE, "%s: '%s' is not an index of %" PRId64 " shards (from 0)", name,
                  shown, shard->count);
        return false;
    }
    shard->index = index + 1;
    return true;
}

bool shard_parse(struct shard *shard, struct span text, char *const *environment, struct error *err)
{
    const char *slash = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
    const struct span left = {text.data, slash ? (size_t)(slash - text.data) : 0};
    const struct span right = {slash ? slash + 1 : NULL, slash ? text.len - left.len - 1 : 0};
    const bool is_auto = span_is(left, "auto");

    *shard = (struct shard){0};
    if (!slash || !text_to_int(right, &shard->count) || shard->count < 1 ||
        shard->count > COUNT_MAX ||
        (!is_auto &&
         (!text_to_int(left, &shard->index) || shard->index < 1 || shard->index > shard->count))) {
        char shown[SHOWN_MAX];

        text_visible(shown, sizeof shown, text);
        error_set(err, ERROR_USAGE, "'%s' is not I/N with I from 1 to N, nor auto/N", shown);
        return false;
    }
    return !is_auto || !environment || take_index(shard, environment, err);
}

bool shard_has(const struct shard *shard, struct span id)
{
    uint64_t hash = UINT64_C(14695981039346656037);

    if (shard->count == 0)
        return true;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.data[i]) * UINT64_C(1099511628211);
    return hash % (uint64_t)shard->count + 1 == (uint64_t)shard->index;
}
