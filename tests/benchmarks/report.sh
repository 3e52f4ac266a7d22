#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The report on a few measurements of round numbers, and on ones that are none.
#
#   sh report.sh BENCHMARK_REPORT
set -u
report=$1
. "$(dirname "$0")/../scratch.sh"
mkdir measured out

has() { # LINE of results.md
  grep -qxF -- "$1" out/results.md || complain "results.md has no line '$1'"
}

refused() { # PART of the message
  "$report" measured out 60 >log 2>err && complain "not refused: $1"
  grep -qF -- "$1" err || complain "'$1' is not in '$(cat err)'"
}

cat >measured/build.json <<'END'
{"compiler": "GNU 12", "flags": "-O3", "version": "1.2.3"}
END
cat >measured/simulate_simulator.json <<'END'
{"context": {"num_cpus": 2, "caches": []},
 "benchmarks": [
  {"run_name": "synapses/5/iterations:1/manual_time", "repetitions": 3, "aggregate_name": "median", "family_index": 0,
   "per_family_instance_index": 0, "real_time": 2.0, "time_unit": "us", "neurons": 1000, "synapses": 1e5, "rate": 0.01,
   "events": 1000}]}
END
cat >measured/peers.json <<'END'
{"versions": {"flags": "-O3", "brian2": {"brian2": "9.8", "flags": "-O9"}},
 "cases": [
  {"peer": "Brian2", "model": "bernoulli_glm", "parameters": {"coupling_window": "inf"}, "neurons": 5000,
   "probability": 0.1, "synapses": 2500000, "rate_peer": 0.0101, "rate_ours": 0.01, "rate_bound": 0.0005,
   "us_per_step_peer": {"median": 60}, "us_per_step_ours": {"median": 10}, "ratio": 6, "peak_mb_peer": 100,
   "peak_mb_peer_least": 90, "peak_mb_ours": 50, "peak_mb_ours_generated": 25}],
 "curve": [
  {"peer": "Brian2", "model": "bernoulli_glm", "parameters": {"coupling_window": "inf"}, "neurons": 1000,
   "probability": 0.1, "synapses": 100000, "rate_peer": 0.0101, "rate_ours": 0.01, "rate_bound": 0.0005,
   "us_per_step_peer": {"median": 6}, "us_per_step_ours": {"median": 2}, "ratio": 3, "peak_mb_peer": 10,
   "peak_mb_peer_least": 9, "peak_mb_ours": 5, "peak_mb_ours_generated": 4}],
 "skipped": [{"peer": "NEST", "why": "not installed"}], "refused": []}
END
cat >measured/turns.txt <<'END'
5000 0.1 yardstick 20 0.009
5000 0.1 1 12 0.01
5000 0.1 2 8 0.01
5000 0.1 yardstick 22 0.009
5000 0.1 1 10 0.01
5000 0.1 2 9 0.01
5000 0.1 yardstick 18 0.009
5000 0.1 1 11 0.01
5000 0.1 2 5.5 0.01
END
echo "empty 2500" >measured/compile.txt
echo 0.25 >measured/load.txt

"$report" measured out 60 >log || complain "exit status $?"
has "| load at the start | 0.25 |"
has "| times as fast as Brian2, 5000 x 0.1 | at least 6 | 6 | yes |"
has "| times as fast as Brian2, 20000 x 0.05 | at least 6 | - | not measured |"
has "| s to compile an empty file | at most 3 | 2.5 | yes |"
has "| Brian2 | bernoulli_glm | 5000 | 2.5e6 | 0.0101 | 0.01 | 5 | 60 | 10 | 6 | 100 | 90 | 50 | 25 |"
has "Not compared: NEST: not installed."
has "brian2: brian2 9.8; flags -O9."
has "| 5000 x 0.1 | 20 | 0.009 | 11 | 0.01 | 0.55 | - | - | 8 | 1.38 |"
has "| 100000 | 1000 | 0.01 | 2 | 1 |"
grep -qF "this library, no window" out/speed.svg || complain "the figure lacks this library"
grep -qF '"us_per_step"' out/results.json || complain "results.json lacks the turns"

cp measured/turns.txt turns.txt
echo "5000 0.1 1 0.01" >>measured/turns.txt # the time is missing
refused "turns.txt, line 10"
cp turns.txt measured
echo "empty 2500 ms" >measured/compile.txt
refused "compile.txt, line 1"
rm measured/compile.txt
echo '{"cases": [' >measured/peers.json
refused "peers.json"

exit $failed
