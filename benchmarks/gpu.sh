#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# All of what needs a GPU, in one command, on a machine that has one and nvcc: compares the fingerprints of the CUDA and
# Thrust backends with those of the CPU, measures, runs the tests, looks for wrong accesses and races with
# compute-sanitizer, and prints a table. Needs no network, no CMake, and nothing installed.
#
#   sh benchmarks/gpu.sh [DEPENDENCIES]
#
# DEPENDENCIES is a folder that has the headers of Eigen, Random123 and Catch2 (version 2) somewhere, made where they are
# installed, for instance: mkdir deps; cp -r /usr/include/eigen3 /usr/include/Random123 /usr/include/catch2 deps
# Where its folder python has the Python package Spikeometric, with torch and torch_geometric, that is measured too.
#
# After 9 minutes, or GPU_SECONDS, what remains is left out. To compile takes half of that at most. Exit status 0: all
# passed that has to.
set -u
dependencies=$(cd "${1:-/usr/include}" && pwd) || exit 1
cd "$(dirname "$0")/.." || exit 1
limit=${GPU_SECONDS:-540}
deadline=$(($(date +%s) + limit))
compiled=$((deadline - limit / 2))
for_measuring=$((limit * 45 / 100)) for_tests=$((limit * 30 / 100)) # what is left to each stage and those behind it
for_python=$((limit * 17 / 100)) for_sanitizer=$((limit * 11 / 100))
export PATH="$PATH:/usr/local/cuda/bin:/usr/local/cuda/compute-sanitizer"

work=build/gpu
mkdir -p $work
rm -rf "${work:?}"/*
failed=0

give_up() {
  echo "gpu.sh: $*" >&2
  exit 1
}

left() { echo $((deadline - $(date +%s))); }

note() { # STAGE RESULT SECONDS: a row of the table
  printf '%-44s %8s   %s\n' "$1" "$3" "$2" >>$work/table
  printf '\n== %s: %s\n' "$1" "$2"
}

skips= # exit status with which a stage says that it cannot be run here
stage() { # NAME SECONDS_TO_LEAVE COMMAND...: must pass
  name=$1
  seconds=$(($(left) - $2))
  shift 2
  if [ $seconds -lt 5 ]; then
    note "$name" "not run: out of time" -
    failed=1
    return 1
  fi
  printf '\n== %s\n' "$name"
  began=$(date +%s)
  timeout $seconds "$@" 2>&1
  status=$?
  case $status in
    0) result=passed ;;
    "$skips") result="not run: what it needs is not on this machine" ;;
    124) result="FAILED: stopped after $seconds s" ;;
    *) result="FAILED: exit status $status" ;;
  esac
  case $result in FAILED*) failed=1 ;; esac
  note "$name" "$result" "$(($(date +%s) - began)) s"
  return $status
}

# --- what is there ------------------------------------------------------------------------------------------------------

command -v nvcc >/dev/null || give_up "there is no nvcc, nor is it in /usr/local/cuda/bin"
command -v nvidia-smi >/dev/null || give_up "there is no nvidia-smi: is there a GPU?"
capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | sed -n '1s/[^0-9]//gp')
[ -n "$capability" ] || give_up "nvidia-smi names no GPU"
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
nvcc --version | tail -n 2 | head -n 1

flags="-std=c++20 -O3 -DNDEBUG --fmad=false -arch=sm_$capability -diag-suppress=20012,20015"
flags="$flags -Xcompiler=-pthread,-ffp-contract=off -Iinclude -Itests"
for header in Eigen/Core Random123/philox.h catch2/catch.hpp; do
  found=$(find -L "$dependencies" /usr/include -maxdepth 4 -path "*/$header" 2>/dev/null | head -n 1)
  [ -n "$found" ] || give_up "$header is not in $dependencies"
  folder=${found%/"$header"}
  case " /usr/include $flags " in
    *" $folder "*) ;;
    *) flags="$flags -isystem $folder" ;;
  esac
done

# --- build, all at once -------------------------------------------------------------------------------------------------

compile() { # PROGRAM SOURCE FLAGS...: as CUDA, in the background; its exit status goes to PROGRAM.status
  {
    program=$work/$1
    echo "#include \"../../$2\"" >"$program.cu"
    shift 2
    # shellcheck disable=SC2086  # words
    timeout $((compiled - $(date +%s))) nvcc $flags "$program.cu" "$@" -o "$program" \
      >"$program.log" 2>&1
    echo $? >"$program.compiling"
    mv "$program.compiling" "$program.status"
  } &
}

built() { # PROGRAM: waits for it; says once why it is not there
  until [ -e "$work/$1.status" ]; do sleep 1; done
  [ "$(cat "$work/$1.status")" -eq 0 ] && return
  [ -e "$work/$1.log" ] || return 1
  tail -n 30 "$work/$1.log"
  note "compile $1" "FAILED: exit status $(cat "$work/$1.status")" -
  rm "$work/$1.log"
  failed=1
  return 1
}

began_to_build=$(date +%s)
echo '#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>' >$work/catch_main.cpp
# shellcheck disable=SC2086
nvcc $flags -c $work/catch_main.cpp -o $work/catch_main.o &
catch=$!
fingerprints="fingerprints product_fingerprints thrust_fingerprints"
compile fingerprints tests/cuda/fingerprints.cu -lcusparse
compile benchmark benchmarks/backend/gpu.cu -lcusparse
compile product_fingerprints tests/cuda/product_fingerprints.cu -lcusparse
compile thrust_fingerprints tests/backend/thrust_fingerprints.cpp

wait $catch || { wait; give_up "Catch2 does not compile"; }
tests=
for source in tests/cuda/*_test.cpp tests/backend/thrust*_test.cpp tests/graph/device_generate_test.cpp; do
  name=$(basename "$source" .cpp)
  tests="$tests $name"
  compile "$name" "$source" $work/catch_main.o -lcusparse
done
echo '__global__ void nothing() {}
int main() {
  nothing<<<1, 1>>>();
  return cudaDeviceSynchronize() != cudaSuccess;
}' >$work/kernel.cu
compile nothing $work/kernel.cu

# --- run ----------------------------------------------------------------------------------------------------------------

for program in $fingerprints; do
  built "$program" && stage "$program: those of the CPU" $for_measuring \
    sh tests/backend/fingerprints.sh "$work/$program" tests/compiler_matrix.expected
done
built fingerprints && stage "fingerprints over 1e9 neuron-steps" $for_measuring \
  sh tests/backend/fingerprints.sh $work/fingerprints tests/compiler_matrix.expected long

wait # for the processors
note "compile" "for sm_$capability" "$(($(date +%s) - began_to_build)) s"

# It starts no row in the time that is for the tests, but one that is under way may take some of it.
built benchmark && stage "measure" $((for_tests - limit / 20)) \
  $work/benchmark --seconds $(($(left) - for_tests)) --json $work/measured.json

for program in $tests; do
  built "$program" && stage "$program" $for_python $work/"$program"
done

# What is compared with is Python's, and may not be there.
skips=77
stage "Spikeometric on the same GPU" $for_sanitizer \
  env PYTHONPATH="$dependencies/python${PYTHONPATH:+:$PYTHONPATH}" python3 benchmarks/backend/spikeometric_gpu.py \
  --seconds $(($(left) - for_python)) --against $work/measured.json
skips=

sanitize() { # TOOL CASES SECONDS_TO_LEAVE
  stage "compute-sanitizer $1" "$3" \
    compute-sanitizer --tool "$1" --error-exitcode 9 $work/fingerprints tests/data/celegans/synapses.csv "$2"
}

if ! command -v compute-sanitizer >/dev/null; then
  note compute-sanitizer "not run: it is not on this machine" -
elif ! built nothing || ! timeout 60 compute-sanitizer --error-exitcode 9 $work/nothing >$work/sanitizer.log 2>&1; then
  cat $work/sanitizer.log
  note compute-sanitizer "not run: it does not work on this machine" -
elif built fingerprints; then
  sanitize memcheck small $(($(left) / 2))
  sanitize racecheck own 5
fi

printf '\n%-44s %8s   %s\n' stage time result
cat $work/table
exit $failed
