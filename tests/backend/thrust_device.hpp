// SPDX-License-Identifier: BSD-3-Clause
//
// The backend of Thrust for the tests of devices.
#pragma once

#include "spikeometric/backend/thrust.hpp"

namespace device_tests {

template <class Check>
void for_each_backend(Check check) {
  check(spikeometric::ThrustBackend{});
}

}  // namespace device_tests
