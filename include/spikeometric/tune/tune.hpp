// SPDX-License-Identifier: BSD-3-Clause
//
// Tuning: parameters with which a network fires at a given rate.
//
//   const auto tuned = sk::tune(model, graph, {.parameters = {"theta"}, .rate_hz = 20.0}, sk::Seed{1});
//   if (!tuned.reached) std::cerr << tuned.message << '\n';
//   sk::Simulator simulator{graph, tuned.model, sk::no_stimulus, sk::Seed{2}};
//
//   sk::tune(model, graph, drive, {.parameters = {"r", "stimulus.amplitude"}, .rate_hz = 20.0}, sk::Seed{1});
//   sk::tune(sk::ThresholdSAM{}, graph, {.parameters = {"theta"}, .rate_hz = 20.0}, sk::Seed{1}, sk::Bracketing{});
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/lift.hpp"
#include "spikeometric/random/hash.hpp"
#include "spikeometric/simulate/replay.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/mask.hpp"
#include "spikeometric/tune/detail/knobs.hpp"
#include "spikeometric/tune/detail/tuner.hpp"

namespace spikeometric {

/// A group of neurons, in every network, and the mean rate that it is to have.
struct GroupRate {
  std::string name;
  Mask neurons;
  double rate_hz = 0.0;
};

/// What to reach, by which parameters. One of rate_hz, groups and rates_hz is given.
struct Tuning {
  /// Names of parameters of the model, or of the stimulus as "stimulus.amplitude"; "model" and "stimulus" stand for all
  /// of theirs. Every parameter that is a real number can be tuned, but for dt. What PerNeuron holds moves by a number
  /// for each target: together with rates_hz, each neuron has its own.
  std::vector<std::string> parameters = {"model"};

  double rate_hz = 0.0;                ///< mean over all neurons of all networks
  std::vector<GroupRate> groups = {};  ///< of groups that have no neuron in common
  std::vector<double> rates_hz = {};   ///< one for each neuron, the same in all networks

  double tolerance = 0.01;                 ///< root mean square of the rates' relative errors
  std::uint64_t equilibrate_steps = 1000;  ///< before a rate is measured
  std::uint64_t most_steps = 1'000'000;    ///< of one measurement
  int most_iterations = 200;
  int threads = 1;
};

/// Gradient descent with moments (Kingma and Ba 2015) on half the mean squared relative error of the rates. Derivatives
/// take the spikes as given, so they leave out what a parameter does by way of the network; of one rate they have the
/// right sign nearly always. A parameter moves in units that change the rate by about its own size, a positive one on a
/// logarithmic axis. The learning rate falls where the error grows. Where the derivative of the only unknown vanishes,
/// as in a silent network of rectified neurons, Bracketing goes on.
struct Adam {
  double learning_rate = 0.3;  ///< of the first steps, in these units
  double beta_1 = 0.8;         ///< how much is kept of the mean gradient
  double beta_2 = 0.95;        ///< and of its mean square
};

/// Looks for two values of the only unknown between whose rates the target lies, near the start first and then ever
/// farther away, and narrows them down by false position. Needs no derivative, nor a rate that grows or falls
/// throughout.
struct Bracketing {};

/// A rate at the end, over seeds that tuning has not seen.
struct ReachedRate {
  std::string name;  ///< of the group; "all", or the neuron's number
  double target_hz, rate_hz, standard_error_hz;
};

/// A parameter before and after; of PerNeuron, of neuron 0.
struct TunedParameter {
  std::string name;
  double before, after;
};

/// A measurement on the way.
struct TuningStep {
  std::vector<double> values;  ///< of the tuned parameters, in the order of Tuned::parameters
  double rate_hz;              ///< mean over the targets; infinite where the network diverged
  double error;                ///< root mean square of the relative errors
  std::uint64_t steps;         ///< that were simulated
};

template <class ModelType, class StimulusType>
struct Tuned {
  ModelType model;
  StimulusType stimulus;
  bool reached = false;  ///< whether the rates at the end are within the tolerance
  std::string message;   ///< how it ended
  std::vector<ReachedRate> rates;
  std::vector<TunedParameter> parameters;
  std::vector<TuningStep> trajectory;  ///< one for each iteration
};

namespace detail {

/// Where a search is, and what it has seen.
template <class TunerType>
class Search {
 public:
  Search(TunerType& tuner, const Tuning& tuning)
      : tuner_(tuner),
        tuning_(tuning),
        u_(tuner.unknowns().size(), 0.0),
        least_(first_steps()),
        steps_(bounded(least_)) {}

  template <class Method>
  void run(const Method& method) {
    if constexpr (std::is_same_v<Method, Bracketing>)
      bracket();
    else
      descend(method);
  }

  template <class ModelType, class StimulusType>
  Tuned<ModelType, StimulusType> result() {
    if (rates_.empty()) verify(u_);
    auto [model, stimulus] = tuner_.at(u_);
    Tuned<ModelType, StimulusType> tuned{
        std::move(model), std::move(stimulus), reached_, message_, std::move(rates_), {}, std::move(trajectory_)};
    const auto values = tuner_.values(u_);
    for (std::size_t i = 0; i < tuner_.knobs().size(); ++i)
      tuned.parameters.push_back({tuner_.knobs()[i].name, tuner_.knobs()[i].values.at(0), values[i].at(0)});
    return tuned;
  }

 private:
  using Point = std::vector<double>;

  double hz(double per_step) const { return per_step * tuner_.steps_per_second(); }
  double target_hz(std::size_t k) const { return hz(tuner_.targets().rates[k]); }

  /// So many that the targets amount to a few hundred spikes.
  double first_steps() const {
    double spikes = 0.0;
    for (std::size_t k = 0; k < tuner_.targets().size(); ++k)
      spikes += tuner_.targets().rates[k] * tuner_.targets().neurons[k];
    return std::max(400.0 * static_cast<double>(tuner_.targets().size()) / spikes, 200.0);
  }
  std::uint64_t bounded(double steps) const {
    const auto most = static_cast<double>(std::max(tuning_.most_steps, TunerType::chunks));
    return static_cast<std::uint64_t>(std::min(std::max(steps, least_), most));
  }

  /// Measures and notes it down. What is far from the target need not be known well.
  MeasuredRates measure(const Point& u, bool derive) {
    MeasuredRates measured = tuner_.measure(u, ++attempts_, steps_, derive);
    TuningStep& step = trajectory_.emplace_back();
    for (const auto& values : tuner_.values(u)) step.values.push_back(values.at(0));
    step.error = measured.rms_error();
    step.steps = steps_;
    step.rate_hz = measured.diverged ? std::numeric_limits<double>::infinity() : 0.0;
    for (std::size_t k = 0; k < measured.errors.size(); ++k)
      step.rate_hz += target_hz(k) * (1.0 + measured.errors[k]) / static_cast<double>(measured.errors.size());
    const double wanted = std::max(tuning_.tolerance / 3.0, std::min(measured.rms_error(), 1.0) / 6.0);
    const double factor = measured.diverged ? 1.0 : measured.rms_deviation() / wanted;
    steps_ = bounded(static_cast<double>(steps_) * std::clamp(factor * factor, 0.5, 8.0));
    return measured;
  }

  bool within(const MeasuredRates& measured) const {
    return measured.rms_error() + measured.rms_deviation() <= tuning_.tolerance;
  }

  /// Measures with seeds of its own.
  bool verify(const Point& u) {
    constexpr std::uint64_t seeds = 5, of_verification = std::uint64_t{1} << 32;
    const std::size_t size = tuner_.targets().size();
    std::vector<double> sums(size), squares(size);
    bool diverged = false;
    for (std::uint64_t i = 0; i < seeds; ++i) {
      const MeasuredRates measured = tuner_.measure(u, of_verification + ++verifications_, steps_, false);
      diverged |= measured.diverged;
      for (std::size_t k = 0; k < size && !diverged; ++k) {
        sums[k] += measured.errors[k];
        squares[k] += measured.errors[k] * measured.errors[k];
      }
    }
    rates_.clear();
    constexpr auto n = static_cast<double>(seeds);
    Point errors;
    for (std::size_t k = 0; k < size; ++k) {
      const double infinite = std::numeric_limits<double>::infinity();
      const double error = diverged ? infinite : sums[k] / n;
      const double variance = diverged ? infinite : std::max(squares[k] / n - error * error, 0.0) / (n - 1.0);
      rates_.push_back(
          {tuner_.targets().names[k], target_hz(k), target_hz(k) * (1.0 + error), target_hz(k) * sqrt(variance)});
      errors.push_back(error);
    }
    return !diverged && MeasuredRates::rms(errors) <= tuning_.tolerance;
  }

  bool finish(const Point& u) {
    reached_ = verify(u);
    if (!reached_) return false;
    u_ = u;
    message_ = "reached after " + std::to_string(trajectory_.size()) + " measurements";
    return true;
  }

  void give_up(const Point& u, const std::string& why) {
    u_ = u;
    reached_ = verify(u);
    message_ = reached_ ? "reached" : why;
  }

  /// What was seen, in words.
  std::string seen() const {
    double lowest = std::numeric_limits<double>::infinity(), highest = 0.0;
    for (const TuningStep& step : trajectory_) {
      lowest = std::min(lowest, step.rate_hz);
      highest = std::max(highest, step.rate_hz);
    }
    return "rates from " + to_text(lowest) + " to " + to_text(highest) + " Hz were seen";
  }

  // --- by gradient

  /// Whether any unknown moves the rates at all.
  bool set_scales(const MeasuredRates& measured) {
    bool any = false;
    for (std::size_t j = 0; j < u_.size(); ++j) {
      Unknown& unknown = tuner_.unknowns()[j];
      double slope = 0.0;  // of the logarithm of a rate
      for (std::size_t k = 0; k < measured.errors.size(); ++k)
        slope = std::max(slope, slope_of_logarithm(measured, j, k));
      any |= slope > 0.0;
      const double most = unknown.logarithmic ? 1.0 : std::numeric_limits<double>::max();
      unknown.scale = slope > 0.0 ? std::min(1.0 / slope, most) : 1.0;
    }
    return any;
  }

  void descend(const Adam& adam) {
    MeasuredRates measured = measure(u_, true);
    const bool single = u_.size() == 1 && tuner_.targets().size() == 1;
    if (measured.diverged && !single) return give_up(u_, "the network diverges where the search starts");
    if (measured.diverged || !set_scales(measured))
      return single ? bracket() : give_up(u_, "no parameter moves the rates where the search starts: " + seen());
    double rate = adam.learning_rate;
    Point mean(u_.size()), square(u_.size()), slopes(u_.size()), best = u_;
    double least = std::numeric_limits<double>::infinity(), kept_mean = 1.0, kept_square = 1.0;
    while (static_cast<int>(trajectory_.size()) < tuning_.most_iterations) {
      const double error = measured.rms_error();
      if (within(measured) && finish(u_)) return;
      if (error < least) best = u_, least = error;
      if (error < 2.0 * measured.rms_deviation() && steps_ < tuning_.most_steps) {  // it may be chance: look again
        steps_ = bounded(4.0 * static_cast<double>(steps_));
        measured = measure(u_, true);
        continue;
      }
      double steepest = 0.0, agreement = 0.0;
      for (std::size_t j = 0; j < u_.size(); ++j) {
        double slope = 0.0;
        for (std::size_t k = 0; k < measured.errors.size(); ++k) {
          // A rate far above its target counts as if it were twice that.
          slope += std::min(measured.errors[k], 1.0) * measured.derivatives[j][k];
          steepest = std::max(steepest, slope_of_logarithm(measured, j, k));
        }
        slope /= static_cast<double>(measured.errors.size());
        agreement += slope * std::exchange(slopes[j], slope);
      }
      if (!(steepest > 1e-6)) {
        if (single) return bracket();
        return give_up(best, "the parameters move the rates no longer: " + seen());
      }
      if (agreement < 0.0) {  // too far
        rate *= 0.5;
        std::fill(mean.begin(), mean.end(), 0.0);
        kept_mean = 1.0;
      } else {
        rate = std::min(rate * 1.2, adam.learning_rate);
      }
      if (rate < 1e-5) break;
      kept_mean *= adam.beta_1;
      kept_square *= adam.beta_2;
      Point moved = u_;
      for (std::size_t j = 0; j < u_.size(); ++j) {
        mean[j] = adam.beta_1 * mean[j] + (1.0 - adam.beta_1) * slopes[j];
        square[j] = adam.beta_2 * square[j] + (1.0 - adam.beta_2) * slopes[j] * slopes[j];
        if (square[j] > 0.0) moved[j] -= rate * (mean[j] / (1.0 - kept_mean)) / sqrt(square[j] / (1.0 - kept_square));
      }
      measured = moved_to(moved, rate);
      if (measured.diverged) return give_up(best, "the network diverges beyond: " + seen());
    }
    give_up(best, "no better values were found: " + seen());
  }

  static double slope_of_logarithm(const MeasuredRates& measured, std::size_t unknown, std::size_t target) {
    return std::abs(measured.derivatives[unknown][target]) / std::max(1.0 + measured.errors[target], 1e-6);
  }

  /// Goes there, or part of the way if the network diverges, or the values do not fit together.
  MeasuredRates moved_to(Point moved, double& rate) {
    for (int halved = 0;; ++halved) {
      MeasuredRates measured;
      measured.diverged = true;
      try {
        measured = measure(moved, true);
      } catch (const InvalidParameter&) {
        if (halved == 20) throw;
      }
      if (!measured.diverged || halved == 20) {
        u_ = moved;
        return measured;
      }
      rate *= 0.5;
      for (std::size_t j = 0; j < moved.size(); ++j) moved[j] = 0.5 * (moved[j] + u_[j]);
    }
  }

  // --- by bracketing

  struct Place {
    double u, error;
  };

  /// The error at u, at least as sure as its sign; nothing where the values do not fit together.
  std::optional<Place> look(double u, double least_deviation = 0.0) {
    try {
      for (int repeated = 0;; ++repeated) {
        const MeasuredRates measured = measure({u}, false);
        const Place place{u, measured.diverged ? std::numeric_limits<double>::infinity() : measured.errors[0]};
        const double size = std::abs(place.error), deviation = measured.rms_deviation();
        if (size > 3.0 * deviation || within(measured) || deviation < least_deviation || repeated == 6) return place;
      }
    } catch (const InvalidParameter&) {
      return std::nullopt;
    }
  }

  void bracket() {
    if (u_.size() != 1 || tuner_.targets().size() != 1)
      throw std::invalid_argument("bracketing has one unknown and one target, not " + std::to_string(u_.size()) +
                                  " and " + std::to_string(tuner_.targets().size()));
    Unknown& unknown = tuner_.unknowns()[0];
    const double value = std::abs(tuner_.knobs()[0].values.at(0));
    const double origin = u_[0] * unknown.scale;  // where a gradient has led
    unknown.scale = unknown.logarithmic ? 0.5 : value > 0.0 ? 0.5 * value : 0.1;
    const auto start = look(origin / unknown.scale);
    if (!start) throw InvalidParameter("the parameters where the search starts do not fit together");
    Place low = *start, high = *start;  // the ends of what has been seen
    bool lower = true, upper = true;
    double distance = 1.0;
    for (int doubled = 0; doubled < 120 && (lower || upper); ++doubled, distance *= 2.0) {
      for (const bool up : {true, false}) {
        if (!(up ? upper : lower)) continue;
        Place& end = up ? high : low;
        const double u = start->u + (up ? distance : -distance);
        const bool moves = tuner_.values(Point{u}) != tuner_.values(Point{end.u});
        const auto next = moves && std::abs(u * unknown.scale) < 1e30 ? look(u) : std::nullopt;
        if (!next) {
          (up ? upper : lower) = false;
          continue;
        }
        if ((next->error > 0.0) != (end.error > 0.0)) return narrow(end, *next);
        end = *next;
      }
      if (doubled > 60 && unknown.logarithmic) break;
    }
    const Place nearest = std::abs(low.error) < std::abs(high.error) ? low : high;
    give_up({std::abs(nearest.error) < std::abs(start->error) ? nearest.u : start->u},
            "no value of " + tuner_.knobs()[0].name + " reaches " + to_text(target_hz(0)) + " Hz: " + seen());
  }

  /// Between two places whose errors differ in sign: false position on the logarithm of the rate (Illinois), and every
  /// third time the middle.
  void narrow(Place a, Place b) {
    const auto logarithm = [](double error) { return std::clamp(log(std::max(1.0 + error, 1e-2)), -2.0, 2.0); };
    double at_a = logarithm(a.error), at_b = logarithm(b.error);
    for (int round = 0; round < 200; ++round) {
      const Place nearer = std::abs(a.error) < std::abs(b.error) ? a : b;
      const double width = std::abs(a.u - b.u);
      if (width <= 1e-7 * std::max(std::abs(a.u), std::abs(b.u))) {
        const double below = std::min(a.error, b.error), above = std::max(a.error, b.error);
        return give_up({nearer.u}, "the rate jumps from " + to_text(target_hz(0) * (1.0 + below)) + " to " +
                                       to_text(target_hz(0) * (1.0 + above)) + " Hz, past " + to_text(target_hz(0)));
      }
      double part = at_a / (at_a - at_b);
      if (round % 3 == 2 || !(part > 0.05 && part < 0.95)) part = std::clamp(round % 3 == 2 ? 0.5 : part, 0.05, 0.95);
      const auto next = look(a.u + part * (b.u - a.u), tuning_.tolerance / 4.0);
      if (!next) return give_up({nearer.u}, "values between two that fit do not fit together");
      if (std::abs(next->error) <= tuning_.tolerance && finish({next->u})) return;
      const double at_next = logarithm(next->error);
      if ((next->error > 0.0) == (b.error > 0.0)) {
        b = *next;
        at_b = at_next;
        at_a *= 0.5;
      } else {
        a = std::exchange(b, *next);
        at_a = std::exchange(at_b, at_next);
      }
    }
    give_up({std::abs(a.error) < std::abs(b.error) ? a.u : b.u}, "the search did not end: " + seen());
  }

  TunerType& tuner_;
  const Tuning& tuning_;
  Point u_;
  double least_;  // steps of a measurement
  std::uint64_t steps_;
  std::uint64_t attempts_ = 0, verifications_ = 0;
  bool reached_ = false;
  std::string message_;
  std::vector<ReachedRate> rates_;
  std::vector<TuningStep> trajectory_;
};

template <class NetworkType>
std::vector<std::uint64_t> sizes_of(const NetworkType& network) {
  std::vector<std::uint64_t> sizes;
  if constexpr (NetworkTraits<NetworkType>::is_batch)
    for (std::uint64_t index = 0; index < network.size(); ++index) sizes.push_back(network[index].neurons());
  else
    sizes.push_back(network.neurons());
  return sizes;
}

/// Checks what is to be reached.
template <class ModelType>
RateTargets rate_targets(const Tuning& tuning, const ModelType& model, const std::vector<std::uint64_t>& sizes) {
  const int given = (tuning.rate_hz != 0.0) + !tuning.groups.empty() + !tuning.rates_hz.empty();
  if (given != 1)
    throw std::invalid_argument(given == 0 ? "tuning needs a rate: rate_hz above 0, groups or rates_hz"
                                           : "tuning needs one of rate_hz, groups and rates_hz, not several");
  if (!(tuning.tolerance > 0.0))
    throw std::invalid_argument("tolerance = " + to_text(tuning.tolerance) + " must be positive");
  RateTargets targets;
  for (const std::uint64_t size : sizes) targets.target_of.emplace_back(size, RateTargets::none);
  const double per_second = 1000.0 / static_cast<double>(model.dt());
  const auto add = [&](const std::string& name, double rate_hz) {
    if (!(rate_hz > 0.0) || !std::isfinite(rate_hz))
      throw std::invalid_argument("a rate of " + to_text(rate_hz) + " Hz of " + name +
                                  " cannot be tuned to: it must be above 0 and finite");
    if (ModelType::binary && rate_hz > per_second)
      throw std::invalid_argument("a rate of " + to_text(rate_hz) + " Hz of " + name +
                                  " is out of reach: a neuron has at most one spike in a step of " +
                                  to_text(model.dt()) + " ms, " + to_text(per_second) + " Hz");
    targets.names.push_back(name);
    targets.rates.push_back(rate_hz / per_second);
    targets.neurons.push_back(0.0);
  };
  const auto claim = [&](std::size_t network, std::uint32_t neuron) {
    std::uint32_t& target = targets.target_of[network][neuron];
    if (target != RateTargets::none)
      throw std::invalid_argument("neuron " + std::to_string(neuron) + " is in two groups, " + targets.names[target] +
                                  " and " + targets.names.back());
    target = static_cast<std::uint32_t>(targets.size() - 1);
    targets.neurons.back() += 1.0;
  };
  const auto claim_all = [&](const Mask& mask) {
    for (std::size_t network = 0; network < sizes.size(); ++network)
      mask.bind(sizes[network]).for_each(0, sizes[network], [&](std::uint32_t neuron) { claim(network, neuron); });
    if (targets.neurons.back() == 0.0) throw std::invalid_argument("group " + targets.names.back() + " has no neurons");
  };
  if (!tuning.groups.empty()) {
    for (const GroupRate& group : tuning.groups) {
      add(group.name, group.rate_hz);
      claim_all(group.neurons);
    }
  } else if (!tuning.rates_hz.empty()) {
    for (const std::uint64_t size : sizes)
      if (size != tuning.rates_hz.size())
        throw std::invalid_argument(std::to_string(tuning.rates_hz.size()) + " rates do not fit a network of " +
                                    std::to_string(size) + " neurons");
    for (std::uint32_t neuron = 0; neuron < tuning.rates_hz.size(); ++neuron) {
      add(std::to_string(neuron), tuning.rates_hz[neuron]);
      for (std::size_t network = 0; network < sizes.size(); ++network) claim(network, neuron);
    }
  } else {
    add("all", tuning.rate_hz);
    claim_all(Mask{});
  }
  return targets;
}

/// By gradient where there is one.
template <class ModelType>
using DefaultMethod = std::conditional_t<Differentiable<ModelType>, Adam, Bracketing>;

}  // namespace detail

/// Looks for values of parameters with which the network, or the networks of a batch, fires at the rates wanted. Rates
/// are those of the steady state: they are measured from a fresh start, after `equilibrate_steps`, over as many steps
/// as the error of the rate calls for; those in the result with other seeds than any on the way. The same seed gives the
/// same result. The search runs on the CPU.
///
/// Method is Adam{}, the default where the model has derivatives, or Bracketing{}. Where the rates are not reached the
/// result says so, and has the best values that were found. Throws InvalidParameter for a name that no parameter has
/// (the message lists those there are), or by which no derivative passes; std::invalid_argument for a rate that is not
/// above 0, or beyond one spike a step where there cannot be more.
template <class ModelType, class NetworkType, class StimulusType, class Method = detail::DefaultMethod<ModelType>>
auto tune(const ModelType& model, const NetworkType& network, const StimulusType& stimulus, const Tuning& tuning,
          Seed seed, const Method& method = {}) {
  static_assert(std::is_same_v<Method, Adam> || std::is_same_v<Method, Bracketing>,
                "spikeometric: a model is tuned by Adam{} or by Bracketing{}");
  static_assert(Differentiable<ModelType> || !std::is_same_v<Method, Adam>,
                "spikeometric: this model has no derivatives, as its spikes are thresholded or its nonlinearity is no "
                "template over the real type: tune it with Bracketing{}");
  model.validate();
  auto lifted = detail::lift(stimulus);
  using Lifted = decltype(lifted);
  detail::Tuner<NetworkType, ModelType, Lifted> tuner(
      network, model, lifted, detail::rate_targets(tuning, model, detail::sizes_of(network)), tuning.parameters,
      tuning.equilibrate_steps, tuning.threads, seed);
  if constexpr (std::is_same_v<Method, Adam>)
    if (const std::string name = tuner.not_differentiable(); !name.empty())
      throw InvalidParameter("no derivative passes by " + name +
                             ", whose policy is no template over the real type: tune it with Bracketing{}");
  detail::Search search{tuner, tuning};
  search.run(method);
  return search.template result<ModelType, Lifted>();
}

/// Without a stimulus.
template <class ModelType, class NetworkType, class Method = detail::DefaultMethod<ModelType>>
auto tune(const ModelType& model, const NetworkType& network, const Tuning& tuning, Seed seed,
          const Method& method = {}) {
  return tune(model, network, no_stimulus, tuning, seed, method);
}

}  // namespace spikeometric
