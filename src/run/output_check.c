#include "run/output_check.h"

#include "settings/config.h"
#include "settings/options.h"

#include <string.h>
#include <sys/stat.h>

/* A file of the job and what it is for people. */
struct treasure {
    const char *path; /* or NULL */
    const char *what;
};

static bool is_same(const char *a, const char *b)
{
    struct stat first;
    struct stat second;

    if (strcmp(a, b) == 0)
        return true;
    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

static bool spares(const char *option, const char *path, const struct config *config,
                   struct error *err)
{
    const struct treasure treasures[] = {
        {config->checkpoint, "the checkpoint"},
        {config_file(config), "the configuration"},
        {config->threads.file, "the list of threads"},
        {config->source.path, "the source"},
        {config->source.api_key_file, "the source's key"},
        {config->destination.api_key_file, "the destination's key"},
    };

    for (size_t i = 0; path && i < sizeof treasures / sizeof treasures[0]; i++) {
        if (!treasures[i].path || !is_same(path, treasures[i].path))
            continue;
        error_set(err, ERROR_USAGE, "%s: '%s' is %s of this job, which is not overwritten", option,
                  path, treasures[i].what);
        return false;
    }
    return true;
}

bool output_check(const struct invocation *invocation, struct error *err)
{
    const struct options *options = invocation->options;
    const struct config *config = invocation->config;

    return spares("-o", options->output, config, err) &&
           spares("--report", options->report, config, err) &&
           spares("--log-file", options->log_file, config, err);
}
