// SPDX-License-Identifier: BSD-3-Clause
#include "thrust_device.hpp"

#include "device/networks.hpp"
