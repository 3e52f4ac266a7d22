#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
#   sh call.sh SOURCE COMPILER FLAGS...
#
# Compiles a program with one wrong call. The first error must be the library's message, on the first line of SOURCE
# (// expect: TEXT), and at most ten lines may follow it. `// expect: success` stands for a call that is right.
set -eu
source=$1
shift

. "$(dirname "$0")/../require.sh"
require "$1"

expected=$(sed -n '1s|^// expect: ||p' "$source")
if output=$("$@" "$source" 2>&1); then
  [ "$expected" = success ] && exit 0
  echo "$source must not compile, and does"
  exit 1
fi
printf '%s\n' "$output" | awk -v expected="$expected" '
  first { after++ }
  !first && /error:/ { first = index($0, expected) ? 1 : -1 }
  END {
    if (first != 1) print "the first error is not \"" expected "\":"
    if (after > 10) print after " lines follow the first error:"
    exit !(first == 1 && after <= 10)
  }' || { printf '%s\n' "$output"; exit 1; }
