#include "archive/shelf_parts.h"

#include "base/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* ---- traits ---- */

enum {
    NAME_WORDS = 48,
    MESSAGES_MAX = 100000, /* that a thread of the API can have; and all of one are in memory */
};

/* What people call a talk, and a person; folded. */
static const char *const TALKS[NAME_WORDS] = {
    "conversation", "session",    "chat", "ticket", "dialog",
    "dialogue",     "discussion", "conv", "convo",
};
/* Only in front of what follows. */
static const char *const TALK_STEMS[NAME_WORDS] = {
    "room",    "channel", "case",   "topic", "incident", "interaction",
    "inquiry", "enquiry", "matter", "deal",  "context",
};
static const char *const PEOPLE[NAME_WORDS] = {
    "user",     "customer",   "client",    "contact",   "participant", "visitor",  "guest",
    "member",   "subscriber", "person",    "patient",   "student",     "sender",   "author",
    "owner",    "account",    "from",      "email",     "phone",       "mobile",   "whatsapp",
    "msisdn",   "nickname",   "wa",        "name",      "fullname",    "caller",   "employee",
    "learner",  "pupil",      "candidate", "applicant", "tenant",      "buyer",    "shopper",
    "prospect", "lead",       "login",     "kunde",     "kunden",      "benutzer", "nutzer",
    "usuario",  "cliente",
};
/* These are so general that they count only as part of a longer name. */
static const char *const BARE[NAME_WORDS] = {"chat", "dialog", "dialogue", "discussion", "wa"};
/* What may follow. */
static const char *const TALK_ENDS[NAME_WORDS] = {
    "id", "uuid", "guid", "key", "number", "no", "nr", "num", "ref", "sid", "hash", "token",
};
static const char *const PERSON_ENDS[NAME_WORDS] = {
    "",      "id",    "uuid",        "guid",   "key",   "number",  "no",
    "ref",   "name",  "fullname",    "handle", "mail",  "email",   "emailaddress",
    "phone", "login", "phonenumber", "mobile", "sub",   "address", "displayname",
    "nr",    "num",   "code",        "hash",   "token",
};
/* Both sides of a talk have these, each with its own: they tell people apart, not talks. */
static const char *const SIDES[NAME_WORDS] = {
    "from", "sender", "senderid", "author", "authorid", "owner", "name", "fullname", "nickname",
};

static bool is_in(struct span name, const char *const *words)
{
    for (int i = 0; i < NAME_WORDS && words[i]; i++) {
        if (span_is(name, words[i]))
            return true;
    }
    return false;
}

static bool ends_with(struct span name, const char *const *words)
{
    for (int i = 0; i < NAME_WORDS && words[i]; i++) {
        const size_t len = strlen(words[i]);

        if (name.len >= len && memcmp(name.data + name.len - len, words[i], len) == 0)
            return true;
    }
    return false;
}

/* "openai_conversation_uuid": a word, at the beginning or in front of what may follow. */
static bool is_made_of(struct span folded, const char *const *words, const char *const *ends,
                       bool from_start)
{
    for (int i = 0; i < NAME_WORDS && words[i]; i++) {
        const size_t len = strlen(words[i]);

        for (size_t at = 0; at + len <= folded.len && (at == 0 || !from_start); at++) {
            if (memcmp(folded.data + at, words[i], len) == 0 &&
                is_in((struct span){folded.data + at + len, folded.len - at - len}, ends))
                return true;
        }
    }
    return false;
}

/* True if the key may name a talk, or (*is_person) one of those who talk. */
static bool is_trait(struct span folded, bool *is_person)
{
    *is_person = false;
    if (memmem(folded.data, folded.len, "thread", 6))
        return true;
    if (is_in(folded, BARE))
        return false;
    if (ends_with(folded, TALKS) || is_made_of(folded, TALKS, TALK_ENDS, false) ||
        is_made_of(folded, TALK_STEMS, TALK_ENDS, false))
        return true;
    *is_person = is_made_of(folded, PEOPLE, PERSON_ENDS, true);
    return *is_person;
}

static bool says_something(const struct tape *tape, uint32_t value)
{
    return tape_type(tape, value) != TAPE_NULL && tape_type(tape, value) != TAPE_ARRAY &&
           tape_type(tape, value) != TAPE_OBJECT &&
           !(tape_type(tape, value) == TAPE_STRING && tape->values[value].len == 2);
}

/* Something in hand that may tell talks apart. */
struct trait_place {
    uint32_t value;
    bool is_person;
    bool is_deep;      /* deeper than a hint can say */
    struct span outer; /* the key of the object that it is in; empty: the message */
};

/* A word, and no text: "Let us talk" is no id of a talk. */
static bool is_word(const struct tape *tape, uint32_t value)
{
    const struct span raw = tape_raw(tape, value);

    return !memchr(raw.data, ' ', raw.len);
}

static void add_trait(struct shelf *shelf, struct shelf_list *list, const struct tape *tape,
                      const struct trait_place *place)
{
    struct span key = tape_raw_key(tape, place->value);
    uint64_t name = siphash(shelf->key, buf_span(&shelf->scratch)) ^
                    (place->outer.len > 0 ? siphash(shelf->key, place->outer) | 1 : 0);
    uint64_t digest = siphash(shelf->key, tape_raw(tape, place->value));
    struct shelf_trait *trait = NULL;

    if (!place->is_person && !is_word(tape, place->value))
        return;
    for (uint32_t i = 0; i < list->traits_count && !trait; i++) {
        if (list->traits[i].name == name)
            trait = &list->traits[i];
    }
    if (!trait && list->traits_count == SHELF_TRAITS) {
        list->has_many_traits = true;
        return;
    }
    if (!trait) {
        trait = &list->traits[list->traits_count++];
        *trait = (struct shelf_trait){.name = name, .value = digest, .is_person = place->is_person};
        if (!place->is_deep && !(place->is_person && is_in(buf_span(&shelf->scratch), SIDES)) &&
            place->outer.len + 1 + key.len < sizeof trait->key)
            (void)snprintf(trait->key, sizeof trait->key, "%.*s%s%.*s", (int)place->outer.len,
                           place->outer.data, place->outer.len > 0 ? "." : "", (int)key.len,
                           key.data);
    }
    trait->count++;
    trait->differs = trait->differs || trait->value != digest;
}

static const char *const ID_NAMES[NAME_WORDS] = {"id", "uuid", "guid", "sid", "oid"};

/* The only member of an object, where it says something: {"S":"…"}, {"stringValue":"…"}. */
static uint32_t only_member(const struct tape *tape, uint32_t object)
{
    const uint32_t first = tape_first(tape, object);

    if (first == TAPE_NONE || tape_next(tape, object, first) != TAPE_NONE ||
        !says_something(tape, first))
        return TAPE_NONE;
    return first;
}

/* The folded key of a value; in the shelf's scratch. */
static struct span fold_key(struct shelf *shelf, const struct tape *tape, uint32_t value)
{
    look_fold(tape_key(tape, value, &shelf->word), &shelf->scratch);
    return buf_span(&shelf->scratch);
}

/* An object in a message, of a person, of a talk, of a row of a database; or one in a string. */
struct inside {
    const struct tape *tape;
    uint32_t object;
    struct span outer; /* its key */
    bool is_named;     /* which names a talk, or a person */
    bool is_of_person;
    bool is_user; /* who wrote the message */
};

static void look_at_members(struct shelf *shelf, struct shelf_list *list, const struct inside *in)
{
    const struct tape *tape = in->tape;
    const bool is_wrapped = in->is_named && only_member(tape, in->object) != TAPE_NONE;
    struct trait_place place = {.outer = in->outer};

    for (uint32_t i = tape_first(tape, in->object); i != TAPE_NONE;
         i = tape_next(tape, in->object, i)) {
        const struct span folded = fold_key(shelf, tape, i);

        if (!is_trait(folded, &place.is_person)) {
            if (!is_wrapped && (!in->is_named || !is_in(folded, ID_NAMES)))
                continue;
            place.is_person = in->is_of_person;
        }
        place.value = tape_type(tape, i) == TAPE_OBJECT ? only_member(tape, i) : i;
        place.is_deep = place.value != i;
        if (place.value != TAPE_NONE && says_something(tape, place.value) &&
            (!place.is_person || in->is_user))
            add_trait(shelf, list, tape, &place);
    }
}

/* What is deeper in it counts by its own key alone. */
static void look_deeper(struct shelf *shelf, struct shelf_list *list, const struct inside *in)
{
    const struct tape *tape = in->tape;
    const uint32_t end = tape->values[in->object].next;
    struct trait_place place = {.outer = in->outer, .is_deep = true};

    for (uint32_t i = tape_first(tape, in->object); i != TAPE_NONE && i < end; i++) {
        if (tape_type(tape, i) != TAPE_OBJECT)
            continue;
        for (uint32_t k = tape_first(tape, i); k != TAPE_NONE; k = tape_next(tape, i, k)) {
            place.value = k;
            if (is_trait(fold_key(shelf, tape, k), &place.is_person) && says_something(tape, k) &&
                (!place.is_person || in->is_user))
                add_trait(shelf, list, tape, &place);
        }
    }
}

/* Looks into a member that is an object, or one in a string. What people wrote is none.
 */
static void look_inside(struct shelf *shelf, struct shelf_list *list, const struct tape *tape,
                        uint32_t member, bool is_user)
{
    static const char *const TEXTS[NAME_WORDS] = {"content", "text", "value", "message", "parts"};
    const struct span folded = fold_key(shelf, tape, member);
    struct inside in = {tape, member, .outer = tape_raw_key(tape, member), .is_user = is_user};
    size_t used;

    if (tape_type(tape, member) == TAPE_STRING && is_in(folded, TEXTS))
        return;
    in.is_named = is_trait(folded, &in.is_of_person) || is_in(folded, BARE);
    if (tape_type(tape, member) == TAPE_STRING) {
        if (!look_is_inner(tape, member) ||
            tape_read(&shelf->parts, tape_text(tape, member, &shelf->held), &used) != TAPE_WHOLE ||
            tape_type(&shelf->parts, 0) != TAPE_OBJECT)
            return;
        in.tape = &shelf->parts;
        in.object = 0;
    }
    look_at_members(shelf, list, &in);
    look_deeper(shelf, list, &in);
}

/* Looks at the keys of a nameless message. */
void nameless_look(struct shelf *shelf, struct shelf_list *list, const struct tape *tape,
                   uint32_t message, bool is_user)
{
    struct trait_place place = {.outer = {"", 0}};

    for (uint32_t i = tape_first(tape, message); i != TAPE_NONE; i = tape_next(tape, message, i)) {
        if (tape_type(tape, i) == TAPE_OBJECT || tape_type(tape, i) == TAPE_STRING)
            look_inside(shelf, list, tape, i, is_user);
        place.value = i;
        if (is_trait(fold_key(shelf, tape, i), &place.is_person) && says_something(tape, i) &&
            (!place.is_person || is_user))
            add_trait(shelf, list, tape, &place);
    }
}

/* A trait that tells the messages of a list apart, or NULL. */
static const struct shelf_trait *find_difference(const struct shelf_list *list)
{
    for (uint32_t i = 0; i < list->traits_count; i++) {
        const struct shelf_trait *trait = &list->traits[i];
        uint32_t all = trait->is_person ? trait->count : list->nameless_count;

        if (trait->differs || trait->count != all)
            return trait;
    }
    return NULL;
}

/* The messages of a list that nobody claims are unread, each of them. */
void nameless_refuse(struct shelf *shelf, const struct shelf_list *list, const char *why,
                     const char *hint)
{
    struct index *index = shelf->index;
    uint32_t at = list->nameless;

    for (uint32_t p = index->lists[at].first; p != INDEX_NONE; p = index->places[p].next) {
        if (index->places[p].kind != OBJECT_MESSAGE && index->places[p].kind != OBJECT_DELTA)
            continue;
        struct shelf_unread *unread = unread_add(shelf, index->places[p].line);
        index->tallies[shelf->file].messages--;
        unread->offset =
            index->places[p].flags & PLACE_IS_KEPT ? list->offset : index->places[p].offset;
        unread->list = list->number;
        unread->denies = true;
        unread_explain(shelf, unread, (struct span){"", 0}, why, hint, mem_strdup("[]"));
        if (list->only != INDEX_NONE && list->only != SHELF_MANY)
            unread_own(shelf, unread, list->only);
    }
}

void nameless_hold(struct shelf *shelf, const struct shelf_list *list)
{
    shelf->pending = mem_grow(shelf->pending, shelf->pending_count, &shelf->pending_cap,
                              sizeof(struct shelf_list *));
    shelf->pending[shelf->pending_count] = mem_alloc(sizeof *list);
    *shelf->pending[shelf->pending_count++] = *list;
    shelf->waits[list->number] = (uint32_t)shelf->pending_count;
}

struct shelf_list *nameless_find(struct shelf *shelf, uint32_t number)
{
    if (number == 0 || number >= shelf->only_count || shelf->waits[number] == 0)
        return NULL;
    return shelf->pending[shelf->waits[number] - 1];
}

/* ---- names ---- */

/* The folder in a file's path that is called by a thread's id, the innermost: the path up to its
 * end, and where its name begins. .data == NULL if there is none, or the file is called so. */
static struct span folder_of(const struct inputs *inputs, uint32_t file, size_t *name)
{
    const struct input *input = &inputs->files[file];
    struct span folder = {NULL, 0};
    size_t from = input->name;

    for (size_t at = from; input->path[at]; at++) {
        if (input->path[at] != '/')
            continue;
        const struct span part = {input->path + from, at - from};
        if (shelf_is_thread_key(part) && look_is_map_key(part)) {
            folder = (struct span){input->path, at};
            *name = from;
        }
        from = at + 1;
    }
    if (shelf_is_thread_key(span_of(input->path + from)))
        folder.data = NULL;
    return folder;
}

void nameless_name_of(const struct shelf *shelf, struct buf *out)
{
    size_t name;
    const struct span folder = folder_of(shelf->inputs, shelf->file, &name);

    if (folder.data)
        buf_add(out, folder.data + name, folder.len - name);
    else
        inputs_name(shelf->inputs, shelf->file, out);
}

bool shelf_is_of_thread(const struct shelf *shelf)
{
    struct buf name;

    buf_init(&name, BUF_NO_LIMIT);
    nameless_name_of(shelf, &name);
    bool is_id = shelf_is_thread_key(buf_span(&name)) && look_is_map_key(buf_span(&name));
    buf_release(&name);
    return is_id;
}

bool nameless_same_folder(const struct shelf *shelf, uint32_t file)
{
    size_t name;
    const struct span folder = folder_of(shelf->inputs, shelf->file, &name);

    return file == shelf->file ||
           (folder.data && span_equal(folder, folder_of(shelf->inputs, file, &name)));
}

/* The hint with a key that a shell takes as it is written; without, where it would not. */
static void hint_of_key(char *hint, size_t size, const char *key)
{
    const bool is_plain = key[0] != '\0' && !strpbrk(key, "'\\");
    const bool has_blank = is_plain && strpbrk(key, " \t$&|;()<>*?`\"#~![]{}") != NULL;
    const char *quote = has_blank ? "'" : "";

    (void)snprintf(hint, size,
                   "name the key that tells threads apart, for example --source-fields-thread "
                   "%s%s%s",
                   quote, is_plain ? key : "KEY", quote);
}

bool nameless_are_talks(struct shelf *shelf, const struct shelf_list *list)
{
    char hint[128];

    for (uint32_t i = 0; i < list->traits_count; i++) {
        if (list->traits[i].is_person || !list->traits[i].differs)
            continue;
        hint_of_key(hint, sizeof hint, list->traits[i].key);
        nameless_refuse(shelf, list, "messages of several threads under one id", hint);
        return true;
    }
    return false;
}

/* True if nothing tells the messages of a pending list apart; else they are refused. */
static bool is_one_talk(struct shelf *shelf, struct shelf_list *list)
{
    const struct shelf_trait *trait = find_difference(list);
    char hint[128];

    if (shelf->names_beside) {
        nameless_refuse(shelf, list, "messages that name no thread, in a file that names one",
                        "put the id of the thread into the messages, or around them: "
                        "{\"thread_id\":\"ID\",\"messages\":[…]}");
        return false;
    }
    if (list->is_beside) {
        nameless_refuse(shelf, list, "lists of messages side by side that name no thread",
                        "if the keys are the threads' ids: --source-fields-thread '$key'");
        return false;
    }
    if (trait) {
        hint_of_key(hint, sizeof hint, trait->key);
        nameless_refuse(shelf, list, "messages of several threads that name none", hint);
        return false;
    }
    if (list->nameless_count > MESSAGES_MAX) {
        hint_of_key(hint, sizeof hint, "");
        nameless_refuse(shelf, list, "more messages than a thread can have, and none names one",
                        hint);
        return false;
    }
    if (list->has_many_traits) {
        hint_of_key(hint, sizeof hint, "");
        nameless_refuse(shelf, list, "messages that name no thread, and many things that might",
                        hint);
        return false;
    }
    return true;
}

/* Named threads that this file has records of. */
static bool has_named(const struct shelf *shelf)
{
    const struct index *index = shelf->index;

    for (size_t i = shelf->first_list; i < index->list_count; i++) {
        if (index->lists[i].thread != INDEX_NONE)
            return true;
    }
    return false;
}

/* Gives a nameless list to the thread that is named after the file. */
static void name_list(struct shelf *shelf, uint32_t list, struct span name)
{
    struct index *index = shelf->index;
    uint32_t known = index_find(index, name);
    uint32_t thread = index_thread(index, name);

    uint32_t namer = index->threads[thread].named_by;

    index->threads[thread].is_listed = true;
    if (namer == INDEX_NONE && index->threads[thread].last_list != INDEX_NONE)
        namer = index->lists[index->threads[thread].last_list].file;
    if (known == INDEX_NONE || (namer != INDEX_NONE && nameless_same_folder(shelf, namer)))
        index->threads[thread].named_by = shelf->file;
    else if (index->threads[thread].messages == 0 && shelf_is_thread_key(name))
        index->threads[thread].named_by = shelf->file;
    else
        index_fail(index, thread, ERROR_BAD_SOURCE,
                   "%s names no thread, and its name is the id of another thread: rename it",
                   shelf->inputs->files[shelf->file].path);
    if (list != INDEX_NONE)
        index_give(index, list, thread);
}

/* True if what may tell talks or people apart is the same in both lists, where both have it. */
static bool share_traits(const struct shelf_list *a, const struct shelf_list *b)
{
    for (uint32_t i = 0; i < a->traits_count; i++) {
        for (uint32_t k = 0; k < b->traits_count; k++) {
            if (a->traits[i].name == b->traits[k].name && a->traits[i].value != b->traits[k].value)
                return false;
        }
    }
    return true;
}

/* Pages of one nameless thread follow each other: they are one list as to their name. */
static bool follows(const struct shelf_list *before, const struct shelf_list *list)
{
    return before->form == LIST_PAGE && list->form == LIST_PAGE && before->more == MORE_YES &&
           share_traits(before, list);
}

static void name_pending(struct shelf *shelf)
{
    struct buf name;
    size_t kept = 0;
    size_t talks = 0;
    size_t number = 0;

    for (size_t i = 0; i < shelf->pending_count; i++) {
        if (is_one_talk(shelf, shelf->pending[i]))
            shelf->pending[kept++] = shelf->pending[i];
        else
            free(shelf->pending[i]);
    }
    for (size_t i = 0; i < kept; i++)
        talks += i == 0 || !follows(shelf->pending[i - 1], shelf->pending[i]);
    bool is_alone = talks == 1 && !has_named(shelf);
    buf_init(&name, BUF_NO_LIMIT);
    for (size_t i = 0; i < kept; i++) {
        number += i == 0 || !follows(shelf->pending[i - 1], shelf->pending[i]);
        buf_clear(&name);
        nameless_name_of(shelf, &name);
        if (!is_alone)
            buf_printf(&name, "_%zu", number);
        name_list(shelf, shelf->pending[i]->nameless, buf_span(&name));
    }
    shelf->index->tallies[shelf->file].goes_on =
        kept > 0 && shelf->pending[kept - 1]->more == MORE_YES && shelf->last_more == MORE_YES;
    for (size_t i = 0; i < kept; i++)
        free(shelf->pending[i]);
    shelf->pending_count = 0;
    buf_release(&name);
}

/* Pages without messages that nothing claims, in a file of their own: its name says whose. */
static void name_empty(struct shelf *shelf)
{
    struct buf name;

    if (shelf->empty_pages == 0 || has_named(shelf) || shelf->unread_count > 0)
        return;
    buf_init(&name, BUF_NO_LIMIT);
    nameless_name_of(shelf, &name);
    if (shelf_is_thread_key(buf_span(&name)) || (shelf->is_alone && shelf->empty_pages == 1)) {
        name_list(shelf, INDEX_NONE, buf_span(&name));
        uint32_t thread = index_find(shelf->index, buf_span(&name));
        (void)index_list(shelf->index, &(struct index_list){.thread = thread,
                                                            .file = shelf->file,
                                                            .line = 1,
                                                            .form = LIST_PAGE,
                                                            .more = (uint8_t)shelf->empty_more});
        if (shelf->empty_more == MORE_NO)
            shelf->index->threads[thread].is_empty = true;
    }
    buf_release(&name);
}

void nameless_name(struct shelf *shelf)
{
    name_pending(shelf);
    name_empty(shelf);
}
