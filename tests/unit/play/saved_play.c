#include "unit/play/saved_play.h"

#include "base/mem.h"
#include "unit/play/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

void saved_play_init(struct saved_play *play)
{
    *play = (struct saved_play){.root = "/tmp/threadferry-saved-XXXXXX"};
    assert_non_null(mkdtemp(play->root));
    play->folder.path = play->root;
    play->files = (struct saved_files){.folders = &play->folder, .count = 1};
}

char *saved_play_path(const struct saved_play *play, const struct saved_file *file)
{
    char name[SAVED_NAME_SIZE];

    saved_name(file, name);
    return mem_printf("%s/%s", play->root, name);
}

void saved_play_spoil(const struct saved_play *play, const struct saved_file *file,
                      struct span bytes)
{
    char *path = saved_play_path(play, file);
    FILE *stream = fopen(path, "wb");

    assert_non_null(stream);
    assert_int_equal(fwrite(bytes.data, 1, bytes.len, stream), bytes.len);
    assert_int_equal(fclose(stream), 0);
    free(path);
}

struct saved_file saved_play_add(struct saved_play *play, struct span bytes)
{
    const struct saved_file file = {.state = SAVED_CONTENTS,
                                    .bytes = (int64_t)bytes.len,
                                    .sha256 = fingerprint_of(bytes),
                                    .magic = magic_named(span_of("png"))};
    char *path = saved_play_path(play, &file);

    *strrchr(path, '/') = '\0';
    (void)mkdir(path, 0700);
    free(path);
    saved_play_spoil(play, &file, bytes);
    return file;
}

void saved_play_release(struct saved_play *play)
{
    assert_int_equal(folder_remove(play->root), 0);
}
