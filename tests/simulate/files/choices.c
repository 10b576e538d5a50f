#include "simulate/files/choices.h"

#include "fakes/fake_fsio.h"
#include "simulate/export_file.h"
#include "simulate/files/folder.h"
#include "simulate/rng.h"
#include "simulate/script.h"

#include <string.h>

enum { WITH_FILES_PERCENT = 35, WITH_ARCHIVES_PERCENT = 30 };

static void draw_choices(struct rng *rng, struct step *step)
{
    const unsigned trouble =
        (unsigned)(TROUBLE_FILES + rng_below(rng, TROUBLE_NEWER - TROUBLE_FILES));

    step->choices = (struct choices){
        .saves = rng_percent(rng, 50)   ? SAVES_IMAGES
                 : rng_percent(rng, 85) ? SAVES_ALL
                                        : SAVES_NONE,
        .uses_folder = rng_percent(rng, 80),
        .uses_map = rng_percent(rng, 80),
        .asks_nobody = rng_percent(rng, 15),
        .retries = rng_percent(rng, 15),
        .has_archive = rng_percent(rng, 60),
    };
    if (rng_percent(rng, step->trouble ? 50 : 15) && !step->rehearsed)
        step->trouble = trouble;
}

/* At the end everything is saved, and found. */
static const struct choices LAST = {.saves = SAVES_ALL, .uses_folder = true, .uses_map = true};

static void begin_with_export(struct script *script)
{
    script->steps[0].deed = DEED_EXPORT;
    script->steps[0].all = false;
    script->steps[0].rehearsed = false;
}

static struct step plain_step(const struct script *script, size_t number, enum deed deed)
{
    return (struct step){.deed = deed,
                         .threads = (1U << script->threads) - 1,
                         .nth = 1,
                         .at = 1,
                         .count = 1,
                         .seed = script->steps[number].seed,
                         .choices = LAST};
}

/* Some do as the manual says: save all, migrate, prune; what prune is given is drawn. */
static void begin_by_the_book(struct script *script)
{
    static const enum deed DEEDS_THEN[] = {DEED_EXPORT, DEED_MIGRATE, DEED_PRUNE};

    for (size_t i = 0; i < 3 && i + script->rest < script->count; i++)
        script->steps[i] = plain_step(script, i, DEEDS_THEN[i]);
}

/* And some save nothing, and ask a destination that cannot tell: several threads at once. */
static void begin_in_vain(struct script *script)
{
    script->steps[0] = plain_step(script, 0, DEED_MIGRATE);
    script->steps[0].choices = (struct choices){.saves = SAVES_NONE};
    for (unsigned i = (unsigned)TROUBLE_FILES; i < TROUBLE_COUNT; i++) {
        if (strcmp(TROUBLES[i].name, "objects fail") == 0)
            script->steps[0].trouble = i;
    }
}

static void draw_harms(struct script *script)
{
    struct rng rng;

    rng_seed(&rng, script->seed ^ UINT64_C(0x6861726d));
    if (rng_percent(&rng, 15))
        begin_by_the_book(script);
    else if (rng_percent(&rng, 15))
        begin_in_vain(script);
    for (size_t i = 0; i + script->rest < script->count; i++) {
        const enum saved_harm harm = (enum saved_harm)rng_below(&rng, SAVED_HARMS);

        if (!rng_percent(&rng, 50) || script->steps[i].deed != DEED_PRUNE)
            continue;
        script->steps[i].choices.has_archive = true;
        script->steps[i].choices.harms = harm;
    }
}

static void draw_files(struct script *script)
{
    const struct step save = {.deed = DEED_EXPORT,
                              .threads = (1U << script->threads) - 1,
                              .wait_ms = 120000,
                              .choices = LAST};
    struct rng rng;

    rng_seed(&rng, script->seed ^ UINT64_C(0x66696c6573));
    if (!rng_percent(&rng, WITH_FILES_PERCENT))
        return;
    script->files = 1 + (rng_next(&rng) >> 1);
    script->checks_file_ids = rng_percent(&rng, 70);
    for (size_t i = 0; i < script->count; i++)
        draw_choices(&rng, &script->steps[i]);
    if (rng_percent(&rng, 50))
        begin_with_export(script);
    draw_harms(script);
    for (size_t i = script->count - script->rest; i < script->count; i++) {
        script->steps[i].choices = LAST;
        script->steps[i].trouble = 0;
    }
    memmove(&script->steps[script->count - script->rest + 1],
            &script->steps[script->count - script->rest], script->rest * sizeof(struct step));
    script->steps[script->count - script->rest] = save;
    script->count++;
    script->rest++;
}

static void draw_archives(struct script *script)
{
    struct rng rng;

    rng_seed(&rng, script->seed ^ UINT64_C(0x6172636869766573));
    if (!rng_percent(&rng, WITH_ARCHIVES_PERCENT))
        return;
    script->has_archives = true;
    if (rng_percent(&rng, 40))
        begin_with_export(script);
    for (size_t i = 0; i < script->count - script->rest; i++) {
        struct step *step = &script->steps[i];
        const enum choice_source source = (enum choice_source)(1 + rng_below(&rng, SOURCES - 1));
        const enum form_harm harm = (enum form_harm)rng_below(&rng, HARMS);
        const unsigned harmed = (unsigned)rng_below(&rng, script->threads);

        if (!rng_percent(&rng, 60) || !deed_reads_threads(step->deed))
            continue;
        step->choices.source = source;
        step->choices.harm = source == SOURCE_EXPORT || rng_percent(&rng, 40) ? HARM_NONE : harm;
        step->choices.harmed = harmed;
    }
    for (size_t i = 0; i < script->count - script->rest; i++) {
        struct choices *choices = &script->steps[i].choices;

        choices->excludes = rng_percent(&rng, 30) && choices->source > SOURCE_EXPORT;
    }
}

void choices_draw(struct script *script)
{
    draw_files(script);
    draw_archives(script);
}

static bool decides(enum deed deed)
{
    return deed == DEED_MIGRATE || deed == DEED_TOP_UP || deed == DEED_DRY_RUN ||
           deed == DEED_DIFF || deed == DEED_VERIFY || deed == DEED_PRUNE;
}

void choices_words(const struct script *script, const struct step *step,
                   const char *words[CHOICES_WORDS])
{
    static const char *const SAVES[SAVES_WAYS] = {
        [SAVES_IMAGES] = "--files=images",
        [SAVES_ALL] = "--files=all",
        [SAVES_NONE] = "--files=none",
    };
    const struct choices *choices = &step->choices;
    const bool is_migration = step->deed == DEED_MIGRATE || step->deed == DEED_TOP_UP;
    size_t count = 0;

    if (script->files != 0 && step->deed == DEED_EXPORT)
        words[count++] = SAVES[choices->saves];
    if (script->files != 0 && decides(step->deed)) {
        words[count++] = "--files-max-bytes=2048";
        if (choices->uses_folder && fake_fsio_content_of(FOLDER_LIST).data)
            words[count++] = "--files-path=" FOLDER_PATH;
        if (choices->uses_map && fake_fsio_content_of(CHOICES_MAP).data)
            words[count++] = "--files-map=" CHOICES_MAP;
        if (choices->asks_nobody)
            words[count++] = "--no-files-ask";
        if (choices->retries && is_migration)
            words[count++] = "--retry-files";
        if (choices->has_archive && step->deed == DEED_PRUNE &&
            fake_fsio_content_of(EXPORT_FILE).data)
            words[count++] = "--archive=" EXPORT_FILE;
    }
    words[count] = NULL;
}

void choices_tell(const struct script *script, const struct step *step, struct buf *out)
{
    const char *words[CHOICES_WORDS];

    static const char *const SOURCE_NAMES[SOURCES] = {
        [SOURCE_LIVE] = "live",       [SOURCE_EXPORT] = "the export", [SOURCE_PAGES] = "pages",
        [SOURCE_THREADS] = "threads", [SOURCE_LINES] = "lines",
    };
    static const char *const HARM_NAMES[HARMS] = {
        [HARM_NONE] = "",
        [HARM_NULL] = " with a null",
        [HARM_COPY] = " with a copy",
        [HARM_STRANGE] = " with a stranger",
    };

    if (step->choices.source != SOURCE_LIVE)
        buf_printf(out, ", from %s%s", SOURCE_NAMES[step->choices.source],
                   HARM_NAMES[step->choices.harm]);
    if (step->choices.excludes)
        buf_add_text(out, " in a folder");
    if (step->choices.harms != SAVED_WHOLE)
        buf_printf(out, ", with other %s saved",
                   step->choices.harms == SAVED_OTHER_TEXTS ? "texts" : "bytes");
    choices_words(script, step, words);
    for (size_t i = 0; words[i]; i++)
        buf_printf(out, "%s%s", i == 0 ? ", " : " ", words[i]);
}
