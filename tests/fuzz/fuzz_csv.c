/* CSV record by record: shown whole and shown in pieces, the records are the same ones, and every
 * row is the text of a JSON object. */
#include "base/csv.h"
#include "decode/table.h"
#include "json/json_tape.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct table *table, struct span record)
{
    struct buf text;
    struct tape tape;
    const char *why;
    size_t used;

    buf_init(&text, BUF_NO_LIMIT);
    tape_init(&tape);
    bool ok = table_add_row(table, record, &text, &why);
    assert(ok == !why);
    assert(tape_read(&tape, buf_span(&text), &used) == TAPE_WHOLE && used == text.len);
    assert(tape_type(&tape, 0) == TAPE_OBJECT);
    tape_release(&tape);
    buf_release(&text);
}

/* The first record as it is found if the text comes a byte at a time. */
static size_t find_slowly(char delimiter, struct span text)
{
    size_t len = 0;
    size_t whole = 0;

    for (size_t shown = 0; shown < text.len; shown++) {
        if (csv_record(delimiter, (struct span){text.data, shown}, false, &len, &whole) ==
            CSV_RECORD)
            return whole;
    }
    return csv_record(delimiter, text, true, &len, &whole) == CSV_RECORD ? whole : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct table table;
    size_t len = 0;
    size_t whole = 0;
    bool is_header = true;

    table_init(&table);
    table.delimiter = ',';
    while (csv_record(table.delimiter, text, true, &len, &whole) == CSV_RECORD) {
        struct span record = {text.data, len};

        assert(len <= whole && whole <= text.len && whole > 0);
        if (size < 256)
            assert(find_slowly(table.delimiter, text) == whole);
        if (is_header && !table_read_header(&table, record, '\0'))
            break;
        if (!is_header)
            check_row(&table, record);
        is_header = false;
        text = (struct span){text.data + whole, text.len - whole};
    }
    table_release(&table);
    return 0;
}
