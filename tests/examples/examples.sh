#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The examples as a user meets them: run without arguments from any directory, they print what they always print, and
# draw a picture. Times are left out.
#
#   sh examples.sh DIRECTORY
set -u
. "$(dirname "$0")/../require.sh"
programs=$1
. "$(dirname "$0")/../scratch.sh"

check_lines() { # NAME ARGUMENT..., and what is printed on standard input
  name=$1
  shift
  cat >expected
  "$programs/$name" "$@" >printed 2>err || complain "$name ends with status $?: $(cat err)"
  sed -E 's/[0-9.e+-]+ (s\>|neuron-steps per second)/TIME \1/g; s/(real-time factor) .*/\1 TIME/' printed >lines
  diff expected lines || complain "$name prints something else"
}

check() { # NAME PICTURE ARGUMENT..., and what is printed on standard input
  picture=$2
  name=$1
  shift 2
  check_lines "$name" "$@"
  grep -q "</svg>" "$picture" || complain "$name draws no $picture"
  if grep -qwE "nan|inf" "$picture"; then complain "$picture has values that are not finite"; fi
}

check quickstart raster.svg <<'END'
12.7358 Hz, fingerprint 7afbb2cce9a021ae
END
check infer_connectivity inferred_known.svg <<'END'
Without a stimulus: AUC 0.989025, correlation of weights 0.972052, 94.7436 % of true weights within 95 % intervals, 0 of 1238 unconnected pairs taken for connected
A hidden stimulus: AUC 0.987099, correlation of weights 0.961228, 77.9487 % of true weights within 95 % intervals, 112 of 1238 unconnected pairs taken for connected
The stimulus as covariate: AUC 0.994815, correlation of weights 0.979734, 95.5128 % of true weights within 95 % intervals, 1 of 1238 unconnected pairs taken for connected
weight of the stimulus: 1.01621 +- 0.0329088 for a driven neuron, 0 +- inf for a neuron without it
21.1475 Hz recorded, 21.3347 Hz simulated with the fitted network
END
check custom_model custom_model.svg <<'END'
39.9023 Hz, expected 40 +- 0.069282; variance / mean 1.20125, expected 1.2
END
check stimulation stimulation.svg <<'END'
rate during a pulse, relative to the rate before: stimulated neurons 11.8801, others 2.59508
first step of a pulse: 119.51 Hz, predicted 122.379 Hz without coupling
END
check confounder confounder.svg <<'END'
coincidences of unconnected pairs within 10 ms, relative to chance: 1.42233 with a shared stimulus, 0.998581 without, 1 +- 0.00245225 expected
END
check ring ring.svg <<'END'
17.295 Hz in 4 bumps, 4 expected; their power is 54.3807 times that of independent neurons
END
check connectome connectome.svg <<'END'
connectome: 279 neurons, 2194 synapses, 10.5914 Hz; TIME s per second of model time
random: 100000 neurons, 10000000 synapses, 6.73744 Hz; TIME s per second of model time
END
check training_data training_data.svg <<'END'
8.48596 Hz; network 617 alone: the same spikes; TIME neuron-steps per second
END

check microcircuit microcircuit.svg --scale 0.05 <<'END'
745096 synapses, made in TIME s, ready in TIME s
population  neurons  baseline/mV  rate/Hz  published/Hz  CV of intervals (of this model)
      L23E     1034       -13.98     0.64          0.90             0.87
      L23I      292       -10.71     2.55          2.96             0.88
       L4E     1096        -7.73     4.53          4.41             0.86
       L4I      274        -8.10     5.75          5.88             0.84
       L5E      243        -7.82     6.45          7.57             0.82
       L5I       53        -7.09     8.21          8.63             0.77
       L6E      720        -9.31     0.87          1.10             0.90
       L6I      147        -6.68     7.01          7.83             0.83
real-time factor TIME
END
check_lines fly_brain <<'END'
138639 neurons, 15057231 connections in TIME s
0.00896814 Hz, TIME s per second of model time
358 neurons fired
720575940600000000: 55.6667 Hz
720575940607919000: 55.6667 Hz
720575940600007919: 0 Hz
720575940600015838: 0 Hz
END

# Another connectome, and none
printf 'pre,post,weight\n0,1,2\n1,2,-1\n' >small.csv
"$programs/connectome" small.csv >printed || complain "connectome refuses a file"
grep -q "^connectome: 3 neurons, 2 synapses" printed || complain "connectome does not run the file that it is given"
if "$programs/connectome" missing.csv >printed 2>err; then complain "connectome runs a file that is missing"; fi
grep -q "missing.csv: cannot be opened" err && grep -q "usage: connectome" err ||
  complain "of a file that is missing connectome says '$(cat err)'"
[ -s training_data.npy ] || complain "training_data writes no training_data.npy"

[ $failed -eq 0 ] || exit 1
require xmllint
xmllint --noout ./*.svg
