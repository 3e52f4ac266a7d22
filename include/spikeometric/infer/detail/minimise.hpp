// SPDX-License-Identifier: BSD-3-Clause
//
// Minimises a convex function with a penalty and bounds: by Newton's method if the Hessian fits in memory, otherwise by
// L-BFGS or, for penalties that are not differentiable, by accelerated proximal gradients.
//
// Everything is a template over Real so that it is compiled only where it is used. Real is always double.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

namespace spikeometric::detail {

template <class Real>
using VectorOf = Eigen::Matrix<Real, Eigen::Dynamic, 1>;
template <class Real>
using MatrixOf = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;

/// A convex function to minimise.
template <class Real>
struct Objective {
  virtual ~Objective() = default;
  virtual Real value_and_gradient(const VectorOf<Real>& x, VectorOf<Real>& gradient) = 0;
  /// For Newton's method. It may be approximate for thinning > 1.
  virtual MatrixOf<Real> hessian(const VectorOf<Real>& x, std::size_t thinning) = 0;
  /// The thinning of the first Hessian of a search.
  virtual std::size_t thinning() = 0;
  /// The gradient times a rough inverse of the Hessian, for L-BFGS: symmetric, positive definite, and the same in a
  /// search.
  virtual VectorOf<Real> preconditioned(const VectorOf<Real>& gradient) { return gradient; }
};

/// The part of a penalty that is not differentiable, sum over i of l1_i |x_i| plus strength_G |x_G| for each group G of
/// consecutive coordinates; and bounds, each 0 or infinite. A coordinate whose bounds are both 0 is fixed at 0.
template <class Real>
struct PenaltyTerms {
  using Vector = VectorOf<Real>;
  struct Group {
    Eigen::Index first, size;
    Real strength;
  };
  Vector l1, lowest, highest;
  std::vector<Group> groups;

  explicit PenaltyTerms(Eigen::Index size)
      : l1(Vector::Zero(size)),
        lowest(Vector::Constant(size, -std::numeric_limits<Real>::infinity())),
        highest(Vector::Constant(size, std::numeric_limits<Real>::infinity())) {}

  bool fixed(Eigen::Index i) const { return lowest[i] == 0.0 && highest[i] == 0.0; }

  /// Whether penalty and bounds are smooth. The bounds of fixed coordinates do not count.
  bool smooth() const {
    for (Eigen::Index i = 0; i < l1.size(); ++i)
      if (l1[i] > 0.0 || (!fixed(i) && (std::isfinite(lowest[i]) || std::isfinite(highest[i])))) return false;
    return groups.empty();
  }

  Real value(const Vector& x) const {
    Real sum = (l1.array() * x.array().abs()).sum();
    for (const Group& group : groups) sum += group.strength * x.segment(group.first, group.size).norm();
    return sum;
  }

  /// Replaces y by the x within the bounds that minimises strength |x - y|^2 / 2 + penalty. For a group with l1, the
  /// two shrinkages one after the other are exact.
  void shrink(Vector& y, Real strength) const {
    for (Eigen::Index i = 0; i < y.size(); ++i) y[i] = shrunk(y[i], i, strength);
    for (const Group& group : groups) shrink(y, group, strength);
  }
  Real shrunk(Real y, Eigen::Index i, Real strength) const {
    const Real kept = std::max(std::abs(y) - l1[i] / strength, 0.0);
    return std::clamp(std::copysign(kept, y), lowest[i], highest[i]);
  }
  static void shrink(Vector& y, const Group& group, Real strength) {
    auto part = y.segment(group.first, group.size);
    const Real norm = part.norm();
    part *= norm > 0.0 ? std::max(1.0 - group.strength / strength / norm, 0.0) : 0.0;
  }

  /// The violation of the optimality conditions at x, given the gradient of the function: the largest entry of the
  /// smallest subgradient that points inside the bounds.
  Real violation(const Vector& x, const Vector& gradient) const {
    Vector slope = gradient;
    for (Eigen::Index i = 0; i < x.size(); ++i) {
      if (x[i] != 0.0)
        slope[i] += std::copysign(l1[i], x[i]);
      else
        slope[i] = std::copysign(std::max(std::abs(slope[i]) - l1[i], 0.0), slope[i]);
      if ((x[i] <= lowest[i] && slope[i] > 0.0) || (x[i] >= highest[i] && slope[i] < 0.0)) slope[i] = 0.0;
    }
    for (const Group& group : groups) {
      const Real norm = x.segment(group.first, group.size).norm();
      auto part = slope.segment(group.first, group.size);
      if (norm > 0.0)
        part += group.strength / norm * x.segment(group.first, group.size);
      else
        part *= part.norm() > 0.0 ? std::max(1.0 - group.strength / part.norm(), 0.0) : 0.0;
    }
    return slope.size() > 0 ? slope.cwiseAbs().maxCoeff() : 0.0;
  }
};

/// Stopping criteria.
struct Stopping {
  double tolerance;  ///< of the violation
  int max_iterations;
};

/// The result of a search.
template <class Real>
struct Minimum {
  VectorOf<Real> x;
  Real value = 0;      ///< of the function, without the PenaltyTerms
  Real violation = 0;  ///< of the optimality conditions
  int iterations = 0;
  bool converged = false;

  /// Whether the search ends here. If not, counts another iteration.
  bool ends(const Stopping& stopping) {
    converged = violation <= stopping.tolerance;
    if (converged || iterations >= stopping.max_iterations) return true;
    ++iterations;
    return false;
  }
};

/// The curvature along a coordinate; 1 if there is no information about it.
template <class Real>
Real curvature_of(Real information) {
  return information > Real(0) ? information : Real(1);
}

/// The step d from x that minimises gradient^T d + d^T H d / 2 + penalty(x + d): by a linear solve if the penalty is
/// smooth, otherwise by coordinate descent over an active set.
template <class Real>
VectorOf<Real> quadratic_step(const MatrixOf<Real>& hessian, const VectorOf<Real>& gradient, const VectorOf<Real>& x,
                              const PenaltyTerms<Real>& penalty, Real tolerance) {
  using Vector = VectorOf<Real>;
  using Matrix = MatrixOf<Real>;
  const Eigen::Index n = x.size();
  if (penalty.smooth()) {
    Matrix regular = hessian;
    Vector slope = gradient;
    // Scales each coordinate, and adds a tiny ridge so that directions without information do not move.
    Vector scale(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      scale[i] = penalty.fixed(i) ? Real(0) : Real(1) / std::sqrt(curvature_of(regular(i, i)));
      if (penalty.fixed(i)) slope[i] = 0.0;
    }
    regular = (scale.asDiagonal() * regular * scale.asDiagonal()).eval();
    regular.diagonal().setConstant(Real(1) + Real(1e-14));
    return -scale.cwiseProduct(regular.ldlt().solve(scale.cwiseProduct(slope)));
  }
  Vector step = Vector::Zero(n), slope = gradient;  // the gradient of the quadratic at x + step
  std::vector<bool> in_group(n);
  for (const auto& group : penalty.groups) std::fill_n(in_group.begin() + group.first, group.size, true);
  const auto move = [&](Eigen::Index i, Real by) {
    step[i] += by;
    slope += by * hessian.col(i);
  };
  const auto visit = [&](Eigen::Index i) {  // returns the violation before
    const Real curvature = curvature_of(hessian(i, i)), now = x[i] + step[i];
    const Real wanted = penalty.shrunk(now - slope[i] / curvature, i, curvature);
    if (wanted != now) move(i, wanted - now);
    return curvature * std::abs(wanted - now);
  };
  std::vector<Real> curvatures;  // an upper bound of the largest in each group
  for (const auto& group : penalty.groups) {
    const auto block = hessian.block(group.first, group.first, group.size, group.size);
    curvatures.push_back(curvature_of(block.cwiseAbs().rowwise().sum().maxCoeff()));
  }
  const auto visit_group = [&](std::size_t k) {
    const auto& group = penalty.groups[k];
    Real most = 0.0;
    for (int inner = 0; inner < 20; ++inner) {
      Vector wanted = Vector::Zero(n);
      for (Eigen::Index i = group.first; i < group.first + group.size; ++i) {
        const Real now = x[i] + step[i];
        wanted[i] = penalty.shrunk(now - slope[i] / curvatures[k], i, curvatures[k]);
      }
      PenaltyTerms<Real>::shrink(wanted, group, curvatures[k]);
      Real moved = 0.0;
      for (Eigen::Index i = group.first; i < group.first + group.size; ++i) {
        const Real by = wanted[i] - (x[i] + step[i]);
        if (by != 0.0) move(i, by);
        moved = std::max(moved, curvatures[k] * std::abs(by));
      }
      most = std::max(most, moved);
      if (moved <= tolerance) break;
    }
    return most;
  };
  std::vector<Eigen::Index> moving;
  std::vector<std::size_t> moving_groups;
  for (int sweep = 0; sweep < 1000; ++sweep) {
    // Visits all coordinates once, then only the nonzero ones until they converge.
    Real most = 0.0;
    moving.clear();
    moving_groups.clear();
    for (Eigen::Index i = 0; i < n; ++i)
      if (!in_group[i] && !penalty.fixed(i)) {
        most = std::max(most, visit(i));
        if (x[i] + step[i] != 0.0) moving.push_back(i);
      }
    for (std::size_t k = 0; k < penalty.groups.size(); ++k) {
      const auto& group = penalty.groups[k];
      most = std::max(most, visit_group(k));
      if (!(x + step).segment(group.first, group.size).isZero(0.0)) moving_groups.push_back(k);
    }
    if (most <= tolerance) break;
    for (int inner = 0; inner < 1000 && most > tolerance; ++inner) {
      most = 0.0;
      for (const Eigen::Index i : moving) most = std::max(most, visit(i));
      for (const std::size_t k : moving_groups) most = std::max(most, visit_group(k));
    }
  }
  return step;
}

/// Halves a step until the penalised function decreases by a fraction of the decrease that its slope predicts. If
/// rounding errors hide the decrease, halves it until the violation decreases. Returns whether it succeeds.
template <class Real>
bool line_search(Objective<Real>& function, const PenaltyTerms<Real>& penalty, const VectorOf<Real>& step, Real before,
                 Real promised, Minimum<Real>& minimum, VectorOf<Real>& gradient) {
  const VectorOf<Real> x = minimum.x;
  const Real precision = Real(1e-12) * std::abs(before);
  VectorOf<Real> slope;
  Real length = 1.0;
  for (int halved = 0; halved < 33; ++halved, length *= 0.5) {
    const VectorOf<Real> next = x + length * step;
    const Real value = function.value_and_gradient(next, slope);
    const Real gained = before - (value + penalty.value(next));
    if (!slope.allFinite() || !(gained >= -precision)) continue;
    const Real violation = penalty.violation(next, slope);
    if (!(gained >= -1e-4 * length * promised) && !(violation < minimum.violation)) continue;
    minimum.x = next;
    minimum.value = value;
    minimum.violation = violation;
    gradient = std::move(slope);
    return true;
  }
  return false;
}

/// Newton's method; proximal Newton for penalties that are not smooth. `hessian` may be empty or computed at a nearby
/// point, and is kept for the next search. A Hessian costs as much as parameters / 8 gradients. So it is computed anew,
/// with less thinning each time, only if that is cheaper than the additional steps that the old one would need.
template <class Real>
Minimum<Real> minimise_by_newton(Objective<Real>& function, const PenaltyTerms<Real>& penalty, VectorOf<Real> x,
                                 MatrixOf<Real>& hessian, const Stopping& stopping) {
  Minimum<Real> minimum{std::move(x)};
  VectorOf<Real> gradient;
  minimum.value = function.value_and_gradient(minimum.x, gradient);
  minimum.violation = penalty.violation(minimum.x, gradient);
  std::size_t thinning = 1;  // of the latest Hessian computed here
  int made = 0;
  bool fresh = false;  // whether the Hessian was computed at this point
  while (!minimum.ends(stopping)) {
    if (hessian.size() == 0) {
      // The second has the same thinning as the first, which was computed farther away.
      thinning = made++ == 0 ? function.thinning() : std::max<std::size_t>(made > 2 ? thinning / 2 : thinning, 1);
      hessian = function.hessian(minimum.x, thinning);
      fresh = true;
    }
    const VectorOf<Real> step = quadratic_step(hessian, gradient, minimum.x, penalty,
                                               Real(0.01) * std::min(minimum.violation, stopping.tolerance));
    const Real penalty_here = penalty.value(minimum.x);
    const Real promised = gradient.dot(step) + penalty.value(minimum.x + step) - penalty_here;
    const Real before = minimum.violation;
    const bool found = promised < 0.0 &&
                       line_search(function, penalty, step, minimum.value + penalty_here, promised, minimum, gradient);
    if (!found && fresh && thinning == 1) return minimum;
    const Real gained = std::log(before / minimum.violation);
    const Real wanted = std::log(minimum.violation / stopping.tolerance);
    const Real steps_for_hessian = 2.0 + static_cast<Real>(hessian.rows()) / static_cast<Real>(8 * thinning);
    if (!found || !(wanted < gained * steps_for_hessian)) hessian.resize(0, 0);
    fresh = false;
  }
  return minimum;
}

/// L-BFGS (Liu and Nocedal 1989) with a memory of ten steps and a preconditioner, for smooth penalties.
template <class Real>
Minimum<Real> minimise_by_lbfgs(Objective<Real>& function, const PenaltyTerms<Real>& penalty, VectorOf<Real> x,
                                const Stopping& stopping) {
  constexpr std::size_t memory = 10;
  struct Pair {
    VectorOf<Real> step, change;
    Real curvature, scale;
  };
  std::deque<Pair> pairs;
  Minimum<Real> minimum{std::move(x)};
  VectorOf<Real> gradient;
  const auto slope = [&] {
    VectorOf<Real> result = gradient;
    for (Eigen::Index i = 0; i < result.size(); ++i)
      if (penalty.fixed(i)) result[i] = 0.0;
    return result;
  };
  minimum.value = function.value_and_gradient(minimum.x, gradient);
  minimum.violation = penalty.violation(minimum.x, gradient);
  while (!minimum.ends(stopping)) {
    const VectorOf<Real> here = slope(), from = minimum.x;
    VectorOf<Real> step = -here;
    std::vector<Real> parts;
    for (auto pair = pairs.rbegin(); pair != pairs.rend(); ++pair) {
      parts.push_back(pair->step.dot(step) / pair->curvature);
      step -= parts.back() * pair->change;
    }
    step = function.preconditioned(step);
    if (!pairs.empty()) step *= pairs.back().scale;
    for (Eigen::Index i = 0; i < step.size(); ++i)
      if (penalty.fixed(i)) step[i] = 0.0;
    for (const Pair& pair : pairs) {
      const Real part = parts.back() - pair.change.dot(step) / pair.curvature;
      parts.pop_back();
      step += part * pair.step;
    }
    Real promised = here.dot(step);
    if (!(promised < 0.0)) {
      pairs.clear();
      step = -here;
      promised = -here.squaredNorm();
    }
    if (!line_search(function, penalty, step, minimum.value + penalty.value(minimum.x), promised, minimum, gradient)) {
      if (pairs.empty()) return minimum;
      pairs.clear();
      continue;
    }
    Pair pair{minimum.x - from, slope() - here, 0.0, 1.0};
    pair.curvature = pair.step.dot(pair.change);
    pair.scale = pair.curvature / pair.change.dot(function.preconditioned(pair.change));
    if (pair.curvature > 1e-12 * pair.step.norm() * pair.change.norm()) pairs.push_back(std::move(pair));
    if (pairs.size() > memory) pairs.pop_front();
  }
  return minimum;
}

/// Accelerated proximal gradients (Beck and Teboulle 2009), restarted when they overshoot (O'Donoghue and Candes 2015).
/// For penalties that are not smooth if there are too many parameters for a Hessian.
template <class Real>
Minimum<Real> minimise_by_proximal_gradient(Objective<Real>& function, const PenaltyTerms<Real>& penalty,
                                            VectorOf<Real> x, const Stopping& stopping) {
  Minimum<Real> minimum{std::move(x)};
  VectorOf<Real> slope, ahead = minimum.x;
  minimum.value = function.value_and_gradient(minimum.x, slope);
  Real curvature = 1.0, momentum = 1.0, value = minimum.value;
  minimum.violation = penalty.violation(minimum.x, slope);
  while (!minimum.ends(stopping)) {
    VectorOf<Real> next, at_next;
    Real value_next;
    for (;; curvature *= 2.0) {
      next = ahead - slope / curvature;
      penalty.shrink(next, curvature);
      const VectorOf<Real> moved = next - ahead;
      value_next = function.value_and_gradient(next, at_next);
      if (value_next <= value + slope.dot(moved) + 0.5 * curvature * moved.squaredNorm() + 1e-14 * std::abs(value))
        break;
      if (curvature > 1e30) return minimum;
    }
    const bool overshot = (ahead - next).dot(next - minimum.x) > 0.0;
    const Real grown = overshot ? 1.0 : 0.5 * (1.0 + std::sqrt(1.0 + 4.0 * momentum * momentum));
    const Real part = overshot ? 0.0 : (momentum - 1.0) / grown;
    ahead = next + part * (next - minimum.x);
    momentum = grown;
    minimum.x = next;
    minimum.value = value_next;
    minimum.violation = penalty.violation(next, at_next);
    if (part != 0.0) {
      value = function.value_and_gradient(ahead, slope);
    } else {
      value = value_next;
      slope = at_next;
    }
    curvature *= 0.9;
  }
  return minimum;
}

}  // namespace spikeometric::detail
