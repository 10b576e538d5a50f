#!/bin/sh
# The rows that are about looking (A4, A5, A6, A7, A12, O3, O4): the script that also runs
# end to end; the names of its tests carry the rows.
exec sh tests/e2e/look.sh
