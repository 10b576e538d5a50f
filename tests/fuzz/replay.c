/*
 * Stands in for libFuzzer where clang has none: gives the files named on the
 * command line (and those in folders named there) to the target, once each.
 * Options (-…) are ignored.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t size = 0;
    size_t got;

    if (!file)
        return 0;
    do {
        uint8_t *more = realloc(data, size + 65536);

        if (!more)
            break;
        data = more;
        got = fread(data + size, 1, 65536, file);
        size += got;
    } while (got > 0);
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 1;
}

static unsigned replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    const struct dirent *entry;
    unsigned count = 0;

    if (!folder)
        return 0;
    while ((entry = readdir(folder)) != NULL) {
        char name[4096];

        if (entry->d_name[0] == '.')
            continue;
        if (snprintf(name, sizeof name, "%s/%s", path, entry->d_name) < (int)sizeof name)
            count += replay_file(name);
    }
    (void)closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    unsigned count = 0;

    for (int i = 1; i < argc; i++) {
        struct stat status;

        if (argv[i][0] == '-' || stat(argv[i], &status) != 0)
            continue;
        count += S_ISDIR(status.st_mode) ? replay_folder(argv[i]) : replay_file(argv[i]);
    }
    printf("replayed %u inputs\n", count);
    return 0;
}
