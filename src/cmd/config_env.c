#include "cmd/config_read.h"

#include <string.h>

const char *config_variable(char *const *environment, const char *name)
{
    const size_t len = strlen(name);

    for (size_t i = 0; environment && environment[i]; i++) {
        if (strncmp(environment[i], name, len) == 0 && environment[i][len] == '=')
            return environment[i] + len + 1;
    }
    return NULL;
}

bool config_read_environment(struct config *config, char *const *environment, struct error *err)
{
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
        config->origins->keys[i].kind = ORIGIN_VARIABLE;
    }
    return true;
}

bool config_read_flags(struct config *config, const struct config_flag *flags, size_t count,
                       struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const struct key key = key_at(flags[i].key);

        if (!config_value_set(config, &key, span_of(flags[i].value), err)) {
            error_wrap(err, "--%s", key_flag(&key).text);
            return false;
        }
        config->origins->keys[flags[i].key].kind = ORIGIN_FLAG;
    }
    return true;
}
