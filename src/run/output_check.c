#include "run/output_check.h"

#include "base/mem.h"
#include "settings/config.h"
#include "settings/options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char LOG_FILE[] = "--log-file";

/* A file of the job and what it is for people. */
struct treasure {
    const char *path; /* or NULL */
    const char *what;
};

/* The last part of a path, and the directory before it. New. */
static char *cut_name(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash ? slash + 1 : path;
    return slash ? mem_dup(path, (size_t)(slash - path) + 1) : mem_strdup(".");
}

static bool is_one_place(const char *a, const char *b)
{
    struct stat first;
    struct stat second;

    return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* Under whatever names, and also where neither is there yet. */
static bool is_same(const char *a, const char *b)
{
    const char *name_a;
    const char *name_b;
    char *directory_a;
    char *directory_b;
    bool same;

    if (strcmp(a, b) == 0 || is_one_place(a, b))
        return true;
    directory_a = cut_name(a, &name_a);
    directory_b = cut_name(b, &name_b);
    same = strcmp(name_a, name_b) == 0 && is_one_place(directory_a, directory_b);
    free(directory_a);
    free(directory_b);
    return same;
}

enum { FOLDERS_MAX = 256 };

/* By going up from where the file is, or will be. */
static bool is_below(const char *path, const char *folder)
{
    const char *name;
    char *at = cut_name(path, &name);
    bool is_found = false;

    for (int i = 0; i < FOLDERS_MAX && !is_found; i++) {
        char *up = mem_printf("%s/..", at);
        bool is_top = is_one_place(at, up);

        is_found = is_one_place(at, folder);
        free(at);
        at = up;
        if (is_top)
            break;
    }
    free(at);
    return is_found;
}

/* Does the file hold what is read from the folder? A page for a browser does not. */
static bool is_of_folder(const char *path, const struct side_config *source)
{
    const size_t len = strlen(path);
    struct stat status;

    return source->path && !(source->exclude && source->exclude[0]) && stat(path, &status) == 0 &&
           S_ISREG(status.st_mode) && status.st_size > 0 &&
           !(len > 5 && strcmp(path + len - 5, ".html") == 0) && is_below(path, source->path);
}

static bool spares(const char *option, const char *path, const struct invocation *invocation,
                   struct error *err)
{
    const struct config *config = invocation->config;
    const struct option_texts *force = &invocation->options->force;
    const char *what = NULL;
    const struct treasure treasures[] = {
        {config->checkpoint, "the checkpoint"},
        {config_file(config), "the configuration"},
        {config->threads.file, "the list of threads"},
        {config->source.path, "the source"},
        {config->source.api_key_file, "the source's key"},
        {config->destination.api_key_file, "the destination's key"},
        {config->source.ca_file, "the source's ca_file"},
        {config->destination.ca_file, "the destination's ca_file"},
        {config->files.map, "the files.map"},
        {invocation->options->archive, "the archive"},
    };

    if (!path)
        return true;
    for (size_t i = 0; i < COUNT_OF(treasures); i++) {
        if (treasures[i].path && is_same(path, treasures[i].path))
            what = treasures[i].what;
    }
    for (size_t i = 0; i < force->count; i++) {
        if (force->all[i][0] == '@' && is_same(path, force->all[i] + 1))
            what = "the list of --force";
    }
    if (!what && strcmp(option, LOG_FILE) != 0 && is_of_folder(path, &config->source))
        what = "in the source folder";
    if (!what)
        return true;
    error_set(err, ERROR_USAGE, "%s: '%s' is %s of this job, which is not overwritten", option,
              path, what);
    return false;
}

/* Two outputs in one file would spoil each other. */
static bool differ(const char *option, const char *path, const char *other_option,
                   const char *other, struct error *err)
{
    if (!path || !other || !is_same(path, other))
        return true;
    error_set(err, ERROR_USAGE, "%s: '%s' is the file of %s as well", option, path, other_option);
    return false;
}

bool output_check(const struct invocation *invocation, struct error *err)
{
    const struct options *options = invocation->options;

    return spares("-o", options->output, invocation, err) &&
           spares("--report", options->report, invocation, err) &&
           spares(LOG_FILE, options->log_file, invocation, err) &&
           differ(LOG_FILE, options->log_file, "-o", options->output, err) &&
           differ(LOG_FILE, options->log_file, "--report", options->report, err);
}

bool output_check_folder(const struct invocation *invocation, struct error *err)
{
    const char *path = invocation->options->output;
    const struct side_config *source = &invocation->config->source;

    if (!path || !source->path || (source->exclude && source->exclude[0]) ||
        !is_below(path, source->path))
        return true;
    error_set(err, ERROR_USAGE,
              "-o: '%s' is in the source '%s' and would be read with it the next time\n"
              "hint: -o FILE outside of it, or keep it out with source.exclude",
              path, source->path);
    return false;
}
