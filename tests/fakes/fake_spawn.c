#include "fakes/fake_spawn.h"

#include "os/spawn.h"

#include <stdio.h>
#include <string.h>

static struct {
    const char *const *outputs;
    int count;
    int runs;
    char program[256];
    char variables[8192]; /* "\nNAME=VALUE\n…" of the last run */
} fake;

void fake_spawn_reset(void)
{
    memset(&fake, 0, sizeof fake);
}

void fake_spawn_print(const char *const *outputs, int count)
{
    fake.outputs = outputs;
    fake.count = count;
}

int fake_spawn_runs(void)
{
    return fake.runs;
}

const char *fake_spawn_program(void)
{
    return fake.program;
}

bool fake_spawn_saw(const char *variable)
{
    char line[256];

    (void)snprintf(line, sizeof line, "\n%s=", variable);
    return strstr(fake.variables, line) != NULL;
}

static void remember(const struct spawn_options *options)
{
    size_t used = 0;

    (void)snprintf(fake.program, sizeof fake.program, "%s", options->argv[0]);
    fake.variables[0] = '\0';
    for (size_t i = 0; options->environment[i] && used < sizeof fake.variables; i++)
        used += (size_t)snprintf(fake.variables + used, sizeof fake.variables - used, "\n%s",
                                 options->environment[i]);
}

bool spawn_run(const struct spawn_options *options, char *out, size_t size, size_t *len,
               struct error *err)
{
    const int turn = fake.runs < fake.count ? fake.runs : fake.count - 1;
    const char *text = turn >= 0 ? fake.outputs[turn] : NULL;

    remember(options);
    fake.runs++;
    if (!text) {
        error_set(err, ERROR_AUTH, "'%s' failed with exit status 1", options->argv[0]);
        return false;
    }
    *len = strlen(text);
    if (*len > size)
        *len = size;
    memcpy(out, text, *len);
    return true;
}
