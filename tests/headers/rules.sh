#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
#
# Checks what a compiler cannot see in the headers under INCLUDE_DIR, and names file and line of each fault:
# a licence line first, `#pragma once`, inclusion only of rooms that come before, and a place in the umbrella header,
# unless a line of the opening comment begins with "Needs" (more than Eigen and Random123).
#
#   sh rules.sh INCLUDE_DIR
set -eu
cd "$1"

find spikeometric -type f \( -name '*.hpp' -o -name '*.cuh' \) | sort | xargs awk '
  BEGIN {
    licence = "// SPDX-License-Identifier: BSD-3-Clause"
    count = split("detail arithmetic random parameter graph model stimulus step backend simulate analysis tune infer io", rooms)
    for (i = 1; i <= count; ++i) place[rooms[i]] = i
    umbrella = "spikeometric/spikeometric.hpp"
  }

  function fault(line, text) { print file ":" line ": " text; ++faults }

  function finish() { if (file != "" && !once) fault(1, "no #pragma once") }

  # spikeometric/a/../b/c.hpp is spikeometric/b/c.hpp
  function resolve(path) {
    while (sub(/[^\/]+\/\.\.\//, "", path)) {}
    return path
  }

  # The room of spikeometric/<room>/<name>, or "" for the headers outside of the rooms.
  function room_of(path,   parts) { return split(path, parts, "/") > 2 ? parts[2] : "" }

  function may_include(other) {
    return place[other] <= place[room] && !(room == "io" && (other == "analysis" || other == "tune" || other == "infer"))
  }

  FNR == 1 {
    finish()
    file = FILENAME
    room = room_of(file)
    once = 0
    headers[file] = room
    if ($0 != licence) fault(1, "not the line " licence)
    if (room != "" && !(room in place)) fault(1, room " has no place in the order of rooms: give it one in rules.sh")
  }

  /^[ \t]*#[ \t]*pragma[ \t]+once/ { once = 1 }

  /^\/\/ Needs / && !once { optional[file] = 1 }

  /^[ \t]*#[ \t]*include[ \t]*["<]/ {
    path = $0
    sub(/^[^"<]*/, "", path)
    quoted = path ~ /^"/
    path = substr(path, 2)
    sub(/[">].*/, "", path)
    if (quoted && path !~ /^spikeometric\//) {
      folder = file
      sub(/[^\/]*$/, "", folder)
      path = resolve(folder path)
    }
    if (path !~ /^spikeometric\//) next
    if (file == umbrella) { offered[path] = 1; next }

    other = room_of(path)
    if (path == umbrella) fault(FNR, "only users may include the umbrella")
    else if (other != "" && !may_include(other)) fault(FNR, room " may not include " other ": " path)
  }

  END {
    finish()
    for (file in headers) {
      if (file == umbrella || file ~ /\.cuh$/ || file ~ /\/detail\// || file in optional) continue
      if (!(file in offered)) fault(1, "not in " umbrella ", and no line \"// Needs ...\" says why")
    }
    exit faults > 0
  }
'
