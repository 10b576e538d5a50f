#!/bin/sh
# Calls and words that src does without. Comments are taken out first.
bad=0
code=$(mktemp) || exit 1
trap 'rm -f "$code"' EXIT
for file in src/main.c src/*/*.[ch]; do
    # The preprocessor without preprocessing: comments go, lines stay.
    gcc -fpreprocessed -dD -E "$file" 2>/dev/null | sed "/^# /d; s|^|$file: |"
done >"$code"

# ban PATTERN WHY [EXCEPT]: nothing matches outside the files that EXCEPT matches.
ban()
{
    found=$(grep -E -- "$1" "$code" | grep -vE "^src/(${3:--}): ") || return 0
    printf '%s:\n%s\n' "$2" "$found"
    bad=1
}

# Rooms that speak with people and open their files.
upper='(settings|print|report|run|doctor|command)'
w='(^|[^A-Za-z0-9_>.])'
ban "${w}(strcpy|strcat|sprintf|vsprintf|strncpy|strncat|stpcpy|gets|sscanf|alloca)\(" 'no bounds'
ban "${w}(atoi|atol|atof|strtol|strtoll|strtoul|strtoull|strtod)\(" \
    'text from outside is not terminated: text_to_int()'
ban "${w}(strtok|gmtime|localtime|asctime|ctime|strerror_r|rand|srand)\(" 'static or global state'
ban "${w}(system|popen|setjmp|longjmp|sigsetjmp|siglongjmp)\(" 'out of control'
ban "${w}_?exit\(" 'only main and mem end the process' \
    'main\.c|base/mem\.c|os/stop_posix\.c|os/[a-z_]*(command|process|spawn|pager)[a-z_]*\.c'
ban "${w}(printf|puts|putchar|vprintf|perror)\(" 'library layers do not print' "main\.c|$upper/[a-z_0-9]*\.c"
ban "${w}(fprintf|fputs|fputc|vfprintf)\(" 'library layers do not print' "main\.c|$upper/[a-z_0-9]*\.c"
ban "${w}(malloc|calloc|realloc|strdup|strndup|asprintf|vasprintf)\(" 'mem_ allocators only' \
    'base/mem\.c'
ban "${w}clock_(now|wall)_ms\(" 'nobody but the loop and the commands asks the clock' \
    "(os|http)/[a-z_]*\.[ch]|loop/(loop|fetch)\.c|main\.c|$upper/[a-z_0-9]*\.c"
ban "${w}(fopen|fdopen|tmpfile|rename|remove)\(" 'files are opened in os, or by a command' \
    "main\.c|os/[a-z_0-9]*\.c|$upper/[a-z_0-9]*\.c"
ban "${w}(syscall|eventfd|signalfd|timerfd_create|memfd_create|epoll_[a-z0-9]+|inotify_[a-z0-9]+|prctl|getrandom|\
renameat2|openat2|fallocate|sync_file_range|copy_file_range|sendfile|splice|statx|unshare)\(|O_(TMPFILE|PATH)|\
<(linux|asm)/|/proc/" 'Linux alone has it' 'os/linux\.c'
ban 'CURLOPT_(COPY)?POSTFIELDS([^I]|$)' 'libcurl repeats such a write by itself'
ban 'CURLOPT_SSL_VERIFY(PEER|HOST), *0' 'certificates are always verified'
ban 'typedef[ ]+(struct|enum|union)' 'no typedef for structs and enums'
ban 'goto +[a-np-z]|goto +o[a-tv-z]' 'goto only to out'
ban '^src/[a-z_0-9/]*\.c: extern ' 'a prototype stands in a header'
ban '#[ ]*ifdef +(TEST|UNIT_TEST|FUZZ)' 'no test hooks in the program'
ban '#[ ]*define +[A-Za-z_]+\([^)]*\).*\{' 'no macro that opens a block' 'base/banned\.h'
exit $bad
