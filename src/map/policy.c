#include "map/policy.h"

#include <string.h>

/* Each list in the order of its enum; the first is the default, but for provenance. */
static const char *const USER_IMAGE_FILES[] = {"auto", "keep", "placeholder", "drop", "fail", NULL};
static const char *const ASSISTANT_IMAGES[] = {"placeholder", "drop", "fail", NULL};
static const char *const ANNOTATIONS[] = {"keep", "strip", "footnotes", NULL};
static const char *const ATTACHMENTS[] = {"drop", "note", "input_file", "fail", NULL};
static const char *const REFUSALS[] = {"keep", "text", NULL};
static const char *const EMPTY_MESSAGES[] = {"skip", "placeholder", "fail", NULL};
static const char *const INCOMPLETE_MESSAGES[] = {"keep", "note", "skip", "fail", NULL};
static const char *const ACTIVE_RUNS[] = {"refuse", "snapshot", NULL};
static const char *const TOOL_CALLS[] = {"none", "functions", "text", NULL};
static const char *const NUL_CHARACTERS[] = {"keep", "replace", NULL};
static const char *const UNKNOWN[] = {"fail", "placeholder", "drop", NULL};
static const char *const TRUNCATED_ARCHIVES[] = {"fail", "allow", NULL};
static const char *const PROVENANCE[] = {"false", "true", NULL};

enum { ROWS = 13 };

const size_t POLICY_ROW_COUNT = ROWS;

const struct policy_row POLICY_ROWS[ROWS] = {
    {.key = "user_image_files",
     .choices = USER_IMAGE_FILES,
     .offset = offsetof(struct policy, user_image_files),
     .pinned = true,
     .help = "image files from users; auto keeps those that the destination can access"},
    {.key = "assistant_images",
     .choices = ASSISTANT_IMAGES,
     .offset = offsetof(struct policy, assistant_images),
     .pinned = true,
     .help = "images from assistants, which items cannot hold"},
    {.key = "annotations",
     .choices = ANNOTATIONS,
     .offset = offsetof(struct policy, annotations),
     .pinned = true,
     .help = "citations: keep their markers in the text, strip them, or add footnotes"},
    {.key = "attachments",
     .choices = ATTACHMENTS,
     .offset = offsetof(struct policy, attachments),
     .pinned = true,
     .help = "files attached to messages for tools"},
    {.key = "refusals",
     .choices = REFUSALS,
     .offset = offsetof(struct policy, refusals),
     .pinned = true,
     .help = "refusals stay refusals or become text"},
    {.key = "empty_messages",
     .choices = EMPTY_MESSAGES,
     .offset = offsetof(struct policy, empty_messages),
     .pinned = true,
     .help = "messages with nothing to send"},
    {.key = "incomplete_messages",
     .choices = INCOMPLETE_MESSAGES,
     .offset = offsetof(struct policy, incomplete_messages),
     .pinned = true,
     .help = "messages that the assistant did not finish"},
    {.key = "active_runs",
     .choices = ACTIVE_RUNS,
     .offset = offsetof(struct policy, active_runs),
     .pinned = false,
     .help = "threads with an active run: refuse them, or take what is there"},
    {.key = "tool_calls",
     .choices = TOOL_CALLS,
     .offset = offsetof(struct policy, tool_calls),
     .pinned = true,
     .help = "tool calls of run steps: none, function calls, or text of the built-in tools"},
    {.key = "nul",
     .choices = NUL_CHARACTERS,
     .offset = offsetof(struct policy, nul),
     .pinned = true,
     .help = "NUL in text; replace (U+FFFD) helps if the destination stores text in PostgreSQL"},
    {.key = "unknown",
     .choices = UNKNOWN,
     .offset = offsetof(struct policy, unknown),
     .pinned = true,
     .help = "parts, annotations, tools and roles of unknown kinds"},
    {.key = "truncated_archives",
     .choices = TRUNCATED_ARCHIVES,
     .offset = offsetof(struct policy, truncated_archives),
     .pinned = false,
     .help = "archived threads that may be incomplete"},
    {.key = "provenance",
     .choices = PROVENANCE,
     .offset = offsetof(struct policy, provenance),
     .pinned = true,
     .help = "write source_thread_id and source_created_at into free metadata slots"},
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
