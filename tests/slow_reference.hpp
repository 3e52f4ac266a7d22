// SPDX-License-Identifier: BSD-3-Clause
//
// The equations of a network written out: dense weights, plain loops, every past count and sum kept. O(N^2) a step.
// Of the library it uses nothing but `exp`, which has tests of its own.
//
//   slow::Network oracle{slow::bernoulli_glm(parameters), weights, seed, network, stimulus};
//   oracle.start();
//   oracle.run(100);
//   CHECK(simulator.state_hash() == oracle.state_hash());
#pragma once

#include <Random123/philox.h>
#include <Eigen/Core>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/model/bernoulli_glm.hpp"
#include "spikeometric/simulate/events.hpp"

namespace slow {

using Words = r123::Philox4x32::ctr_type;

enum Purpose : std::uint32_t { spike = 1, noise = 2, initial_state = 3 };

/// The random bits of one neuron and step.
struct Bits {
  std::uint64_t seed;
  std::uint32_t network, neuron;
  std::uint64_t step;
  Purpose purpose;

  Words words(std::uint32_t index, std::uint32_t slot) const {
    const Words counter = {{index, static_cast<std::uint32_t>(step), network,
                            purpose << 24 | slot << 16 | static_cast<std::uint32_t>(step >> 32)}};
    return r123::Philox4x32{}(counter, {{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}});
  }

  std::uint32_t half(std::uint32_t slot) const {
    const std::uint32_t word = words(neuron / 8, slot)[neuron % 8 / 2];
    return neuron % 2 == 0 ? word & 0xFFFF : word >> 16;
  }

  Words block() const { return words(neuron, 128); }
};

inline std::uint64_t mix(std::uint64_t x) {  // the SplitMix64 finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

inline std::uint64_t hash(std::uint64_t network, std::uint64_t step, std::uint64_t neuron, std::uint64_t value) {
  return mix(mix(mix(mix(network) ^ step) ^ neuron) ^ value);
}

/// One spike where a 32-bit draw, upper half first, is below p 2^32.
inline std::int64_t bernoulli(float p, const Bits& bits) {
  const auto limit = static_cast<std::uint64_t>(std::clamp(static_cast<double>(p), 0.0, 1.0) * 0x1p32);
  return (bits.half(0) << 16 | bits.half(1)) < limit;
}

struct Model {
  std::function<float(double& state, const std::vector<float>& sums)> filter;  // sums: s(start), ..., s(t)
  std::function<double(std::size_t lag)> tap;                                  // what the filter amounts to
  std::vector<float> self_history;
  float r = 1.0f;
  std::function<float(const Bits& bits)> baseline = [](const Bits&) { return 0.0f; };
  std::function<float(float g)> rate;
  std::function<std::int64_t(float mu, const Bits& bits)> sample = bernoulli;
};

inline Model bernoulli_glm(const spikeometric::BernoulliGLM::Parameters& p) {
  const double decay = p.coupling_decay, dt = p.dt;
  const bool windowed = p.coupling_window != spikeometric::infinite_window;
  const auto window = static_cast<std::size_t>(p.coupling_window);
  const double factor = spikeometric::exp(-(decay * dt));
  const double leaving = spikeometric::exp(-(decay * dt * p.coupling_window));

  Model model;
  model.filter = [=](double& x, const std::vector<float>& sums) {
    x = factor * x + static_cast<double>(sums.back());
    if (windowed && sums.size() > window) x = x - leaving * static_cast<double>(sums[sums.size() - 1 - window]);
    return static_cast<float>(x);
  };
  model.tap = [=](std::size_t k) {
    return windowed && k >= window ? 0.0 : std::exp(-decay * dt * static_cast<double>(k));
  };
  for (int k = 0; k < p.abs_ref_steps + p.rel_ref_steps; ++k) {
    const double since = k - p.abs_ref_steps;
    model.self_history.push_back(
        k < p.abs_ref_steps
            ? p.abs_ref_strength
            : static_cast<float>(static_cast<double>(p.rel_ref_strength) *
                                 spikeometric::exp(-(static_cast<double>(p.refractory_decay) * dt * since))));
  }
  model.r = p.r;
  model.rate = [p](float g) { return p.dt / (1.0f + spikeometric::exp(p.theta - g)); };
  return model;
}

class Network {
 public:
  using Stimulus = std::function<float(std::uint64_t step, std::uint32_t neuron)>;

  /// weights: row = presynaptic neuron, 0 = no synapse.
  template <class Weights>
  Network(Model model, const Weights& weights, std::uint64_t seed, std::uint32_t network = 0, Stimulus stimulus = {})
      : model_(std::move(model)),
        weights_(weights.template cast<double>()),
        neurons_(static_cast<std::size_t>(weights.rows())),
        seed_(seed),
        network_(network),
        stimulus_(std::move(stimulus)) {
    const double largest = weights_.cwiseAbs().maxCoeff();
    if (largest > 0.0)
      for (exponent_ = -1100; std::nearbyint(std::ldexp(largest, exponent_ + 1)) <= 2147483647.0;) ++exponent_;
    for (std::size_t post = 0; post < neurons_; ++post)
      for (std::size_t pre = 0; pre < neurons_; ++pre)
        fixed_.push_back(static_cast<std::int64_t>(std::nearbyint(std::ldexp(weight(pre, post), exponent_))));
  }

  /// Nothing before the given spikes: neurons x steps, oldest first.
  void start(const Eigen::MatrixXi& history) {
    counts_.clear();
    sums_.assign(neurons_, {});
    exact_sums_.assign(neurons_, {});
    states_.assign(neurons_, 0.0);
    random_step_ = step_ = state_hash_ = 0;
    spikes_.clear();
    for (Eigen::Index column = 0; column < history.cols(); ++column) {
      for (std::size_t i = 0; i < neurons_; ++i) filtered(i);
      counts_.emplace_back(history.col(column).begin(), history.col(column).end());
    }
  }

  /// In the step before, every neuron spiked with probability 1/2.
  void start() {
    Eigen::MatrixXi history(weights_.rows(), 1);
    for (std::uint32_t i = 0; i < neurons_; ++i)
      history(i, 0) = static_cast<int>(bernoulli(0.5f, {seed_, network_, i, 0, initial_state}));
    start(history);
  }

  void equilibrate(std::uint64_t steps) {
    for (; steps > 0; --steps) advance(false);
  }
  void run(std::uint64_t steps) {
    for (; steps > 0; --steps) advance(true);
  }

  /// Of `run` since the start.
  const std::vector<spikeometric::Spike>& spikes() const { return spikes_; }
  std::uint64_t state_hash() const { return state_hash_; }
  std::uint64_t fingerprint() const {
    std::uint64_t sum = 0;
    for (const auto& spike : spikes_) sum += hash(network_, spike.step, spike.neuron, spike.count);
    return sum;
  }

  /// Of the latest step.
  const std::vector<float>& inputs() const { return inputs_; }
  const std::vector<float>& rates() const { return rates_; }

  /// The largest deviation of a g so far from the sum over all lags in double, with the weights as they were given,
  /// beyond what their rounding explains; in units of the largest term or partial sum.
  double worst_error() const { return worst_error_; }

 private:
  /// A sum in double, the largest of its terms and partial sums, and what the rounding of weights may have changed in
  /// it.
  struct Exact {
    double sum = 0.0, largest = 0.0, slack = 0.0;
    void add(double term) {
      sum += term;
      largest = std::max({largest, std::abs(term), std::abs(sum)});
    }
    void add(const Exact& other, double factor) {
      add(factor * other.sum);
      largest = std::max(largest, std::abs(factor) * other.largest);
      slack += std::abs(factor) * other.slack;
    }
  };

  double weight(std::size_t pre, std::size_t post) const {
    return weights_(static_cast<Eigen::Index>(pre), static_cast<Eigen::Index>(post));
  }

  /// X_i(t - 1 - lag)
  std::int64_t count(std::size_t neuron, std::size_t lag) const {
    return lag < counts_.size() ? counts_[counts_.size() - 1 - lag][neuron] : 0;
  }

  /// x_i(t), from the sum over the synapses of the spikes of the step before.
  float filtered(std::size_t i) {
    std::int64_t total = 0;
    Exact exact;
    if (!counts_.empty())
      for (std::size_t j = 0; j < neurons_; ++j) {
        total += fixed_[i * neurons_ + j] * counts_.back()[j];
        exact.add(weight(j, i) * static_cast<double>(counts_.back()[j]));
        if (weight(j, i) != 0.0) exact.slack += std::ldexp(0.5, -exponent_) * static_cast<double>(counts_.back()[j]);
      }
    sums_[i].push_back(static_cast<float>(std::ldexp(static_cast<double>(total), -exponent_)));
    exact_sums_[i].push_back(exact);
    return model_.filter(states_[i], sums_[i]);
  }

  void advance(bool recorded) {
    inputs_.resize(neurons_);
    rates_.resize(neurons_);
    std::vector<std::int64_t> next(neurons_);
    for (std::uint32_t i = 0; i < neurons_; ++i) {
      const float x = filtered(i);
      float own = 0.0f;
      for (std::size_t lag = 0; lag < model_.self_history.size(); ++lag)
        if (count(i, lag) > 0) own += model_.self_history[lag] * static_cast<float>(count(i, lag));
      const float b = model_.baseline({seed_, network_, i, random_step_, noise});
      const float stimulus = recorded && stimulus_ ? stimulus_(step_, i) : 0.0f;
      const float g = ((model_.r * x + own) + b) + stimulus;
      const float mu = model_.rate(g);
      inputs_[i] = g;
      rates_[i] = mu;
      compare(i, g, b, stimulus);
      next[i] = model_.sample(mu, {seed_, network_, i, random_step_, spike});
      if (!recorded) continue;
      state_hash_ += hash(network_, step_, i,
                          std::bit_cast<std::uint32_t>(g) | std::uint64_t{std::bit_cast<std::uint32_t>(mu)} << 32);
      if (next[i] > 0) spikes_.push_back({step_, i, static_cast<std::uint32_t>(next[i])});
    }
    counts_.push_back(std::move(next));
    ++random_step_;
    if (recorded) ++step_;
  }

  void compare(std::size_t i, float g, double b, double stimulus) {
    Exact exact;
    for (std::size_t lag = 0; lag < exact_sums_[i].size(); ++lag)
      exact.add(exact_sums_[i][exact_sums_[i].size() - 1 - lag], model_.r * model_.tap(lag));
    for (std::size_t lag = 0; lag < model_.self_history.size(); ++lag)
      exact.add(static_cast<double>(model_.self_history[lag]) * static_cast<double>(count(i, lag)));
    exact.add(b);
    exact.add(stimulus);
    if (exact.largest > 0.0)
      worst_error_ = std::max(worst_error_, (std::abs(g - exact.sum) - exact.slack) / exact.largest);
  }

  Model model_;
  Eigen::MatrixXd weights_;
  std::size_t neurons_;
  std::uint64_t seed_;
  std::uint32_t network_;
  Stimulus stimulus_;
  int exponent_ = 0;
  std::vector<std::int64_t> fixed_;  // [post][pre]

  std::vector<std::vector<std::int64_t>> counts_;  // [step][neuron]
  std::vector<std::vector<float>> sums_;           // [neuron][step]
  std::vector<std::vector<Exact>> exact_sums_;
  std::vector<double> states_;
  std::uint64_t random_step_ = 0, step_ = 0, state_hash_ = 0;
  std::vector<spikeometric::Spike> spikes_;
  std::vector<float> inputs_, rates_;
  double worst_error_ = 0.0;
};

}  // namespace slow
