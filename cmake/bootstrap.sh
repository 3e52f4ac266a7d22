#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# From a fresh checkout to a first result. What is missing is installed with apt, and nothing else on the machine is
# touched; where nothing is missing, neither root nor a network is needed.
#
#   sh cmake/bootstrap.sh demo      simulates 5000 neurons, leaves spikes and a raster picture in build/demo
#   sh cmake/bootstrap.sh drivers   builds build/release/examples/simulate and build/release/examples/infer
#   sh cmake/bootstrap.sh test      builds and runs the tests of the library and the examples, in minutes
#   sh cmake/bootstrap.sh check     builds everything else and runs all other tests
#
# CXX names another compiler, CMAKE_GENERATOR another build tool, CMAKE_PREFIX_PATH other places for libraries.
set -eu
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

fail() {
  printf 'bootstrap: %s\n' "$*" >&2
  exit 1
}

quietly() { # COMMAND...: shows what it prints only if it fails
  if ! "$@" >"$scratch/log" 2>&1; then
    cat "$scratch/log" >&2
    fail "this did not work; what it printed stands above"
  fi
}

# --- what is there? ---------------------------------------------------------------------------------------------------

compiler_works() { # COMPILER: C++20 with a library to match
  cat >"$scratch/compiler.cpp" <<'END'
#if defined(__clang__) ? __clang_major__ < 14 : __GNUC__ < 11
#error too old
#endif
#include <concepts>
#include <span>
template <std::integral T>
T first(std::span<T> values) { return values[0]; }
int main() {
  int zero[] = {0};
  return first(std::span<int>(zero));
}
END
  "$1" -std=c++20 -o "$scratch/compiler" "$scratch/compiler.cpp" 2>"$scratch/log"
}

find_compiler() { # sets compiler
  if [ -n "${CXX:-}" ]; then
    compiler=$CXX
    compiler_works "$compiler" || fail "CXX=$CXX is no C++20 compiler (g++ 11, clang 14 or newer)"
    return 0
  fi
  for compiler in c++ g++ clang++ g++-14 g++-13 g++-12 g++-11 clang++-18 clang++-17 clang++-16 clang++-15 clang++-14; do
    if compiler_works "$compiler"; then return 0; fi
  done
  return 1
}

cmake_works() {
  version=$(cmake --version 2>/dev/null | sed -n '1s/^cmake version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p')
  # shellcheck disable=SC2086  # two words
  set -- ${version:-0 0}
  [ "$1" -gt 3 ] || { [ "$1" -eq 3 ] && [ "$2" -ge 25 ]; }
}

build_tool_works() {
  if command -v make >/dev/null; then return 0; fi
  command -v ninja >/dev/null || return 1
  export CMAKE_GENERATOR="${CMAKE_GENERATOR:-Ninja}"
}

header_works() { # LINE...: the preprocessor finds what the lines include
  printf '%s\n' "$@" >"$scratch/header.cpp"
  set -- -I/usr/include/eigen3 -I/usr/local/include/eigen3 -I/usr/local/cuda/include/cccl -I/usr/local/cuda/include \
    -I/usr/include/hdf5/serial
  saved_ifs=$IFS
  IFS=:
  for prefix in ${CMAKE_PREFIX_PATH:-}; do
    set -- "$@" "-I$prefix/include" "-I$prefix/include/eigen3"
  done
  IFS=$saved_ifs
  "$compiler" -std=c++20 "$@" -E -o "$scratch/header.ii" "$scratch/header.cpp" 2>"$scratch/log"
}

find_missing() { # sets missing, a line for each, and packages, their names in Debian and Ubuntu
  missing=
  packages=
  lacks() {
    missing="$missing
  $1  ($2)"
    packages="$packages $2"
  }

  find_compiler || { lacks "a C++20 compiler: g++ 11, clang 14 or newer" g++ && compiler=g++; }
  cmake_works || lacks "CMake 3.25 or newer" cmake
  build_tool_works || lacks "make or ninja" make
  header_works '#include <Eigen/Core>' '#if !EIGEN_VERSION_AT_LEAST(3, 4, 0)' '#error too old' '#endif' ||
    lacks "Eigen 3.4" libeigen3-dev
  header_works '#include <Random123/philox.h>' || lacks "Random123" librandom123-dev
  header_works '#include <CLI/CLI.hpp>' || lacks "CLI11" libcli11-dev
  header_works '#include <nlohmann/json.hpp>' || lacks "nlohmann-json" nlohmann-json3-dev
  case $mode in
    test | check)
      header_works '#if __has_include(<catch2/catch_all.hpp>)' '#include <catch2/catch_all.hpp>' \
        '#else' '#include <catch2/catch.hpp>' '#endif' || lacks "Catch2" catch2
      header_works '#include <hdf5.h>' || lacks "HDF5" libhdf5-dev
      ;;
  esac
  [ "$mode" != check ] || header_works '#include <thrust/version.h>' || lacks "Thrust" libthrust-dev
}

install_missing() {
  printf 'Missing, with the package of Debian and Ubuntu:%s\n' "$missing"
  command -v apt-get >/dev/null ||
    fail "there is no apt-get here: install them, or set CXX or CMAKE_PREFIX_PATH to where they are, and start again"
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || fail "installing needs root: apt-get install$packages"
    as_root=sudo
  fi
  say "Installing$packages"
  quietly $as_root sh -c "
    apt-get update
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $packages"
}

# --- build and run ----------------------------------------------------------------------------------------------------

configure() { # PRESET FLAGS...
  say "Configuring build/$1 with $compiler"
  CXX=$compiler quietly cmake --preset "$@"
}

build() { # PRESET FLAGS...
  say "Building"
  cmake --build --preset "$@" --parallel "$jobs"
}

demo() {
  configure demo
  build demo
  set -- build/demo/examples/simulate --generate normal,neurons=5000,probability=0.1,std=5,seed=1 \
    --model bernoulli_glm --steps 10000 --seed 42 --out build/demo/spikes.csv --raster build/demo/raster.svg
  say "Simulating 5000 neurons"
  printf '%s\n\n' "$*"
  "$@"
  say "This program knows one model; sh cmake/bootstrap.sh drivers builds simulate with all, and infer"
}

drivers() {
  configure release -DSPIKEOMETRIC_BUILD_TESTS=OFF -DCMAKE_COMPILE_WARNING_AS_ERROR=OFF
  build release --target simulate infer
}

# `check` runs the tests with one of these labels, `test` those without: see tests/CMakeLists.txt.
long='matrix|speed|long'

run_tests() { # FLAGS...
  say "Testing"
  ctest --preset test --parallel "$jobs" "$@"
}

tests() {
  configure test -DSPIKEOMETRIC_BUILD_BENCHMARKS=OFF -DSPIKEOMETRIC_ENABLE_CUDA=OFF -DSPIKEOMETRIC_ENABLE_THRUST=OFF
  build test --target spikeometric_tests
  run_tests --label-exclude "$long"
}

check() {
  configure test
  build test
  run_tests --label-regex "$long"
}

mode=${1:-}
case $#:$mode in
  1:demo | 1:drivers | 1:test | 1:check) ;;
  *)
    echo "usage: sh cmake/bootstrap.sh demo|drivers|test|check" >&2
    exit 2
    ;;
esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
jobs=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)}

find_missing
if [ -n "$missing" ]; then
  install_missing
  find_missing
  [ -z "$missing" ] || fail "the packages of this system do not bring what is needed:$missing"
fi

case $mode in
  demo) demo ;;
  drivers) drivers ;;
  test) tests ;;
  check) check ;;
esac
