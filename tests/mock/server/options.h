/* The command line of mock-api. */
#ifndef MOCK_OPTIONS_H
#define MOCK_OPTIONS_H

#include "mock/judge/mock.h"

enum { MOCK_FIXTURES_MAX = 32 };

struct mock_options {
    struct mock_config config;
    const char *fixtures[MOCK_FIXTURES_MAX];
    size_t fixture_count;
    const char *faults;       /* a file */
    const char *dump_on_exit; /* a file */
    const char *log;          /* a file */
    const char *tls_cert;     /* a file */
    const char *tls_key;      /* a file */
    unsigned port;            /* 0: any free one */
    unsigned idle_s;          /* close idle connections after so long; 0: never */
    unsigned rate_per_minute; /* 0: no limit */
    bool help;
};

/* Strings are borrowed from argv. False with a reason. */
bool mock_options_parse(int argc, char **argv, struct mock_options *options,
                        struct mock_text *error);

/* What --help prints. */
void mock_options_help(struct mock_text *out);

/* A new mock with fixtures, faults and rate limit in place, or NULL with a reason. */
struct mock *mock_options_build(const struct mock_options *options, struct mock_text *error);

#endif
