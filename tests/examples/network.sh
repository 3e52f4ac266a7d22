#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The driver with a network in a file: --network and --save-network.
#
#   sh network.sh SIMULATE SOURCE_DIR
set -u
simulate=$1
example=$2/examples/networks/balanced.json
. "$(dirname "$0")/../scratch.sh"

field() { # NAME ARGUMENTS...: of the JSON report
  name=$1
  shift
  "$simulate" --json "$@" | sed "s/.*\"$name\":\"\{0,1\}\([^,\"}]*\).*/\1/"
}
fingerprint() { # ARGUMENTS...
  field fingerprint "$@"
}

refuse() { # STATUS PART ARGUMENTS...: one line on standard error with the part in it, nothing on standard output
  fail_with 1 "$simulate" "$@"
  [ ! -s out ] || complain "standard output: $*"
}

same() { # WHAT A B
  [ "$2" = "$3" ] && [ -n "$2" ] || complain "$1: '$2' is not '$3'"
}

cat >small.json <<'END'
{"format": "spikeometric network", "version": 1, "dt": 0.5, "seed": 3,
 "populations": [{"name": "E", "neurons": 80}, {"name": "I", "neurons": 20}],
 "projections": [
   {"from": "E", "to": "I", "rule": {"kind": "fixed_in_degree", "degree": 10}, "weight": 0.5, "delay_ms": 1.5},
   {"from": "I", "to": "E", "rule": {"kind": "pairwise", "probability": 0.3}, "weight": -0.5}],
 "model": {"name": "bernoulli_glm", "parameters": {"theta": 3, "coupling_window": 30}},
 "stimuli": [{"kind": "regular", "period_steps": 100, "pulse_steps": 5, "populations": ["I"], "neurons": [3, [5, 9]]}],
 "simulation": {"steps": 2000, "equilibrate": 50, "seed": 9, "initial": "silent"}}
END

# The example, and what is printed of populations
"$simulate" --network "$example" --raster raster.svg >table || complain "the example fails"
grep -q '^  population  *neurons  *rate, Hz  *CV$' table || complain "no head of the table of populations: $(cat table)"
grep -Eq '^  E +4000 +[0-9]+\.[0-9]{3} +0\.[0-9]{3}$' table || complain "no rate of E: $(cat table)"
grep -q '>E<' raster.svg || complain "the raster has no label of E"
"$simulate" --network "$example" --json >report
grep -q '"populations":\[{"name":"E","neurons":4000,"rate_hz":[0-9.]*,"cv":0[0-9.]*},{"name":"I","neurons":1000,' report ||
  complain "populations are not reported: $(cat report)"
grep -q '"parameters":{"theta":2.5}}\]' report || complain "parameters of populations are not reported"

# What the file says, other options change
whole=$(fingerprint --network small.json)
same "steps" "$(field steps --network small.json)" 2000
same "steps of the command line" "$(field steps --network small.json --steps 30)" 30
same "options in place of the file's" "$(fingerprint --network small.json --seed 9 --equilibrate 50 --initial silent)" "$whole"
[ "$(fingerprint --network small.json --seed 8)" != "$whole" ] || complain "another seed gives the same spikes"
[ "$(fingerprint --network small.json --equilibrate 0 --initial volley)" != \
  "$(fingerprint --network small.json --equilibrate 0)" ] || complain "--initial has no effect"
[ "$(fingerprint --network small.json --set theta=4)" != "$whole" ] || complain "--set has no effect"
same "dt" "$(field dt_ms --network small.json --set dt=0.25)" 0.25
same "two threads" "$(fingerprint --network small.json --threads 2)" "$whole"
same "stimuli" "$(fingerprint --network small.json --stimulus regular,strength=0,period_steps=9,mask=E)" "$whole"
"$simulate" --network small.json --json | grep -qF '"pulse_steps":5,"stop_steps":"inf","mask":"I;3;5:9"}]' ||
  complain "stimuli are not reported"
"$simulate" --network small.json --trials 2 --quiet || complain "trials fail"

# Equal parameters of all populations are those of the model
sed 's/"neurons": 80/&, "parameters": {"theta": 3}/; s/"neurons": 20/&, "parameters": {"theta": 3}/' small.json >equal.json
same "equal parameters" "$(fingerprint --network equal.json --set theta=9)" "$whole"
sed 's/"neurons": 80/&, "parameters": {"theta": 4}/' small.json >differ.json
[ "$(fingerprint --network differ.json)" != "$whole" ] || complain "parameters of populations have no effect"
refuse 2 "--backend: " --network differ.json --backend thrust
refuse 2 "--strategy: sparse_matvec does not work with parameters of populations" --network differ.json --strategy sparse_matvec
refuse 2 "--tune: this does not work with parameters of populations" --network differ.json --tune theta --target-rate 9

# What was used can be used again
"$simulate" --network differ.json --set theta=2.5 --stimulus sinusoid,period_ms=40,mask=7:20 --save-network saved.json --quiet ||
  complain "--save-network fails"
same "a saved network" "$(fingerprint --network saved.json)" \
  "$(fingerprint --network differ.json --set theta=2.5 --stimulus sinusoid,period_ms=40,mask=7:20)"
generated="--generate normal,neurons=50,probability=0.2,std=3 --delays 1:4 --weight-scale 0.7 --set dt=0.1 --steps 500"
"$simulate" $generated --save-network listed.json --quiet || complain "--save-network of a generator fails"
[ -s listed.projection0.csv ] || complain "no table of synapses"
same "a saved generated network" "$(fingerprint --network listed.json)" "$(fingerprint $generated)"
printf 'pre,post\nleft,right\nright,left\n' >named.csv
"$simulate" --graph named.csv --steps 10 --save-network unnamed.json --quiet 2>notes || complain "--save-network of names fails"
grep -q "unnamed.json: the names in named.csv are not kept" notes || complain "names are lost without a note"

refuse 2 "cannot hold --weight-scale or --delays" --network small.json --weight-scale 2 --save-network x.json
refuse 2 "can hold only one network" --generate normal,neurons=50 --networks 2 --save-network x.json
mkdir two && printf 'pre,post,weight\n0,1,1\n' >two/a.csv && cp two/a.csv two/b.csv
refuse 2 "can hold only one network" --graph two --save-network x.json
refuse 2 "is given for two outputs" --network small.json --save-network x.json --raster x.json

# Wrong descriptions and options
wrong() { # MESSAGE SED_COMMAND: of the small network, changed
  sed "$2" small.json >wrong.json
  refuse 1 "wrong.json: $1" --network wrong.json
}
wrong "projections[0].rule.degree = 90 must be at most 80, the number of sources" 's/"degree": 10/"degree": 90/'
wrong 'projections[1].from = "L" is not a population; known names: E, I' 's/"from": "I"/"from": "L"/'
wrong 'model.name = "izhikevich" is unknown; known names: bernoulli_glm,' 's/bernoulli_glm/izhikevich/'
wrong "model: no parameter is called tau; known names: dt, r," 's/"theta"/"tau"/'
wrong "model: dt = 2 ms must be above 0 and at most 1" 's/"dt": 0.5/"dt": 2/'
wrong "population E: no parameter that can differ between populations is called r; known names: abs_ref_steps," \
  's/"neurons": 80/&, "parameters": {"r": 4}/'
wrong "" 's/}$//'
grep -q "parse error at line 9" err || complain "no line of the parse error: $(cat err)"
refuse 1 "missing.json: cannot be opened" --network missing.json
refuse 2 "--model: poisson_glm is not the model of small.json, which is bernoulli_glm" --network small.json --model poisson_glm
refuse 2 "--parameters excludes --network" --network small.json --parameters saved.json

exit $failed
