/* The steps of a request, which mock.c puts together. */
#ifndef MOCK_JUDGE_H
#define MOCK_JUDGE_H

#include "mock/core/core.h"

/* Sunset, profile, key and beta header; false: the reply is the error. */
bool mock_admit(struct mock_context *context);

/* What the API answers, without faults and counting. context->url is set. */
void mock_dispatch(struct mock_context *context);

/* Answers /admin/… */
void mock_admin(struct mock *mock, const struct mock_request *request, struct mock_reply *reply);

/* Executes a request under a fault; the reply is complete afterwards. */
void mock_fault_apply(struct mock_context *context, const struct mock_fault *fault);

/* Commits whose time has come; INT64_MAX: all of them. */
void mock_delayed_run(struct mock *mock, int64_t now_ms);
void mock_delayed_release(struct mock *mock);

#endif
