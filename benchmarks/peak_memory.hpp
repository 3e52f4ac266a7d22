// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory this process had at its peak, as Linux counts.
#pragma once

#include <fstream>
#include <string>

/// In bytes; 0 if nobody tells.
inline double peak_bytes() {
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;)
    if (word == "VmHWM:") {
      double kibibytes = 0;
      file >> kibibytes;
      return kibibytes * 1024;
    }
  return 0;
}
