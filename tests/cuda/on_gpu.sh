#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
#   sh on_gpu.sh PROGRAM ARGUMENTS...
#
# Runs PROGRAM where there is a GPU; elsewhere it is skipped (exit 77).
set -eu
. "$(dirname "$0")/../require.sh"

require nvidia-smi
nvidia-smi --list-gpus 2>/dev/null | grep -q '^GPU' || { echo "skipped: no GPU was found"; exit 77; }
exec "$@"
