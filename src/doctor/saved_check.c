#include "doctor/saved_check.h"

#include "base/text.h"
#include "files/saved_files.h"

/* Is it there, and as long as it was? Nobody waits until all of them have been read. */
static bool is_there(const struct saved_folder *folder, size_t place)
{
    const struct saved_found found = {.file = &folder->manifest.files[place], .folder = folder};
    struct error ignored;
    struct files_file *file;
    struct files_stamp stamp;
    bool ok;

    if (found.file->state != SAVED_CONTENTS)
        return true;
    file = saved_files_contents(&found, &ignored);
    ok = file && files_stamp(file, &stamp, &ignored) && stamp.size == found.file->bytes;
    files_close(file);
    return ok;
}

static void check_folder(struct findings *findings, const struct saved_folder *folder)
{
    static const char GO_ON[] = "run the 'threadferry export --files' line again that made it";
    const struct manifest *manifest = &folder->manifest;
    const size_t count = manifest->ids.count;
    int64_t lost = 0;

    for (size_t i = 0; i < count; i++)
        lost += !is_there(folder, i);
    if (lost > 0)
        findings_add(findings, FINDING_FAIL, "files", "put back the folder as export left it",
                     "%s of '%s' %s missing, or of another size than when saved",
                     text_count(lost, "file").text, folder->path, lost == 1 ? "is" : "are");
    else if (manifest->is_end_wrong)
        findings_add(findings, FINDING_WARN, "files", GO_ON,
                     "the end of the list in '%s' does not fit what is before it", folder->path);
    else if (manifest->covered < count || !manifest->has_end)
        findings_add(findings, FINDING_WARN, "files", GO_ON,
                     "the list in '%s' is not closed: files may be open", folder->path);
    else
        findings_add(findings, FINDING_OK, "files", NULL, "'%s': %s, nothing open", folder->path,
                     text_count((int64_t)count, "file").text);
}

void saved_check(struct findings *findings, const char *configured, const char *source)
{
    struct saved_files files;
    struct error err;

    if (saved_files_open(&files, configured, source, &err)) {
        for (size_t i = 0; i < files.count; i++)
            check_folder(findings, &files.folders[i]);
    } else {
        findings_add_error(findings, "files", "", &err, NULL);
    }
    saved_files_release(&files);
}
