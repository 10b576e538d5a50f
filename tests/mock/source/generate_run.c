#include "mock/source/generate_run.h"

#include <stdio.h>

static void add(struct mock_objects *objects, const char *id, const struct mock_run_plan *plan,
                char *json, char *json_included)
{
    struct mock_object *object = mock_alloc(1, sizeof *object);

    object->id = mock_strdup(id);
    object->run_id = mock_strdup(plan->id);
    object->time = plan->time;
    object->json = json;
    object->json_included = json_included;
    mock_objects_add(objects, object);
}

static void add_run(const struct mock_run_plan *plan, struct mock_thread *thread)
{
    struct mock_text out = {0};
    long long time = (long long)plan->time;

    mock_text_printf(&out,
                     "{\"id\":\"%s\",\"object\":\"thread.run\",\"created_at\":%lld,"
                     "\"assistant_id\":\"%s\",\"thread_id\":\"%s\",\"status\":\"%s\","
                     "\"started_at\":%lld,\"expires_at\":null,\"cancelled_at\":null,"
                     "\"failed_at\":null,",
                     plan->id, time, plan->assistant_id, plan->thread_id,
                     plan->active ? "in_progress" : "completed", time);
    if (plan->active)
        mock_text_puts(&out, "\"completed_at\":null,");
    else
        mock_text_printf(&out, "\"completed_at\":%lld,", time + 1);
    mock_text_puts(&out, "\"required_action\":null,\"last_error\":null,\"model\":\"gpt-4o\","
                         "\"instructions\":null,\"tools\":[],\"tool_resources\":{},\"metadata\":{},"
                         "\"temperature\":1.0,\"top_p\":1.0,\"reasoning_effort\":null,"
                         "\"max_completion_tokens\":null,\"max_prompt_tokens\":null,"
                         "\"truncation_strategy\":{\"type\":\"auto\",\"last_messages\":null},"
                         "\"incomplete_details\":null,\"usage\":null,\"response_format\":\"auto\","
                         "\"tool_choice\":\"auto\",\"parallel_tool_calls\":true}");
    add(&thread->runs, plan->id, plan, mock_text_steal(&out), NULL);
}

static void open_step(const struct mock_run_plan *plan, const char *id, const char *type,
                      struct mock_text *out)
{
    long long time = (long long)plan->time;

    mock_text_printf(out,
                     "{\"id\":\"%s\",\"object\":\"thread.run.step\",\"created_at\":%lld,"
                     "\"run_id\":\"%s\",\"assistant_id\":\"%s\",\"thread_id\":\"%s\",\"type\":"
                     "\"%s\",\"status\":\"completed\",\"cancelled_at\":null,\"completed_at\":%lld,"
                     "\"expires_at\":null,\"failed_at\":null,\"last_error\":null,"
                     "\"step_details\":{\"type\":\"%s\",",
                     id, time, plan->id, plan->assistant_id, plan->thread_id, type, time, type);
}

static void put_function(struct mock_rng *rng, const char *call, struct mock_text *out)
{
    unsigned number = mock_rng_between(rng, 0, 99);

    mock_text_printf(out,
                     "{\"id\":\"%s\",\"type\":\"function\",\"function\":{\"name\":\"get_order\","
                     "\"arguments\":\"{\\\"number\\\": %u}\",\"output\":",
                     call, number);
    if (mock_rng_chance(rng, 10))
        mock_text_puts(out, "null}}");
    else
        mock_text_printf(out, "\"{\\\"state\\\":\\\"sent\\\",\\\"number\\\":%u}\"}}", number);
}

static void put_code(struct mock_rng *rng, const char *call, struct mock_text *out)
{
    mock_text_printf(out,
                     "{\"id\":\"%s\",\"type\":\"code_interpreter\",\"code_interpreter\":{\"input\":"
                     "\"x = %u\\r\\nprint(x)\",\"outputs\":[",
                     call, mock_rng_between(rng, 1, 999));
    if (mock_rng_chance(rng, 50))
        mock_text_puts(out, "{\"type\":\"logs\",\"logs\":\"42\\n\"}");
    mock_text_puts(out, "]}}");
}

static void put_search(struct mock_rng *rng, const char *call, bool content, struct mock_text *out)
{
    char file[32];

    mock_rng_alnum(rng, file, 22);
    mock_text_printf(out,
                     "{\"id\":\"%s\",\"type\":\"file_search\",\"file_search\":{\"ranking_options\":"
                     "{\"ranker\":\"default_2024_08_21\",\"score_threshold\":0.0},\"results\":["
                     "{\"file_id\":\"file-%s\",\"file_name\":\"handbook.pdf\",\"score\":0.75%s}]}}",
                     call, file,
                     content ? ",\"content\":[{\"type\":\"text\",\"text\":\"What was found.\"}]"
                             : "");
}

static char *tool_step(const struct mock_run_plan *plan, const char *id, struct mock_rng *rng,
                       bool content)
{
    struct mock_text out = {0};
    char call[32] = "call_";

    mock_rng_alnum(rng, call + 5, 24);
    open_step(plan, id, "tool_calls", &out);
    mock_text_puts(&out, "\"tool_calls\":[");
    switch (mock_rng_between(rng, 0, 3)) {
    case 0:
        put_code(rng, call, &out);
        break;
    case 1:
        put_search(rng, call, content, &out);
        break;
    default:
        put_function(rng, call, &out);
        break;
    }
    mock_text_puts(&out, "]},\"usage\":null}");
    return mock_text_steal(&out);
}

/* Made twice from the same numbers: with the contents of searches and without. */
static void add_tool_step(const struct mock_run_plan *plan, struct mock_rng *rng,
                          struct mock_thread *thread)
{
    char id[32] = "step_";

    mock_rng_alnum(rng, id + 5, 24);
    struct mock_rng again = *rng;
    char *json = tool_step(plan, id, rng, false);
    add(&thread->steps, id, plan, json, tool_step(plan, id, &again, true));
}

static void add_message_step(const struct mock_run_plan *plan, struct mock_rng *rng,
                             struct mock_thread *thread)
{
    struct mock_text out = {0};
    char id[32] = "step_";

    mock_rng_alnum(rng, id + 5, 24);
    open_step(plan, id, "message_creation", &out);
    mock_text_printf(&out, "\"message_creation\":{\"message_id\":\"%s\"}},\"usage\":null}",
                     plan->message_id);
    add(&thread->steps, id, plan, mock_text_steal(&out), NULL);
}

void mock_generate_run(const struct mock_run_plan *plan, struct mock_rng *rng,
                       struct mock_thread *thread)
{
    add_run(plan, thread);
    if (plan->tools)
        add_tool_step(plan, rng, thread);
    add_message_step(plan, rng, thread);
}
