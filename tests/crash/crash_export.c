/*
 * export stopped at every operation on its file, resumed, and compared with
 * the undisturbed archive.
 */
#include "crash/world.h"

#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const FLAGS[] = {"--concurrency=2", "--source-page-size=10",
                                    "--output=/job.checkpoint", NULL};
static const int MESSAGES[] = {3, 0, 25, 1, -1};
static const struct world_plan PLAN = {
    .name = "export", .messages = MESSAGES, .command = "export", .flags = FLAGS};

static bool survives(const char *expected, enum world_cut cut, uint64_t number)
{
    char *archive;
    bool ok;

    world_begin(&PLAN);
    world_restart();
    world_cut_at(cut, number);
    (void)world_run(&PLAN);
    ok = world_has_died();
    world_restart();
    ok = ok && world_run(&PLAN) == 0;
    archive = world_archive();
    ok = ok && strcmp(archive, expected) == 0;
    if (!ok)
        printf("# cut %d at %llu:\n%s", (int)cut, (unsigned long long)number, archive);
    free(archive);
    world_end();
    return ok;
}

int main(void)
{
    uint64_t operations;
    uint64_t points = 0;
    char *expected;
    bool ok = true;

    json_start();
    world_begin(&PLAN);
    world_restart();
    ok = world_run(&PLAN) == 0;
    operations = world_operations(WORLD_DISK_BEFORE);
    expected = world_archive();
    ok = ok && strstr(expected, "\"messages\":25") != NULL;
    world_end();
    for (int cut = WORLD_DISK_BEFORE; ok && cut <= WORLD_DISK_AFTER; cut++) {
        for (uint64_t n = 1; ok && n <= operations; n++, points++)
            ok = survives(expected, (enum world_cut)cut, n);
    }
    free(expected);
    printf("%s crash_export.export\n# %llu stop points\n", ok ? "ok" : "not ok",
           (unsigned long long)points);
    return ok ? 0 : 1;
}
