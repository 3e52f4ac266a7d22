// SPDX-License-Identifier: BSD-3-Clause
//
// Penalties on coupling weights.
//
//   sk::fit(model, spikes, {.penalty = sk::L1{0.001}});
//   sk::fit(model, spikes, {.penalty = sk::GroupL1{0.001} + sk::L2{0.01}});
#pragma once

#include <cmath>
#include <string>
#include <type_traits>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// A term added to the mean negative log-likelihood per step. It applies to the weights of couplings and of a neuron's
/// own history, but not to baseline and stimulus weights. The default is no penalty. Throws InvalidArgument for a
/// strength that is negative or not finite.
class Penalty {
 public:
  Penalty() = default;
  template <class Number>
  requires std::is_arithmetic_v<Number> Penalty(Number) {
    static_assert(std::is_void_v<Number>,
                  "spikeometric: a penalty must be sk::L1{0.1}, sk::L2{0.1} or "
                  "sk::GroupL1{0.1}, not a number");
  }

  double l1() const { return l1_; }
  double l2() const { return l2_; }
  double group_l1() const { return group_l1_; }

  bool none() const { return l1_ == 0.0 && l2_ == 0.0 && group_l1_ == 0.0; }
  /// Whether the penalty is differentiable everywhere.
  bool smooth() const { return l1_ == 0.0 && group_l1_ == 0.0; }

  friend Penalty operator+(const Penalty& a, const Penalty& b) {
    return {a.l1_ + b.l1_, a.l2_ + b.l2_, a.group_l1_ + b.group_l1_};
  }
  /// Multiplies all strengths by a factor.
  friend Penalty operator*(double factor, const Penalty& penalty) {
    return {factor * penalty.l1_, factor * penalty.l2_, factor * penalty.group_l1_};
  }

 protected:
  Penalty(double l1, double l2, double group_l1) : l1_(l1), l2_(l2), group_l1_(group_l1) {
    for (const double strength : {l1, l2, group_l1})
      if (!(strength >= 0.0) || !std::isfinite(strength))
        throw InvalidArgument("penalty strength = " + detail::to_text(strength) + " must be finite and at least 0");
  }

 private:
  double l1_ = 0.0, l2_ = 0.0, group_l1_ = 0.0;
};

/// strength x sum |w|: makes uninformative weights 0.
struct L1 : Penalty {
  explicit L1(double strength) : Penalty(strength, 0.0, 0.0) {}
};

/// strength x sum w^2 / 2.
struct L2 : Penalty {
  explicit L2(double strength) : Penalty(0.0, strength, 0.0) {}
};

/// strength x sum over connections of sqrt(M) |w|, where |w| is the Euclidean norm of a connection's M weights. The
/// weights of a connection become 0 together.
struct GroupL1 : Penalty {
  explicit GroupL1(double strength) : Penalty(0.0, 0.0, strength) {}
};

}  // namespace spikeometric
