#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# The pictures of the documentation are those that the library draws now, byte for byte.
#
#   sh pictures.sh PROGRAM DIRECTORY
set -u
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
"$1" "$scratch" || exit 1
diff -r "$scratch" "$2" && exit 0
echo "FAILED: make them anew with: $1 $2"
exit 1
