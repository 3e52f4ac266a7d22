// SPDX-License-Identifier: BSD-3-Clause
//
// The backends that the driver was compiled with: SPIKEOMETRIC_WITH_THRUST and SPIKEOMETRIC_WITH_CUDA add theirs.
#pragma once

#include <string>
#include <utility>

#include "options.hpp"
#include "usage.hpp"

namespace driver {

/// The names of the backends, and what each runs on.
inline constexpr std::pair<const char*, const char*> backends[] {
  {"eigen", "the CPU"},
#if defined(SPIKEOMETRIC_WITH_THRUST)
      {"thrust", "Thrust, on the CPU, or on a GPU if compiled by nvcc"},
#endif
#if defined(SPIKEOMETRIC_WITH_CUDA)
      {"cuda", "a GPU"},
#endif
};

/// Throws UsageError if the backend is not available or does not have a given setting.
inline void require_backend(const BackendChoice& choice) {
  std::string names;
  bool found = false;
  for (const auto& [name, meaning] : backends) {
    enlist(names, name);
    found |= choice.name == name;
  }
  if (!found)
    throw UsageError("--backend", "'" + choice.name + "' is not a backend of this program; known backends: " + names);
  if (choice.threads && choice.name != "eigen") throw UsageError("--threads", "needs --backend eigen");
  if (choice.device && choice.name != "cuda") throw UsageError("--device", "needs --backend cuda");
  if (choice.strategy == "sparse_matvec" && choice.name == "thrust")
    throw UsageError("--strategy", "sparse_matvec does not work with --backend thrust");
}

inline std::string help_on_backends() {
  std::string text;
  for (const auto& [name, meaning] : backends) text += "\n" + std::string(name) + ": " + meaning;
  return text + "\n";
}

}  // namespace driver
