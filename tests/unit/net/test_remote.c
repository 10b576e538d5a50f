/* Two sides of one server hold back together, however their URLs are written. */
#include "net/remote.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void one_pacer_for_one_server(void **state)
{
    static const struct {
        const char *source;
        const char *destination;
        bool is_shared;
    } ROWS[] = {
        {"https://api.x/v1", "https://api.x/v1", true},
        {"https://api.x/v1", "https://API.x:443/openai/v1/", true},
        {"HTTP://127.0.0.1/v1", "http://127.0.0.1:80", true},
        {"https://[::1]:8443/v1", "https://[::1]:8443", true},
        {"https://api.x/v1", "https://api.y/v1", false},
        {"https://api.x/v1", "https://api.x:444/v1", false},
        {"https://api.x/v1", "http://api.x/v1", false},
        {NULL, "https://api.openai.com/v1", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const struct endpoint source = {.profile = profile_get(SERVICE_OPENAI, SIDE_SOURCE),
                                        .base_url = ROWS[i].source};
        const struct endpoint destination = {.profile =
                                                 profile_get(SERVICE_COMPATIBLE, SIDE_DESTINATION),
                                             .base_url = ROWS[i].destination};
        struct remote remotes[SIDES];

        remote_init(&remotes[SIDE_SOURCE], &(struct remote_options){.endpoint = &source}, 0);
        remote_init(&remotes[SIDE_DESTINATION], &(struct remote_options){.endpoint = &destination},
                    0);
        remote_share_pacer(&remotes[SIDE_DESTINATION], &remotes[SIDE_SOURCE]);
        if ((remotes[SIDE_DESTINATION].pacer == remotes[SIDE_SOURCE].pacer) != ROWS[i].is_shared)
            fail_msg("row %zu: %s", i, ROWS[i].destination);
        remote_release(&remotes[SIDE_SOURCE]);
        remote_release(&remotes[SIDE_DESTINATION]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_pacer_for_one_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
