// SPDX-License-Identifier: BSD-3-Clause
//
// The version of the library. It is stated only here; the build, the package and all output read it from here.
//
//   static_assert(SPIKEOMETRIC_VERSION_MAJOR == 0);
//   std::cout << "spikeometric " << spikeometric::version << '\n';
#pragma once

#define SPIKEOMETRIC_VERSION_MAJOR 0
#define SPIKEOMETRIC_VERSION_MINOR 1
#define SPIKEOMETRIC_VERSION_PATCH 0

#define SPIKEOMETRIC_DETAIL_QUOTE(major, minor, patch) #major "." #minor "." #patch
#define SPIKEOMETRIC_DETAIL_VERSION(major, minor, patch) SPIKEOMETRIC_DETAIL_QUOTE(major, minor, patch)

/// The three numbers as one string literal, "major.minor.patch".
#define SPIKEOMETRIC_VERSION \
  SPIKEOMETRIC_DETAIL_VERSION(SPIKEOMETRIC_VERSION_MAJOR, SPIKEOMETRIC_VERSION_MINOR, SPIKEOMETRIC_VERSION_PATCH)

namespace spikeometric {

inline constexpr char version[] = SPIKEOMETRIC_VERSION;

}  // namespace spikeometric
