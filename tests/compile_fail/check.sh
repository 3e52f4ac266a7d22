#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
#   sh check.sh SOURCE COMPILER FLAGS...
#
# Compiles SOURCE and compares the answer with its first line (see CMakeLists.txt).
set -eu
source=$1
shift

expected=$(sed -n '1s|^// expect: ||p' "$source")
if [ -z "$expected" ]; then
  echo "$source:1: not of the form \"// expect: TEXT\""
  exit 1
fi

if output=$("$@" "$source" 2>&1); then answer=success; else answer=refused; fi

if [ "$expected" = success ]; then
  [ $answer = success ] || { echo "$source must compile, and does not:"; echo "$output"; exit 1; }
elif [ $answer = success ]; then
  echo "$source must not compile, and does"
  exit 1
elif ! printf '%s\n' "$output" | grep -qF -e "$expected"; then
  echo "$source is refused, but not with \"$expected\":"
  echo "$output"
  exit 1
fi
