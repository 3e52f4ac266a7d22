// SPDX-License-Identifier: BSD-3-Clause
//
// The two search methods of tuning: gradient descent and bracketing.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/parameter/parameter.hpp"
#include "spikeometric/tune/detail/tuner.hpp"
#include "spikeometric/tune/tuning.hpp"

namespace spikeometric::detail {

/// The state of a search.
class Search {
 public:
  explicit Search(TuningProblem& tuner)
      : tuner_(tuner),
        tuning_(tuner.tuning()),
        targets_(tuner.targets()),
        u_(tuner.unknowns().size(), 0.0),
        best_(u_),
        single_(u_.size() == 1 && targets_.size() == 1),
        steps_(bounded(first_steps())) {}

  void run(const Adam& method) { descend(method); }
  void run(const Bracketing&) { bracket(); }

  /// The final point of the search.
  const std::vector<double>& end() const { return u_; }

  /// The result, with the final model and stimulus.
  template <class ModelType, class StimulusType>
  Tuned<ModelType, StimulusType> result(ModelType model, StimulusType stimulus) {
    const auto values = tuner_.values(u_);
    std::vector<TunedParameter> parameters;
    for (std::size_t i = 0; i < values.size(); ++i)
      parameters.push_back({tuner_.knobs()[i].name, tuner_.knobs()[i].values[0], values[i][0]});
    return {std::move(model),      std::move(stimulus),   reached_, message_, std::move(rates_),
            std::move(parameters), std::move(trajectory_)};
  }

 private:
  using Point = std::vector<double>;
  static constexpr double infinity = std::numeric_limits<double>::infinity();

  // --- measurements

  /// The number of steps in which a target expects 400 spikes on average.
  double first_steps() const {
    double spikes = 0.0;
    for (std::size_t k = 0; k < targets_.size(); ++k) spikes += targets_.rates[k] * targets_.neurons[k];
    return 400.0 * static_cast<double>(targets_.size()) / spikes;
  }
  std::uint64_t bounded(double steps) const {
    const auto most = static_cast<double>(std::max(tuning_.max_steps, tuner_.least_steps()));
    return static_cast<std::uint64_t>(std::min(std::max(steps, 400.0), most));
  }
  bool exhausted() const {
    return blurred_ == 3 || trajectory_.size() >= static_cast<std::size_t>(tuning_.max_iterations);
  }

  /// The standard error needed for rates near their targets.
  double wanted_deviation() const { return tuning_.tolerance / (targets_.size() == 1 ? 3.0 : 2.0); }

  /// Measures rates and records them. Rates far from their targets need less precision.
  MeasuredRates measure(const Point& u, bool derive) {
    MeasuredRates measured = tuner_.measure(u, ++attempts_, steps_, derive);
    TuningStep& step = trajectory_.emplace_back();
    for (const auto& values : tuner_.values(u)) step.values.push_back(values[0]);
    step.error = measured.error();
    step.steps = measured.steps;
    step.rate_hz = measured.diverged ? infinity : 0.0;
    for (std::size_t k = 0; k < measured.errors.size(); ++k)
      step.rate_hz += targets_.hz(k) * (1.0 + measured.errors[k]) / static_cast<double>(measured.errors.size());
    least_rate_hz_ = std::min(least_rate_hz_, step.rate_hz);
    max_rate_hz_ = std::max(max_rate_hz_, step.rate_hz);
    if (measured.true_error() + measured.doubt() < least_error_) {
      least_error_ = measured.true_error();
      for (std::size_t j = 0; j < u.size(); ++j) best_[j] = mul(u[j], tuner_.unknowns()[j].scale);
    }
    const double wanted = std::max(wanted_deviation(), measured.true_error() / 6.0);
    const double factor = measured.diverged ? 1.0 : measured.deviation() / wanted;
    steps_ = bounded(static_cast<double>(measured.steps) * std::clamp(factor * factor, 0.25, 16.0));
    return measured;
  }

  /// The same as `measure`, but returns nothing if parameter values are invalid.
  std::optional<MeasuredRates> tried(const Point& u, bool derive) {
    try {
      return measure(u, derive);
    } catch (const InvalidParameter&) {
      return std::nullopt;
    }
  }

  /// The point with the smallest error so far, or the start if there is none.
  Point best() const {
    Point u = best_;
    for (std::size_t j = 0; j < u.size(); ++j) u[j] /= tuner_.unknowns()[j].scale;
    return u;
  }

  /// Whether rates are within the tolerance, as precisely as max_steps allows.
  bool within(const MeasuredRates& measured) const {
    const double error = measured.true_error(), doubt = measured.doubt();
    return error + doubt <= tuning_.tolerance ||
           (measured.steps >= bounded(infinity) && error - doubt <= tuning_.tolerance);
  }

  /// Measures with separate seeds, and keeps the rates for the result. They count as reached if their error plus its
  /// standard error is within the tolerance.
  MeasuredRates verify(const Point& u) {
    constexpr std::uint64_t seeds = 8, of_verification = std::uint64_t{1} << 32;
    const std::size_t size = targets_.size();
    MeasuredRates result;
    Point squares(size);
    result.errors.resize(size);
    const std::uint64_t steps = bounded(0.25 * static_cast<double>(steps_));
    for (std::uint64_t i = 0; i < seeds; ++i) {
      const MeasuredRates measured = tuner_.measure(u, of_verification + ++verifications_, steps, false);
      result.diverged |= measured.diverged;
      result.steps += measured.steps;
      for (std::size_t k = 0; k < size && !result.diverged; ++k) {
        result.errors[k] += measured.errors[k];
        squares[k] += MeasuredRates::square(measured.errors[k]);
      }
    }
    rates_.clear();
    constexpr auto n = static_cast<double>(seeds);
    for (std::size_t k = 0; k < size; ++k) {
      double& error = result.errors[k];
      error = result.diverged ? infinity : error / n;
      const double variance = std::max(squares[k] / n - MeasuredRates::square(error), 0.0) / (n - 1.0);
      result.deviations.push_back(result.diverged ? infinity : sqrt(variance));
      result.logarithms.push_back(log(1.0 + error));
      const double target_hz = targets_.hz(k);
      rates_.push_back({targets_.names[k], target_hz, target_hz * (1.0 + error), target_hz * result.deviations.back()});
    }
    reached_ = result.true_error() + result.doubt() <= tuning_.tolerance;
    return result;
  }

  /// Whether the rates are reached. If not, the verification replaces the measurement.
  bool finish(const Point& u, MeasuredRates& measured) {
    MeasuredRates verified = verify(u);
    if (reached_) {
      u_ = u;
      message_ = "reached after " + std::to_string(trajectory_.size()) +
                 (trajectory_.size() == 1 ? " measurement" : " measurements");
    } else {
      if (steps_ >= bounded(infinity) && verified.true_error() - verified.doubt() <= tuning_.tolerance) ++blurred_;
      verified.slopes = std::move(measured.slopes);
      measured = std::move(verified);
    }
    return reached_;
  }

  /// Ends the search at the best point.
  void give_up(const std::string& why) {
    u_ = best();
    verify(u_);
    message_ =
        reached_ ? "reached"
        : blurred_ == 3
            ? "rates are too uncertain after max_steps = " + std::to_string(tuning_.max_steps) +
                  " steps: the standard error is " + to_short_text(rates_[0].standard_error_hz) + " Hz for " +
                  rates_[0].name
            : (exhausted() ? "max_iterations = " + std::to_string(tuning_.max_iterations) + " was not enough" : why) +
                  ": rates from " + to_short_text(least_rate_hz_) + " to " + to_short_text(max_rate_hz_) +
                  " Hz were seen";
  }

  // --- gradient descent

  void descend(const Adam& adam) {
    if (!(adam.learning_rate > 0.0 && adam.beta_1 >= 0.0 && adam.beta_1 < 1.0 && adam.beta_2 >= 0.0 &&
          adam.beta_2 < 1.0))
      throw InvalidArgument("Adam needs learning_rate > 0, and beta_1 and beta_2 at least 0 and below 1");
    const auto fail = [&](const std::string& why) { single_ && !exhausted() ? bracket() : give_up(why); };
    MeasuredRates measured = measure(u_, true);
    if (measured.diverged) return fail("the network diverges at the start of the search");
    set_scales(measured);
    Moments moments{adam, u_.size()};
    double nearest = infinity, gain = 1.0;
    std::size_t progress = 0;  // the last iteration with progress
    for (;;) {
      if (within(measured)) {
        aim(measured, gain);
        if (finish(u_, measured)) return;
      }
      if (measured.distance() < 0.95 * nearest) progress = trajectory_.size();
      nearest = std::min(nearest, measured.distance());
      if (exhausted() || trajectory_.size() > progress + 15) return fail("no better values were found");
      if (measured.true_error() < 2.0 * measured.doubt() && measured.steps < steps_) {  // may be noise: measures again
        measured = measure(u_, true);
        if (measured.diverged) return fail("the network diverges with some seeds");
        continue;
      }
      if (is_flat(measured)) return fail("the parameters no longer change the rates");
      const Point moved = shortened(moments.step(u_, gradient_of(measured), growth(measured, gain)), measured, gain);
      const Point from = u_;
      std::optional<MeasuredRates> next = moved_to(moved, moments);
      if (!next) return fail("the parameters cannot be changed any further");
      if (next->diverged) return fail("the network diverges beyond these values");
      learn(gain, from, measured, *next);
      measured = *std::move(next);
    }
  }

  /// Calls visit(target, slope) for the targets that an unknown changes.
  template <class Visit>
  void for_each_slope(const MeasuredRates& measured, std::size_t unknown, Visit&& visit) const {
    const Unknown& moving = tuner_.unknowns()[unknown];
    const std::vector<double>& slopes = measured.slopes[moving.knob];
    for (std::size_t k = moving.target == RateTargets::none ? 0 : moving.target; k < slopes.size(); ++k) {
      if (slopes[k] != 0.0) visit(k, mul(slopes[k], moving.scale));
      if (k == moving.target) break;
    }
  }

  /// The largest relative change of a rate per unit of an unknown.
  double steepest(const MeasuredRates& measured, std::size_t unknown) const {
    double steepest = 0.0;
    for_each_slope(measured, unknown,
                   [&](std::size_t, double slope) { steepest = std::max(steepest, std::abs(slope)); });
    return steepest;
  }
  bool is_flat(const MeasuredRates& measured) const {
    for (std::size_t j = 0; j < u_.size(); ++j)
      if (steepest(measured, j) > 1e-6) return false;
    return true;
  }

  /// Sets the units of the unknowns: a unit changes a rate by about its own size, and a parameter by not much more than
  /// its own size.
  void set_scales(const MeasuredRates& measured) {
    for (std::size_t j = 0; j < u_.size(); ++j) {
      Unknown& unknown = tuner_.unknowns()[j];
      const double slope = steepest(measured, j), value = std::abs(tuner_.knobs()[unknown.knob].values[0]);
      const double most = unknown.logarithmic || value == 0.0 ? 1.0 : single_ ? 10.0 * value : value;
      unknown.scale = slope > 0.0 ? std::min(1.0 / slope, most) : most;
    }
  }

  /// The gradient of half the mean squared logarithm of rate / target.
  Point gradient_of(const MeasuredRates& measured) const {
    Point gradient(u_.size());
    for (std::size_t j = 0; j < u_.size(); ++j)
      for_each_slope(measured, j, [&](std::size_t k, double slope) {
        gradient[j] +=
            mul(std::clamp(measured.logarithms[k], -3.0, 3.0), slope) / static_cast<double>(measured.errors.size());
      });
    return gradient;
  }

  /// Moves to the point at which a single rate, already near its target, is predicted to reach it. Limits the move.
  void aim(const MeasuredRates& measured, double gain) {
    if (!single_) return;
    for_each_slope(measured, 0, [&](std::size_t k, double slope) {
      const double moved = u_[0] - std::clamp(measured.logarithms[k] / mul(slope, gain), -0.1, 0.1);
      if (fits({moved})) u_[0] = moved;
    });
  }
  bool fits(const Point& u) const {
    try {
      tuner_.validate(u);
      return true;
    } catch (const InvalidParameter&) {
      return false;
    }
  }

  /// The limit of the learning rate for a single target: proportional to the distance from the target. It is infinite
  /// if the rate hardly follows the parameters.
  double growth(const MeasuredRates& measured, double gain) const {
    return !single_ ? 0.0 : gain < 0.5 ? infinity : 0.25 * measured.distance();
  }

  /// The moments and the learning rate of Adam.
  struct Moments {
    Moments(const Adam& adam, std::size_t size)
        : adam(adam), rate(adam.learning_rate), mean(size), square(size), gradient(size) {}

    /// The next point. The learning rate grows while gradients agree, and is halved when they do not.
    Point step(const Point& u, const Point& now, double growth) {
      double agreement = 0.0, largest = 0.0;
      kept_mean *= adam.beta_1;
      kept_square *= adam.beta_2;
      for (std::size_t j = 0; j < u.size(); ++j) {
        const double agreed = mul(now[j], gradient[j]);
        agreement += agreed;
        if (agreed < 0.0) mean[j] = 0.0;
        mean[j] = mul(adam.beta_1, mean[j]) + mul(1.0 - adam.beta_1, now[j]);
        square[j] = mul(adam.beta_2, square[j]) + mul(1.0 - adam.beta_2, mul(now[j], now[j]));
        largest = std::max(largest, sqrt(square[j] / (1.0 - kept_square)));
      }
      if (agreement < 0.0)
        rate *= 0.5;
      else if (agreement > 0.0)
        rate = std::max(rate, std::min(1.5 * rate, std::max(growth, 3.0 * adam.learning_rate)));
      gradient = now;
      Point moved = u;
      for (std::size_t j = 0; j < u.size(); ++j) {
        const double size = sqrt(square[j] / (1.0 - kept_square)) + 0.1 * largest;
        if (size > 0.0) moved[j] -= rate * (mean[j] / (1.0 - kept_mean)) / size;
      }
      return moved;
    }

    Adam adam;
    double rate, kept_mean = 1.0, kept_square = 1.0;
    Point mean, square, gradient;
  };

  /// Limits each unknown to its share of the largest move that takes a rate to its target.
  Point shortened(Point moved, const MeasuredRates& measured, double gain) const {
    Point sharing(measured.errors.size());  // how many unknowns move each rate
    for (std::size_t j = 0; j < moved.size(); ++j)
      for_each_slope(measured, j, [&](std::size_t k, double) { sharing[k] += 1.0; });
    for (std::size_t j = 0; j < moved.size(); ++j) {
      double most = 0.0;
      for_each_slope(measured, j, [&](std::size_t k, double slope) {
        most = std::max(most, std::abs(measured.logarithms[k] / mul(mul(slope, sharing[k]), gain)));
      });
      moved[j] = std::clamp(moved[j], u_[j] - most, u_[j] + most);
    }
    return moved;
  }

  /// Moves to `moved`, or part of the way if the network diverges or the values are invalid. Returns nothing if no move
  /// is possible.
  std::optional<MeasuredRates> moved_to(Point moved, Moments& moments) {
    for (int halved = 0;; ++halved) {
      for (std::size_t j = 0; j < moved.size(); ++j) moved[j] = tuner_.bounded(j, moved[j]);
      if (tuner_.values(moved) == tuner_.values(u_)) return std::nullopt;
      const bool last = halved == 8 || exhausted();
      auto measured = tried(moved, true);
      if (measured && !measured->diverged) u_ = moved;
      if (last || (measured && (!measured->diverged || exhausted()))) return measured;
      moments.rate *= 0.5;
      for (std::size_t j = 0; j < moved.size(); ++j) moved[j] = 0.5 * (moved[j] + u_[j]);
    }
  }

  /// Updates `gain`, the ratio of the change of rates to the change that the slopes predict for given spikes, if it is
  /// distinguishable from noise.
  void learn(double& gain, const Point& from, const MeasuredRates& before, const MeasuredRates& after) const {
    Point expected(before.errors.size());
    for (std::size_t j = 0; j < u_.size(); ++j)
      for_each_slope(before, j, [&](std::size_t k, double slope) { expected[k] += mul(slope, u_[j] - from[j]); });
    double product = 0.0, square = 0.0, noise = 0.0;
    for (std::size_t k = 0; k < expected.size(); ++k) {
      const double rate_before = 1.0 + before.errors[k], rate_after = 1.0 + after.errors[k];
      if (!std::isfinite(before.logarithms[k]) || !std::isfinite(after.logarithms[k])) continue;
      product += mul(expected[k], after.logarithms[k] - before.logarithms[k]);
      square += MeasuredRates::square(expected[k]);
      if (rate_before > 0.0 && rate_after > 0.0)
        noise += mul(MeasuredRates::square(expected[k]), MeasuredRates::square(before.deviations[k] / rate_before) +
                                                             MeasuredRates::square(after.deviations[k] / rate_after));
    }
    if (square > 3.0 * sqrt(noise))
      gain = std::clamp(product / square, 0.2, 10.0);
    else if (gain * square > 3.0 * sqrt(noise))
      gain = std::clamp(product / square, 0.2, gain);
  }

  // --- bracketing

  struct Place {
    double u, error, deviation;
    bool within;  // within the tolerance

    bool is_sure() const { return std::abs(error) > 3.0 * deviation; }  // whether the sign of the error is certain
    /// The logarithm of rate / target, and its standard error.
    double height() const { return log(std::max(1.0 + error, 1e-2)); }
    double doubt() const { return deviation / std::max(1.0 + error, 1e-2); }
  };

  /// The search in one direction.
  struct End {
    Place place;
    bool open = true;           // whether to search further
    int nearer = 0;             // the last doubling of distance that came closer to the target
    double nearest = infinity;  // smallest |height| so far
  };

  Place place_at(double u, const MeasuredRates& measured) const {
    if (measured.diverged) return {u, infinity, 0.0, false};
    return {u, measured.errors[0], measured.deviations[0], within(measured)};
  }

  /// Measures at u until the sign of the error is certain, or until the rate is within the tolerance as precisely as
  /// can be measured. Returns nothing if the values are invalid.
  std::optional<Place> look(double u) {
    for (;;) {
      const auto measured = tried({u}, false);
      if (!measured) return std::nullopt;
      const Place place = place_at(u, *measured);
      if (place.within || place.is_sure() || exhausted()) return place;
    }
  }

  /// Whether the rate at a place reaches the target, in separate measurements. If not, updates the place.
  bool reaches(Place& place) {
    MeasuredRates measured;
    if (finish({place.u}, measured)) return true;
    place = place_at(place.u, measured);
    return false;
  }

  void bracket() {
    if (!single_)
      throw InvalidArgument("bracketing tunes one parameter to one target, not " + std::to_string(u_.size()) + " to " +
                            std::to_string(targets_.size()));
    Unknown& unknown = tuner_.unknowns()[0];
    const double value = std::abs(tuner_.knobs()[0].values[0]);
    unknown.scale = unknown.logarithmic ? 0.5 : value > 0.0 ? 0.5 * value : 0.1;
    auto start = look(best_[0] / unknown.scale);
    if (!start) throw InvalidParameter("the initial parameter values are invalid");
    if (start->within && reaches(*start)) return;
    End low{*start}, high{*start};
    double distance = 1.0;
    for (int doubled = 0; (low.open || high.open) && !exhausted(); ++doubled, distance *= 2.0) {
      for (End* const end : {&high, &low}) {
        if (!end->open) continue;
        const double u = start->u + (end == &high ? distance : -distance);
        auto next = !is_same(u, end->place.u) && std::abs(u * unknown.scale) < 1e30 ? look(u) : std::nullopt;
        end->open = next.has_value();
        if (!next) continue;
        if (next->within && reaches(*next)) return;
        if ((next->error > 0.0) != (end->place.error > 0.0)) return narrow(end->place, *next);
        const double height = std::abs(next->height());
        if (height < 0.98 * end->nearest) end->nearer = doubled;
        end->nearest = std::min(end->nearest, height);
        end->open = doubled - end->nearer < (next->error > -1.0 ? 8 : 30);
        end->place = *next;
      }
    }
    give_up("no value of " + tuner_.knobs()[0].name + " reaches " + to_short_text(targets_.hz(0)) + " Hz");
  }

  /// Narrows two places whose errors differ in sign, with a line through the places near the target.
  void narrow(Place a, Place b) {
    std::vector<Place> places{a, b};
    const bool rises = (b.error > 0.0) == (b.u > a.u);
    bool halve = false;  // whether to halve next, because the line came no closer
    while (!exhausted()) {
      const double middle = a.u + 0.5 * (b.u - a.u);
      if (is_same(middle, a.u) || is_same(middle, b.u)) {
        const auto at = [&](double error) { return to_short_text(targets_.hz(0) * (1.0 + error)); };
        return give_up("the rate jumps from " + at(std::min(a.error, b.error)) + " to " +
                       at(std::max(a.error, b.error)) + " Hz, past " + at(0.0));
      }
      if (halve) steps_ = bounded(first_steps());
      auto place = look(halve ? middle : crossing(places, rises, a, b));
      if (!place) return give_up("a parameter value between two valid ones is invalid");
      halve = !halve && std::abs(place->height()) > 0.5 * std::abs(places.back().height());
      places.push_back(*place);
      if (place->within) {
        place->u = crossing(places, rises, a, b);  // improves the estimate
        if (reaches(*place)) return;
        places.push_back(*place);
      }
      if (place->is_sure()) ((place->error > 0.0) == (b.error > 0.0) ? b : a) = *place;
    }
    give_up("the search did not converge");
  }

  bool is_same(double u, double other) const { return tuner_.values(Point{u}) == tuner_.values(Point{other}); }

  /// The zero of a weighted least-squares line through the places between a and b; places far from 0 weigh less. If the
  /// line has the wrong slope or no zero between a and b, returns the zero of the line through a and b.
  static double crossing(const std::vector<Place>& places, bool rises, const Place& a, const Place& b) {
    double sum = 0.0, sum_u = 0.0, sum_y = 0.0, sum_uu = 0.0, sum_uy = 0.0;
    const double left = std::min(a.u, b.u), right = std::max(a.u, b.u);
    for (const Place& place : places) {
      const double y = std::clamp(place.height(), -2.0, 2.0), u = place.u - left;
      if (u < 0.0 || place.u > right) continue;
      const double bend = 0.3 * y * y;
      const double weight = 1.0 / (MeasuredRates::square(place.doubt()) + bend * bend + 1e-8);
      sum += weight;
      sum_u += weight * u;
      sum_y += weight * y;
      sum_uu += weight * u * u;
      sum_uy += weight * u * y;
    }
    const double slope = (sum * sum_uy - sum_u * sum_y) / (sum * sum_uu - sum_u * sum_u);
    const double met = left + (sum_u - sum_y / slope) / sum;
    if ((slope > 0.0) == rises && left < met && met < right) return met;
    const double at_a = std::clamp(a.height(), -2.0, 2.0), at_b = std::clamp(b.height(), -2.0, 2.0);
    return a.u + std::clamp(at_a / (at_a - at_b), 0.05, 0.95) * (b.u - a.u);
  }

  TuningProblem& tuner_;
  const TuneOptions& tuning_;
  const RateTargets& targets_;
  Point u_, best_;       // best_ without scale: changes of parameters, or of their logarithms
  bool single_;          // one unknown and one target
  std::uint64_t steps_;  // length of the next measurement
  std::uint64_t attempts_ = 0, verifications_ = 0;
  int blurred_ = 0;  // how often rates near the targets were too uncertain
  double least_error_ = infinity, least_rate_hz_ = infinity, max_rate_hz_ = 0.0;
  bool reached_ = false;
  std::string message_;
  std::vector<ReachedRate> rates_;
  std::vector<TuningStep> trajectory_;
};

}  // namespace spikeometric::detail
