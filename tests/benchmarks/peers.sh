#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The comparison with another package, in whose place the driver itself answers: at equal rates, and at others.
#
#   sh peers.sh SIMULATE SOURCE_DIR
set -u
. "$(dirname "$0")/../require.sh"
require python3
simulate=$1
compare=$2/benchmarks/peers/compare.py
. "$(dirname "$0")/../scratch.sh"

mkdir -p peers/nemos/bin
cat >peers/nemos/bin/python <<END
#!/bin/sh
field() { # NAME of the job
  echo "\$job" | sed 's/.*"'"\$1"'": "*\\([^",}]*\\).*/\\1/'
}
action=\$2 job=\${3:-}
case \$action in
  versions) echo '{"nemos": "9.8"}' ;;
  prepare) echo null ;;
  run)
    "$simulate" --json --graph "\$(field graph)" --steps "\$(field steps)" --seed "1\$(field seed)" \\
      --model poisson_glm --set tau=10 --set T=20 --set beta=0.2 --set "alpha=\$ALPHA" >said || exit 1
    echo "{\$(sed 's/.*\\("spikes":[0-9]*\\).*\\("us_per_step":[^,]*\\),.*/\\1,\\2/' said),\\"peak_mb\\":12}"
    ;;
esac
END
chmod +x peers/nemos/bin/python

compared() { # ALPHA
  ALPHA=$1 python3 "$compare" --simulate "$simulate" --peers peers --only nemos --runs 2 --out results.json >log 2>&1
}

compared 125 || complain "exit status $? at equal rates"
grep -q '^nemos .* 947 ' log || complain "no row"
for part in '"rate_bound": 0.000' '"peak_mb_peer": 12' '"nemos": "9.8"' '"peer": "GeNN"' '"refused": \[\]'; do
  grep -q "$part" results.json || complain "results.json lacks $part"
done
compared 115 && complain "rates that differ are not refused"
grep -q 'nemos: refused: rates differ' log || complain "it does not say that rates differ"

[ $failed -eq 0 ] || cat log
exit $failed
