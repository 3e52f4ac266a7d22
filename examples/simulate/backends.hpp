// SPDX-License-Identifier: BSD-3-Clause
//
// The backends that the driver was compiled with: SPIKEOMETRIC_WITH_THRUST and SPIKEOMETRIC_WITH_CUDA add theirs.
#pragma once

#include <string>
#include <utility>

#include "options.hpp"
#include "usage.hpp"

namespace driver {

/// Those there are, with what they are.
inline constexpr std::pair<const char*, const char*> backends[] {
  {"eigen", "the CPU"},
#if defined(SPIKEOMETRIC_WITH_THRUST)
      {"thrust", "Thrust's algorithms: on the CPU, or on a GPU where nvcc compiled them"},
#endif
#if defined(SPIKEOMETRIC_WITH_CUDA)
      {"cuda", "a GPU"},
#endif
};

/// Throws UsageError for a backend that is not there, and for settings that it does not have.
inline void require_backend(const BackendChoice& choice) {
  std::string names;
  bool found = false;
  for (const auto& [name, meaning] : backends) {
    enlist(names, name);
    found |= choice.name == name;
  }
  if (!found) throw UsageError("--backend", "'" + choice.name + "' is none of this program's: " + names);
  if (choice.threads && choice.name != "eigen") throw UsageError("--threads", "is for --backend eigen");
  if (choice.device && choice.name != "cuda") throw UsageError("--device", "is for --backend cuda");
  if (choice.strategy == "sparse_matvec" && choice.name == "thrust")
    throw UsageError("--strategy", "sparse_matvec is not for --backend thrust");
}

inline std::string help_on_backends() {
  std::string text;
  for (const auto& [name, meaning] : backends) text += "\n" + std::string(name) + ": " + meaning;
  return text + "\n";
}

}  // namespace driver
