// SPDX-License-Identifier: BSD-3-Clause
//
// Penalties on the weights of a fit.
//
//   sk::fit(model, spikes, {.penalty = sk::L1{0.001}});
//   sk::fit(model, spikes, {.penalty = sk::GroupL1{0.001} + sk::L2{0.01}});
//   sk::fit(model, spikes, {.penalty = sk::L1{3.0}.standardized()});                       // the same for all neurons
//   sk::fit(model, drive, spikes, {.own_penalty = sk::L2{1e-4}, .stimulus_penalty = sk::Smooth{0.1}});
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric {

/// A term added to the mean negative log-likelihood per step of each neuron. The default is no penalty. Throws
/// InvalidArgument for a strength that is negative or not finite.
class Penalty {
 public:
  Penalty() = default;
  template <class Number>
  requires std::is_arithmetic_v<Number> Penalty(Number) {
    static_assert(std::is_void_v<Number>,
                  "spikeometric: a penalty must be sk::L1{0.1}, sk::L2{0.1}, sk::GroupL1{0.1} or sk::Smooth{0.1}, not "
                  "a number");
  }

  double l1() const { return l1_; }
  double l2() const { return l2_; }
  double group_l1() const { return group_l1_; }
  double smooth() const { return smooth_; }
  bool is_standardized() const { return standardized_; }
  /// The factor of a postsynaptic neuron. Throws OutOfRange for a neuron that has none.
  double factor(std::uint32_t neuron) const {
    if (factors_.empty()) return 1.0;
    if (neuron >= factors_.size())
      throw OutOfRange("a penalty of " + std::to_string(factors_.size()) + " neurons has no factor for neuron " +
                       std::to_string(neuron));
    return factors_[neuron];
  }
  /// The factors of all postsynaptic neurons; empty if they have the same penalty.
  const std::vector<double>& factors() const { return factors_; }

  bool none() const { return differentiable() && l2_ == 0.0 && smooth_ == 0.0; }
  /// Whether the penalty is differentiable everywhere: it has neither L1 nor GroupL1.
  bool differentiable() const { return l1_ == 0.0 && group_l1_ == 0.0; }

  /// The same penalty in units in which one strength suits all neurons, busy or quiet. L1{z} then has the strength
  /// z s_j for weight j, where s_j is the standard deviation of the slope of the mean log-likelihood in that weight if
  /// the connection does not exist: sqrt(information of the rate x variance of the covariate / steps). So a connection
  /// enters if its score is above z standard deviations. GroupL1 has the root mean square of s_j over the group. L2 and
  /// Smooth are in units of the information about a weight per step, mean over weights: L2{0.1} shrinks a weight that
  /// is independent of the others by 9 %.
  [[nodiscard]] Penalty standardized() const {
    Penalty result = *this;
    result.standardized_ = true;
    return result;
  }

  /// The same penalty, multiplied by a factor for each postsynaptic neuron. Throws InvalidArgument for a factor that is
  /// negative or not finite.
  [[nodiscard]] Penalty times(std::vector<double> factors) const {
    for (const double factor : factors) require_strength(factor, "factor");
    Penalty result = *this;
    for (std::size_t i = 0; i < factors.size(); ++i) factors[i] *= factor(static_cast<std::uint32_t>(i));
    result.factors_ = std::move(factors);
    return result;
  }

  /// Throws InvalidArgument if only one of two penalties is standardized, or if both have factors.
  friend Penalty operator+(const Penalty& a, const Penalty& b) {
    if (a.none() || b.none()) return a.none() ? b : a;
    if (a.standardized_ != b.standardized_ || !a.factors_.empty() || !b.factors_.empty())
      throw InvalidArgument("penalties can be added if both or neither are standardized, and without factors");
    Penalty sum{a.l1_ + b.l1_, a.l2_ + b.l2_, a.group_l1_ + b.group_l1_, a.smooth_ + b.smooth_};
    sum.standardized_ = a.standardized_;
    return sum;
  }
  /// Multiplies all strengths by a factor.
  friend Penalty operator*(double factor, const Penalty& penalty) {
    Penalty product{factor * penalty.l1_, factor * penalty.l2_, factor * penalty.group_l1_, factor * penalty.smooth_};
    product.standardized_ = penalty.standardized_;
    product.factors_ = penalty.factors_;
    return product;
  }

 protected:
  Penalty(double l1, double l2, double group_l1, double smooth)
      : l1_(l1), l2_(l2), group_l1_(group_l1), smooth_(smooth) {
    for (const double strength : {l1, l2, group_l1, smooth}) require_strength(strength, "penalty strength");
  }

 private:
  static void require_strength(double strength, const char* what) {
    if (!(strength >= 0.0) || !std::isfinite(strength))
      throw InvalidArgument(std::string(what) + " = " + detail::to_text(strength) + " must be finite and at least 0");
  }

  double l1_ = 0.0, l2_ = 0.0, group_l1_ = 0.0, smooth_ = 0.0;
  bool standardized_ = false;
  std::vector<double> factors_;
};

/// strength x sum |w|: makes uninformative weights 0.
struct L1 : Penalty {
  explicit L1(double strength) : Penalty(strength, 0.0, 0.0, 0.0) {}
};

/// strength x sum w^2 / 2.
struct L2 : Penalty {
  explicit L2(double strength) : Penalty(0.0, strength, 0.0, 0.0) {}
};

/// strength x sum over connections of sqrt(M) |w|, where |w| is the Euclidean norm of a connection's M weights. The
/// weights of a connection become 0 together.
struct GroupL1 : Penalty {
  explicit GroupL1(double strength) : Penalty(0.0, 0.0, strength, 0.0) {}
};

/// strength x sum (w_(m-1) - 2 w_m + w_(m+1))^2 / 2 over the basis functions m of each connection, of the own history
/// or of each stimulus channel: a smooth time course. No effect on fewer than three basis functions.
struct Smooth : Penalty {
  explicit Smooth(double strength) : Penalty(0.0, 0.0, 0.0, strength) {}
};

}  // namespace spikeometric
