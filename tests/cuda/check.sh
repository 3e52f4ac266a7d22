#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
#   sh check.sh SOURCE PTX FLAGS...
#
# Compiles SOURCE to PTX, the device's assembly, with nvcc, without a warning, looks for fused operations in it, and
# assembles it for several GPUs. Eigen alone is the host's here, for nvcc warns of its annotations. No GPU is needed.
set -eu
. "$(dirname "$0")/../require.sh"
source=$1
ptx=$2
shift 2

PATH=$PATH:/usr/local/cuda/bin
require nvcc

nvcc -std=c++20 -arch=compute_75 --fmad=false -DEIGEN_NO_CUDA -Werror all-warnings -ptx "$@" -o "$ptx" "$source"
if grep -n 'fma\.rn' "$ptx"; then
  echo "failed: fused operations in $ptx"
  exit 1
fi
grep -q '\.entry' "$ptx" || { echo "failed: no kernel in $ptx"; exit 1; }
for capability in 75 80 90; do
  ptxas -arch=sm_$capability -o "$ptx.cubin" "$ptx"
done
