# SPDX-License-Identifier: BSD-3-Clause
#
# For the tests that are scripts and go on after a fault: a folder for their files, which is the current one from here
# on and removed at the end.
#
#   . "$(dirname "$0")/../scratch.sh"
#   [ -s raster.svg ] || complain "no raster"
#   exit $failed
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failed=0

complain() {
  echo "FAILED: $*"
  failed=1
}
