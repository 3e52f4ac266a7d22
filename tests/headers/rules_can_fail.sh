#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Breaks each rule of rules.sh, and expects file and line of every fault, and nothing else.
set -eu
rules=$(cd "$(dirname "$0")" && pwd)/rules.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

licence='// SPDX-License-Identifier: BSD-3-Clause'
header() { # PATH LINE...: a header of these lines
  path=spikeometric/$1
  shift
  mkdir -p "$(dirname "$path")"
  printf '%s\n' "$@" >"$path"
  echo "#include <$path>" >>spikeometric/spikeometric.hpp
}

header spikeometric.hpp "$licence" '#pragma once'
header version.hpp "$licence" '#pragma once'
header detail/bits.hpp "$licence" '#pragma once'
header graph/graph.hpp "$licence" '#pragma once' '#include "../version.hpp"' '#include "../detail/bits.hpp"' '#include <bit>'
header simulate/simulator.hpp "$licence" '#pragma once' '#include <spikeometric/graph/graph.hpp>'
header io/csv.hpp "$licence" '#pragma once' '#include "../simulate/simulator.hpp"'
sh "$rules" . || { echo "failed: a tree without a fault was refused"; exit 1; }

header detail/bits.hpp "$licence" '#pragma once' '#include "../graph/graph.hpp"'
header graph/angled.hpp "$licence" '#pragma once' '' '# include <spikeometric/model/filter.hpp>'
header graph/quoted.hpp "$licence" '#pragma once' '#include "../model/filter.hpp" // why not'
header graph/umbrella.hpp "$licence" '#pragma once' '#include "../spikeometric.hpp"'
header graph/unlicensed.hpp '// A comment.' '#pragma once'
header graph/unguarded.hpp "$licence"
header io/fitted.hpp "$licence" '#pragma once' '#include "../infer/fit.hpp"'
header model/written.hpp "$licence" '#pragma once' '#include "../io/csv.hpp"'
header telepathy/guess.hpp "$licence" '#pragma once'
umbrella=$(cat spikeometric/spikeometric.hpp)
header graph/forgotten.hpp "$licence" '#pragma once'
header io/sonata.hpp "$licence" '// Needs HDF5.' '#pragma once'
header backend/cuda.cuh "$licence" '#pragma once' '#include "../model/filter.hpp"'
header backend/hip.cuh '// A comment.' '#include "../simulate/simulator.hpp"'
printf '%s\n' "$umbrella" >spikeometric/spikeometric.hpp

if sh "$rules" . >found; then
  echo "failed: a tree full of faults was accepted"
  exit 1
fi
cut -d ' ' -f 1 found | LC_ALL=C sort >lines
cat >expected <<END
spikeometric/backend/hip.cuh:1:
spikeometric/backend/hip.cuh:1:
spikeometric/backend/hip.cuh:2:
spikeometric/detail/bits.hpp:3:
spikeometric/graph/angled.hpp:4:
spikeometric/graph/forgotten.hpp:1:
spikeometric/graph/quoted.hpp:3:
spikeometric/graph/umbrella.hpp:3:
spikeometric/graph/unguarded.hpp:1:
spikeometric/graph/unlicensed.hpp:1:
spikeometric/io/fitted.hpp:3:
spikeometric/model/written.hpp:3:
spikeometric/telepathy/guess.hpp:1:
END
diff expected lines
