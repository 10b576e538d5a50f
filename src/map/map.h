/*
 * The mapping: source objects in, destination items out. Pure and
 * deterministic: the same objects and policies give byte-identical items.
 *
 * Items, parts and details live in the arena that the caller passes; texts are
 * borrowed from the json objects or live in the arena, so both must outlive
 * the items.
 */
#ifndef MAP_MAP_H
#define MAP_MAP_H

#include "map/fate.h"
#include "map/item.h"
#include "map/losses.h"
#include "map/policy.h"

#include <jansson.h>
#include <stdint.h>

struct map_context {
    const struct policy *policy;
    const struct fates *fates; /* what becomes of files; NULL: ids are kept */
    struct arena *arena;
};

/* What a mapping call adds to: a list of items in order and the losses counted. */
struct mapped {
    struct item *first;
    struct item **tail;
    struct losses losses;
};

void mapped_init(struct mapped *mapped);

/* Takes the first item off the list, or NULL. */
struct item *mapped_take(struct mapped *mapped);

/*
 * Maps one message: adds one ITEM_MESSAGE, or one ITEM_SKIPPED if the policies leave nothing
 * of it. id is the name used for it in errors and as source_id ("msg_…" or "#7"). Fails with
 * ERROR_UNSUPPORTED, ERROR_TOO_LARGE, ERROR_BAD_SOURCE or (message in_progress under
 * active_runs: refuse) ERROR_ACTIVE_RUN; the text names the message and the type, never content.
 * Under active_runs: snapshot such a message sets the count of LOSS_ACTIVE_RUN to one.
 */
bool map_message(struct mapped *out, const struct map_context *context, const json_t *message,
                 struct span id, struct error *err);

/* May the message name files whose fate matters under this policy? Cheap, and no promise. */
bool message_names_files(const json_t *message, const struct policy *policy);

/*
 * Maps the tool calls of one run step by the policy tool_calls: adds function call pairs or
 * assistant messages; for a call that is not carried, an ITEM_SKIPPED with its loss. Other steps
 * add nothing. Fails with ERROR_UNSUPPORTED or ERROR_TOO_LARGE.
 */
bool map_run_step(struct mapped *out, const struct map_context *context, const json_t *run_step,
                  struct error *err);

struct metadata_pair {
    struct span key;
    struct span value;
};

enum { METADATA_PAIRS_MAX = 16, METADATA_KEY_MAX = 64, METADATA_VALUE_MAX = 512 };

struct metadata {
    struct metadata_pair pairs[METADATA_PAIRS_MAX];
    size_t count;
};

/*
 * The conversation's metadata: the thread's own pairs, then provenance in free slots.
 * thread is NULL if there is no thread object; first_message_ms is then its time (or
 * INT64_MIN when unknown). Counts metadata, provenance and tool_resources losses.
 */
void map_thread(struct metadata *out, struct losses *losses, const struct map_context *context,
                const json_t *thread, struct span thread_id, int64_t first_message_ms);

/* {"key":"value",…} */
void metadata_write_json(struct buf *out, const struct metadata *metadata, enum json_escape escape);

/*
 * A source time in milliseconds since 1970: integer or float seconds, milliseconds (above 10^11),
 * numeric string, ISO 8601. False if it is absent or none of these.
 */
bool source_time_ms(const json_t *value, int64_t *ms);

/* True for queued, in_progress, requires_action, cancelling. */
bool run_is_active(const json_t *run);

#endif
