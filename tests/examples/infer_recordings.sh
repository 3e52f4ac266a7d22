#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The driver that infers, given what an experiment records: times of spikes, trials, frames of a stimulus and events.
#
#   sh infer_recordings.sh INFER
set -u
infer=$1
. "$(dirname "$0")/../scratch.sh"

number() { # NAME, of the JSON in `report`: its first value
  grep -o "\"$1\":[^],}]*" report | head -1 | sed 's/.*:\[*//'
}

between() { # WHAT VALUE LEAST MOST
  awk "BEGIN { exit !($2 > $3 && $2 < $4) }" || complain "$1: $2 is not between $3 and $4"
}

run() { # WHAT ARGUMENTS...
  what=$1
  shift
  "$infer" --unit s --dt 1 "$@" --json >report 2>notes || complain "$what: status $?, $(cat notes)"
}

refuse() { fail_with 1 "$infer" "$@"; } # STATUS PART ARGUMENTS...
refuse_after_notes() { fail_with any "$infer" "$@"; }

# 60 s of three neurons, in steps of 1 ms. The rate of A is 20 exp(0.8 s) Hz, where s is 1 or -1 for 10 ms; B has 20 Hz,
# and 250 Hz more for 3 ms after spikes of A; C has 20 Hz, and 120 Hz for 20 ms after cues.
awk 'BEGIN {
  srand(3); print "time,unit" >"times.csv"; print "time,kind" >"cues.csv"; print "contrast,other" >"movie.csv"
  latest = -100; cue = -1000
  for (t = 0; t < 60000; ++t) {
    if (t % 10 == 0) { s = rand() < 0.5 ? -1 : 1; print s "," (rand() < 0.5 ? -1 : 1) >"movie.csv" }
    if (rand() < 0.004) { cue = t; print (t + 0.5) / 1000 ",cue" >"cues.csv" }
    b = rand() < 0.02 + (t > latest && t - latest <= 3 ? 0.25 : 0)
    if (rand() < 0.02 * exp(0.8 * s)) { latest = t; print (t + 0.5) / 1000 ",A" >"times.csv" }
    if (b) print (t + 0.5) / 1000 ",B" >"times.csv"
    if (rand() < (t - cue < 20 ? 0.12 : 0.02)) print (t + 0.5) / 1000 ",C" >"times.csv"
  } }'
coupling="2,last_peak_ms=5,window_ms=15"
history="2,last_peak_ms=5,window_ms=20"
movie="movie.csv,frame_ms=10,channels=2,filter=exponential,tau_ms=1,window_ms=1" # one tap

# Connections, with the stimuli known.
run "connections" --spikes times.csv --coupling $coupling --own-history $history --stimulus $movie \
  --events cues.csv,kind=kind,filter=2,last_peak_ms=20,window_ms=40 --fdr 0.001 --edges edges.csv --out network.csv --check
[ "$(number model)" = '"recording"' ] || complain "the default is not the family for recordings"
sed 1d edges.csv | cut -d, -f1,2 >found
[ "$(cat found)" = A,B ] || complain "connections found: $(cat edges.csv)"
sed 1d edges.csv | { IFS=, read -r _ _ p q strength error && between "strength" "$strength" "(3 * $error)" 100; } ||
  complain "no strength: $(cat edges.csv)"
grep -q '^pre,post,weight,error$' network.csv && [ "$(sed '/^#/d; 1d' network.csv | grep -c '^[A-C],[A-C],')" -gt 5 ] ||
  complain "network.csv: $(cat network.csv)"
between "weight of the contrast for A" "$(number stimulus_weights)" 0.7 0.9
between "neurons within the bound" "$(number within_95_percent_bound)" 1 4
[ "$(grep -o '"name":"[ABC]","spikes":[0-9]*' report | wc -l)" -eq 3 ] || complain "no table of units"
"$infer" --spikes times.csv --unit s --dt 1 --coupling $coupling --own-history $history --fdr 0.001 2>/dev/null >out
grep -q '^  A    B  ' out && grep -q '^  name  spikes  rate_hz' out || complain "the tables: $(cat out)"
run "Wald" --spikes times.csv --coupling $coupling --own-history $history --fdr 0.001 --edge-test wald --yekutieli
grep -q '"pre":"A","post":"B"' report || complain "Wald finds: $(cat report)"

# Families: the same data, so that likelihoods are near each other, and simulations have the recorded rate.
for model in recording logistic cloglog poisson_exponential poisson_softplus; do
  run $model --spikes times.csv --model $model --coupling 1 --own-history exponential,tau_ms=5 --simulate 3 --seed 2
  between "$model, bits per spike" "$(grep -o '"bits_per_spike":[^,]*' report | head -1 | sed 's/.*://')" 0.1 0.3
  recorded=$(number recorded_rate_hz)
  between "$model, simulated rate" "$(grep -o '"simulated":{[^}]*' report | sed 's/.*"rate_hz"://')" "(0.9 * $recorded)" \
    "(1.1 * $recorded)"
done
for n in 1 2 3 4 5 6; do
  run "$n functions" --spikes times.csv --coupling $n --no-own-history --to 5s
  [ "$(grep -o '"synapses":[0-9]*' report)" = '"synapses":6' ] || complain "$n functions: $(cat report)"
done

# Trials on the clock of the recording know the same stimulus as the recording.
printf 'start,stop\n0,20\n20,40\n40,60\n' >trials.csv
run "trials" --spikes times.csv --trials trials.csv --clock recording --coupling $coupling --own-history $history \
  --stimulus $movie --pictures fit --simulate 2 --bin 1000
[ "$(number trials)" = 3 ] || complain "not three trials"
between "weight of the contrast for A in trials" "$(number stimulus_weights)" 0.7 0.9
for picture in connections coupling history stimulus psth check; do
  grep -q '</svg>' fit_$picture.svg || complain "no fit_$picture.svg"
done
run "trials, on their own clocks" --spikes times.csv --trials trials.csv --coupling $coupling --own-history $history \
  --stimulus $movie
between "weight of another stimulus for A" "$(number stimulus_weights)" 0.1 0.5 # right in the first of three trials

# Held-out spikes, units and windows.
run "held-out" --spikes times.csv --to 40s --held-out times.csv,from=40s,to=60s --coupling $coupling \
  --own-history $history --units B,A
grep -q '"held_out":{"spikes":[1-9]' report || complain "nothing held out"
between "held-out bits per spike" "$(grep -o '"held_out":{.*' report | grep -o '"bits_per_spike":[^,]*' | head -1 | sed 's/.*://')" 0.05 0.5
[ "$(grep -o '"name":"[A-C]"' report | tr -d '\n')" = '"name":"B""name":"A"' ] || complain "not the units B and A"
grep -q 'spikes of 2 units are outside of the window' notes || complain "no note on spikes left out: $(cat notes)"
run "one unit is fitted" --spikes times.csv --fit-units B --coupling 1 --to 20s
[ "$(grep -o '"status":"not fitted"' report | wc -l)" -eq 2 ] || complain "units that are fitted: $(cat report)"

# Penalties, signs, cross-validation.
run "cross-validation" --spikes times.csv --coupling $coupling --own-history $history --penalty group_l1 \
  --cross-validate 3 --folds-by blocks --rule sparsest --strengths 6
[ "$(number extended)" = 0 ] || complain "the path was extended: $(cat notes)"
grep -q '"group_l1":1.0' report && grep -q '"standardized":true' report || complain "the penalty: $(cat report)"
between "synapses of the sparsest" "$(number synapses)" 0 4
run "no penalty that helps" --spikes times.csv --coupling 1 --to 20s --penalty l2 --cross-validate 3 --strengths 3
[ "$(number extended)" -eq 0 ] || grep -q 'weaker ones were added' notes || complain "no note on the path: $(cat notes)"
printf 'neuron,sign\nA,inhibitory\n' >signs.csv
run "signs" --spikes times.csv --coupling exponential,tau_ms=2 --own-history $history --signs signs.csv --to 20s \
  --out signs_network.csv
! grep -q '^A,B,[0-9]' signs_network.csv || complain "an inhibitory neuron that excites: $(cat signs_network.csv)"
run "own history" --spikes times.csv --own-sign -1 --own-penalty smooth=0.1+l2=0.01 --coupling 1 --to 20s --history-steps 30
[ "$(number history_steps)" = 30 ] || complain "not 30 steps of history"
run "smooth stimulus" --spikes times.csv --coupling 1 --to 20s --stimulus movie.csv,frame_ms=10,filter=6 \
  --stimulus-penalty smooth=1 --cross-validate 2 --choose stimulus --strengths 3

# Times of all kinds.
sed '1d; s/,.*//' times.csv >one_unit.txt
run "one unit" --spikes one_unit.txt --clip
{ head -1 times.csv; sed 1d times.csv | sort -t, -k1,1r; } >reversed.csv
run "times out of order" --spikes reversed.csv --coupling 1
grep -q 'not in ascending order and were sorted' notes || complain "no note on the order: $(cat notes)"
sed '1d; s/,/ /' times.csv | awk '{ print $1 * 30000 " " $2 }' >samples.txt
"$infer" --spikes samples.txt --unit samples --sampling-rate 30000 --dt 1 --coupling 1 --json >report 2>/dev/null ||
  complain "samples"
[ "$(number steps)" = "$(run seconds --spikes times.csv --coupling 1; number steps)" ] || complain "samples are not seconds"

# Bad input: one line that says what is wrong, of whom and where.
refuse 2 "--dt: the length of a step is missing: times.csv has times; add --dt 1" --spikes times.csv
refuse 2 "the unit of the times in times.csv is missing: add --unit s, --unit ms or --unit samples" --spikes times.csv --dt 1
refuse 2 "--sampling-rate: is missing" --spikes times.csv --unit samples --dt 1
refuse 2 "--unit: 'min' must be s, ms or samples" --spikes times.csv --unit min --dt 1
refuse 2 "--neurons: times.csv has times of spikes, not steps" --spikes times.csv --unit s --dt 1 --neurons 3
seconds="--unit s --dt 1"
printf 'time,unit\n-0.5,A\n1,B\n' >negative.csv
refuse 1 "negative.csv: unit A: the spike at -500 ms is before 0; set --from" --spikes negative.csv $seconds
refuse 1 "unit C: the spike at" --spikes times.csv $seconds --to 40s --outside refuse --units C
printf 'A,0.1,0.2\nA,0.3,0.4\n' >twice.csv
refuse 1 "twice.csv" --spikes twice.csv $seconds
refuse 1 "there is no unit 'D'" --spikes times.csv $seconds --units A,D
printf 'start,stop\n0,10\n20,20\n' >empty_trial.csv
refuse 2 "trial 1: the window from 2e+04 ms to 2e+04 ms must end after it begins" --spikes times.csv $seconds \
  --trials empty_trial.csv
printf 'start,stop\n0,10\n100,101\n' >silent_trial.csv
run "a trial without spikes" --spikes times.csv --trials silent_trial.csv --coupling 1
grep -q '1 trial without spikes: 1' notes || complain "no note on a trial without spikes: $(cat notes)"
printf 'time,unit,trial\n0.1,A,1\n0.2,B,1\n0.3,A,3\n0.1004,A,1\n' >several.csv
refuse_after_notes 1 "1 step has several spikes of a unit (most: unit A)" --spikes several.csv $seconds
head -1000 movie.csv >short.csv
refuse 1 "short.csv: has 999 frames of 2 channels, for steps 0 to 9990, but the recording has steps 0 to" --spikes times.csv \
  $seconds --stimulus short.csv,frame_ms=10
refuse 1 "movie.csv: has 6000 x 2 values, which are not frames of 3 channels" --spikes times.csv $seconds --stimulus movie.csv,channels=3
mkdir movies && cp movie.csv movies/1.csv && cp movie.csv movies/2.csv && cp short.csv movies/3.csv
refuse 1 "movies/3.csv: has 999 frames of 2 channels, for steps 0 to 9990, but trial 2 has steps 0 to 20000" \
  --spikes times.csv $seconds --trials trials.csv --stimulus movies,frame_ms=10
rm movies/3.csv
refuse 1 "movies: has 2 files, but there are 3 trials" --spikes times.csv $seconds --trials trials.csv \
  --stimulus movies,frame_ms=10
sed '4s/,.*/,nan/' movie.csv >nan.csv
refuse 1 "nan.csv: frames must be finite, but the value is nan in frame 2, channel 1" --spikes times.csv $seconds \
  --stimulus nan.csv,frame_ms=10
refuse 2 "--stimulus: a frame has 2.5 steps" --spikes times.csv $seconds --stimulus movie.csv,steps_per_frame=2.5
refuse 2 "--stimulus: 'speed' is not known here" --spikes times.csv $seconds --stimulus movie.csv,speed=2
refuse 2 "--coupling: 7 basis functions: there must be 1 to 6" --spikes times.csv $seconds --coupling 7
refuse 2 "--coupling: bernoulli_glm has a filter of its own" --spikes times.csv $seconds --model bernoulli_glm --coupling 2
refuse 2 "--set: the model recording has no parameters" --spikes times.csv $seconds --set theta=1
refuse 2 "--fit-units: no neuron is called D" --spikes times.csv $seconds --fit-units D
refuse 1 "signs.csv" --spikes times.csv $seconds --units B,C --signs signs.csv
refuse 2 "--fdr: weights of a fit with the penalty l1 or group_l1 have no p-values" --spikes times.csv $seconds --coupling 1 \
  --penalty l1=0.01 --fdr 0.05
refuse 2 "--edges" --spikes times.csv $seconds --edges edges.csv
refuse 2 "--from: 'x' is not a valid number" --spikes times.csv $seconds --from x
run "fewer spikes than parameters" --spikes times.csv --to 600ms
grep -q 'fewer spikes than the 16 parameters of its fit (fewest: unit' notes || complain "no note on few spikes: $(cat notes)"
[ $failed -eq 0 ] && echo "all as it should be"
exit $failed
