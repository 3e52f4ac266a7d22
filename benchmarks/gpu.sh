#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# All of what needs a GPU, in one command, on a machine that has one and nvcc: builds and runs the tests of the CUDA and
# Thrust backends, compares their fingerprints with those of the CPU, looks for wrong accesses and races with
# compute-sanitizer, measures, and prints a table. Needs no network, no CMake, and nothing installed.
#
#   sh benchmarks/gpu.sh [DEPENDENCIES]
#
# DEPENDENCIES is a folder that has the headers of Eigen, Random123 and Catch2 (version 2) somewhere, made where they are
# installed, for instance: mkdir deps; cp -r /usr/include/eigen3 /usr/include/Random123 /usr/include/catch2 deps
#
# After 9 minutes, or GPU_SECONDS, what remains is left out. Exit status 0: all passed that has to.
set -u
dependencies=$(cd "${1:-/usr/include}" && pwd) || exit 1
cd "$(dirname "$0")/.." || exit 1
deadline=$(($(date +%s) + ${GPU_SECONDS:-540}))
for_measuring=160 # seconds that the stages before leave
export PATH="$PATH:/usr/local/cuda/bin:/usr/local/cuda/compute-sanitizer" OMP_WAIT_POLICY=PASSIVE

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
    124) result="FAILED: stopped after $seconds s" ;;
    *) result="FAILED: exit status $status" ;;
  esac
  [ $status -eq 0 ] || failed=1
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
flags="$flags -Xcompiler=-fopenmp,-ffp-contract=off -Iinclude -Itests"
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
    timeout "$(left)" nvcc $flags "$program.cu" "$@" -o "$program" \
      >"$program.log" 2>&1
    echo $? >"$program.status"
  } &
}

began_to_build=$(date +%s)
echo '#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>' >$work/catch_main.cpp
# shellcheck disable=SC2086
nvcc $flags -c $work/catch_main.cpp -o $work/catch_main.o &
catch=$!
fingerprints="fingerprints product_fingerprints thrust_fingerprints"
compile fingerprints tests/cuda/fingerprints.cu -lcusparse
compile product_fingerprints tests/cuda/product_fingerprints.cu -lcusparse
compile thrust_fingerprints tests/backend/thrust_fingerprints.cpp
compile benchmark benchmarks/backend/gpu.cu -lcusparse

wait $catch || { wait; give_up "Catch2 does not compile"; }
tests=
for source in tests/cuda/*_test.cpp tests/backend/thrust_test.cpp tests/graph/device_generate_test.cpp; do
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
wait
for program in $fingerprints $tests benchmark nothing; do
  status=$(cat "$work/$program.status")
  [ "$status" -eq 0 ] && continue
  tail -n 30 "$work/$program.log"
  note "compile $program" "FAILED: exit status $status" -
  failed=1
done
note "compile" "for sm_$capability" "$(($(date +%s) - began_to_build)) s"

built() { [ -x $work/"$1" ]; }

# --- run ----------------------------------------------------------------------------------------------------------------

for program in $fingerprints; do
  built "$program" && stage "$program: those of the CPU" $for_measuring \
    sh tests/backend/fingerprints.sh "$work/$program" tests/compiler_matrix.expected
done
built fingerprints && stage "fingerprints over 1e9 neuron-steps" $for_measuring \
  sh tests/backend/fingerprints.sh $work/fingerprints tests/compiler_matrix.expected long
for program in $tests; do
  built "$program" && stage "$program" $for_measuring $work/"$program"
done

# The benchmark starts no row when the time is over that the sanitizer needs.
built benchmark && stage "measure" 60 $work/benchmark --seconds $(($(left) - 90)) --json $work/measured.json

# What is compared with is Python's, and may not be there.
if python3 -c 'import spikeometric' 2>/dev/null; then
  stage "Spikeometric on the same GPU" 40 python3 benchmarks/backend/spikeometric_gpu.py
else
  note "Spikeometric on the same GPU" "not run: the Python package is not on this machine" -
fi

if ! command -v compute-sanitizer >/dev/null; then
  note compute-sanitizer "not run: it is not on this machine" -
elif ! built nothing || ! timeout 60 compute-sanitizer --error-exitcode 9 $work/nothing >$work/sanitizer.log 2>&1; then
  cat $work/sanitizer.log
  note compute-sanitizer "not run: it does not work on this machine" -
elif built fingerprints; then
  for tool in memcheck racecheck; do
    stage "compute-sanitizer $tool" 5 \
      compute-sanitizer --tool $tool --error-exitcode 9 $work/fingerprints tests/data/celegans/synapses.csv small
  done
fi

printf '\n%-44s %8s   %s\n' stage time result
cat $work/table
exit $failed
