#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The same spikes from every compiler and for every instruction set: builds compiler_matrix.cpp many times, and compares
# what the programs print with compiler_matrix.expected.
#
#   sh compiler_matrix.sh SOURCE_DIR SCRATCH_DIR CXX FLAGS...
#
# g++ and clang++ are built with, CXX if it is another one too. A compiler that is missing is named, and fails the test if
# SPIKEOMETRIC_REQUIRE_TOOLS has it. Without optimisation, runs of 100,000 steps are left out; `long` runs take 1e9
# neuron-steps, with two of the builds.
set -u
source=$1
scratch=$2
given=$3
shift 3
tests=$source/tests
. "$tests/require.sh"
rm -rf "$scratch"
mkdir -p "$scratch"

complain() {
  echo "FAILED: $*" | tee -a "$scratch/failures"
}

build() { # PROGRAM COMPILER FLAGS...
  program=$1
  shift
  objects=
  {
    for part in 0 1 2 3 4 5; do
      "$@" -std=c++20 -DFINGERPRINTS_PART=$part -c "$tests/compiler_matrix.cpp" -o "$scratch/$program.$part.o" || return 1
      objects="$objects $scratch/$program.$part.o"
    done
    "$@" $objects -o "$scratch/$program" || return 1
  } >"$scratch/$program.log" 2>&1
}

compare() { # PROGRAM MODE GREP_OPTIONS...: with the lines of the expected output that grep finds
  program=$1
  mode=$2
  shift 2
  grep -E "$@" "$tests/compiler_matrix.expected" >"$scratch/$program.expected"
  "$scratch/$program" "$tests/data/celegans/synapses.csv" "$mode" >"$scratch/$program.out" 2>&1
  diff "$scratch/$program.expected" "$scratch/$program.out"
}

check() { # PROGRAM COMPILER FLAGS...
  apart=1e9 mode=usual
  case $1 in *-O0) mode=short apart="$apart|celegans( again| in pieces| matrix product)? +[0-9]" ;; esac
  if ! build "$@" -ffp-contract=off -pthread; then
    cat "$scratch/$1.log"
    complain "$1 does not compile"
  elif compare "$1" $mode -v "$apart"; then
    echo "same spikes, same bits: $1"
  else
    complain "$1"
  fi
}

can_run_v3() {
  echo 'int main() { return !(__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")); }' |
    g++ -march=x86-64-v3 -x c++ -o "$scratch/can_run" - >/dev/null 2>&1 && "$scratch/can_run"
}

compilers="g++ clang++"
case $(basename "$given") in
  c++ | g++ | clang++) ;;
  *) compilers="$compilers $given" ;;
esac
for compiler in $compilers; do
  missing=$(require "$compiler") || {
    case $missing in failed*) complain "$missing" ;; *) echo "$missing" ;; esac
    continue
  }
  name=$(basename "$compiler")
  check "$name-O0" "$compiler" -O0 "$@" &
  check "$name-O2" "$compiler" -O2 "$@"
  check "$name-O3-native" "$compiler" -O3 -march=native "$@"
  if compare "$name-O3-native" long '^exact|1e9'; then
    echo "same bits over 1e9 neuron-steps: $name-O3-native"
  else
    complain "$name-O3-native over 1e9 neuron-steps"
  fi
  wait
done

if can_run_v3; then
  check g++-O3-x86-64-v3 g++ -O3 -march=x86-64-v3 "$@"
  if printf '#include <spikeometric/arithmetic/exact.hpp>\nint main() { return spikeometric::build_is_exact(); }' |
    g++ -std=c++20 -O2 -march=x86-64-v3 -ffp-contract=fast "$@" -x c++ - -o "$scratch/contracted" &&
    "$scratch/contracted"; then
    echo "a build that contracts says so"
  else
    complain "a build that contracts does not say so"
  fi
else
  echo "skipped: this machine does not run -march=x86-64-v3"
fi
if [ -s "$scratch/failures" ]; then exit 1; fi
if ! ls "$scratch"/*.expected >/dev/null 2>&1; then
  echo "skipped: nothing was compared"
  exit 77
fi
