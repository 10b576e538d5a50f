#include "simulate/files/harm.h"

#include "fakes/fake_fsio.h"
#include "simulate/export_file.h"
#include "simulate/files/folder.h"

#include <stdio.h>
#include <string.h>

/* Where the contents of a file are saved; NULL: nowhere. */
static const char *path_of(const struct made_file *file)
{
    char begins[HARM_PATH_SIZE];
    const int len =
        snprintf(begins, sizeof begins, FOLDER_PATH "/%.2s/%s", file->sha256, file->sha256);

    for (size_t i = 0; i < fake_fsio_files(); i++) {
        if (strncmp(fake_fsio_path(i), begins, (size_t)len) == 0)
            return fake_fsio_path(i);
    }
    return NULL;
}

/* One that is saved and has bytes. */
static void choose_file(struct harm *harm, uint64_t seed)
{
    for (size_t i = 0; i < made_count(); i++) {
        const struct made_file *file = made_at((size_t)((seed + i) % made_count()));
        const char *path = path_of(file);

        if (!path || file->len == 0)
            continue;
        (void)snprintf(harm->path, sizeof harm->path, "%s", path);
        harm->sha256 = file->sha256;
        return;
    }
}

void harm_texts(struct buf *text)
{
    static const char BEFORE[] = "\"value\":\"";
    size_t from = 0;

    while (from < text->len) {
        const char *at = memmem(text->data + from, text->len - from, BEFORE, sizeof BEFORE - 1);

        if (!at)
            return;
        from = (size_t)(at - text->data) + sizeof BEFORE - 1;
        text->data[from] = 'X';
    }
}

void harm_begin(struct harm *harm, const struct step *step)
{
    struct buf text;

    *harm = (struct harm){.sha256 = ""};
    buf_init(&harm->was, BUF_NO_LIMIT);
    buf_init(&text, BUF_NO_LIMIT);
    if (step->choices.harms == SAVED_OTHER_BYTES)
        choose_file(harm, step->seed);
    else if (step->choices.harms == SAVED_OTHER_TEXTS && fake_fsio_content_of(EXPORT_FILE).data)
        (void)snprintf(harm->path, sizeof harm->path, "%s", EXPORT_FILE);
    if (harm->path[0] == '\0')
        return;
    buf_add_span(&harm->was, fake_fsio_content_of(harm->path));
    buf_add_span(&text, buf_span(&harm->was));
    if (step->choices.harms == SAVED_OTHER_TEXTS)
        harm_texts(&text);
    else
        text.data[text.len - 1] ^= 1;
    fake_fsio_replace(harm->path, buf_span(&text));
    buf_release(&text);
}

void harm_end(struct harm *harm)
{
    if (harm->path[0] != '\0')
        fake_fsio_replace(harm->path, buf_span(&harm->was));
    buf_release(&harm->was);
}
