#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The driver as a user meets it: what it prints and writes, how it fails; and the README's program is the example.
#
#   sh simulate.sh SIMULATE SOURCE_DIR
set -u
simulate=$1
source=$2
. "$(dirname "$0")/../scratch.sh"
network="--generate normal,neurons=300,probability=0.1,std=5,seed=3"

field_of() { # NAME ARGUMENTS...: of the JSON report
  name=$1
  shift
  "$simulate" --json "$@" | sed "s/.*\"$name\":\"\{0,1\}\([^,\"}]*\).*/\1/"
}

field() { # NAME ARGUMENTS...: the same for the network of most tests
  name=$1
  shift
  field_of "$name" $network "$@"
}

print_of() { # ARGUMENTS...: the fingerprint of 500 steps
  field_of fingerprint --steps 500 --seed 9 "$@"
}

sum() { # FINGERPRINTS...: modulo 2^64, which shells do not agree to count to
  high=0
  low=0
  for each; do
    high=$((high + 0x${each%????????}))
    low=$((low + 0x${each#????????}))
  done
  printf '%08x%08x\n' $(((high + low / 4294967296) % 4294967296)) $((low % 4294967296))
}

refuse() { # STATUS PART ARGUMENTS...: one line on standard error with the part in it, nothing on standard output
  fail_with 1 "$simulate" "$@"
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
[ "$(field fingerprint --steps 2000 --seed 9 --first-network 1)" != "$whole" ] || complain "another network gives the same spikes"
same "by two threads" "$(field fingerprint --steps 2000 --seed 9 --threads 2)" "$whole"

# The backends that it was compiled with
"$simulate" --help >help.txt
same "the backend by default" "$(field backend --steps 1)" eigen
same "on the CPU" "$(field fingerprint --steps 2000 --seed 9 --backend eigen)" "$whole"
for backend in thrust cuda; do
  if ! sed -n '/^BACKENDS/,$p' help.txt | grep -q "^$backend: "; then
    refuse 2 "--backend: '$backend' is not a backend of this program; known backends: eigen" $network --backend $backend
    continue
  fi
  with="--backend $backend"
  if ! "$simulate" $network $with --steps 1 >out 2>err && grep -qE "^--backend cuda: |cudaGetDeviceCount" err; then
    echo "no device for $with"
    continue
  fi
  same "backend in the report" "$(field backend --steps 1 $with)" $backend
  same "with $backend" "$(field fingerprint --steps 2000 --seed 9 $with)" "$whole"
  same "bits with $backend" "$(field state_hash --steps 200 --hash-state $with)" "$(field state_hash --steps 200 --hash-state)"
  several="--networks 3 --first-network 2 --delays 1:5 --stimulus poisson,strength=3,mean_interval_steps=20"
  same "several with $backend" "$(field fingerprint --steps 500 $several $with)" "$(field fingerprint --steps 500 $several)"
  [ "$(field device_bytes --steps 1 $with)" -gt 72000 ] || complain "$with tells no device_bytes"
  "$simulate" $network $with --steps 1 | grep -q "device memory" || complain "the table has no device memory"
  refuse 2 "--threads: needs --backend eigen" $network $with --threads 1
done
refuse 2 "--backend: 'mpi' is not a backend of this program; known backends: eigen" $network --backend mpi
refuse 2 "--device: needs --backend cuda" $network --device 0
if "$simulate" $network --backend thrust --steps 1 >out 2>err; then
  refuse 2 "--strategy: sparse_matvec does not work with --backend thrust" $network --backend thrust --strategy sparse_matvec
fi

# Every model, from 1 to 100 Hz with its defaults
model() { # NAME FINGERPRINT
  same "spikes of $1" "$(print_of $thousand --model $1)" "$2"
  same "spikes of $1 by matrix product" "$(print_of $thousand --model $1 --strategy sparse_matvec)" "$2"
  rate=$(field_of mean_rate_hz $thousand --model $1 --steps 2000)
  echo "$rate" | awk '{ exit !($1 >= 1 && $1 <= 100) }' || complain "$1 fires at $rate Hz"
}
thousand="--generate normal,neurons=1000,probability=0.1,std=1"
model bernoulli_glm 92cf4c42a0a37ef3
model poisson_glm 8abd684ccb81c4ec
model rectified_lnp e65339c29d439555
model rectified_sam 4aa3937dfe01dd6d
model threshold_sam 41e62f0d0821d862
same "the demonstration" 3cb70247f1e11c6e \
  "$(field_of fingerprint --generate normal,neurons=5000,probability=0.1,std=5,seed=1 --model bernoulli_glm --seed 42)"

# Every generator, with parameters of its own
generator() { # DESCRIPTION SYNAPSES FINGERPRINT
  same "synapses of $1" "$(field_of synapses --generate $1 --steps 0)" "$2"
  same "spikes of $1" "$(print_of --generate $1)" "$3"
}
generator normal,neurons=300,mean=-1,std=2,scaling=none,autapses=true,probability=1,seed=4 90000 a0a0d03375689fd7
generator uniform,neurons=300,probability=1,low=-0.5,high=1,scaling=neurons,seed=4 89700 5130e1290bf93475
generator erdos_renyi,neurons=300,probability=1,mean=0.1,inhibitory_fraction=0.2,inhibitory_scale=5 89700 efadbd0eaab3dc43
generator fixed_in_degree,neurons=300,degree=20,mean=0,std=0.5,seed=4 6000 acdae92c7352261e
generator fixed_out_degree,neurons=300,degree=20,autapses=true,seed=4,mean=0,std=0.5 6000 0d0bd05bb637c567
generator small_world,neurons=300,degree=6,rewiring=0.5,seed=4 1800 ed3b667d4928d55a
generator mexican_hat,neurons=300,a=0.5,sigma_1=5,sigma_2=10,scale=0.1,radius=20 12000 c07f4b52bf250b08

# Several networks side by side spike as each does alone
small=normal,neurons=200,std=5
alone() { # NETWORK SEED
  print_of --generate $small,seed=$2 --first-network $1
}
same "a network in a batch of one" "$(print_of --generate $small,seed=5 --networks 1 --trials 1)" "$(alone 0 5)"
same "three networks" "$(print_of --generate $small,seed=5 --networks 3)" \
  "$(sum $(alone 0 5) $(alone 1 6) $(alone 2 7))"
same "three networks from id 4 on" "$(print_of --generate $small,seed=5 --networks 3 --first-network 4)" \
  "$(sum $(alone 4 5) $(alone 5 6) $(alone 6 7))"
same "three trials" "$(print_of --generate $small,seed=5 --trials 3)" "$(sum $(alone 0 5) $(alone 1 5) $(alone 2 5))"
same "two trials of two networks" "$(print_of --generate $small,seed=5 --networks 2 --trials 2)" \
  "$(sum $(alone 0 5) $(alone 1 6) $(alone 2 5) $(alone 3 6))"
same "number of networks" "$(field_of networks --generate $small --networks 2 --trials 3 --steps 0)" 6
same "neurons in all" "$(field_of neurons --generate $small --networks 2 --trials 3 --steps 0)" 1200
several="--generate $small --networks 5 --steps 500 --seed 9"
same "five networks in pieces" "$(field_of fingerprint $several --split 7,300)" "$(field_of fingerprint $several)"
same "five networks by two threads" "$(field_of fingerprint $several --threads 2)" "$(field_of fingerprint $several)"
same "two networks by three threads" "$(print_of --generate $small --networks 2 --threads 3)" \
  "$(print_of --generate $small --networks 2)"
"$simulate" $several --first-network 3 --out batch.csv --raster first.svg --json >report.json
same "header of the spikes of several networks" "$(head -n 1 batch.csv)" "network,step,neuron,count"
same "networks written" "$(sed 1d batch.csv | cut -d, -f1 | uniq | tr '\n' ' ')" "3 4 5 6 7 "
same "spikes of several networks" "$(awk -F, 'NR > 1 { n += $4 } END { print n }' batch.csv)" \
  "$(sed 's/.*"spikes":\([0-9]*\).*/\1/' report.json)"
"$simulate" $several --first-network 3 --raster other.svg --raster-network 5 --quiet
"$simulate" --generate $small,seed=2 --steps 500 --seed 9 --first-network 5 --raster alone.svg --quiet
cmp -s other.svg alone.svg || complain "--raster-network does not show that network"
cmp -s other.svg first.svg && complain "--raster shows another network than the first"
awk -F'[:,]' '{ for (i = 1; i < NF; ++i) if ($i ~ /_rate_hz/) rate[$i] = $(i + 1) }
  END { exit !(rate["\"min_rate_hz\""] < rate["\"mean_rate_hz\""] && rate["\"mean_rate_hz\""] < rate["\"max_rate_hz\""]) }' \
  report.json || complain "the mean rate is not between the rates of networks"
"$simulate" $several | grep -q "rates of networks .* to .* Hz" || complain "the table has no rates of networks"

# Delays
same "a delay of one step" "$(print_of --generate $small --delays 1:1)" "$(print_of --generate $small)"
slow=$(print_of --generate $small --delays 1:20)
same "random delays" "$slow" 45704d5b868ebe79
[ "$(print_of --generate $small --delays 1:20,seed=1)" != "$slow" ] || complain "another seed gives the same delays"
same "delays of several networks" "$(print_of --generate $small --networks 2 --delays 1:20)" \
  "$(sum $slow $(print_of --generate $small,seed=1 --delays 1:20,seed=1 --first-network 1))"

# Tables as people publish them
neurons_of() { # ARGUMENT ...: number of neurons and of synapses, and notes
  "$simulate" --steps 0 --json "$@" 2>notes | sed -n 's/^{.*"neurons":\([0-9]*\),.*"synapses":\([0-9]*\),.*/\1 \2/p'
}
printf 'source;target;syn_count\nPVCL;AVAL;3\nAVAL;DVA;1\nPVCL;AVAL;2\n' >published.csv
refuse 1 "published.csv:4: synapse PVCL -> AVAL occurs 2 times" --graph published.csv
published="--graph published.csv --duplicates sum"
same "a table of names" "$(neurons_of $published)" "3 2"
grep -q "published.csv: the ids were mapped .* AVAL is neuron 0, DVA is neuron 1, PVCL is neuron 2" notes ||
  complain "notes on names: $(cat notes)"
"$simulate" $published --steps 0 --quiet --save-graph copied.csv 2>notes
same "names in a file" "$(tr '\n' ' ' <copied.csv)" \
  "# spikeometric graph 1, neurons = 3, named # AVAL # DVA # PVCL pre,post,weight AVAL,DVA,1 PVCL,AVAL,5 "
printf 'id,class,neurotransmitter\nPVCL,inter,GABA\nAVAL,inter,\nDVA,motor,\nASHL,sensory,\n' >neurons.csv
same "a table of neurons" "$(neurons_of $published --nodes neurons.csv)" "4 2"
grep -q "3 populations" notes && grep -q "1 inhibitory" notes || complain "notes on neurons: $(cat notes)"
kicked() { "$simulate" $published --nodes neurons.csv --steps 200 --json --stimulus "$1" 2>notes | sed -n 's/.*"fingerprint":"\([^"]*\)".*/\1/p'; }
same "a mask of names" "$(kicked 'regular,strength=9,period_steps=9,mask=PVCL;ASHL')" \
  "$(kicked 'regular,strength=9,period_steps=9,mask=3;0')"
same "a mask of a population" "$(kicked regular,strength=9,period_steps=9,mask=inter)" \
  "$(kicked 'regular,strength=9,period_steps=9,mask=1;3')"
kicked regular,period_steps=9,mask=AVAR >out
grep -q "no neuron is called AVAR" notes || complain "an unknown name: $(cat notes)"
printf 'a b\n1 2\n3 30000\n' >numbers.csv
numbers="--graph numbers.csv --columns pre=a,post=1"
same "ids that are names" "$(neurons_of $numbers)" "4 2"
same "ids that are indices" "$(neurons_of $numbers --ids index)" "30001 2"
same "a given number of neurons" "$(neurons_of $numbers --neurons 40000 --base 1)" "40000 2"
same "isolated neurons" "$("$simulate" --generate normal,neurons=9,probability=0 --save-graph lone.csv --steps 0 --quiet
  neurons_of --graph lone.csv)" "9 0"
mkdir both
cp published.csv neurons.csv both
same "a folder of synapses and neurons" "$(neurons_of --graph both --duplicates sum)" "4 2"

# What it starts from
excited="--generate fixed_in_degree,neurons=1000,degree=200,mean=0.1,seed=1 --model poisson_glm --set T=1
  --set alpha=1000 --seed 1"
for initial in silent 2 50; do
  same "spikes after a start from $initial" 2e125e3f1e9c3613 \
    "$(field_of fingerprint $excited --set b=0.651 --steps 20000 --initial $initial)"
done
"$simulate" $excited --set b=0.651 --quiet 2>err
same "status of a network that the volley throws into its runaway state" $? 1
grep -q "started from a volley" err || complain "what the volley did is not said: $(cat err)"
for initial in silent volley 5; do
  same "spikes of a network with one state after a start from $initial" 5119729d2b00b50e \
    "$(field_of fingerprint $excited --weight-scale 0.3 --set b=1 --steps 2000 --initial $initial)"
done
same "the start by default" "$(field initial --steps 0)" volley
same "its spikes" "$(field fingerprint --steps 2000 --seed 9 --initial volley)" "$whole"
same "a rate to start from" "$(field initial --steps 0 --initial 12.5)" 12.5
"$simulate" $network --steps 1 --initial silent --quiet --out silent.csv
grep -q '"initial": "silent"' silent.csv.json || complain "silent.csv.json does not tell the start"

# Networks from files, one or a folder of them
mkdir folder
for file in 1.csv 2.mtx 3.npy; do
  "$simulate" --generate $small,seed=${file%.*} --save-graph folder/$file --steps 0 --quiet
  same "a network from $file" "$(print_of --graph folder/$file)" "$(alone 0 ${file%.*})"
  "$simulate" --graph folder/$file --transpose --save-graph turned.csv --steps 0 --quiet
  same "$file turned twice" "$(print_of --graph turned.csv --transpose)" "$(alone 0 ${file%.*})"
  [ "$(print_of --graph turned.csv)" != "$(alone 0 ${file%.*})" ] || complain "--transpose of $file changes nothing"
done
same "a folder of networks" "$(print_of --graph folder)" "$(sum $(alone 0 1) $(alone 1 2) $(alone 2 3))"
"$simulate" --graph folder --steps 1 --quiet --out folder.csv
tr -d ' \n' <folder.csv.json | grep -q '"files":\["1.csv","2.mtx","3.npy"\]' || complain "no files in folder.csv.json"
"$simulate" --generate $small --delays 1:20 --save-graph delayed.csv --steps 0 --quiet
same "a network with delays from a file" "$(print_of --graph delayed.csv)" "$slow"
"$simulate" --generate $small --weight-scale 0.5 --save-graph scaled.mtx --steps 0 --quiet
same "a scaled network from a file" "$(print_of --graph scaled.mtx)" "$(print_of --generate $small --weight-scale 0.5)"
"$simulate" --generate $small --save-graph told.csv --steps 1 | grep -q "network in told.csv" ||
  complain "the table does not say where the network is"

# Stimuli
driven() { # STIMULI...: the fingerprint of a network with them
  set -- $(for each; do echo "--stimulus $each"; done)
  print_of $network "$@"
}
quiet_spikes=$(driven)
always=$(driven regular,strength=2,period_steps=1)
[ "$always" != "$quiet_spikes" ] || complain "a stimulus changes nothing"
same "pulses without end" "$(driven regular,strength=2,period_steps=7,pulse_steps=7,stop_steps=inf)" "$always"
same "a sinusoid of amplitude 0" "$(driven sinusoid,amplitude=0,baseline=2,period_ms=10)" "$always"
same "Poisson pulses that never pause" "$(driven poisson,strength=2,mean_interval_steps=1e-9)" "$always"
same "two stimuli" "$(driven regular,period_steps=1 sinusoid,amplitude=0,baseline=1,period_ms=3)" "$always"
same "no stimulus" "$(driven regular,strength=0,period_steps=1)" "$quiet_spikes"
printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }" >wave.npy
printf '\000\000\000\100%.0s' 1 2 3 >>wave.npy
same "a recorded stimulus for all" "$(driven recorded,file=wave.npy,start_steps=5)" \
  "$(driven regular,strength=2,start_steps=5,period_steps=3,pulse_steps=3,stop_steps=8)"
masked=$(driven regular,strength=3,period_steps=2,mask=4:7)
echo "4 5
6" >ids.txt
same "a mask of ids" "$(driven 'regular,strength=3,period_steps=2,mask=6;4;5')" "$masked"
same "a mask from a file" "$(driven regular,strength=3,period_steps=2,mask=@ids.txt)" "$masked"
"$simulate" --generate normal,neurons=300,probability=0.01,std=50 --save-graph movie.npy --steps 0 --quiet
same "pulses" "$(driven regular,strength=3,period_steps=25,pulse_steps=5,mask=0:100)" 9861f8a3e6c1ee0f
same "a sinusoid" "$(driven sinusoid,amplitude=3,period_ms=33,duration_steps=200)" c92ca7265d279e01
same "Poisson pulses" "$(driven poisson,strength=3,mean_interval_steps=20,pulse_steps=2)" 68e1d8a9f867c766
same "a recorded matrix" "$(driven recorded,file=movie.npy,start_steps=100)" 2d0a2297b49593ec
same "several networks with a stimulus" \
  "$(print_of --generate $small --networks 2 --stimulus poisson,strength=3,mean_interval_steps=20)" \
  "$(sum $(print_of --generate $small --stimulus poisson,strength=3,mean_interval_steps=20) \
    $(print_of --generate $small,seed=1 --first-network 1 --stimulus poisson,strength=3,mean_interval_steps=20))"
"$simulate" $network --steps 1 --quiet --out driven.csv --stimulus regular,period_steps=9,mask=1:3 --delays 2:3
told='"delays":{"shortest":2,"longest":3,"seed":0},"stimuli":[{"kind":"regular","strength":1,"start_steps":0,'
told=$told'"period_steps":9,"pulse_steps":1,"stop_steps":"inf","mask":"1:3"}]'
tr -d ' \n' <driven.csv.json | grep -qF "$told" || complain "driven.csv.json does not tell delays and stimuli"

# --help tells of everything, on lines of at most 100 characters
"$simulate" --help >help.txt
for word in bernoulli_glm poisson_glm rectified_lnp rectified_sam threshold_sam normal: uniform: erdos_renyi: \
  fixed_in_degree: fixed_out_degree: small_world: mexican_hat: regular: sinusoid: poisson: recorded:; do
  grep -q "^$word" help.txt || complain "--help has no $word"
done
grep -q "^  T  *20 steps" help.txt || complain "--help has no default of T"
grep -q "^  scaling  *in_degree  *weights are divided by its square root; in_degree, neurons or" help.txt ||
  complain "--help does not tell what scaling there is"
awk 'length > 100 { print; found = 1 } END { exit found }' help.txt || complain "--help has lines that are too long"

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
refuse 2 "--graph,--network,--generate"
refuse 2 "--graph,--network,--generate" $network --graph a.csv
refuse 2 "--bogus" $network --bogus
refuse 2 "--steps" $network --steps -3
refuse 2 "--steps" $network --steps 1e3
refuse 2 "--seed" $network --seed 18446744073709551616
refuse 2 "--initial: 'loud' must be silent, volley, or a rate" $network --initial loud
refuse 2 "--initial: '-3' must be silent, volley, or a rate" $network --initial=-3
refuse 2 "--initial: 'nan' must be silent, volley, or a rate" $network --initial nan
refuse 2 "--initial: '1e' must be silent, volley, or a rate" $network --initial 1e
refuse 2 "--initial: an initial rate of 1500 Hz" $network --initial 1500
refuse 2 "--tune: an initial rate of 1500 Hz" $network --initial 1500 --tune theta --target-rate 20
refuse 2 "--split" $network --steps 10 --split 7,8
refuse 2 "--model" $network --model hodgkin_huxley
refuse 2 "--threads: threads = 0" $network --threads 0
refuse 2 "--threads: threads = -1" $network --threads=-1
refuse 2 "known names: dt, r, coupling_decay" $network --set thet=1
refuse 2 "--set theta=high" $network --set theta=high
refuse 2 "theta = nan" $network --set theta=nan
refuse 2 "dt = 0 ms" $network --set dt=0
refuse 2 "dt = -1 ms" $network --set dt=-1
refuse 2 "dt = 1.5 ms" $network --set dt=1.5
refuse 2 "coupling_window = -1 steps" $network --set coupling_window=-1
refuse 2 "coupling_decay = 0" $network --set coupling_window=inf --set coupling_decay=0
refuse 2 "'norm'" --generate norm,neurons=3
refuse 2 "neurons = 0 must be at least 1" --generate normal,neurons=0
refuse 2 "neurons = 5000000000 must be at least 1 and at most 4294967296" --generate normal,neurons=5000000000
refuse 2 "probability = 1.5" --generate normal,neurons=9,probability=1.5
refuse 2 "std = -1" --generate normal,neurons=9,std=-1
refuse 2 "--weight-scale" $network --weight-scale 1e300
refuse 2 "known names: normal, uniform, erdos_renyi, fixed_in_degree, fixed_out_degree, small_world, mexican_hat" \
  --generate brunel,neurons=9
refuse 2 "no parameter is called degree; known names: neurons, probability, mean, std, scaling, autapses, seed" \
  --generate normal,neurons=9,degree=3
refuse 2 "no parameter is called seed" --generate mexican_hat,neurons=9,sigma_1=1,sigma_2=2,seed=1
refuse 2 "sigma_1 = 0" --generate mexican_hat,neurons=9
refuse 2 "degree = 3 must be even" --generate small_world,neurons=9,degree=3
refuse 2 "neurons = 9.5 must be an integer" --generate normal,neurons=9.5
refuse 2 "autapses = 1 must be false or true" --generate normal,neurons=9,autapses=1
refuse 2 "scaling = sqrt must be in_degree, neurons or none" --generate normal,neurons=9,scaling=sqrt
refuse 2 "neurons is given twice" --generate normal,neurons=9,neurons=8
refuse 2 "'' must be name=value" --generate normal,neurons=9,
refuse 2 "--networks: 0 must" $network --networks 0
refuse 2 "'-1' is not a valid integer" $network --networks=-1
refuse 2 "--networks" --graph graph.csv --networks 2
refuse 2 "--networks: 2 seeds from 18446744073709551615" --generate normal,neurons=9,seed=18446744073709551615 --networks 2
refuse 2 "--networks: mexican_hat makes the same" --generate mexican_hat,neurons=9,sigma_1=1,sigma_2=2 --networks 2
refuse 2 "--trials: 0 must" $network --trials 0
refuse 2 "--trials: 9999999999 trials" $network --trials 9999999999
refuse 2 "--first-network: 2 networks from id 4294967295" $network --trials 2 --first-network 4294967295
refuse 2 "--transpose" $network --transpose
refuse 2 "--graph: graph.txt has no graph file extension" --graph graph.txt
refuse 2 "--save-graph: graph.txt has no graph file extension" $network --save-graph graph.txt
refuse 2 "--save-graph: many.csv can hold only one network, not 2" $network --networks 2 --save-graph many.csv
refuse 2 "--delays 0:5: shortest = 0 steps must be" $network --delays 0:5
refuse 2 "--delays 6:5: longest = 5 steps must be at least shortest = 6" $network --delays 6:5
refuse 2 "--delays 1:65536: longest = 65536 steps must be" $network --delays 1:65536
refuse 2 "--delays 5: '5' must be SHORTEST:LONGEST" $network --delays 5
refuse 2 "--delays 1:5,sed=1: delays have no setting 'sed'" $network --delays 1:5,sed=1
refuse 2 "--delays 2:3: the network already has delays" --graph delayed.csv --delays 2:3
refuse 2 "--delays 1:2,seed=18446744073709551615: 2 seeds" $network --networks 2 --delays 1:2,seed=18446744073709551615
refuse 2 "--raster-network" $network --raster-network 0
refuse 2 "--raster-network: there is no network 7; ids are 4 to 6" \
  $network --first-network 4 --trials 3 --raster none.svg --raster-network 7
refuse 2 "same.svg is given for two outputs" $network --out same.svg --raster same.svg
refuse 2 "same.json is given for two outputs" $network --out same --raster same.json
wrong() { # PART STIMULUS: the message begins with the stimulus
  refuse 2 "--stimulus $2: $1" $network --stimulus "$2"
}
wrong "'pulses' is not a stimulus; known names: regular, sinusoid, poisson, recorded" pulses,strength=1
wrong "no parameter is called period; known names: strength, start_steps, period_steps, pulse_steps, stop_steps, mask" \
  regular,period=3
wrong "period_steps = 0 steps must be at least 1" regular
wrong "period_steps = 0 steps must be at least 1" regular,period_steps=0
wrong "pulse_steps = 3 steps must be at most period_steps = 2" regular,period_steps=2,pulse_steps=3
wrong "strength = nan must be finite" regular,period_steps=2,strength=nan
wrong "start_steps = 1e is not a number" regular,period_steps=2,start_steps=1e
wrong "start_steps = 1.5 steps must be an integer" regular,period_steps=2,start_steps=1.5
wrong "period_ms = 0 ms must be" sinusoid
wrong "mean_interval_steps = -1 steps must be" poisson,mean_interval_steps=-1
wrong "neuron 300 of a mask is out of range" regular,period_steps=2,mask=0:301
wrong "neuron 300 of a mask is out of range" "regular,period_steps=2,mask=1;300"
wrong "neurons 9 to 3" regular,period_steps=2,mask=9:3
wrong "mask: 'a' is not a valid integer" "regular,period_steps=2,mask=1;a"
wrong "mask is empty" regular,period_steps=2,mask=
wrong "recorded needs file=FILE.npy" recorded
wrong "no parameter is called strength; known names: start_steps, file, mask" recorded,file=movie.npy,strength=2
refuse 2 "a recorded stimulus of 300 neurons does not fit" --generate $small --stimulus recorded,file=movie.npy

# Tuning, and parameters in a file
"$simulate" $network --steps 2000 --tune theta --target-rate 20 --tune-tolerance 0.03 --save-parameters tuned.json \
  --out tuned.csv --seed 9 >out 2>err || complain "tuning fails: $(cat err)"
for part in "tuned theta" "from 5" "tuned rate" "+-" "parameters in tuned.json"; do
  grep -qF -- "$part" out || complain "'$part' is not in what tuning prints: $(cat out)"
done
grep -q '"target_hz": 20' tuned.csv.json || complain "what was tuned is not beside the spikes"
tuned=$(field fingerprint --steps 2000 --seed 9 --parameters tuned.json)
same "the rate from the file" "$(field mean_rate_hz --steps 2000 --seed 9 --parameters tuned.json)" \
  "$(sed -n 's/.*"mean_rate_hz": \([^,]*\).*/\1/p' tuned.csv.json)"
same "from what is beside spikes" "$(field fingerprint --steps 2000 --seed 9 --parameters tuned.csv.json)" "$tuned"
same "--set after a file" "$(field theta --steps 1 --parameters tuned.json --set theta=7)" 7
"$simulate" $network --model threshold_sam --weight-scale 0.05 --tune theta --target-rate 10 --tune-tolerance 0.05 \
  --steps 1 --save-parameters threshold.json --quiet || complain "a threshold SAM is not tuned"
same "the model of a file" "$(field model --steps 1 --parameters threshold.json)" threshold_sam
"$simulate" $excited --tune b --target-rate 2 --tune-tolerance 0.03 --initial silent --save-parameters excited.json \
  --steps 0 --quiet || complain "a network is not tuned to its low state"
rate=$(field_of mean_rate_hz $excited --parameters excited.json --initial silent --steps 20000)
echo "$rate" | awk '{ exit !($1 > 1.9 && $1 < 2.1) }' || complain "tuned to 2 Hz from silence it fires at $rate Hz"
refuse 1 "2 Hz was not reached: the rate jumps" $excited --tune b --target-rate 2
refuse 2 "--tune requires --target-rate" $network --tune theta
refuse 2 "--target-rate requires --tune" $network --target-rate 20
refuse 2 "called thet; known names: r, coupling_decay" $network --tune thet --target-rate 20
refuse 2 "-3 Hz for all must be above 0" $network --tune theta --target-rate=-3
refuse 2 "2000 Hz for all is out of reach" $network --tune theta --target-rate 2000
refuse 2 "threshold_sam has no derivatives" $network --model threshold_sam --tune theta --target-rate 9 --tune-method adam
refuse 2 "bracketing tunes one parameter" $network --tune theta,r --target-rate 9 --tune-method bracketing
refuse 2 "tolerance = 0" $network --tune theta --target-rate 9 --tune-tolerance 0
refuse 1 "900 Hz was not reached: no value of r reaches" $network --tune r --target-rate 900 --tune-tolerance 0.1
refuse 1 "missing.json: cannot be opened" $network --parameters missing.json
refuse 1 "parameters of bernoulli_glm, not of poisson_glm" $network --model poisson_glm --parameters tuned.json
echo '{"model": "nobody"}' >nobody.json
refuse 1 "nobody.json: does not name a known model" $network --parameters nobody.json
refuse 2 "is given for two outputs" $network --save-parameters x.json --raster x.json
refuse 1 "nowhere/x.json: cannot be opened" $network --steps 1 --quiet --save-parameters nowhere/x.json

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
"$simulate" --graph graph.csv --steps 0 --quiet || complain "a table without a header"
file 'a,b,c\n0,1,2\n'
refuse 1 'graph.csv:1: missing column `pre`; found 3 columns: a, b, c, separated by commas' --graph graph.csv
refuse 1 'graph.csv:1: missing column `d`' --graph graph.csv --columns pre=d,post=b
refuse 2 "--columns: 'x' is not a column" --graph graph.csv --columns x=a
refuse 2 "--ids: 'number' must be one of: automatic, index, name" --graph graph.csv --ids number
refuse 2 "--duplicates: 'keep' must be refuse or sum" --graph graph.csv --duplicates keep
refuse 2 "--separator: 'dots' must be" --graph graph.csv --separator dots
refuse 2 "--header: 'maybe' must be yes or no" --graph graph.csv --header maybe
refuse 2 "--ids" $network --ids name
file 'pre,post,weight\n0,1,2\n1,zero,3\n'
refuse 1 "graph.csv:3: post 'zero'" --graph graph.csv
file 'pre,post,weight\n0,1,nan\n'
refuse 1 "graph.csv:2: weight 'nan'" --graph graph.csv
file 'pre,post,weight\n0,-1,1\n'
refuse 1 "graph.csv:2: post '-1'" --graph graph.csv
file 'pre,post,weight\n0,1,2\n1,0,1\n0,1,3\n'
refuse 1 "graph.csv:4: synapse 0 -> 1 occurs 2 times" --graph graph.csv
refuse 1 "nowhere/x.mtx: cannot be opened for writing" $network --steps 1 --quiet --save-graph nowhere/x.mtx
refuse 1 "x.mtx: a MatrixMarket file cannot hold delays" $network --delays 1:9 --quiet --save-graph x.mtx
refuse 1 "missing.npy: cannot be opened" $network --stimulus recorded,file=missing.npy
refuse 1 "missing.txt: cannot be opened" $network --stimulus regular,period_steps=2,mask=@missing.txt
mkdir empty
refuse 1 "empty: has no graph files" --graph empty
refuse 1 "network 0, step" --generate normal,neurons=100,std=100 --networks 2 --model poisson_glm --set beta=1000 --quiet
refuse 1 "/raster.svg: cannot be opened for writing" $network --steps 1 --quiet --raster nowhere/raster.svg

# The README's program
sed -n '/^```cpp$/,/^```$/p' "$source/README.md" | sed '1d;/^```$/,$d' >readme.cpp
sed '/^\/\/ /d' "$source/examples/quickstart.cpp" | diff - readme.cpp || complain "the README's program is not quickstart.cpp"
if grep -n '@[A-Z]*@' "$source"/*.md; then complain "a place left open"; fi

exit $failed
