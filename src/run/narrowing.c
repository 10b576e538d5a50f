#include "run/narrowing.h"

#include "base/mem.h"
#include "base/text.h"
#include "json/json.h"
#include "write/plan.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 96 };

static bool fail(struct error *err, const char *option, const char *value, const char *what)
{
    char shown[SHOWN_MAX];

    text_visible(shown, sizeof shown, span_of(value));
    error_set(err, ERROR_USAGE, "--%s: '%s' is not %s", option, shown, what);
    return false;
}

static bool parse_time(const char *option, const char *value, int64_t *ms, struct error *err)
{
    int64_t seconds;

    if (!value || text_parse_iso8601(span_of(value), ms))
        return true;
    if (!text_to_int(span_of(value), &seconds) || seconds < 0 || seconds > INT64_MAX / 1000)
        return fail(err, option, value,
                    "a time\nhint: 2026-05-21, 2026-05-21T10:00:00Z, or seconds since 1970");
    *ms = seconds * 1000;
    return true;
}

static bool parse_number(const char *option, const char *value, int64_t *number, struct error *err)
{
    return !value || (text_to_int(span_of(value), number) && *number > 0) ||
           fail(err, option, value, "a whole number from 1 on");
}

static bool check_where(const struct option_texts *where, struct error *err)
{
    for (size_t i = 0; i < where->count; i++) {
        const char *equals = strchr(where->all[i], '=');

        if (!equals || equals == where->all[i])
            return fail(err, "where", where->all[i], "KEY=VALUE");
    }
    return true;
}

static bool check_only(const struct option_texts *only, struct error *err)
{
    for (size_t i = 0; i < only->count; i++) {
        const struct span word = span_of(only->all[i]);
        const struct error code = {.code = error_code_from_name(word.data, word.len)};

        if (!span_is(word, "failed") && (code.code == ERROR_NONE || error_stops_run(&code)))
            return fail(err, "only", only->all[i],
                        "a code that threads fail with\n"
                        "hint: 'threadferry status' shows the codes; failed means any of them");
    }
    return true;
}

bool narrowing_parse(struct narrowing *narrowing, const struct options *options, struct error *err)
{
    *narrowing = (struct narrowing){
        .options = options,
        .since_ms = INT64_MIN,
        .until_ms = INT64_MAX,
        .seed = 1,
        .has_time = options->since || options->until,
    };
    return parse_time("since", options->since, &narrowing->since_ms, err) &&
           parse_time("until", options->until, &narrowing->until_ms, err) &&
           parse_number("sample", options->sample, &narrowing->sample, err) &&
           parse_number("seed", options->seed, &narrowing->seed, err) &&
           check_where(&options->where, err) && check_only(&options->only, err);
}

bool narrowing_asks_source(const struct narrowing *narrowing)
{
    return narrowing->has_time || narrowing->options->where.count > 0;
}

bool narrowing_fits_failure(const struct narrowing *narrowing, const struct thread_facts *facts)
{
    const struct option_texts *only = &narrowing->options->only;
    const enum error_code code = plan_failure(facts).code;

    for (size_t i = 0; i < only->count; i++) {
        if (code != ERROR_NONE && (strcmp(only->all[i], "failed") == 0 ||
                                   strcmp(only->all[i], error_code_name(code)) == 0))
            return true;
    }
    return only->count == 0;
}

static bool has_pair(const json_t *metadata, const char *pair)
{
    const char *equals = strchr(pair, '=');
    char *key = mem_dup(pair, (size_t)(equals - pair));
    const json_t *value = json_object_get(metadata, key);
    const struct span text = {json_string_value(value), json_string_length(value)};

    free(key);
    return text.data && span_equal(text, span_of(equals + 1));
}

bool narrowing_fits_metadata(const struct narrowing *narrowing, const json_t *thread)
{
    const struct option_texts *where = &narrowing->options->where;
    const json_t *metadata = json_object_get(thread, "metadata");

    for (size_t i = 0; i < where->count; i++) {
        if (!has_pair(metadata, where->all[i]))
            return false;
    }
    return true;
}

bool narrowing_fits_time(const struct narrowing *narrowing, int64_t created_ms)
{
    return narrowing->since_ms <= created_ms && created_ms < narrowing->until_ms;
}
