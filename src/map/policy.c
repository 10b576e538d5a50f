#include "map/policy.h"

#include <string.h>

enum { ROWS = 14 };

const size_t POLICY_ROW_COUNT = ROWS;

/* The choices are in the order of their enum; the first is the default, but for provenance. */
const struct policy_row POLICY_ROWS[ROWS] = {
    {"user_image_files",
     offsetof(struct policy, user_image_files),
     true,
     {"auto", "keep", "placeholder", "drop", "fail"},
     "image files from users; auto keeps those that the destination can access"},
    {"assistant_images",
     offsetof(struct policy, assistant_images),
     true,
     {"placeholder", "drop", "fail"},
     "images from assistants, which items cannot hold"},
    {"annotations",
     offsetof(struct policy, annotations),
     true,
     {"keep", "strip", "footnotes"},
     "citations: keep their markers in the text, strip them, or add footnotes"},
    {"attachments",
     offsetof(struct policy, attachments),
     true,
     {"drop", "note", "input_file", "fail"},
     "files attached to messages for tools"},
    {"refusals",
     offsetof(struct policy, refusals),
     true,
     {"keep", "text"},
     "refusals stay refusals or become text"},
    {"empty_messages",
     offsetof(struct policy, empty_messages),
     true,
     {"skip", "placeholder", "fail"},
     "messages with nothing to send"},
    {"incomplete_messages",
     offsetof(struct policy, incomplete_messages),
     true,
     {"keep", "note", "skip", "fail"},
     "messages that the assistant did not finish"},
    {"active_runs",
     offsetof(struct policy, active_runs),
     false,
     {"refuse", "snapshot"},
     "threads with an active run: refuse them, or take what is there"},
    {"tool_calls",
     offsetof(struct policy, tool_calls),
     true,
     {"none", "functions", "text"},
     "tool calls of run steps: none, function calls, or text of the built-in tools"},
    {"tool_resources",
     offsetof(struct policy, tool_resources),
     true,
     {"drop", "metadata"},
     "vector stores of a thread; metadata keeps their ids as source_vector_store_ids"},
    {"nul",
     offsetof(struct policy, nul),
     true,
     {"keep", "replace"},
     "NUL in text; replace (U+FFFD) helps if the destination stores text in PostgreSQL"},
    {"unknown",
     offsetof(struct policy, unknown),
     true,
     {"fail", "placeholder", "drop"},
     "parts, annotations, tools and roles of unknown kinds"},
    {"truncated_archives",
     offsetof(struct policy, truncated_archives),
     false,
     {"fail", "allow"},
     "archived threads that may be incomplete"},
    {"provenance",
     offsetof(struct policy, provenance),
     true,
     {"false", "true"},
     "write source_thread_id and source_created_at into free metadata slots"},
};

struct policy policy_default(void)
{
    return (struct policy){.provenance = 1};
}

static int *member(struct policy *policy, const struct policy_row *row)
{
    return (int *)(void *)((char *)policy + row->offset);
}

static int value_of(const struct policy *policy, const struct policy_row *row)
{
    int value;

    memcpy(&value, (const char *)policy + row->offset, sizeof value);
    return value;
}

bool policy_set(struct policy *policy, const struct policy_row *row, struct span value)
{
    for (int i = 0; row->choices[i]; i++) {
        if (span_is(value, row->choices[i])) {
            *member(policy, row) = i;
            return true;
        }
    }
    return false;
}

const char *policy_get(const struct policy *policy, const struct policy_row *row)
{
    return row->choices[value_of(policy, row)];
}

/* The pinned row with the smallest key above `above`, or NULL: few rows, no need to sort. */
static const struct policy_row *next_pinned(const char *above)
{
    const struct policy_row *next = NULL;

    for (size_t i = 0; i < POLICY_ROW_COUNT; i++) {
        const struct policy_row *row = &POLICY_ROWS[i];

        if (row->pinned && strcmp(row->key, above) > 0 &&
            (!next || strcmp(row->key, next->key) < 0))
            next = row;
    }
    return next;
}

void policy_write_pinned(struct buf *out, const struct policy *policy)
{
    const struct policy defaults = policy_default();
    const struct policy_row *row = next_pinned("");

    while (row) {
        if (value_of(policy, row) != value_of(&defaults, row))
            buf_printf(out, "%s=%s\n", row->key, policy_get(policy, row));
        row = next_pinned(row->key);
    }
}
