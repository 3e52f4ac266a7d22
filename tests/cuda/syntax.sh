#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
#   sh syntax.sh FLAGS... SOURCE
#
# Whether nvcc takes SOURCE without a warning, for the device and for the host; no code is made of it.
set -eu
. "$(dirname "$0")/../require.sh"

PATH=$PATH:/usr/local/cuda/bin
require nvcc
nvcc --help | grep -q -e --fdevice-syntax-only || { echo "skipped: this nvcc always compiles to the end"; exit 77; }

nvcc -std=c++20 -arch=compute_75 --fmad=false -diag-suppress=20012,20015 -Werror all-warnings \
  -fdevice-syntax-only -Xcompiler=-fsyntax-only -x cu -c -o /dev/null "$@"
