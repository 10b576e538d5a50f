/* Policies chosen by the first bytes of a fuzzer's input, one byte for each row. */
#ifndef TESTS_FUZZ_POLICY_BYTES_H
#define TESTS_FUZZ_POLICY_BYTES_H

#include "map/policy.h"

#include <stdint.h>

/* Consumes the bytes from *text; rows without a byte keep their default. */
static inline struct policy policy_from_bytes(struct span *text)
{
    struct policy policy = policy_default();

    for (size_t i = 0; i < POLICY_ROW_COUNT && text->len > 0; i++) {
        const struct policy_row *row = &POLICY_ROWS[i];
        size_t count = 1; /* every row has a choice */

        while (row->choices[count])
            count++;
        (void)policy_set(&policy, row, span_of(row->choices[(uint8_t)text->data[0] % count]));
        text->data++;
        text->len--;
    }
    return policy;
}

#endif
