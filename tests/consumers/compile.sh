#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
#   sh compile.sh [--pkg-config DIR] SOURCE SCRATCH_DIR COMPILER FLAGS...
#
# Compiles one file with FLAGS, or with the flags that pkg-config finds in DIR, and with nothing else; then runs it.
set -eu
. "$(dirname "$0")/../require.sh"

found=
if [ "$1" = --pkg-config ]; then
  require pkg-config
  found=$(PKG_CONFIG_PATH=$2 pkg-config --cflags spikeometric)
  shift 2
fi
source=$1
scratch=$2
shift 2
eval "set -- \"\$@\" $found" # pkg-config quotes for the shell

mkdir -p "$scratch"
cd "$scratch"
"$@" -std=c++20 -o program "$source"
./program
