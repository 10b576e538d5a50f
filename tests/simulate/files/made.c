#include "simulate/files/made.h"

#include "base/buf.h"
#include "base/text.h"
#include "crash/world.h"
#include "simulate/rng.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

enum { EXPIRED_AT = 1600000000, SHA256_BYTES = 32 };

#define PNG "\x89PNG\r\n\x1a\n"
#define WAY(way) (1U << CARRIED_##way)

const char *const CARRIED_NAMES[CARRIED_WAYS] = {
    [CARRIED_INSIDE] = "inside",
    [CARRIED_KEPT] = "kept",
    [CARRIED_MAPPED] = "mapped",
    [CARRIED_MISSING] = "missing",
};

static const struct made_kind KINDS[] = {
    {"png", PNG, 90, WAY(INSIDE), NULL, "saved", false, false},
    {"jpg", "\xff\xd8\xff\xe0", 700, WAY(INSIDE), NULL, "saved", false, false},
    {"gif", "GIF89a", 61, WAY(INSIDE), NULL, "saved", false, false},
    {"twin", PNG, 64, WAY(INSIDE), NULL, "saved", false, false}, /* all of these are the same */
    {"all", PNG, 80, WAY(INSIDE) | WAY(KEPT), NULL, "saved", true, false},
    {"dim", PNG, 70, WAY(INSIDE), NULL, "saved", false, true},
    {"lost", NULL, 0, WAY(MISSING), "not_found", "not_found", false, false},
    {"doc", "%PDF-1.4", 50, WAY(MISSING), "not_downloadable", "not_downloadable", false, false},
    {"both", "%PDF-1.4", 52, WAY(KEPT) | WAY(MISSING), "not_downloadable", "not_downloadable", true,
     false}, /* missing only where nobody asked */
    {"old", PNG, 60, WAY(MISSING), "not_found", "not_found", false, false},
    {"text", "<html>", 40, WAY(MISSING), "not_an_image", "saved", false, false},
    {"empty", "", 0, WAY(MISSING), "not_an_image", "saved", false, false},
    {"large", PNG, 2300, WAY(MISSING), "too_large", "saved", false, false},
    {"map", PNG, 75, WAY(INSIDE) | WAY(MAPPED), NULL, "saved", false, false},
    {"bad/id", NULL, 0, WAY(MISSING), "bad_id", NULL, false, false},
    {"wrong", PNG, 66, 0, NULL, NULL, false, false}, /* its object tells another length */
};

static struct {
    uint64_t seed;
    struct made_file files[MADE_MAX];
    size_t count;
    json_t *fixture;
    char map[MADE_MAX * 2 * MADE_ID_SIZE + 32];
} made;

void made_sha256(struct span bytes, char hex[65])
{
    unsigned char digest[SHA256_BYTES];

    (void)EVP_Digest(bytes.data ? bytes.data : "", bytes.len, digest, NULL, EVP_sha256(), NULL);
    text_write_hex(hex, digest, SHA256_BYTES);
    hex[2 * SHA256_BYTES] = '\0';
}

static bool is(const struct made_file *file, const char *kind)
{
    return strcmp(file->kind->name, kind) == 0;
}

/* ---- the files ---- */

static void fill(struct made_file *file, size_t number)
{
    const struct made_kind *kind = file->kind;
    const size_t head = kind->begins ? strlen(kind->begins) : 0;

    file->len = kind->bytes;
    if (head > 0)
        memcpy(file->content, kind->begins, head);
    for (size_t i = head; i < file->len; i++)
        file->content[i] = (char)(i * 7 + (is(file, "twin") ? 0 : number * 31));
    made_sha256((struct span){file->content, file->len}, file->sha256);
    (void)snprintf(file->id, sizeof file->id, "file-%s-%zu", kind->name, number);
    if (is(file, "map"))
        (void)snprintf(file->new_id, sizeof file->new_id, "file-new-%zu", number);
}

/* Its characters below 256 are its bytes. */
static json_t *content_of(const struct made_file *file)
{
    char utf8[2 * MADE_CONTENT_MAX];
    size_t len = 0;

    for (size_t i = 0; i < file->len; i++) {
        const unsigned char byte = (unsigned char)file->content[i];

        if (byte >= 0x80)
            utf8[len++] = (char)(0xc0 | (byte >> 6));
        utf8[len++] = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
    }
    return json_stringn(utf8, len);
}

/* A file as the mock has it; new. */
static json_t *object_of(const struct made_file *file, const char *id, const char *key)
{
    json_t *object = json_pack("{s:s,s:o}", "id", id, "content", content_of(file));

    if (key)
        (void)json_object_set_new(object, "key", json_string(key));
    if (file->kind->hides_its_length)
        (void)json_object_set_new(object, "bytes", json_null());
    if (is(file, "wrong"))
        (void)json_object_set_new(object, "bytes", json_integer((json_int_t)file->len + 9));
    if (is(file, "doc") || is(file, "both"))
        (void)json_object_set_new(object, "purpose", json_string("assistants"));
    if (is(file, "old"))
        (void)json_object_set_new(object, "expires_at", json_integer(EXPIRED_AT));
    return object;
}

static void add_to_fixture(const struct made_file *file)
{
    if (file->kind->begins)
        (void)json_array_append_new(
            made.fixture, object_of(file, file->id, file->kind->is_everybodys ? NULL : WORLD_KEY));
    if (file->new_id[0] != '\0')
        (void)json_array_append_new(made.fixture, object_of(file, file->new_id, WORLD_OTHER_KEY));
}

/* One picture is always there; one that nobody can decide seldom. */
static const struct made_kind *draw_kind(struct rng *rng, size_t number)
{
    const size_t count = sizeof KINDS / sizeof KINDS[0];

    if (number == 0)
        return &KINDS[0];
    return &KINDS[rng_below(rng, rng_percent(rng, 40) ? count : count - 1)];
}

static void add_to_map(const struct made_file *file)
{
    const size_t len = strlen(made.map);

    if (file->new_id[0] != '\0')
        (void)snprintf(made.map + len, sizeof made.map - len, "%s%s,%s\n",
                       len == 0 ? "file_id,new_id\n" : "", file->id, file->new_id);
}

void made_begin(uint64_t seed)
{
    struct rng rng;

    made_end();
    made.seed = seed;
    if (seed == 0)
        return;
    rng_seed(&rng, seed);
    made.fixture = json_array();
    made.count = 2 + rng_below(&rng, MADE_MAX - 1);
    for (size_t i = 0; i < made.count; i++) {
        made.files[i] = (struct made_file){.kind = draw_kind(&rng, i)};
        fill(&made.files[i], i);
        add_to_fixture(&made.files[i]);
        add_to_map(&made.files[i]);
    }
}

void made_end(void)
{
    json_decref(made.fixture);
    made.fixture = NULL;
    made.count = 0;
    made.map[0] = '\0';
}

/* ---- questions ---- */

size_t made_count(void)
{
    return made.count;
}

const struct made_file *made_at(size_t number)
{
    return &made.files[number];
}

int made_find(const char *id)
{
    for (size_t i = 0; id && i < made.count; i++) {
        if (strcmp(made.files[i].id, id) == 0)
            return (int)i;
    }
    return -1;
}

bool made_is_known_there(const char *id)
{
    const int number = made_find(id);

    for (size_t i = 0; i < made.count; i++) {
        if (made.files[i].new_id[0] != '\0' && strcmp(made.files[i].new_id, id) == 0)
            return true;
    }
    return number >= 0 && made.files[number].kind->is_everybodys;
}

json_t *made_fixture(void)
{
    return made.fixture;
}

struct span made_map(void)
{
    return span_of(made.map);
}

/* ---- what messages name ---- */

static const char *draw_id(struct rng *rng)
{
    return made.files[rng_below(rng, made.count)].id;
}

static void add_image(json_t *message, const char *id)
{
    (void)json_array_append_new(
        json_object_get(message, "content"),
        json_pack("{s:s,s:{s:s}}", "type", "image_file", "image_file", "file_id", id));
}

static void add_source(json_t *message, const char *id)
{
    json_t *part = json_array_get(json_object_get(message, "content"), 0);

    (void)json_array_append_new(json_object_get(json_object_get(part, "text"), "annotations"),
                                json_pack("{s:s,s:s,s:i,s:i,s:{s:s}}", "type", "file_citation",
                                          "text", "h", "start_index", 0, "end_index", 1,
                                          "file_citation", "file_id", id));
}

static void add_attachment(json_t *message, const char *id)
{
    (void)json_array_append_new(
        json_object_get(message, "attachments"),
        json_pack("{s:s,s:[{s:s}]}", "file_id", id, "tools", "type", "file_search"));
}

void made_decorate(json_t *message, size_t thread, int number)
{
    struct rng rng;

    rng_seed(&rng, made.seed ^ (thread << 20) ^ (uint64_t)number);
    if (made.count == 0 || !rng_percent(&rng, 20))
        return;
    if (rng_percent(&rng, 80))
        add_image(message, draw_id(&rng));
    if (rng_percent(&rng, 20))
        add_image(message, draw_id(&rng));
    if (number % 2 == 1 && rng_percent(&rng, 40))
        add_source(message, draw_id(&rng));
    if (number % 2 == 0 && rng_percent(&rng, 15))
        add_attachment(message, draw_id(&rng));
}
