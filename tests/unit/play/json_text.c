#include "unit/play/json_text.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

json_t *json_of(const char *text)
{
    struct error err;
    json_t *value = json_read(span_of(text), &err);

    if (!value)
        fail_msg("%s: %s", text, err.text);
    return value;
}
