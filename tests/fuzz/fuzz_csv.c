/* A CSV file record by record: shown whole and shown in pieces, the records are the same ones. */
#include "archive/shape_csv.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_row(const struct csv_header *header, struct csv_row *row, struct span record)
{
    if (!csv_row_read(row, header, record))
        return;
    json_t *message = csv_row_message(row);
    assert(json_is_object(message));
    json_decref(message);
}

/* The first record as it is found when the text comes a byte at a time. */
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
    struct csv_header header;
    struct csv_row row;
    size_t len = 0;
    size_t whole = 0;
    bool is_header = true;

    csv_row_init(&row);
    header.delimiter = ',';
    while (csv_record(header.delimiter, text, true, &len, &whole) == CSV_RECORD) {
        struct span record = {text.data, len};

        assert(len <= whole && whole <= text.len && whole > 0);
        if (size < 256)
            assert(find_slowly(header.delimiter, text) == whole);
        if (is_header && !csv_header_read(&header, record))
            break;
        if (!is_header)
            check_row(&header, &row, record);
        is_header = false;
        text = (struct span){text.data + whole, text.len - whole};
    }
    csv_row_release(&row);
    return 0;
}
