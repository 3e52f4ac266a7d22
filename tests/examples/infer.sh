#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The driver that infers, as a user meets it: what it prints and writes, how it fails.
#
#   sh infer.sh INFER SIMULATE
set -u
infer=$1
simulate=$2
. "$(dirname "$0")/../scratch.sh"

field() { # NAME, of the JSON in `report`
  sed "s/.*\"$1\":\([^,}]*\).*/\1/" report
}

above() { # WHAT VALUE LEAST
  awk "BEGIN { exit !($2 > $3) }" || complain "$1: $2 is not above $3"
}

refuse() { fail_with 1 "$infer" "$@"; } # STATUS PART ARGUMENTS...

"$simulate" --generate normal,neurons=12,probability=0.2,mean=1.5,std=0.5,seed=1 --set theta=3 --set coupling_window=10 \
  --steps 60000 --save-graph truth.csv --out spikes.csv --quiet || complain "simulate"

# The file beside the spikes says of which model they are, how many neurons there are, and how many steps.
"$infer" --spikes spikes.csv --no-own-history --truth truth.csv --check --out inferred.csv --json >report ||
  complain "infer ends with status $?"
above "area under the curve" "$(field auc)" 0.95
above "correlation" "$(field correlation)" 0.9
above "bits" "$(field bits_per_spike)" 0.1
grep -q '"converged":true' report || complain "it has not converged"
[ "$(field model)" = '"bernoulli_glm"' ] || complain "the model is $(field model)"
above "neurons within the bound" "$(field within_95_percent_bound)" 8
sed -n 2p inferred.csv | grep -q '^pre,post,weight,error$' || complain "inferred.csv is no network"
[ "$(wc -l <inferred.csv)" -eq 134 ] || complain "inferred.csv has not 12 x 11 synapses"

# Told by hand it is the same.
sed '1d; s/,/\t/g' truth.csv | sed '1s/.*/from\tto\tw/' >truth.tsv
"$infer" --spikes spikes.csv --no-own-history --truth truth.tsv --columns pre=from,post=1 --ids index --json >other ||
  complain "a truth with other columns"
grep -o '"auc":[^,]*' report >expected && grep -qF "$(cat expected)" other || complain "another truth: $(cat other)"
cp spikes.csv told.csv
"$infer" --spikes told.csv --model bernoulli_glm --neurons 12 --steps 60000 --set theta=3 --set coupling_window=10 --no-own-history \
  --truth truth.csv --json >told || complain "told by hand"
[ "$(sed 's/.*"log_likelihood":\([^,]*\).*/\1/' told)" = "$(field log_likelihood)" ] || complain "told by hand it differs"

# Names go from the network to the spikes, and from there to the inferred network.
sed '/^#/d; s/^\([0-9]*\),\([0-9]*\),/n\1,n\2,/' truth.csv >named.csv
"$simulate" --graph named.csv --set theta=3 --set coupling_window=10 --steps 2000 --out named_spikes.csv \
  --raster named.svg --quiet 2>/dev/null || complain "simulate with names"
sed -n 2p named_spikes.csv | grep -q '^[0-9]*,n[0-9]*,1$' || complain "spikes without names: $(sed -n 2p named_spikes.csv)"
grep -q '>n10</text>' named.svg || complain "a raster without names"
"$infer" --spikes named_spikes.csv --truth named.csv --out named_inferred.csv --json >named_report 2>/dev/null ||
  complain "infer with names"
sed '/^#/d; 1d' named_inferred.csv | grep -q '^n[0-9]*,n[0-9]*,' || complain "an inferred network without names"
sed 's/n10/other/g' named.csv >other.csv
"$infer" --spikes named_spikes.csv --truth other.csv >out 2>err
[ $? -eq 2 ] && grep -q "other.csv has other names, or another order of them, than named_spikes.csv" err || complain "other names: $(cat err)"
refuse 2 "--neurons: named_spikes.csv.json has the names of 12 neurons" --spikes named_spikes.csv --neurons 13
"$simulate" --graph named.csv --steps 100 --trials 2 --out trials.csv --quiet 2>/dev/null
"$infer" --spikes trials.csv --penalty l2 --json 2>/dev/null >report || complain "trials of simulate"
[ "$(field trials)" = 2 ] && [ "$(field steps)" = 200 ] || complain "not two trials of 100 steps: $(cat report)"
"$simulate" --generate normal,neurons=5,probability=0.2,seed=1 --networks 2 --trials 2 --steps 1000 --out batch.csv --quiet
refuse 2 "--spikes: batch.csv has 2 networks; choose one by --network" --spikes batch.csv
"$infer" --spikes batch.csv --network 1 --penalty l2 --json >report || complain "a network of a batch"
[ "$(field trials)" = 2 ] && [ "$(field neurons)" = 5 ] || complain "not two trials of 5 neurons: $(cat report)"
refuse 2 "--network: 2: batch.csv has no such network" --spikes batch.csv --network 2
sed 's/n1,/200326126,/g; s/n\([0-9]*\),/4\1,/g' named.csv >ids.csv # numbers that are names
"$simulate" --graph ids.csv --steps 2000 --out ids_spikes.csv --quiet 2>/dev/null
"$infer" --spikes ids_spikes.csv --truth ids.csv --json 2>/dev/null | grep -q '"auc"' || complain "a truth of numbers that are names"
printf 'pre,post,weight\nn\363,b,1\nb,n\363,1\n' >latin.csv
"$simulate" --graph latin.csv --steps 2000 --out latin_spikes.csv --quiet 2>notes || complain "names that are not UTF-8"
grep -q "latin.csv: names are not UTF-8" notes && grep -q '^[0-9]*,[01],1$' latin_spikes.csv ||
  complain "names that are not UTF-8: $(cat notes)"
sed 's/"n10"/"n11"/' named_spikes.csv.json >twice.csv.json && cp named_spikes.csv twice.csv
refuse 1 "twice.csv.json: names: two neurons are called n11" --spikes twice.csv

"$infer" --spikes spikes.csv --penalty l1 --cross-validate 3 --strengths 6 --rule sparsest --truth truth.csv --threads 1 \
  --json >report || complain "cross-validation"
above "recall" "$(field recall)" 0.9
above "strength" "$(field l1)" 0
"$infer" --spikes spikes.csv --penalty l1=0.001+l2=0.01 | grep -q 'bits_per_spike' || complain "the table"
"$infer" --help | grep -q -- --cross-validate || complain "--help"

refuse 2 "--penalty" --spikes spikes.csv --penalty l3
refuse 2 "--penalty" --spikes spikes.csv --penalty l1=-1
refuse 2 "--set theeta=1: no parameter is called theeta" --spikes spikes.csv --set theeta=1
refuse 2 "spikes" --neurons 3
refuse 2 "--out" --spikes spikes.csv --out inferred.txt
refuse 1 "nothing.csv: cannot be opened" --spikes nothing.csv
refuse 1 "is out of range: there are 5 neurons" --spikes spikes.csv --neurons 5
refuse 1 "ms, but the model has dt = " --spikes spikes.csv --set dt=0.5
refuse 2 "--cross-validate" --spikes spikes.csv --penalty l1 --cross-validate -3
refuse 2 "--cross-validate" --spikes spikes.csv --penalty l1 --cross-validate 0

# The step is said once, for the recording and the model.
"$infer" --spikes told.csv --neurons 12 --steps 60000 --dt 0.5 --json >report || complain "--dt"

# What the fit would not know of, or cannot read, is not passed over.
printf '{"neurons": 12, ' >corrupt.csv.json
cp spikes.csv corrupt.csv
refuse 1 "corrupt.csv.json: does not contain a JSON object" --spikes corrupt.csv --neurons 12
"$simulate" --generate normal,neurons=5,probability=0.2,seed=1 --stimulus regular,strength=2,period_steps=50 \
  --steps 2000 --out driven.csv --quiet || complain "simulate with a stimulus"
refuse 2 "driven.csv was simulated with stimuli" --spikes driven.csv --penalty l2
"$infer" --spikes driven.csv --penalty l2 --regardless >out || complain "--regardless"
refuse 1 "a penalty of positive strength" --spikes spikes.csv --cross-validate 3
[ $failed -eq 0 ] && echo "all as it should be"
exit $failed
