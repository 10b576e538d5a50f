/*
 * Checking posted JSON against shapes (which keys, of which kind, how long),
 * with messages, params and codes as the Conversations API words them.
 */
#ifndef MOCK_CHECK_H
#define MOCK_CHECK_H

#include "mock/api/reply.h"

enum { MOCK_SHAPE_KEYS = 8, MOCK_PARAM_SIZE = 640 };

enum mock_key_kind {
    MOCK_KEY_ANY = 0,
    MOCK_KEY_STRING,
    MOCK_KEY_ARRAY,
    MOCK_KEY_OBJECT,
};

struct mock_key_rule {
    const char *name;
    enum mock_key_kind kind;
    bool required;
    size_t max_chars; /* of a string; 0: no limit */
};

/* An object with a "type". */
struct mock_shape {
    const char *type;
    const char *prefix; /* of ids, for items */
    struct mock_key_rule keys[MOCK_SHAPE_KEYS];
};

/* One walk through a posted value. `path` names the value under the eye. */
struct mock_check {
    struct mock_reply *reply;
    bool foundry;
    char path[96];
};

/* Each writes the error into the reply and returns false. */
bool mock_check_fail(const struct mock_check *check, const char *param, const char *code,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));
bool mock_check_wrong_type(const struct mock_check *check, const char *param, const char *expected,
                           json_t *value);

/* "items[3].content[0]" and "text" → "items[3].content[0].text"; returns out. */
const char *mock_check_join(const struct mock_check *check, const char *name,
                            char out[MOCK_PARAM_SIZE]);

/* At most max characters (0: any number). */
bool mock_check_length(const struct mock_check *check, const char *param, json_t *string,
                       size_t max);

/* Known keys only, of the right kind and length, none missing. */
bool mock_check_keys(const struct mock_check *check, const struct mock_shape *shape,
                     json_t *object);

/* A string member that is there must not be "". */
bool mock_check_not_empty(const struct mock_check *check, json_t *object, const char *name);

/* Conversation metadata: null or an object of strings within the limits. */
bool mock_metadata_check(json_t *metadata, struct mock_reply *reply);

/* "an array", "a string": how error messages name a value. */
const char *mock_json_kind(json_t *value);

#endif
