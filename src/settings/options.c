#include "settings/options.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "settings/command.h"
#include "settings/keys.h"
#include "settings/option_table.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 64, NOT_FOUND = -1, HINTED_LEAST = 3, HINTED_MOST = 6 };

/* What is known while the words go by. */
struct word_scan {
    struct options *options;
    struct error *err;
    char **argv;
    int argc;
    int next;        /* the word after the current one */
    bool *rows_seen; /* of OPTION_ROWS */
    bool only_words; /* behind -- */
    bool has_command;
};

static void *member(struct options *options, const struct option_row *row)
{
    return (char *)options + row->offset;
}

/* "option '--x' needs a value": text around a name that somebody typed. */
static bool fail(struct word_scan *scan, const char *before, struct span name, const char *after)
{
    char shown[SHOWN_MAX];

    text_visible(shown, sizeof shown, name);
    error_set(scan->err, ERROR_USAGE, "%s%s%s", before, shown, after);
    return false;
}

/* Long names: of options, keys and the members of maps. */
struct names {
    struct arena arena;
    const char **all;
    size_t count;
};

static void add_name(struct names *names, const char *name)
{
    names->all = mem_resize(names->all, names->count + 1, sizeof *names->all);
    names->all[names->count++] = arena_dup(&names->arena, name, strlen(name));
}

/* Those that the command takes; NULL: all. */
static void add_names(struct names *names, const struct command *command)
{
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        if (!command || option_belongs(&OPTION_ROWS[i], command))
            add_name(names, OPTION_ROWS[i].name);
    }
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        if (command && !command_takes_key(command, &key))
            continue;
        add_name(names, key_flag(&key).text);
        if (key.alias)
            add_name(names, key.alias);
        for (size_t k = 0; key.members && key.members[k]; k++)
            add_name(names, key_member_flag(&key, key.members[k]).text);
    }
}

/* True where a part of the name begins with the word: "dry" and "run" of "dry-run". */
static bool has_part(const char *name, const char *word)
{
    const size_t len = strlen(word);

    for (const char *at = name; at; at = strchr(at, '-')) {
        at += *at == '-';
        if (strncmp(at, word, len) == 0)
            return true;
    }
    return false;
}

/* Those that the word is a piece of: "--base-url" of two. False where there are none. */
static bool add_longer_names(struct buf *hint, const char *word, const struct names *names)
{
    size_t found = 0;

    for (size_t i = 0; i < names->count && strlen(word) >= HINTED_LEAST; i++) {
        if (!has_part(names->all[i], word))
            continue;
        if (found < HINTED_MOST)
            buf_printf(hint, "%s'--%s'", found > 0 ? ", " : "did you mean ", names->all[i]);
        found++;
    }
    if (found > 0)
        buf_add_text(hint, found > HINTED_MOST ? ", …?" : "?");
    return found > 0;
}

/* What may be meant among the names that the command takes; NULL: all. False: nothing. */
static bool add_guess(struct buf *hint, const char *word, const struct command *command)
{
    struct names names = {.count = 0};
    const char *nearest = NULL;
    bool found;

    arena_init(&names.arena);
    add_names(&names, command);
    found = add_longer_names(hint, word, &names);
    if (!found)
        nearest = text_nearest(word, names.all, names.count);
    if (nearest)
        buf_printf(hint, "did you mean '--%s'?", nearest);
    free(names.all);
    arena_release(&names.arena);
    return found || nearest;
}

static bool fail_unknown(struct word_scan *scan, struct span name)
{
    const struct command *command = scan->options->command;
    const char *meant = option_meant(name);
    char shown[SHOWN_MAX];
    struct buf hint;

    text_visible(shown, sizeof shown, name);
    buf_init(&hint, BUF_NO_LIMIT);
    if (meant)
        buf_add_text(&hint, meant);
    else if (!add_guess(&hint, shown, command) && (!command || !add_guess(&hint, shown, NULL)))
        buf_printf(&hint, "see 'threadferry%s%s --help'", command ? " " : "",
                   command ? command->name : "");
    error_set(scan->err, ERROR_USAGE, "unknown option '--%s'\nhint: %s", shown, hint.data);
    buf_release(&hint);
    return false;
}

static int find_row(struct span name)
{
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        if (span_is(name, OPTION_ROWS[i].name))
            return (int)i;
    }
    return NOT_FOUND;
}

static int find_letter(char letter)
{
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        if (OPTION_ROWS[i].letter == letter)
            return (int)i;
    }
    return NOT_FOUND;
}

static bool has_value(const struct option_row *row)
{
    return row->kind != OPTION_SWITCH && row->kind != OPTION_COUNT;
}

static bool set_choice(struct word_scan *scan, const struct option_row *row, const char *value)
{
    char list[SHOWN_MAX];
    char shown[SHOWN_MAX];

    for (int i = 0; row->choices[i]; i++) {
        if (strcmp(row->choices[i], value) != 0)
            continue;
        if (row->kind == OPTION_EITHER)
            *(bool *)member(scan->options, row) = i == 1;
        else
            *(int *)member(scan->options, row) = i;
        return true;
    }
    text_visible(shown, sizeof shown, span_of(value));
    error_set(scan->err, ERROR_USAGE, "--%s: '%s' is not one of %s", row->name, shown,
              option_value_text(row, NULL, list, sizeof list));
    return false;
}

static void add_text(struct option_texts *texts, const char *value)
{
    texts->all = mem_resize(texts->all, texts->count + 1, sizeof *texts->all);
    texts->all[texts->count++] = value;
}

/* value is NULL for switches. */
static bool set_row(struct word_scan *scan, int number, const char *value)
{
    const struct option_row *row = &OPTION_ROWS[number];

    scan->rows_seen[number] = true;
    switch (row->kind) {
    case OPTION_SWITCH:
        *(bool *)member(scan->options, row) = true;
        return true;
    case OPTION_COUNT:
        *(int *)member(scan->options, row) += 1;
        return true;
    case OPTION_TEXT:
    case OPTION_FORMAT:
        *(const char **)member(scan->options, row) = value;
        return true;
    case OPTION_TEXTS:
        add_text((struct option_texts *)member(scan->options, row), value);
        return true;
    case OPTION_CHOICE:
    case OPTION_EITHER:
        return set_choice(scan, row, value);
    }
    return false;
}

static void set_key(struct options *options, int place, struct span member, const char *value)
{
    options->flags = mem_resize(options->flags, options->flag_count + 1, sizeof *options->flags);
    options->flags[options->flag_count++] =
        (struct config_flag){.key = (size_t)place, .member = member, .value = value};
}

/* The value after '=', or the next word; false with the error if an option has none but needs one,
 * or has one and takes none. */
static bool take_value(struct word_scan *scan, struct span name, bool is_wanted, const char **value)
{
    if (!is_wanted && *value)
        return fail(scan, "option '--", name, "' takes no value");
    if (is_wanted && !*value && scan->next < scan->argc)
        *value = scan->argv[scan->next++];
    return !is_wanted || *value || fail(scan, "option '--", name, "' needs a value");
}

static bool fail_map(struct word_scan *scan, const struct key *key)
{
    const char *first = key->members ? key->members[0] : "WORD";

    error_set(scan->err, ERROR_USAGE,
              "option '--%s' has members, each with a flag of its own\nhint: --%s %s",
              key_flag(key).text, key_member_flag(key, first).text, key->value_name);
    return false;
}

/* --no-all, --no-mapping-provenance: only booleans have it. */
static int find_negated(struct span name)
{
    static const char NO[] = "no-";
    struct span rest = name;
    int place;

    if (!span_starts_with(name, NO))
        return KEY_NONE;
    rest.data += strlen(NO);
    rest.len -= strlen(NO);
    place = key_find_flag(rest);
    return place != KEY_NONE && key_at((size_t)place).kind == KEY_BOOLEAN ? place : KEY_NONE;
}

/* An option, a key, a member of a map (--source-fields-thread KEY), or --no- and a key. */
static bool parse_long(struct word_scan *scan, const char *word)
{
    const char *equals = strchr(word, '=');
    const char *value = equals ? equals + 1 : NULL;
    const struct span name = {word, equals ? (size_t)(equals - word) : strlen(word)};
    const int row = find_row(name);
    struct span member = {NULL, 0};
    int place = key_find_flag(name);
    const char *fixed = "true"; /* what a key is set to that takes no value */
    bool is_wanted = row != NOT_FOUND && has_value(&OPTION_ROWS[row]);

    if (row != NOT_FOUND)
        return take_value(scan, name, is_wanted, &value) && set_row(scan, row, value);
    if (place != KEY_NONE) {
        const struct key key = key_at((size_t)place);

        if (key.kind == KEY_MAP)
            return fail_map(scan, &key);
        is_wanted = key.kind != KEY_BOOLEAN;
    } else {
        place = key_find_member(name, &member);
        is_wanted = place != KEY_NONE;
    }
    if (place == KEY_NONE) {
        place = find_negated(name);
        fixed = "false";
    }
    if (place == KEY_NONE)
        return fail_unknown(scan, name);
    if (!take_value(scan, name, is_wanted, &value))
        return false;
    set_key(scan->options, place, member, is_wanted ? value : fixed);
    return true;
}

/* -nq, -c FILE, -cFILE. */
static bool parse_short(struct word_scan *scan, const char *letters)
{
    for (const char *letter = letters; *letter != '\0'; letter++) {
        const struct span name = {letter, 1};
        const int row = find_letter(*letter);
        const char *value;

        if (row == NOT_FOUND)
            return fail(scan, "unknown option '-", name, "'\nhint: see 'threadferry --help'");
        if (!has_value(&OPTION_ROWS[row])) {
            if (!set_row(scan, row, NULL))
                return false;
            if (*letter == 'h')
                scan->options->short_help = true;
            continue;
        }
        value = letter[1] != '\0' ? letter + 1 : NULL;
        if (!value && scan->next < scan->argc)
            value = scan->argv[scan->next++];
        return value ? set_row(scan, row, value) : fail(scan, "option '-", name, "' needs a value");
    }
    return true;
}

static bool parse_word(struct word_scan *scan, char **word)
{
    struct options *options = scan->options;
    const char *nearest;
    const char *meant;
    char shown[SHOWN_MAX];

    if (scan->has_command) {
        options->words[options->word_count++] = *word;
        return true;
    }
    /* "help migrate" is "migrate --help" and "version" is "--version", as elsewhere. */
    if (strcmp(*word, "help") == 0 && !options->help) {
        options->help = true;
        return true;
    }
    if (strcmp(*word, "version") == 0) {
        options->version = true;
        return true;
    }
    scan->has_command = true;
    options->command = command_find(*word);
    if (options->command)
        return true;
    text_visible(shown, sizeof shown, span_of(*word));
    meant = command_meant(*word);
    nearest = meant ? NULL : command_nearest(*word);
    error_set(scan->err, ERROR_USAGE, "unknown command '%s'\nhint: %s%s%s", shown,
              nearest ? "did you mean '"
              : meant ? meant
                      : "see 'threadferry --help'",
              nearest ? nearest : "", nearest ? "'?" : "");
    return false;
}

static bool parse_all(struct word_scan *scan)
{
    while (scan->next < scan->argc) {
        char **word = &scan->argv[scan->next++];
        bool ok = true;

        if (scan->only_words || (*word)[0] != '-' || strcmp(*word, "-") == 0)
            ok = parse_word(scan, word);
        else if (strcmp(*word, "--") == 0)
            scan->only_words = true;
        else if ((*word)[1] == '-')
            ok = parse_long(scan, *word + 2);
        else
            ok = parse_short(scan, *word + 1);
        if (!ok)
            return false;
    }
    return true;
}

/* True where the word is one of "text|jsonl|html". */
static bool is_among(const char *formats, const char *word)
{
    const size_t len = strcspn(word, "|");

    if (word[len] != '\0')
        return false;
    for (const char *at = formats; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (len > 0 && strncmp(at, word, len) == 0 && (at[len] == '|' || at[len] == '\0'))
            return true;
    }
    return false;
}

static bool check_format(struct word_scan *scan)
{
    struct options *options = scan->options;
    char shown[SHOWN_MAX];

    /* The lines of a run that writes end with its document. */
    options->lines =
        (options->command->flags & COMMAND_WRITES) && strcmp(options->format, "jsonl") == 0;
    options->json = options->json || options->lines;

    text_visible(shown, sizeof shown, span_of(options->format));
    if (!is_among(options->command->formats, options->format))
        error_set(scan->err, ERROR_USAGE, "--format: '%s' is not one of %s", shown,
                  options->command->formats);
    else if (options->json && strcmp(options->format, "jsonl") != 0)
        error_set(scan->err, ERROR_USAGE, "--json is --format jsonl: it cannot be %s too", shown);
    else
        return true;
    return false;
}

/* Names the commands that take it. */
static bool fail_foreign(struct word_scan *scan, const struct option_row *row)
{
    const struct command *command = scan->options->command;
    const char *before = "\nhint: it belongs to ";
    struct buf takers;

    buf_init(&takers, BUF_NO_LIMIT);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (!option_belongs(row, &COMMANDS[i]))
            continue;
        buf_printf(&takers, "%s%s", before, COMMANDS[i].name);
        before = ", ";
    }
    error_set(scan->err, ERROR_USAGE, "option '--%s' does not belong to '%s'%s", row->name,
              command ? command->name : "threadferry", takers.data);
    buf_release(&takers);
    return false;
}

static bool check_belonging(struct word_scan *scan)
{
    const struct options *options = scan->options;
    const struct command *command = options->command;
    const char *name = command ? command->name : "threadferry";

    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        if (scan->rows_seen[i] && !option_belongs(&OPTION_ROWS[i], command))
            return fail_foreign(scan, &OPTION_ROWS[i]);
    }
    for (size_t i = 0; i < options->flag_count; i++) {
        const struct key key = key_at(options->flags[i].key);

        if (!command_takes_key(command, &key)) {
            error_set(scan->err, ERROR_USAGE, "option '--%s' does not belong to '%s'",
                      key.alias ? key.alias : key_flag(&key).text, name);
            return false;
        }
    }
    if (!command)
        return true;
    if (options->word_count > 0 && !command->words)
        return fail(scan, "unexpected word '", span_of(options->words[0]),
                    "': this command takes none");
    return !command->formats || !options->format || check_format(scan);
}

/* Whoever may list processes sees it there, whatever becomes of the run. It is not repeated. */
static bool check_keys(int argc, char **argv, struct error *err)
{
    for (int i = 1; i < argc; i++) {
        const char *equals = argv[i][0] == '-' ? strchr(argv[i], '=') : NULL;

        if (!text_is_key(span_of(equals ? equals + 1 : argv[i])))
            continue;
        error_set(err, ERROR_USAGE,
                  "word %d of the command line looks like an API key, which others can read there\n"
                  "hint: revoke that key; a key comes from api_key_env (the name of a variable), "
                  "api_key_file or api_key_command",
                  i);
        return false;
    }
    return true;
}

bool options_parse(struct options *options, int argc, char **argv, struct error *err)
{
    struct word_scan scan = {
        .options = options, .err = err, .argc = argc, .argv = argv, .next = argc > 0 ? 1 : 0};
    bool ok;

    *options = (struct options){.argc = argc, .argv = argv};
    options->words = mem_zalloc((size_t)argc + 1, sizeof *options->words);
    scan.rows_seen = mem_zalloc(OPTION_ROW_COUNT, sizeof *scan.rows_seen);
    ok = check_keys(argc, argv, err) && parse_all(&scan);
    /* Asking for help beats what is wrong with the rest. */
    if (ok && !options->help && !options->version)
        ok = check_belonging(&scan);
    /* Who asked for a document gets one also where the rest is not understood. */
    while (!ok && scan.next < argc && strcmp(argv[scan.next], "--") != 0)
        options->json = strcmp(argv[scan.next++], "--json") == 0 || options->json;
    free(scan.rows_seen);
    return ok;
}

void options_release(struct options *options)
{
    free(options->words);
    free(options->flags);
    for (size_t i = 0; i < OPTION_ROW_COUNT; i++) {
        if (OPTION_ROWS[i].kind == OPTION_TEXTS)
            free(((struct option_texts *)member(options, &OPTION_ROWS[i]))->all);
    }
    *options = (struct options){0};
}
