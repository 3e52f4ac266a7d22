#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Measures everything and writes results.json, results.md and speed.svg into a build folder. The preset `benchmark`
# builds what it needs and calls it:
#
#   cmake --workflow --preset benchmark
#   sh benchmarks/run.sh build/benchmark             # once more
#
# BENCHMARK_ROUNDS=1 in the environment: everything once instead of five times. SPIKEOMETRIC_PEERS: where
# peers/install.sh installed other packages, by default build/peers; without them there is no comparison.
set -eu
build=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
rounds=${BENCHMARK_ROUNDS:-5}
began=$(date +%s)
out=$build/measurements
rm -rf "$out"
mkdir -p "$out"
cp "$build/benchmarks/build.json" "$out"
flags=$(sed -n 's/.*"flags": "\(.*\)".*/\1/p' "$out/build.json")
if [ -r /proc/loadavg ]; then
  read -r load rest </proc/loadavg
  echo "$load" >"$out/load.txt"
  if awk "BEGIN { exit !($load > 0.5) }"; then
    echo "run.sh: the load is $load: other programs run, or ran until a minute ago; times may be too long" >&2
  fi
fi

say() { printf '\n== %s (after %d s)\n' "$*" "$(($(date +%s) - began))"; }

refuse() { # WHAT OUTPUT
  printf 'run.sh: %s\n%s\n' "$1" "$2" >&2
  exit 1
}

say "Compile time"
printf '#include <spikeometric/spikeometric.hpp>\n' >"$out/empty.cpp"
for source in "$out/empty.cpp" examples/quickstart.cpp; do
  round=0
  while [ $round -lt "$rounds" ]; do
    round=$((round + 1))
    # The last line of `times` is what children took, here the compiler: user and system, as 0m1.5s.
    taken=$("${CXX:-c++}" -std=c++20 -O2 -ffp-contract=off "@$build/benchmarks/include_flags.txt" \
      -c "$source" -o "$out/object" && times)
    ms=$(echo "$taken" | sed -n '$s/[ms]/ /gp' | awk '{ printf "%.0f", ($1 + $3) * 60000 + ($2 + $4) * 1000 }')
    case $ms in '' | 0) refuse "the shell does not tell how long a compiler took" "$taken" ;; esac
    printf '%s %s\n' "$(basename "$source" .cpp)" "$ms" | tee -a "$out/compile.txt"
  done
done
rm -f "$out/object" "$out/empty.cpp"

for program in "$build"/benchmarks/*_benchmark; do
  name=$(basename "$program" _benchmark)
  repetitions=$rounds
  case $name in
    *_gpu) continue ;;
    simulate_memory) repetitions=1 ;; # the same every time
  esac
  say "$name"
  "$program" --benchmark_repetitions="$repetitions" --benchmark_enable_random_interleaving=true \
    --benchmark_display_aggregates_only=true --benchmark_out="$out/$name.json" --benchmark_out_format=json >"$out/log"
done

say "The smallest program, the driver on 1, 2, ... threads, and the driver built for any processor, in turns"
cores=$(getconf _NPROCESSORS_ONLN)
threads=1
all_threads=
while [ "$threads" -lt "$cores" ]; do
  all_threads="$all_threads $threads"
  threads=$((threads * 2))
done
all_threads="$all_threads $cores"

simulated() { # PROGRAM THREADS
  "$build/$1" --generate "normal,neurons=$neurons,probability=$probability,std=5,seed=1" --steps "$steps" \
    --equilibrate 0 --threads "$2" --json
}
number() { # NAME UNIT: what comes after a name in $said, in this many parts
  printf '%s\n' "$said" | sed -n "s/.*$1\"*[: ]\([0-9.][0-9.e+-]*\).*/\1/p" | awk '{ print $1 / '"$2"' }'
}
note() { # NAME COMMAND...: a row, of what the command says
  name=$1
  shift
  said=$("$@") || refuse "exit status $? of $*" "$said"
  us=$(number us_per_step 1)
  rate=$(number mean_rate_hz 1000)
  rate=${rate:-$(number rate 1)}
  if [ -z "$us" ] || [ -z "$rate" ]; then refuse "no time or no rate is in what $* says" "$said"; fi
  printf '%s %s %s %s %s\n' "$neurons" "$probability" "$name" "$us" "$rate" | tee -a "$out/turns.txt"
}
for case in "5000 0.1 20000" "20000 0.05 3000" "100000 0.01 400"; do
  set -- $case
  neurons=$1 probability=$2 steps=$3
  round=0
  while [ $round -lt "$rounds" ]; do
    round=$((round + 1))
    note yardstick "$build/benchmarks/yardstick" "$neurons" "$probability" "$steps"
    if [ -x "$build/benchmarks/simulate_portable" ]; then note portable simulated benchmarks/simulate_portable 1; fi
    for threads in $all_threads; do note "$threads" simulated examples/simulate "$threads"; done
  done
done
neurons=31623 probability=0.1 steps=100
simulated examples/simulate 1 >"$out/driver.json"

rm -f "$out/log"

peers=${SPIKEOMETRIC_PEERS:-build/peers}
if [ -d "$peers" ]; then
  say "Other packages"
  python3 benchmarks/peers/compare.py --simulate "$build/examples/simulate" --peers "$peers" --curve \
    --runs "$rounds" --flags="$flags" --out "$out/peers.json" || echo "compare.py: exit status $?"
else
  say "No other packages: there is no folder $peers"
fi

"$build/benchmarks/benchmark_report" "$out" "$build" "$(($(date +%s) - began))"
