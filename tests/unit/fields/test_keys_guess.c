#include "fields/keys_guess.h"

#include "json/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A file without a message that is recognised, and the line to try; NULL: none. */
static const struct {
    const char *what;
    const char *file;
    const char *line;
} CASES[] = {
    {"rows of a table",
     "[{\"id\":1,\"chat_id\":\"a\",\"sender\":\"visitor\",\"body\":\"Is it "
     "open?\",\"sent\":\"2024-01-"
     "01T00:00:00Z\"},"
     "{\"id\":2,\"chat_id\":\"a\",\"sender\":\"bot\",\"body\":\"Until "
     "six.\",\"sent\":\"2024-01-01T00:"
     "00:05Z\"}]",
     "try --source-fields-thread chat_id --source-fields-role sender --source-fields-text body "
     "--source-roles-visitor user --source-fields-time sent"},
    {"ordinary names need no flag",
     "[{\"thread_id\":\"a\",\"who\":\"user\",\"text\":\"One two\",\"created_at\":1700000000},"
     "{\"thread_id\":\"a\",\"who\":\"assistant\",\"text\":\"Three "
     "four\",\"created_at\":1700000001}]",
     "try --source-fields-role who"},
    {"an id that records share, but not a person's",
     "[{\"case_id\":1,\"user_id\":5,\"who\":\"user\",\"text\":\"a b\",\"at\":1700000000},"
     "{\"case_id\":2,\"user_id\":5,\"who\":\"bot\",\"text\":\"c d\",\"at\":1700000001},"
     "{\"case_id\":1,\"user_id\":6,\"who\":\"bot\",\"text\":\"e f\",\"at\":1700000002}]",
     "try --source-fields-thread case_id --source-fields-role who --source-fields-time at"},
    {"times of a document store have their ordinary name",
     "[{\"who\":\"user\",\"text\":\"a b\",\"createdAt\":{\"$date\":\"2024-01-01T00:00:00Z\"}},"
     "{\"who\":\"bot\",\"text\":\"c d\",\"createdAt\":{\"$date\":\"2024-01-01T00:00:01Z\"}}]",
     "try --source-fields-role who"},
    {"a boolean for the side",
     "[{\"session\":\"s\",\"from_user\":true,\"msg\":\"Hello there\"},"
     "{\"session\":\"s\",\"from_user\":false,\"msg\":\"Good day\"}]",
     "try --source-fields-thread session --source-fields-role from_user --source-fields-text msg "
     "--source-roles-true user --source-roles-false assistant"},
    {"a boolean the other way around",
     "[{\"is_bot\":true,\"msg\":\"Hello there\"},{\"is_bot\":false,\"msg\":\"Good day\"}]",
     "try --source-fields-role is_bot --source-fields-text msg --source-roles-true assistant "
     "--source-roles-false user"},
    {"question and answer",
     "[{\"conversation\":\"c1\",\"user_question\":\"Why is that?\",\"bot_answer\":\"So it is.\"},"
     "{\"conversation\":\"c1\",\"user_question\":\"And this?\",\"bot_answer\":\"As well.\"}]",
     "try --source-fields-thread conversation --source-fields-question user_question "
     "--source-fields-answer bot_answer"},
    {"lists in records with an id",
     "{\"chats\":[{\"id\":\"x\",\"turns\":[{\"by\":\"human\",\"say\":\"Good day\"},"
     "{\"by\":\"ai\",\"say\":\"Hello "
     "you\"}]},{\"id\":\"y\",\"turns\":[{\"by\":\"human\",\"say\":\"A "
     "b\"}]}]}",
     "try --source-fields-thread id --source-fields-list turns --source-fields-role by "
     "--source-fields-text say"},
    {"lists in a map",
     "{\"c-100\":[{\"by\":\"human\",\"say\":\"Good day\"},{\"by\":\"ai\",\"say\":\"Hello you\"}]}",
     "try --source-fields-thread '$key' --source-fields-role by --source-fields-text say"},
    {"names that a shell would take apart",
     "[{\"Who is it\":\"human\",\"it's\":\"Good day\"},{\"Who is it\":\"ai\",\"it's\":\"Hello "
     "you\"}]",
     "try --source-fields-role 'Who is it' --source-fields-text 'it'\\''s'"},
    {"names that a terminal would obey",
     "[{\"r\\u001b\":\"human\",\"t\":\"Good day\"},{\"r\\u001b\":\"ai\",\"t\":\"Hello you\"}]",
     "try --source-fields-role 'r\\x1b' --source-fields-text t"},
    {"JSON in strings",
     "[{\"m\":\"{\\\"kind\\\":\\\"human\\\",\\\"say\\\":\\\"Good day\\\"}\"},"
     "{\"m\":\"{\\\"kind\\\":\\\"ai\\\",\\\"say\\\":\\\"Hello you\\\"}\"}]",
     "try --source-fields-role m.kind --source-fields-text m.say"},
    {"no words of roles",
     "[{\"status\":\"open\",\"t\":\"a b\"},{\"status\":\"shut\",\"t\":\"c d\"}]", NULL},
    {"one side only", "[{\"who\":\"user\",\"t\":\"a b\"},{\"who\":\"user\",\"t\":\"c d\"}]", NULL},
    {"roles without texts", "[{\"who\":\"user\"},{\"who\":\"bot\"}]", NULL},
    {"an answer without a question", "[{\"answer\":\"a b\"},{\"answer\":\"c d\"}]", NULL},
    {"ids are no texts", "[{\"Id\":\"msg_1\",\"who\":\"user\"},{\"Id\":\"msg_2\",\"who\":\"bot\"}]",
     NULL},
    {"numbers for roles", "[{\"role\":0,\"t\":\"a b\"},{\"role\":1,\"t\":\"c d\"}]",
     "try --source-fields-text t --source-roles-0 user --source-roles-1 assistant"},
    {"numbers of another kind", "[{\"count\":0,\"t\":\"a b\"},{\"count\":1,\"t\":\"c d\"}]", NULL},
    {"a role in an object, and parts",
     "[{\"Role\":{\"Value\":\"user\"},\"Content\":[{\"Text\":\"a b\"}]},"
     "{\"Role\":{\"Value\":\"assistant\"},\"Content\":[{\"Text\":\"c d\"}]}]",
     "try --source-fields-role Role.Value"},
    {"an id in an object around the list",
     "{\"case\":{\"no\":17,\"owner\":\"Bo\"},\"turns\":[{\"no\":1,\"by\":\"human\",\"say\":\"Good "
     "day\"},"
     "{\"no\":2,\"by\":\"ai\",\"say\":\"Hello you\"}]}",
     "try --source-fields-thread case.no --source-fields-list turns --source-fields-role by "
     "--source-fields-text say"},
    {"what differs from list to list, not what they share",
     "[{\"session\":\"s\",\"dialog\":\"a\",\"log\":{\"turns\":[{\"by\":\"human\",\"say\":\"a "
     "b\"}]}},"
     "{\"session\":\"s\",\"dialog\":\"b\",\"log\":{\"turns\":[{\"by\":\"ai\",\"say\":\"c d\"}]}}]",
     "try --source-fields-thread dialog --source-fields-list turns --source-fields-role by "
     "--source-fields-text say"},
    {"several ids, and several lists",
     "[{\"caseNo\":\"7\",\"ref\":\"x\",\"turns\":[{\"by\":\"human\",\"say\":\"a b\"},"
     "{\"by\":\"ai\",\"say\":\"c d\"}],\"notes\":[{\"by\":\"ai\",\"say\":\"e f\"}]}]",
     "the thread id could also be under ref; there could also be messages in notes; otherwise try "
     "--source-fields-thread caseNo --source-fields-list turns --source-fields-role by "
     "--source-fields-text say"},
    {"an id in the value of a map, or its key",
     "{\"4711\":{\"case\":{\"no\":1},\"turns\":[{\"by\":\"human\",\"say\":\"Good day\"},"
     "{\"by\":\"ai\",\"say\":\"Hello you\"}]}}",
     "the thread id could also be under '$key'; otherwise try --source-fields-thread case.no "
     "--source-fields-list turns --source-fields-role by --source-fields-text say"},
    {"two ids that rows share",
     "[{\"ticket_id\":1,\"room_id\":5,\"by\":\"human\",\"say\":\"a b\"},"
     "{\"ticket_id\":1,\"room_id\":5,\"by\":\"ai\",\"say\":\"c d\"},"
     "{\"ticket_id\":2,\"room_id\":6,\"by\":\"human\",\"say\":\"e f\"}]",
     "the thread id could also be under room_id; otherwise try --source-fields-thread ticket_id "
     "--source-fields-role by --source-fields-text say"},
    {"a customer around several lists has no talk's id",
     "{\"customer\":{\"id\":5},\"logs\":[{\"turns\":[{\"by\":\"human\",\"say\":\"a b\"}]},"
     "{\"turns\":[{\"by\":\"ai\",\"say\":\"c d\"}]}]}",
     "try --source-fields-role by --source-fields-text say"},
    {"the Bot Framework counts the bot first; few messages have a key",
     "{\"activities\":[{\"from\":{\"id\":\"b\",\"role\":0},\"text\":\"Good day\",\"chat\":1},"
     "{\"from\":{\"id\":\"u\",\"role\":1},\"text\":\"Hello you\"},"
     "{\"from\":{\"id\":\"b\",\"role\":0},\"text\":\"Good bye\"}]}",
     "try --source-fields-role from.role --source-roles-0 assistant --source-roles-1 user"},
    {"nothing", "{}", NULL},
};

static void roles(void **state)
{
    static const char *const ROWS[][2] = {
        {"model", "--source-roles-model assistant"},
        {"MESSAGE_ROLE_USER", "--source-roles-MESSAGE_ROLE_USER user"},
        {"MessageRole.AGENT", "--source-roles-MessageRole.AGENT assistant"},
        {"apiMessage", "--source-roles-apiMessage assistant"},
        {"Our staff", "'--source-roles-Our staff' user (or assistant)"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct buf line;

        buf_init(&line, BUF_NO_LIMIT);
        keys_guess_role(span_of(ROWS[i][0]), &line);
        assert_string_equal(line.data, ROWS[i][1]);
        buf_release(&line);
    }
}

static void lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct keys_seen *seen = keys_seen_new();
        struct error err;
        json_t *file = json_read(span_of(CASES[i].file), &err);
        struct buf line;
        bool found;

        if (!file)
            fail_msg("%s: %s", CASES[i].what, err.text);
        buf_init(&line, BUF_NO_LIMIT);
        keys_seen_add(seen, file);
        found = keys_guess(seen, &line);
        if (found != (CASES[i].line != NULL) ||
            strcmp(line.data, CASES[i].line ? CASES[i].line : "") != 0)
            fail_msg("%s: %s", CASES[i].what, line.data);
        buf_release(&line);
        json_decref(file);
        keys_seen_free(seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines),
        cmocka_unit_test(roles),
    };

    return cmocka_run_group_tests_name("keys_guess", tests, NULL, NULL);
}
