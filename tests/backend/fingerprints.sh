#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Compares the lines that a program made of fingerprints.hpp prints with those expected of all backends.
#
#   sh fingerprints.sh PROGRAM compiler_matrix.expected [short | long | small]
#
# Skipped (exit 77) where the program says that there is no device.
set -u
export OMP_WAIT_POLICY=PASSIVE  # threads of Thrust that wait by spinning take each other's time where cores are few
program=$1
expected=$2
mode=${3:-usual}
synapses=$(dirname "$expected")/data/celegans/synapses.csv
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

"$program" "$synapses" "$mode" >"$scratch/printed"
status=$?
if [ $status -ne 0 ] || [ "$mode" = small ]; then
  cat "$scratch/printed"
  exit $status
fi
case $mode in
  long) grep -E '^exact|1e9' "$expected" ;;
  short) grep -vE 'threads|1e9|celegans( again| in pieces| matrix product)? +[0-9]' "$expected" ;;
  *) grep -vE 'threads|1e9' "$expected" ;;
esac >"$scratch/expected"
if [ ! -s "$scratch/expected" ]; then
  echo "failed: $expected has no lines to compare with"
  exit 1
fi
if ! diff "$scratch/expected" "$scratch/printed"; then
  echo "failed: $program prints other lines (>) than expected (<)"
  exit 1
fi
echo "$(wc -l <"$scratch/expected") lines as expected: $program"
