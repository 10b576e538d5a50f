/* The run that made a message, and its steps. */
#ifndef MOCK_GENERATE_RUN_H
#define MOCK_GENERATE_RUN_H

#include "mock/core/core.h"

struct mock_run_plan {
    const char *id;
    const char *thread_id;
    const char *assistant_id;
    const char *message_id;
    int64_t time;
    bool active; /* still waiting for tool outputs */
    bool tools;
};

void mock_generate_run(const struct mock_run_plan *plan, struct mock_rng *rng,
                       struct mock_thread *thread);

#endif
