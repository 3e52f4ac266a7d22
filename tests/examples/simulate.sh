#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The driver as a user meets it: what it prints and writes, how it fails; and the README's program is the example.
#
#   sh simulate.sh SIMULATE SOURCE_DIR
set -u
simulate=$1
source=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0
network="--generate normal,neurons=300,probability=0.1,std=5,seed=3"

complain() {
  echo "FAILED: $*"
  failed=1
}

field() { # NAME ARGUMENTS...: of the JSON report
  name=$1
  shift
  "$simulate" $network --json "$@" | sed "s/.*\"$name\":\"\{0,1\}\([^,\"}]*\).*/\1/"
}

refuse() { # STATUS PART ARGUMENTS...: one line on standard error with the part in it, nothing on standard output
  status=$1
  part=$2
  shift 2
  "$simulate" "$@" >out 2>err
  got=$?
  [ $got -eq "$status" ] || complain "status $got instead of $status: $*"
  [ "$(wc -l <err)" -eq 1 ] || complain "not one line: $* -> $(cat err)"
  grep -qF -- "$part" err || complain "'$part' is not in '$(cat err)': $*"
  [ ! -s out ] || complain "standard output: $*"
}

same() { # WHAT A B
  [ "$2" = "$3" ] && [ -n "$2" ] || complain "$1: '$2' is not '$3'"
}

# The same spikes however they are made
whole=$(field fingerprint --steps 2000 --seed 9)
same "in pieces" "$(field fingerprint --steps 2000 --seed 9 --split 1,0,700)" "$whole"
same "by matrix product" "$(field fingerprint --steps 2000 --seed 9 --strategy sparse_matvec)" "$whole"
[ "$(field fingerprint --steps 2000 --seed 10)" != "$whole" ] || complain "another seed gives the same spikes"
[ "$(field fingerprint --steps 2000 --seed 9 --network 1)" != "$whole" ] || complain "another network gives the same spikes"
if "$simulate" $network --threads 2 --steps 1 >out 2>err; then
  same "by two threads" "$(field fingerprint --steps 2000 --seed 9 --threads 2)" "$whole"
else
  refuse 2 "OpenMP" $network --threads 2
fi

# What it reports and writes
"$simulate" $network --steps 2000 --seed 9 --json --out spikes.csv --raster raster.svg >report.json
for key in neurons synapses steps dt_ms spikes mean_rate_hz us_per_step synaptic_events_per_s build_s peak_rss_bytes \
  fingerprint seed model parameters version; do
  grep -q "\"$key\":" report.json || complain "no $key in the report"
done
same "lines of the report" "$(wc -l <report.json)" 1
same "header of the spikes" "$(head -n 1 spikes.csv)" "step,neuron,count"
same "spikes written" "$(awk -F, 'NR > 1 { n += $3 } END { print n }' spikes.csv)" \
  "$(sed 's/.*"spikes":\([0-9]*\).*/\1/' report.json)"
grep -q "\"fingerprint\": \"$whole\"" spikes.csv.json || complain "spikes.csv.json does not tell how the spikes were made"
grep -q "time (ms)" raster.svg || complain "the raster has no axis of time"
same "dt as given" "$(field dt_ms --steps 1 --set dt=0.1)" 0.1
same "no steps" "$(field spikes --steps 0)" 0
[ -z "$("$simulate" $network --steps 1 --quiet)" ] || complain "--quiet prints"
"$simulate" $network --steps 10 | grep -q "mean rate" || complain "the table has no mean rate"

# An interrupted run keeps what it has
"$simulate" $network --steps 1000000000 --quiet --out interrupted.csv 2>err &
sleep 2
kill -s INT $!
wait $!
same "status of an interrupted run" $? 1
grep -q "interrupted after [1-9]" err || complain "an interrupted run says '$(cat err)'"
[ "$(wc -l <interrupted.csv)" -gt 1000 ] || complain "an interrupted run wrote nothing"

# Wrong use
refuse 2 "--graph,--generate"
refuse 2 "--graph,--generate" $network --graph a.csv
refuse 2 "--bogus" $network --bogus
refuse 2 "--steps" $network --steps -3
refuse 2 "--steps" $network --steps 1e3
refuse 2 "--seed" $network --seed 18446744073709551616
refuse 2 "--split" $network --steps 10 --split 7,8
refuse 2 "--model" $network --model hodgkin_huxley
refuse 2 "--threads: threads = 0" $network --threads 0
refuse 2 "--threads: threads = -1" $network --threads=-1
refuse 2 "there are dt, r, coupling_decay" $network --set thet=1
refuse 2 "--set theta=high" $network --set theta=high
refuse 2 "theta = nan" $network --set theta=nan
refuse 2 "dt = 0 ms" $network --set dt=0
refuse 2 "dt = -1 ms" $network --set dt=-1
refuse 2 "dt = 1.5 ms" $network --set dt=1.5
refuse 2 "coupling_window = -1 steps" $network --set coupling_window=-1
refuse 2 "coupling_decay = 0" $network --set coupling_window=inf --set coupling_decay=0
refuse 2 "'norm'" --generate norm,neurons=3
refuse 2 "at least one neuron" --generate normal,neurons=0
refuse 2 "5000000000 neurons" --generate normal,neurons=5000000000
refuse 2 "probability = 1.5" --generate normal,neurons=9,probability=1.5
refuse 2 "std = -1" --generate normal,neurons=9,std=-1
refuse 2 "--weight-scale" $network --weight-scale 1e300

# Work that fails
refuse 1 "nowhere/x.csv: cannot be opened" $network --steps 1000000000000 --out nowhere/x.csv
if [ -e /dev/full ]; then
  refuse 1 "/dev/full: cannot be written" $network --steps 1 --quiet --out /dev/full --raster kept.svg
  [ -s kept.svg ] || complain "a full disk for one file loses the other"
  "$simulate" $network --steps 1 >/dev/full 2>err
  same "status where standard output is full" $? 1
fi
file() { # CONTENT
  printf "$1" >graph.csv
}
refuse 1 "missing.csv: cannot be opened" --graph missing.csv
file ''
refuse 1 "graph.csv: is empty" --graph graph.csv
file '0,1,2\n1,0,3\n'
refuse 1 "graph.csv:1: no column is called pre" --graph graph.csv
file 'pre,post\n0,1\n'
refuse 1 "graph.csv:1: no column is called weight" --graph graph.csv
file 'pre,post,weight\n0,1,2\n1,zero,3\n'
refuse 1 "graph.csv:3: post 'zero'" --graph graph.csv
file 'pre,post,weight\n0,1,nan\n'
refuse 1 "graph.csv:2: weight 'nan'" --graph graph.csv
file 'pre,post,weight\n0,-1,1\n'
refuse 1 "graph.csv:2: post '-1'" --graph graph.csv
file 'pre,post,weight\n0,1,2\n1,0,1\n0,1,3\n'
refuse 1 "graph.csv:4: synapse 0 -> 1 is given 2 times" --graph graph.csv
refuse 1 "/raster.svg: cannot be opened for writing" $network --steps 1 --quiet --raster nowhere/raster.svg

# The README's program
sed -n '/^```cpp$/,/^```$/p' "$source/README.md" | sed '1d;/^```$/,$d' >readme.cpp
sed '/^\/\/ /d' "$source/examples/quickstart.cpp" | diff - readme.cpp || complain "the README's program is not quickstart.cpp"
if grep -n '@[A-Z]*@' "$source"/*.md; then complain "a place left open"; fi

exit $failed
