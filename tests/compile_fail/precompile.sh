#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
#   sh precompile.sh COMPILER FOLDER FLAGS...
#
# Precompiles the library's header for the programs in calls/, which all include it first: for g++ as
# FOLDER/spikeometric/spikeometric.hpp.gch, for clang++ as FOLDER/spikeometric.pch.
set -eu
compiler=$1
folder=$2
shift 2

. "$(dirname "$0")/../require.sh"
require "$compiler"

mkdir -p "$folder/spikeometric"
echo '#include <spikeometric/spikeometric.hpp>' >"$folder/header.hpp"
case $compiler in
  clang*) precompiled=$folder/spikeometric.pch ;;
  *) precompiled=$folder/spikeometric/spikeometric.hpp.gch ;;
esac
"$compiler" "$@" -x c++-header "$folder/header.hpp" -o "$precompiled"
