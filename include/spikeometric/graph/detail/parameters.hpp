// SPDX-License-Identifier: BSD-3-Clause
//
// What the parameters of generators must satisfy. Each check throws InvalidGraph with the parameter's name and value.
#pragma once

#include <cmath>
#include <string>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/graph/edge_list.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::generate::detail {

inline void validate(bool valid, const char* name, double value, const char* demand) {
  if (!valid) throw InvalidGraph(name + (" = " + spikeometric::detail::to_text(value)) + " must be " + demand);
}

inline void validate_probability(const char* name, double value) {
  validate(value >= 0.0 && value <= 1.0, name, value, "in [0, 1]");
}

inline void validate_finite(const char* name, double value) { validate(std::isfinite(value), name, value, "finite"); }

inline void validate_not_negative(const char* name, double value) {
  validate(value >= 0.0 && std::isfinite(value), name, value, "finite and not negative");
}

inline void validate_positive(const char* name, double value) {
  validate(value > 0.0 && std::isfinite(value), name, value, "finite and positive");
}

}  // namespace spikeometric::generate::detail
