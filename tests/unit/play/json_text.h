/* JSON that a test has in its source. */
#ifndef UNIT_JSON_TEXT_H
#define UNIT_JSON_TEXT_H

#include <jansson.h>

/* New reference; the test fails if it is not JSON. */
json_t *json_of(const char *text);

#endif
