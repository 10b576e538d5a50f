/* The shapes of what may be posted: items, content parts, annotations. */
#ifndef MOCK_ITEM_SHAPES_H
#define MOCK_ITEM_SHAPES_H

#include "mock/api/check.h"

enum { MOCK_TEXT_MAX = 10485760 };

/* NULL when the type is unknown. */
const struct mock_shape *mock_part_shape(const char *type);
const struct mock_shape *mock_annotation_shape(const char *type);
const struct mock_shape *mock_item_shape(const char *type);

#endif
