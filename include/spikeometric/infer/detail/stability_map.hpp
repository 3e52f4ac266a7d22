// SPDX-License-Identifier: BSD-3-Clause
//
// The rates that a fitted network would have, given its rates so far.
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "spikeometric/infer/detail/fit_data.hpp"
#include "spikeometric/infer/detail/fit_neuron.hpp"
#include "spikeometric/infer/stability.hpp"

namespace spikeometric::detail {

/// The map of StabilityCheck.
template <class Real>
class RateMap {
 public:
  /// `histories` are the effects h of the neurons' own spikes.
  RateMap(const FitData<Real>& problem, const FittedNetwork<Real>& network,
          const std::vector<std::vector<double>>& histories)
      : problem_(problem), network_(network), histories_(histories) {
    const auto size = static_cast<Eigen::Index>(problem.neurons());
    recorded_.resize(size);
    gains_.setZero(size, size);
    for (std::uint32_t post = 0; post < problem.neurons(); ++post) {
      double spikes = 0.0;
      for (const auto& spike : problem.trains.by_neuron[post]) spikes += spike.count;
      recorded_[post] = spikes / static_cast<double>(problem.trains.steps());
      std::vector<double>& tail = tails_.emplace_back(histories[post].size() + 1);  // sums over k >= n
      for (std::size_t k = histories[post].size(); k-- > 0;) tail[k] = tail[k + 1] + std::expm1(histories[post][k]);
      for (std::uint32_t pre = 0; pre < problem.neurons(); ++pre) {
        const auto first = static_cast<Eigen::Index>(post * problem.bases);
        if (pre == post || network.weights.row(pre).segment(first, problem.coupling_bases).isZero(Real(0))) continue;
        const auto weight_of = [&](std::size_t m) { return network.weights(pre, post * problem.bases + m); };
        for (const double each : problem.effect(problem.coupling, weight_of))
          gains_(pre, post) += std::expm1(std::min(each, 50.0));
      }
    }
  }

  const VectorOf<Real>& recorded() const { return recorded_; }
  double highest() const { return problem_.binary ? 1.0 : 1e3 * std::max(recorded_.maxCoeff(), 1e-3); }

  /// The rate of a neuron whose own rate was `own` and those of the others `rates`.
  double rate(std::uint32_t neuron, double own, const VectorOf<Real>& rates) {
    const std::vector<double>&h = histories_[neuron], &tail = tails_[neuron];
    const NeuronFit& fit = network_.neurons[neuron];
    const double input = fit.baseline + fit.stimulus_drive + gains_.col(neuron).dot(rates);
    const std::size_t size = problem_.binary ? h.size() + 1 : 1;
    for (auto* array : {&g_, &mu_, &mean_, &slope_, &variance_, &none_}) array->resize(static_cast<Eigen::Index>(size));
    for (std::size_t n = 0; n < size; ++n)
      g_[static_cast<Eigen::Index>(n)] =
          problem_.binary ? input + (n < h.size() ? h[n] : 0.0) + tail[std::min(n + 1, h.size())] * own
                          : input + tail[0] * own;
    g_ = g_.cwiseMin(Real(700)).cwiseMax(Real(-700));
    problem_.expect(neuron, g_.data(), size, {mu_.data(), mean_.data(), slope_.data(), variance_.data(), none_.data()});
    if (!problem_.binary) return std::min<double>(mean_[0], highest());
    double survival = 1.0, interval = 0.0;
    for (std::size_t n = 0; n + 1 < size; ++n) {
      interval += survival;
      survival *= 1.0 - std::min<double>(mean_[static_cast<Eigen::Index>(n)], 1.0);
    }
    interval += survival / std::max<double>(mean_[static_cast<Eigen::Index>(size - 1)], 1e-300);
    return 1.0 / interval;
  }

  /// All neurons, moved halfway towards their new rates until they stay.
  VectorOf<Real> settled(VectorOf<Real> rates) {
    for (int times = 0; times < 200; ++times) {
      VectorOf<Real> next = rates;
      for (std::uint32_t neuron = 0; neuron < problem_.neurons(); ++neuron)
        if (fitted(neuron)) next[neuron] = 0.5 * (rates[neuron] + rate(neuron, rates[neuron], rates));
      const bool stays = ((next - rates).array().abs() <= 1e-4 * rates.array()).all();
      rates = std::move(next);
      if (stays) break;
    }
    return rates;
  }

  bool fitted(std::uint32_t neuron) const {
    const FitStatus status = network_.neurons[neuron].status;
    return status == FitStatus::converged || status == FitStatus::separated || status == FitStatus::misfit ||
           status == FitStatus::not_converged;
  }

 private:
  const FitData<Real>& problem_;
  const FittedNetwork<Real>& network_;
  const std::vector<std::vector<double>>& histories_;
  std::vector<std::vector<double>> tails_;
  VectorOf<Real> recorded_;
  MatrixOf<Real> gains_;  // [pre][post]: sum over lags of exp(effect) - 1
  VectorOf<Real> g_, mu_, mean_, slope_, variance_, none_;
};

template <class Real>
StabilityCheck stability_of(const FitData<Real>& problem, const FittedNetwork<Real>& network,
                            const std::vector<std::vector<double>>& histories) {
  constexpr double factor = 3.0;
  RateMap<Real> map(problem, network, histories);
  const VectorOf<Real>& recorded = map.recorded();
  const double highest = map.highest();
  StabilityCheck check;
  for (std::uint32_t neuron = 0; neuron < problem.neurons(); ++neuron) {
    NeuronStability& result = check.neurons.emplace_back();
    result.recorded_rate = recorded[neuron];
    if (!map.fitted(neuron)) continue;
    const double lowest = 1e-3 * recorded[neuron];
    constexpr int points = 120;
    double before = lowest;
    bool above = true;  // the map is above the diagonal
    for (int i = 1; i <= points; ++i) {
      const double at = lowest * std::pow(highest / lowest, static_cast<double>(i) / points);
      const bool now = i < points && map.rate(neuron, at, recorded) > at;
      if (above && !now) result.stable_rates.push_back(std::sqrt(before * at));
      above = now;
      before = at;
    }
    const auto near = [&](double rate) {
      return rate <= factor * recorded[neuron] && rate >= recorded[neuron] / factor;
    };
    if (std::none_of(result.stable_rates.begin(), result.stable_rates.end(), near))
      result.verdict = Stability::unstable;
    else if (result.stable_rates.back() > factor * recorded[neuron])
      result.verdict = Stability::fragile;
  }
  // The rates that neurons have from the recorded ones on, and from the highest. Those of a few spikes say nothing.
  constexpr double few = 10.0;
  const double least = few / static_cast<double>(problem.trains.steps());
  VectorOf<Real> most = recorded;
  for (std::uint32_t neuron = 0; neuron < problem.neurons(); ++neuron)
    if (map.fitted(neuron)) most[neuron] = highest;
  const VectorOf<Real> low = map.settled(recorded), high = map.settled(most);
  for (std::uint32_t neuron = 0; neuron < problem.neurons(); ++neuron) {
    if (!map.fitted(neuron) || recorded[neuron] < least) continue;
    if (low[neuron] > factor * recorded[neuron] || low[neuron] * factor < recorded[neuron])
      check.network = Stability::unstable;
    else if (high[neuron] > factor * recorded[neuron] && check.network == Stability::stable)
      check.network = Stability::fragile;
  }
  return check;
}

}  // namespace spikeometric::detail
