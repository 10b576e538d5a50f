/* mock-api: see README.md beside this file, or --help. */
#include "mock/server/options.h"
#include "mock/server/server.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGINT, &action, NULL);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

static bool write_dump(struct mock *mock, const char *path)
{
    struct mock_text out = {0};
    FILE *file = fopen(path, "we");

    mock_tick(mock, INT64_MAX);
    mock_dump(mock, false, &out);
    bool ok = file && fwrite(out.data, 1, out.len, file) == out.len;
    ok = file && fclose(file) == 0 && ok;
    mock_text_release(&out);
    return ok;
}

static bool serve(struct mock_options *options, struct mock_text *error)
{
    if (options->log) {
        options->config.log = fopen(options->log, "we");
        if (!options->config.log) {
            mock_text_printf(error, "cannot write '%s'", options->log);
            return false;
        }
    }
    struct mock *mock = mock_options_build(options, error);
    if (!mock)
        return false;
    bool ok = mock_server_run(mock, options, &stop, error);
    if (ok && options->dump_on_exit && !write_dump(mock, options->dump_on_exit)) {
        mock_text_printf(error, "cannot write '%s'", options->dump_on_exit);
        ok = false;
    }
    mock_free(mock);
    if (options->config.log)
        ok = fclose(options->config.log) == 0 && ok;
    return ok;
}

int main(int argc, char **argv)
{
    struct mock_options options;
    struct mock_text text = {0};
    bool ok = mock_options_parse(argc, argv, &options, &text);

    catch_signals();
    if (ok && options.help) {
        mock_options_help(&text);
        (void)fputs(text.data, stdout);
    } else if (!ok || !serve(&options, &text)) {
        (void)fprintf(stderr, "mock-api: %s\n", text.data);
        ok = false;
    }
    mock_text_release(&text);
    return ok ? EXIT_SUCCESS : 2;
}
