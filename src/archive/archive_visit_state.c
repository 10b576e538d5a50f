#include "archive/archive_visit_state.h"

#include "base/mem.h"

#include <stdlib.h>

void archive_visit_init(struct archive_visit *v, struct archive_index *index,
                        struct archive_origin origin)
{
    memset(v, 0, sizeof *v);
    v->index = index;
    v->origin = origin;
    v->lines = (struct archive_group){.form = ORDER_LINES,
                                      .first_list = (uint32_t)index->list_count,
                                      .nameless = ARCHIVE_NONE,
                                      .line = 1};
    v->page_nameless = ARCHIVE_NONE;
    v->page_list = ARCHIVE_NONE;
    v->last_thread = ARCHIVE_NONE;
    v->damage_nameless = ARCHIVE_NONE;
    buf_init(&v->scratch, BUF_NO_LIMIT);
}

void archive_visit_release(struct archive_visit *v)
{
    free(v->nameless);
    buf_release(&v->scratch);
}

uint32_t archive_visit_nameless(struct archive_visit *v)
{
    uint32_t thread = archive_index_nameless(v->index);

    if (v->nameless_count == v->nameless_cap) {
        v->nameless_cap = v->nameless_cap ? 2 * v->nameless_cap : 4;
        v->nameless = mem_resize(v->nameless, v->nameless_cap, sizeof *v->nameless);
    }
    v->nameless[v->nameless_count++] = thread;
    return thread;
}

uint32_t archive_visit_thread(struct archive_visit *v, struct span raw_id)
{
    struct span id = shape_text(raw_id, &v->scratch);

    if (!id.data || id.len == 0)
        return ARCHIVE_NONE;
    return archive_index_thread(v->index, id, v->origin);
}
