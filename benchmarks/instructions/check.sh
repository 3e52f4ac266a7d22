#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Counts the instructions of a simulator's steps, a number that does not depend on what else the machine does, and fails
# where a case of step.cpp takes over a tenth more of them than expected.txt has recorded; or over a tenth fewer, since
# a gain that is not recorded hides the loss that comes after it.
#
#   sh benchmarks/instructions/check.sh [--record] [COMPILER FLAGS...]
#
# --record writes expected.txt. Cases whose name ends in -v3 are compiled for x86-64-v3, with AVX2. Skipped (exit 77)
# without valgrind, and with another compiler than that recorded; both fail where SPIKEOMETRIC_REQUIRE_TOOLS names
# valgrind.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../tests/require.sh"
expected=$here/expected.txt
cases="update update-v3 propagation propagation-v3 delays bases batch poisson"

record=
if [ "${1:-}" = --record ]; then
  record=yes
  shift
fi
[ $# -gt 0 ] || set -- g++ "-I$here/../../include" -isystem /usr/include/eigen3

require valgrind
require "$1"
compiler=$(printf '#ifdef __clang__\nclang++ __clang_major__\n#else\ng++ __GNUC__\n#endif\n' |
  "$1" -E -P -x c++ - | sed '/^$/d')
compiler="$compiler $(uname -m)"
if [ -z "$record" ]; then
  recorded=$(sed -n 's/^compiler //p' "$expected")
  if [ "$compiler" != "$recorded" ]; then
    unknown="the counts recorded are those of $recorded, and this is $compiler"
    case " ${SPIKEOMETRIC_REQUIRE_TOOLS:-} " in
      *" valgrind "*)
        echo "failed: $unknown; take that compiler, record anew, or leave valgrind out of SPIKEOMETRIC_REQUIRE_TOOLS"
        exit 1
        ;;
    esac
    echo "skipped: $unknown"
    exit 77
  fi
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
build() { # PROGRAM COMMAND...
  program=$1
  shift
  "$@" -std=c++20 -O3 -DNDEBUG -ffp-contract=off -pthread -o "$scratch/$program" "$here/step.cpp"
}
build step "$@"
build step-v3 "$@" -march=x86-64-v3

for case in $cases; do
  program=step
  case $case in *-v3) program=step-v3 ;; esac
  valgrind -q --tool=callgrind --collect-atstart=no --toggle-collect='*counted_steps*' \
    --callgrind-out-file="$scratch/count" "$scratch/$program" "${case%-v3}" >"$scratch/work"
  read -r units unit <"$scratch/work"
  total=$(sed -n 's/^totals: //p' "$scratch/count")
  if ! [ "${total:-0}" -gt 0 ] || ! [ "${units:-0}" -gt 0 ]; then
    echo "failed: $case: ${total:-0} instructions were counted, of ${units:-0} units of work"
    exit 1
  fi
  echo "$case $total $units $unit" | awk '{ printf "%s %.3f %s\n", $1, $2 / $3, $4 }' >>"$scratch/now"
done

if [ -n "$record" ]; then
  {
    echo "# Instructions for each unit of work, written by check.sh --record"
    echo "compiler $compiler"
    cat "$scratch/now"
  } >"$expected"
  cat "$expected"
  exit
fi

again="record anew: sh benchmarks/instructions/check.sh --record"
awk -v again="$again" '
  BEGIN { printf "%-14s %10s %10s %9s   instructions for each\n", "case", "recorded", "now", "change" }
  FILENAME == ARGV[1] { recorded[$1] = $2; next }
  {
    if (!(recorded[$1] > 0)) { text = text "failed: nothing is recorded of " $1 "; " again "\n"; failed = 1; next }
    change = 100 * ($2 / recorded[$1] - 1)
    printf "%-14s %10.3f %10.3f %+7.1f %%   %s\n", $1, recorded[$1], $2, change, $3
    if (change > 10) {
      text = text "failed: " $1 " takes " sprintf("%.1f", change) " % more instructions than recorded"
      text = text "; if they are worth it, " again "\n"
      failed = 1
    } else if (change < -10) {
      text = text "failed: " $1 " takes " sprintf("%.1f", -change) " % fewer instructions than recorded; to keep that, "
      text = text again "\n"
      failed = 1
    }
  }
  END { printf "%s", text; exit failed }' "$expected" "$scratch/now"
