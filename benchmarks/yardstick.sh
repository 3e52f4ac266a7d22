#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The simulator beside yardstick.cpp, the smallest program that does the same work: both on one thread, built with
# -O3 -march=native, run in turns. Prints medians in microseconds per step, and their ratio.
#
#   sh benchmarks/yardstick.sh [RUNS]
set -eu
cd "$(dirname "$0")/.."
runs=${1:-7}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
compile="${CXX:-c++} -std=c++20 -O3 -march=native -ffp-contract=off -I/usr/include/eigen3 -Iinclude"
$compile benchmarks/yardstick.cpp -o "$scratch/yardstick"
$compile examples/simulate.cpp -o "$scratch/simulate"

median() { sort -n "$1" | sed -n "$(((runs + 1) / 2))p"; }

printf '%9s %12s %7s  %10s %10s %6s\n' neurons probability steps yardstick simulator ratio
for case in "5000 0.1 5000" "20000 0.05 1000" "100000 0.01 200"; do
  set -- $case
  : >"$scratch/theirs"
  : >"$scratch/ours"
  run=0
  while [ "$run" -lt "$runs" ]; do
    run=$((run + 1))
    "$scratch/yardstick" "$@" | sed 's/.*us_per_step \([0-9.]*\).*/\1/' >>"$scratch/theirs"
    "$scratch/simulate" --generate "normal,neurons=$1,probability=$2,std=5,seed=1" --steps "$3" --equilibrate 0 --json |
      sed 's/.*"us_per_step":\([0-9.]*\).*/\1/' >>"$scratch/ours"
  done
  theirs=$(median "$scratch/theirs")
  ours=$(median "$scratch/ours")
  printf '%9s %12s %7s  %10.2f %10.2f %6.2f\n' "$@" "$theirs" "$ours" "$(echo "$ours $theirs" | awk '{ print $1 / $2 }')"
done
