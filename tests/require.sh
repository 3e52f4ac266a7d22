# SPDX-License-Identifier: BSD-3-Clause
#
# For the tests that are scripts: what happens where a tool is missing.
#
#   . "$(dirname "$0")/../require.sh"
#   require clang++

# Goes on if the tool is there. If not, the test is skipped (exit 77); or it fails, where the environment variable
# SPIKEOMETRIC_REQUIRE_TOOLS, names with spaces between them, has the tool.
require() {
  if command -v "$1" >/dev/null; then return; fi
  case " ${SPIKEOMETRIC_REQUIRE_TOOLS:-} " in
    *" $1 "*)
      echo "failed: $1 was not found, and SPIKEOMETRIC_REQUIRE_TOOLS names it"
      exit 1
      ;;
  esac
  echo "skipped: $1 was not found"
  exit 77
}
