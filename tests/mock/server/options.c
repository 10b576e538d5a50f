#include "mock/server/options.h"

#include "mock/source/fixture.h"
#include "mock/source/generate.h"
#include "mock/source/quirk.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum option_id {
    OPTION_PORT = 256,
    OPTION_FIXTURES,
    OPTION_GENERATE,
    OPTION_FAULTS,
    OPTION_LATENCY,
    OPTION_RATE,
    OPTION_PROFILE,
    OPTION_QUIRK,
    OPTION_STALE,
    OPTION_SUNSET,
    OPTION_KEY,
    OPTION_SEED,
    OPTION_IDLE,
    OPTION_TLS_CERT,
    OPTION_TLS_KEY,
    OPTION_DUMP,
    OPTION_LOG,
    OPTION_CHECK_FILES,
    OPTION_HELP,
};

static const struct option long_options[] = {
    {"port", required_argument, NULL, OPTION_PORT},
    {"fixtures", required_argument, NULL, OPTION_FIXTURES},
    {"generate", required_argument, NULL, OPTION_GENERATE},
    {"faults", required_argument, NULL, OPTION_FAULTS},
    {"latency-ms", required_argument, NULL, OPTION_LATENCY},
    {"rate-per-minute", required_argument, NULL, OPTION_RATE},
    {"profile", required_argument, NULL, OPTION_PROFILE},
    {"quirk", required_argument, NULL, OPTION_QUIRK},
    {"stale-lists", required_argument, NULL, OPTION_STALE},
    {"sunset", optional_argument, NULL, OPTION_SUNSET},
    {"key", required_argument, NULL, OPTION_KEY},
    {"seed", required_argument, NULL, OPTION_SEED},
    {"idle-s", required_argument, NULL, OPTION_IDLE},
    {"tls-cert", required_argument, NULL, OPTION_TLS_CERT},
    {"tls-key", required_argument, NULL, OPTION_TLS_KEY},
    {"dump-on-exit", required_argument, NULL, OPTION_DUMP},
    {"log", required_argument, NULL, OPTION_LOG},
    {"check-file-ids", no_argument, NULL, OPTION_CHECK_FILES},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

void mock_options_help(struct mock_text *out)
{
    mock_text_puts(
        out, "usage: mock-api [OPTIONS]\n"
             "  --port N             listen there on 127.0.0.1 (default: any free port)\n"
             "  --fixtures PATH      a file, or a folder of .json files; repeatable\n"
             "  --generate SPEC      threads=N,messages=LO..HI,seed=S,images=%,annotations=%,\n"
             "                       url_citations=%,attachments=%,runs=%,tools=%,active=%,\n"
             "                       metadata=%,unicode=%,nul=%,empty=%\n"
             "  --faults FILE        the fault script\n"
             "  --latency-ms N       before every reply\n"
             "  --rate-per-minute N  429 beyond it\n"
             "  --profile NAME       openai, azure, foundry (default: by the URL)\n"
             "  --quirk NAME         repeatable; one of: ");
    mock_quirk_names(out);
    mock_text_puts(out, "\n"
                        "  --stale-lists N      so many item lists do not show the newest append\n"
                        "  --sunset[=404|410]   every Assistants route is gone\n"
                        "  --key K              401 for any other key\n"
                        "  --seed N             of ids and probabilities\n"
                        "  --idle-s N           close connections that idle so long\n"
                        "  --tls-cert F --tls-key F\n"
                        "  --dump-on-exit FILE  what /admin/dump would say\n"
                        "  --log FILE           a line for each request\n"
                        "  --check-file-ids     refuse items with files that the key does not "
                        "know\n");
}

static bool read_profile(const char *name, enum mock_profile *out)
{
    static const char *const names[] = {"openai", "azure", "foundry", "any"};

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum mock_profile)i;
            return true;
        }
    }
    return false;
}

/* Options whose value is a number. */
static bool read_number_option(int id, const char *value, struct mock_options *options)
{
    uint64_t number = 0;

    if (!mock_unsigned(value, id == OPTION_PORT ? 65535 : UINT32_MAX, &number))
        return false;
    switch (id) {
    case OPTION_PORT:
        options->port = (unsigned)number;
        return true;
    case OPTION_LATENCY:
        options->config.latency_ms = (int64_t)number;
        return true;
    case OPTION_RATE:
        options->rate_per_minute = (unsigned)number;
        return true;
    case OPTION_STALE:
        options->config.stale_lists = (unsigned)number;
        return true;
    case OPTION_SEED:
        options->config.seed = number;
        return true;
    case OPTION_IDLE:
        options->idle_s = (unsigned)number;
        return true;
    }
    return false;
}

static bool read_mode_option(int id, const char *value, struct mock_options *options)
{
    unsigned quirk = 0;

    switch (id) {
    case OPTION_PROFILE:
        return read_profile(value, &options->config.profile);
    case OPTION_QUIRK:
        quirk = mock_quirk_from_name(value);
        options->config.quirks |= quirk;
        return quirk != 0;
    case OPTION_SUNSET:
        options->config.sunset =
            value && strcmp(value, "410") == 0 ? MOCK_SUNSET_410 : MOCK_SUNSET_404;
        return !value || strcmp(value, "404") == 0 || strcmp(value, "410") == 0;
    case OPTION_FIXTURES:
        if (options->fixture_count == MOCK_FIXTURES_MAX)
            return false;
        options->fixtures[options->fixture_count++] = value;
        return true;
    }
    return read_number_option(id, value, options);
}

static bool read_option(int id, char *value, struct mock_options *options, struct mock_text *error)
{
    switch (id) {
    case '?':
    case ':':
        return false;
    case OPTION_HELP:
        options->help = true;
        return true;
    case OPTION_CHECK_FILES:
        options->config.check_file_ids = true;
        return true;
    case OPTION_KEY:
        options->config.key = value;
        return true;
    case OPTION_FAULTS:
        options->faults = value;
        return true;
    case OPTION_DUMP:
        options->dump_on_exit = value;
        return true;
    case OPTION_LOG:
        options->log = value;
        return true;
    case OPTION_TLS_CERT:
        options->tls_cert = value;
        return true;
    case OPTION_TLS_KEY:
        options->tls_key = value;
        return true;
    case OPTION_GENERATE:
        return mock_generator_parse(value, &options->config.generator, error);
    }
    return read_mode_option(id, value, options);
}

bool mock_options_parse(int argc, char **argv, struct mock_options *options,
                        struct mock_text *error)
{
    *options = (struct mock_options){.config = {.profile = MOCK_ANY, .seed = 1}};
    optind = 1;
    for (;;) {
        int id = getopt_long(argc, argv, "", long_options, NULL);

        if (id < 0)
            break;
        if (!read_option(id, optarg, options, error)) {
            if (error->len == 0)
                mock_text_printf(error, "cannot understand '%s'; try --help", argv[optind - 1]);
            return false;
        }
    }
    if (optind < argc) {
        mock_text_printf(error, "unexpected argument '%s'", argv[optind]);
        return false;
    }
    return true;
}

/* The script of the file, then the rate limit, which yields to every scripted fault. */
static bool add_faults(const struct mock_options *options, struct mock *mock,
                       struct mock_text *error)
{
    struct mock_text script = {0};
    bool ok = true;

    if (options->faults && !mock_text_read_file(&script, options->faults)) {
        mock_text_printf(error, "cannot read '%s'", options->faults);
        ok = false;
    }
    if (options->rate_per_minute > 0) {
        mock_text_printf(&script, "\n{\"do\":\"token_bucket\",\"per_minute\":%u}",
                         options->rate_per_minute);
    }
    if (script.len > 0)
        ok = ok && mock_set_faults(mock, script.data, script.len, error);
    mock_text_release(&script);
    return ok;
}

struct mock *mock_options_build(const struct mock_options *options, struct mock_text *error)
{
    struct mock *mock = mock_new(&options->config);
    bool ok = true;

    for (size_t i = 0; ok && i < options->fixture_count; i++)
        ok = mock_load_path(mock, options->fixtures[i], error);
    if (!ok || !add_faults(options, mock, error)) {
        mock_free(mock);
        return NULL;
    }
    return mock;
}
