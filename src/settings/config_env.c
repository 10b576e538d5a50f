#include "settings/config_read.h"

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 64 };

static const char PREFIX[] = "THREADFERRY_";
static const char FILE_VARIABLE[] = "CONFIG"; /* the one that is no key */

const char *config_variable(char *const *environment, const char *name)
{
    const size_t len = strlen(name);

    for (size_t i = 0; environment && environment[i]; i++) {
        if (strncmp(environment[i], name, len) == 0 && environment[i][len] == '=')
            return environment[i] + len + 1;
    }
    return NULL;
}

/* True where a word (without the prefix) is the variable of a key, or $THREADFERRY_CONFIG. */
static bool is_known(const char *word, const struct key_name *names)
{
    for (size_t i = 0; i < key_count(); i++) {
        if (strcmp(names[i].text + strlen(PREFIX), word) == 0)
            return true;
    }
    return strcmp(word, FILE_VARIABLE) == 0;
}

/* Other programs may have variables with our prefix, so an unknown one is no error; but where it
 * looks like one of ours misspelt, silence would be worse. */
static void warn_unknown(char *const *environment)
{
    struct key_name *names = mem_zalloc(key_count(), sizeof *names);
    const char **words = mem_zalloc(key_count() + 1, sizeof *words);

    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);

        names[i] = key_variable(&key);
        words[i] = names[i].text + strlen(PREFIX);
    }
    words[key_count()] = FILE_VARIABLE;
    for (size_t i = 0; environment && environment[i]; i++) {
        char word[SHOWN_MAX];
        const char *nearest;

        if (strncmp(environment[i], PREFIX, strlen(PREFIX)) != 0)
            continue;
        text_visible(word, sizeof word,
                     (struct span){environment[i] + strlen(PREFIX),
                                   strcspn(environment[i] + strlen(PREFIX), "=")});
        nearest = is_known(word, names) ? NULL : text_nearest(word, words, key_count() + 1);
        if (nearest)
            log_event(LOG_WARNING, "%s%s is not a setting; did you mean %s%s?", PREFIX, word,
                      PREFIX, nearest);
    }
    free(words);
    free(names);
}

static bool has_ours(char *const *environment)
{
    while (environment && *environment && strncmp(*environment, PREFIX, strlen(PREFIX)) != 0)
        environment++;
    return environment && *environment;
}

bool config_read_environment(struct config *config, char *const *environment, struct error *err)
{
    if (!has_ours(environment))
        return true;
    warn_unknown(environment);
    for (size_t i = 0; i < key_count(); i++) {
        const struct key key = key_at(i);
        const struct key_name name = key_variable(&key);
        const char *value = config_variable(environment, name.text);

        if (!value || *value == '\0')
            continue;
        if (!config_value_set(config, &key, span_of(value), err)) {
            error_wrap(err, "%s", name.text);
            return false;
        }
        config->origins->keys[i].kind = FROM_VARIABLE;
    }
    return true;
}

static bool set_flag(struct config *config, const struct key *key, const struct config_flag *flag,
                     struct error *err)
{
    const struct span value = span_of(flag->value);
    char member[SHOWN_MAX];

    if (!flag->member.data) {
        if (config_value_set(config, key, value, err))
            return true;
        error_wrap(err, "--%s", key_flag(key).text);
        return false;
    }
    if (config_value_set_member(config, key, flag->member, value, err))
        return true;
    text_visible(member, sizeof member, flag->member);
    error_wrap(err, "--%s-%s", key_flag(key).text, member);
    return false;
}

bool config_read_flags(struct config *config, const struct config_flag *flags, size_t count,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct key key = key_at(flags[i].key);

        if (!set_flag(config, &key, &flags[i], err))
            return false;
        config->origins->keys[flags[i].key].kind = FROM_FLAG;
    }
    return true;
}
