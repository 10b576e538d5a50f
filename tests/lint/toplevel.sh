#!/bin/sh
# The top folder holds these and nothing else.
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || exit 0
found=$(git ls-files | cut -d/ -f1 | sort -u |
    grep -vxE 'src|tests|docs|Makefile|migrate\.yaml\.example|README\.md|LICENSE|\..*')
[ -z "$found" ] || { echo "$found"; exit 1; }
