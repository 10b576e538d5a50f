#include "mock/core/fault.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void mock_fault_free(struct mock_fault *fault)
{
    if (!fault)
        return;
    free(fault->match.method);
    free(fault->match.path);
    free(fault->match.key);
    free(fault->match.body);
    free(fault->match.metadata);
    free(fault->key);
    free(fault->retry_after);
    json_decref(fault->headers);
    json_decref(fault->edits);
    mock_text_release(&fault->body);
    for (size_t i = 0; i < fault->seen_by_id.cap; i++)
        free(fault->seen_by_id.slots[i].value);
    mock_map_release(&fault->seen_by_id);
    free(fault);
}

void mock_faults_release(struct mock_faults *faults)
{
    for (size_t i = 0; i < faults->count; i++)
        mock_fault_free(faults->rules[i]);
    for (size_t i = 0; i < faults->retired_count; i++)
        mock_fault_free(faults->retired[i]);
    free(faults->rules);
    free(faults->retired);
    *faults = (struct mock_faults){0};
}

void mock_faults_replace(struct mock_faults *faults, struct mock_faults *with)
{
    size_t retired = faults->retired_count + faults->count;

    faults->retired = mock_resize(faults->retired, retired, sizeof(faults->retired[0]));
    for (size_t i = 0; i < faults->count; i++)
        faults->retired[faults->retired_count++] = faults->rules[i];
    free(faults->rules);
    faults->rules = with->rules;
    faults->count = with->count;
    *with = (struct mock_faults){0};
}

/* A counter and, behind it, the id that it belongs to. */
struct id_counter {
    uint64_t seen;
    char id[];
};

static uint64_t count_request(struct mock_fault *fault, const struct mock_url *url)
{
    const char *id = url->ids[0];
    struct id_counter *counter = NULL;

    fault->seen++;
    if (!fault->match.per_id)
        return fault->seen;
    counter = mock_map_get(&fault->seen_by_id, id);
    if (!counter) {
        counter = mock_alloc(1, sizeof *counter + strlen(id) + 1);
        memcpy(counter->id, id, strlen(id) + 1);
        mock_map_set(&fault->seen_by_id, counter->id, counter);
    }
    return ++counter->seen;
}

static bool has_key(const struct mock_request *request, const char *part)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct mock_header *header = &request->headers[i];

        if ((strcasecmp(header->name, "Authorization") == 0 ||
             strcasecmp(header->name, "api-key") == 0) &&
            strstr(header->value, part) != NULL)
            return true;
    }
    return false;
}

/* A rule that looks at the body waits for it; all others have had their turn by then. */
static bool is_content(const struct mock_match *match, const struct mock_fault_subject *subject)
{
    const struct mock_request *request = subject->request;

    if ((match->body != NULL) != subject->with_body)
        return false;
    if (match->body &&
        memmem(request->body, request->body_len, match->body, strlen(match->body)) == NULL)
        return false;
    return !match->metadata ||
           (subject->metadata && strstr(subject->metadata, match->metadata) != NULL);
}

/* What does not change with the number of the request. */
static bool is_subject(const struct mock_match *match, const struct mock_fault_subject *subject)
{
    const struct mock_request *request = subject->request;

    return (match->routes == 0 || (match->routes >> subject->url->route & 1u) != 0) &&
           (!match->method || strcmp(match->method, request->method) == 0) &&
           (!match->path || strstr(request->target, match->path) != NULL) &&
           (!match->key || has_key(request, match->key)) && is_content(match, subject);
}

static bool is_nth(const struct mock_match *match, uint64_t number)
{
    for (size_t i = 0; i < match->nth_count; i++)
        if (match->nth[i] == number)
            return true;
    return match->nth_count == 0;
}

static bool is_turn(struct mock_fault *fault, const struct mock_fault_subject *subject,
                    uint64_t number)
{
    const struct mock_match *match = &fault->match;

    if (!is_nth(match, number) || (match->first > 0 && number > match->first) ||
        number < match->from || (match->every > 0 && number % match->every != 0))
        return false;
    if ((match->global > 0 && subject->number != match->global) ||
        subject->number < match->global_from)
        return false;
    if (subject->age_ms < match->after_ms ||
        (match->until_ms > 0 && subject->age_ms >= match->until_ms))
        return false;
    if (match->chance >= 0)
        return (double)(mock_rng_next(&fault->rng) >> 11) * 0x1p-53 < match->chance;
    return true;
}

/* True when the bucket is empty. */
static bool drain(struct mock_fault *fault, int64_t now_ms)
{
    fault->tokens += (double)(now_ms - fault->tokens_at_ms) * fault->per_ms;
    fault->tokens_at_ms = now_ms;
    if (fault->tokens > fault->burst)
        fault->tokens = fault->burst;
    if (fault->tokens < 1)
        return true;
    fault->tokens -= 1;
    return false;
}

/* These never keep later rules from firing. */
static bool only_adds(const struct mock_fault *fault)
{
    return fault->action == MOCK_DO_LATENCY || fault->action == MOCK_DO_SLOW_COMMIT ||
           fault->action == MOCK_DO_CLOSE_AFTER;
}

/* Every rule counts what it matches, also when an earlier one has taken the request. */
static bool fires(struct mock_fault *fault, const struct mock_fault_subject *subject, bool taken)
{
    if (!is_subject(&fault->match, subject))
        return false;
    uint64_t number = count_request(fault, subject->url);
    if ((taken && !only_adds(fault)) || (fault->times > 0 && fault->fired >= fault->times) ||
        !is_turn(fault, subject, number))
        return false;
    if (fault->action == MOCK_DO_TOKEN_BUCKET && !drain(fault, subject->request->now_ms))
        return false;
    fault->fired++;
    return true;
}

static void enter(struct mock_fault *fault, struct mock_call *call)
{
    switch ((unsigned)fault->action) {
    case MOCK_DO_LATENCY:
        call->delay_ms += fault->ms;
        break;
    case MOCK_DO_SLOW_COMMIT:
        call->commit_delay_ms += fault->ms;
        break;
    case MOCK_DO_CLOSE_AFTER:
        call->close_after_ms = fault->ms;
        break;
    default:
        call->fault = fault;
        call->reset_early = fault->action == MOCK_DO_RESET_EARLY;
        break;
    }
}

void mock_fault_for(struct mock_faults *faults, const struct mock_fault_subject *subject,
                    struct mock_call *call)
{
    for (size_t i = 0; i < faults->count; i++)
        if (fires(faults->rules[i], subject, call->fault))
            enter(faults->rules[i], call);
}
