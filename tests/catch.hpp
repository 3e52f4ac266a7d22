// SPDX-License-Identifier: BSD-3-Clause
//
// Catch2, version 3 where it is installed and version 2 elsewhere (Debian 12), under one name.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
