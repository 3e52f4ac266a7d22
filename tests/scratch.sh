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

# LINES PROGRAM STATUS PART ARGUMENTS...: the program ends with the status. Its standard error, in `err`, has so many
# lines or `any` number, and the part is in the last; standard output is in `out`.
fail_with() {
  lines=$1
  program=$2
  status=$3
  part=$4
  shift 4
  "$program" "$@" >out 2>err
  got=$?
  [ $got -eq "$status" ] || complain "status $got instead of $status: $*"
  [ "$lines" = any ] || [ "$(wc -l <err)" -eq "$lines" ] || complain "not $lines line: $* -> $(cat err)"
  tail -1 err | grep -qF -- "$part" || complain "'$part' is not in '$(tail -1 err)': $*"
}
