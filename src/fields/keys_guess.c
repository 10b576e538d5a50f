#include "fields/keys_guess.h"

#include "base/text.h"
#include "fields/fields.h"
#include "fields/key_name.h"

#include <string.h>

enum { NONE = -1, ROLES_MIN = 2, ROLES_MAX = 5, PIECES_MAX = 16, OTHERS_MAX = 4 };

/* What counts more than how telling a key's name is, when threads are looked for. */
enum { IS_ID = 2 * PIECES_MAX + 4, IS_ONE_A_LIST = 2 * IS_ID, IS_ORDINARY = 2 * IS_ONE_A_LIST };

/* Pieces of names, the most telling first. */
typedef const char *const pieces[PIECES_MAX];

static pieces THREAD_PIECES = {"thread",     "conversation", "session", "dialog", "chat", "ticket",
                               "discussion", "room",         "talk",    "case",   "issue"};
/* Around a list of messages: what one thing is called by. */
static pieces ID_NAMES = {"no", "nr", "num", "number", "ref", "reference", "key", "code"};
static pieces ID_ENDS = {"id",  "Id",     "ID",      "No",  "_no", "Nr",
                         "_nr", "Number", "_number", "Ref", "_ref"};
/* Ids of people, who may have several talks, and of other messages: never what tells talks apart.
 */
static pieces PERSON_PIECES = {"user",    "customer", "client",      "email", "phone",
                               "contact", "visitor",  "participant", "name",  "bot",
                               "from",    "sender",   "author",      "reply", "parent"};
static pieces TEXT_PIECES = {"text", "content", "message", "body", "msg", "utterance"};
static pieces TIME_PIECES = {"created", "time", "date", "sent"};
static pieces QUESTION_PIECES = {"question",     "prompt", "query",   "usermessage", "userinput",
                                 "humanmessage", "input",  "request", "message"};
static pieces ANSWER_PIECES = {"answer",    "response",         "reply", "completion", "botmessage",
                               "aimessage", "assistantmessage", "output"};
/* Of booleans: what true means. */
static pieces USER_PIECES = {"user",    "human",    "customer", "client",
                             "visitor", "incoming", "inbound",  "fromme"};
static pieces ASSISTANT_PIECES = {"assistant", "bot",      "isai",    "agent",
                                  "outgoing",  "outbound", "chatgpt", "model"};
/* Keys whose small numbers may be roles. */
static pieces ROLE_PIECES = {"role", "sender", "author", "speaker", "direction"};

struct guess {
    const struct keys_seen *seen;
    struct buf *out;
    int role; /* places of keys, or NONE */
    int text;
    int question;
    int answer;
    int thread;
    int time;
};

static struct key_facts facts_of(const struct guess *guess, int place)
{
    struct key_facts facts;

    keys_seen_at(guess->seen, (size_t)place, &facts);
    return facts;
}

/* The name from its record on: without the list or the map that the record is in. */
static struct span path_of(const struct key_facts *facts)
{
    static const char WRAPPER[] = ".$date";
    static const char KEY[] = "$key.";
    struct span path = {facts->name.data + facts->list_len, facts->name.len - facts->list_len};
    const size_t len = strlen(WRAPPER);
    const char *key;

    while ((key = memmem(path.data, path.len, KEY, strlen(KEY))))
        path = span_skip(path, (size_t)(key - path.data) + strlen(KEY));

    /* Times are found inside of it. */
    if (path.len > len && memcmp(path.data + path.len - len, WRAPPER, len) == 0)
        path.len -= len;
    return path;
}

/* The earlier the piece that the name holds, the more. */
static int weigh(struct span name, pieces wanted)
{
    for (int i = 0; i < PIECES_MAX && wanted[i]; i++) {
        if (key_name_holds(name, wanted[i]))
            return PIECES_MAX - i;
    }
    return 0;
}

/* How much a name says: 0 nothing, else more for earlier pieces. */
static int score(const struct key_facts *facts, pieces wanted)
{
    return weigh(path_of(facts), wanted);
}

static bool in_list_of(const struct key_facts *facts, const struct key_facts *other)
{
    return facts->list_len == other->list_len &&
           memcmp(facts->name.data, other->name.data, facts->list_len) == 0;
}

/* The record of the one holds the list of the other. */
static bool is_around(const struct key_facts *outer, const struct key_facts *inner)
{
    return outer->list_len < inner->list_len &&
           memcmp(outer->name.data, inner->name.data, outer->list_len) == 0;
}

/* What true would mean: 1 the user's side, -1 the assistant's, 0 nobody knows. */
static int meaning_of_true(const struct key_facts *facts)
{
    if (facts->booleans == 0 || facts->booleans != facts->scalars)
        return 0;
    if (score(facts, USER_PIECES) > 0)
        return 1;
    return score(facts, ASSISTANT_PIECES) > 0 ? -1 : 0;
}

static bool has_numbers(const struct key_facts *facts)
{
    return facts->smalls == facts->scalars && score(facts, ROLE_PIECES) > 0;
}

static bool is_role(const struct key_facts *facts)
{
    if (facts->distinct < ROLES_MIN || facts->distinct > ROLES_MAX)
        return false;
    return 2 * facts->role_words > facts->scalars || meaning_of_true(facts) != 0 ||
           has_numbers(facts);
}

static bool is_time(const struct key_facts *facts)
{
    return facts->dates > 0 && 2 * facts->dates >= facts->scalars;
}

static bool ends_in_one_of(struct span path, pieces ends, int count)
{
    for (int i = 0; i < count && ends[i]; i++) {
        const size_t len = strlen(ends[i]);

        if (path.len >= len && memcmp(path.data + path.len - len, ends[i], len) == 0)
            return true;
    }
    return false;
}

/* "id", "threadId", "user_id", "ID": never what was said. */
static bool ends_in_id(struct span path)
{
    return ends_in_one_of(path, ID_ENDS, 3);
}

static bool is_text(const struct key_facts *facts)
{
    return !(ends_in_id(path_of(facts)) && facts->with_blank == 0) && facts->strings > 0 &&
           2 * facts->strings > facts->times && !is_time(facts) && !is_role(facts) &&
           facts->bytes > 0;
}

/* Sentences before words, names that say so before others, long before short. */
static uint64_t text_weight(const struct key_facts *facts)
{
    const uint64_t average = facts->bytes / facts->strings;
    const bool is_sentences = 2 * facts->with_blank >= facts->strings;

    return (is_sentences ? UINT64_C(1) << 40 : 0) + ((uint64_t)score(facts, TEXT_PIECES) << 32) +
           (average < UINT32_MAX ? average : UINT32_MAX);
}

static void find_role(struct guess *guess)
{
    uint64_t most = 0;

    for (int i = 0; i < (int)keys_seen_count(guess->seen); i++) {
        const struct key_facts facts = facts_of(guess, i);

        if (is_role(&facts) && facts.scalars > most) {
            most = facts.scalars;
            guess->role = i;
        }
    }
}

static void find_text(struct guess *guess)
{
    const struct key_facts role = facts_of(guess, guess->role);
    uint64_t most = 0;

    for (int i = 0; i < (int)keys_seen_count(guess->seen); i++) {
        const struct key_facts facts = facts_of(guess, i);

        if (!in_list_of(&facts, &role))
            continue;
        /* Parts under an ordinary name are found as well as a text. */
        if (guess->text == NONE && fields_is_ordinary(path_of(&facts), FIELDS_TEXT))
            guess->text = i;
        if (!is_text(&facts) || text_weight(&facts) <= most)
            continue;
        most = text_weight(&facts);
        guess->text = i;
    }
}

static struct span last_part(struct span path)
{
    const char *dot = memrchr(path.data, '.', path.len);

    return dot ? span_skip(path, (size_t)(dot - path.data) + 1) : path;
}

/* The best named text, in the list of the other where there is one. */
static int find_side(const struct guess *guess, pieces wanted, int other)
{
    int best = 0;
    int found = NONE;

    for (int i = 0; i < (int)keys_seen_count(guess->seen); i++) {
        const struct key_facts facts = facts_of(guess, i);
        const int points = is_text(&facts) ? score(&facts, wanted) : 0;

        /* "input.0.role" says who spoke, and not what. */
        if (i == other || points <= best ||
            fields_is_ordinary(last_part(path_of(&facts)), FIELDS_ROLE))
            continue;
        if (other != NONE) {
            const struct key_facts first = facts_of(guess, other);

            if (!in_list_of(&facts, &first))
                continue;
        }
        best = points;
        found = i;
    }
    return found;
}

/* An id by its name, that several records share and not all. */
static bool is_shared_id(const struct key_facts *facts)
{
    const struct span path = path_of(facts);

    return facts->distinct > 1 && facts->distinct < facts->scalars &&
           score(facts, PERSON_PIECES) == 0 && path.len > 2 && ends_in_id(path);
}

/* "case.no", "ticketRef", "session": what one thing around a list is called by. */
static bool is_name_of_one(struct span path)
{
    const struct span last = last_part(path);

    for (int i = 0; i < PIECES_MAX && ID_NAMES[i]; i++) {
        if (key_name_same(last, span_of(ID_NAMES[i])))
            return true;
    }
    return ends_in_one_of(last, ID_ENDS, PIECES_MAX);
}

/* The list that a record is in: how often it occurs. */
static uint64_t lists_of(const struct guess *guess, const struct key_facts *main)
{
    /* "chats[].turns[]." is the list "chats[].turns". */
    const struct span list = {main->name.data, main->list_len - strlen("[].")};

    for (int i = 0; i < (int)keys_seen_count(guess->seen); i++) {
        const struct key_facts facts = facts_of(guess, i);

        if (facts.name.len == list.len && memcmp(facts.name.data, list.data, list.len) == 0)
            return facts.times;
    }
    return UINT64_MAX;
}

/* A key around the lists of messages: an id that is another one for each list says most. */
static int weigh_outer(const struct guess *guess, const struct key_facts *facts,
                       const struct key_facts *main)
{
    const uint64_t lists = lists_of(guess, main);
    const struct span path = path_of(facts);
    const int points = score(facts, THREAD_PIECES);
    const bool is_id = is_name_of_one(path);
    const bool is_one_a_list = facts->distinct == KEYS_DISTINCT_MAX || facts->distinct >= lists;

    if (points == 0 && (!is_id || !is_one_a_list || score(facts, PERSON_PIECES) > 0))
        return 0;
    if (!is_one_a_list || (!is_id && weigh(last_part(path), THREAD_PIECES) == 0))
        return 2 * points + 1;
    return IS_ONE_A_LIST + (is_id ? IS_ID : 0) + 2 * points;
}

/* How much speaks for a key as the thread's: 0 nothing. */
static int weigh_thread(const struct guess *guess, int place, const struct key_facts *main)
{
    const struct key_facts facts = facts_of(guess, place);
    const int points = score(&facts, THREAD_PIECES);

    if (place == guess->role || place == guess->text || facts.scalars == 0 || facts.booleans > 0 ||
        facts.with_blank > 0 || is_time(&facts))
        return 0;
    if (is_around(&facts, main))
        return weigh_outer(guess, &facts, main);
    if (!in_list_of(&facts, main) || 2 * facts.scalars < main->times ||
        (points == 0 && !is_shared_id(&facts)))
        return 0;
    /* An id that many records share says more than one that each has anew. */
    return (fields_is_ordinary(path_of(&facts), FIELDS_THREAD) ? IS_ORDINARY : 0) + 2 * points + 1 +
           (facts.distinct < facts.scalars);
}

static void find_thread(struct guess *guess, const struct key_facts *main)
{
    int best = 0;

    for (int i = 0; i < (int)keys_seen_count(guess->seen); i++) {
        const int points = weigh_thread(guess, i, main);

        if (points <= best)
            continue;
        best = points;
        guess->thread = i;
    }
}

static void find_time(struct guess *guess, const struct key_facts *main)
{
    int best = 0;

    for (int i = 0; i < (int)keys_seen_count(guess->seen); i++) {
        const struct key_facts facts = facts_of(guess, i);
        int points = 0;

        if (in_list_of(&facts, main) && is_time(&facts))
            points = fields_is_ordinary(path_of(&facts), FIELDS_TIME)
                         ? PIECES_MAX + 2
                         : 1 + score(&facts, TIME_PIECES);
        if (points <= best)
            continue;
        best = points;
        guess->time = i;
    }
}

static void add_flag(struct guess *guess, enum fields_place place, struct span path)
{
    buf_printf(guess->out, "%s--source-fields-%s ", guess->out->len > 0 ? " " : "",
               FIELDS_NAMES[place]);
    text_add_shell(guess->out, path);
}

/* The flag for a key that is not found without it. */
static void add_key(struct guess *guess, enum fields_place place, int key)
{
    struct key_facts facts;

    if (key == NONE)
        return;
    facts = facts_of(guess, key);
    if (!fields_is_ordinary(path_of(&facts), place))
        add_flag(guess, place, path_of(&facts));
}

static void add_roles(struct guess *guess)
{
    const struct key_facts facts = facts_of(guess, guess->role);
    const int truth = meaning_of_true(&facts);
    /* The Bot Framework, and Copilot Studio with it, has 0 for the bot. */
    bool is_user = !key_name_same(path_of(&facts), span_of("from.role"));

    if (truth != 0)
        buf_printf(guess->out, " --source-roles-true %s --source-roles-false %s",
                   truth > 0 ? "user" : "assistant", truth > 0 ? "assistant" : "user");
    for (int i = 0; i < 32 && has_numbers(&facts); i++) {
        if ((facts.small >> i & 1) == 0)
            continue;
        buf_printf(guess->out, " --source-roles-%d %s", i, is_user ? "user" : "assistant");
        is_user = !is_user && facts.distinct == 2;
    }
    for (int i = 0; KEYS_WORDS[i].word; i++) {
        if ((facts.words >> i & 1) != 0 && !KEYS_WORDS[i].is_known)
            buf_printf(guess->out, " --source-roles-%s %s", KEYS_WORDS[i].word, KEYS_WORDS[i].role);
    }
}

/* The list of the record is in a map whose keys may be the threads. */
static bool is_in_map(const struct key_facts *main)
{
    static const char KEY[] = "$key";

    return memmem(main->name.data, main->list_len, KEY, strlen(KEY)) != NULL;
}

/* "turns" of "chats[].turns[].", or "" where that would name no list. */
static struct span list_name(const struct key_facts *main)
{
    struct span list = {main->name.data, main->list_len};

    while (list.len > 0 && memchr("[].", list.data[list.len - 1], 3))
        list.len--;
    list = last_part(list);
    return span_is(list, "$key") ? span_of("") : list;
}

/* The thread, and the list if it is the list's holder that has it. */
static void add_thread(struct guess *guess, const struct key_facts *main)
{
    struct key_facts facts;

    if (guess->thread == NONE) {
        if (is_in_map(main))
            add_flag(guess, FIELDS_THREAD, span_of("$key"));
        return;
    }
    facts = facts_of(guess, guess->thread);
    add_key(guess, FIELDS_THREAD, guess->thread);
    if (is_around(&facts, main) && list_name(main).len > 0)
        add_flag(guess, FIELDS_LIST, list_name(main));
}

/* One of the others to be named: "A, B" after what they may be. */
static void add_other(struct buf *out, int *count, const char *what, struct span path)
{
    if (*count == OTHERS_MAX)
        return;
    buf_add_text(out, (*count)++ == 0 ? what : ", ");
    text_add_shell(out, path);
}

/* Keys that could be the thread's as well as the one that is guessed. */
static int add_other_keys(const struct guess *guess, const struct key_facts *main, struct buf *out)
{
    static const char WHAT[] = "the thread id could also be under ";
    const int best = guess->thread == NONE ? IS_ORDINARY : weigh_thread(guess, guess->thread, main);
    int count = 0;

    for (int i = 0; i < (int)keys_seen_count(guess->seen) && best < IS_ORDINARY; i++) {
        const struct key_facts facts = facts_of(guess, i);
        const int points = i == guess->thread ? 0 : weigh_thread(guess, i, main);
        const bool is_shared = facts.distinct > 1 && facts.distinct < facts.scalars;

        if (points >= IS_ONE_A_LIST || (points > 0 && best < IS_ONE_A_LIST && is_shared))
            add_other(out, &count, WHAT, path_of(&facts));
    }
    if (best < IS_ORDINARY && is_in_map(main))
        add_other(out, &count, WHAT, span_of("$key"));
    return count;
}

/* What could be meant as well: other keys of the thread, lists beside that of the messages. */
static void add_others(const struct guess *guess, const struct key_facts *main, struct buf *out)
{
    const struct key_facts side =
        facts_of(guess, guess->role != NONE ? guess->role : guess->question);
    const int keys = add_other_keys(guess, main, out);
    int lists = 0;

    for (int i = 0; i < (int)keys_seen_count(guess->seen); i++) {
        const struct key_facts facts = facts_of(guess, i);

        if (facts.list_len > 0 && !in_list_of(&facts, main) && list_name(&facts).len > 0 &&
            key_name_same(path_of(&facts), path_of(&side)))
            add_other(out, &lists, &"; there could also be messages in "[keys > 0 ? 0 : 2],
                      list_name(&facts));
    }
    if (keys + lists > 0)
        buf_add_text(out, "; otherwise ");
}

void keys_guess_role(struct span word, struct buf *out)
{
    struct buf flag;

    buf_init(&flag, BUF_NO_LIMIT);
    buf_add_text(&flag, "--source-roles-");
    buf_add_span(&flag, word);
    text_add_shell(out, buf_span(&flag));
    buf_release(&flag);
    for (int i = 0; KEYS_WORDS[i].word; i++) {
        if (key_name_same(word, span_of(KEYS_WORDS[i].word))) {
            buf_printf(out, " %s", KEYS_WORDS[i].role);
            return;
        }
    }
    if (weigh(word, USER_PIECES) > 0)
        buf_add_text(out, " user");
    else if (weigh(word, ASSISTANT_PIECES) > 0)
        buf_add_text(out, " assistant");
    else
        buf_add_text(out, " user (or assistant)");
}

bool keys_guess(const struct keys_seen *seen, struct buf *out)
{
    struct buf line;
    struct guess guess = {seen, &line, NONE, NONE, NONE, NONE, NONE, NONE};
    struct key_facts main;

    buf_init(&line, BUF_NO_LIMIT);
    find_role(&guess);
    if (guess.role != NONE)
        find_text(&guess);
    if (guess.text == NONE) {
        guess.role = NONE;
        guess.answer = find_side(&guess, ANSWER_PIECES, NONE);
        if (guess.answer != NONE)
            guess.question = find_side(&guess, QUESTION_PIECES, guess.answer);
    }
    if (guess.text == NONE && guess.question == NONE) {
        buf_release(&line);
        return false;
    }
    main = facts_of(&guess, guess.text != NONE ? guess.text : guess.question);
    find_thread(&guess, &main);
    find_time(&guess, &main);
    add_thread(&guess, &main);
    if (guess.text != NONE) {
        add_key(&guess, FIELDS_ROLE, guess.role);
        add_key(&guess, FIELDS_TEXT, guess.text);
        add_roles(&guess);
    } else {
        add_key(&guess, FIELDS_QUESTION, guess.question);
        add_key(&guess, FIELDS_ANSWER, guess.answer);
    }
    add_key(&guess, FIELDS_TIME, guess.time);
    add_others(&guess, &main, out);
    buf_printf(out, "try %s", line.data[0] == ' ' ? line.data + 1 : line.data);
    buf_release(&line);
    return true;
}
