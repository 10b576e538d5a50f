#!/bin/sh
# Prints "yes" where clang can link a libFuzzer target.
echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n){(void)d;(void)n;return 0;}' |
    clang -fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null && echo yes
