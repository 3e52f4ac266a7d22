// SPDX-License-Identifier: BSD-3-Clause
//
// The equations of a network written out: a list of synapses, plain loops, every past count and sum kept. A step costs
// all synapses and all lags. Of the library it uses nothing but exp, log, cos, poisson and
// a constant of a filter, which have tests of their own.
//
//   slow::Network oracle{slow::bernoulli_glm(parameters), weights, seed, network, stimulus};
//   oracle.start();
//   oracle.run(100);
//   CHECK(simulator.state_hash() == oracle.state_hash());
//
//   slow::Model model;                                                             // any other cascade
//   model.filters = {slow::exponential(0.2, 20), slow::exponential(0.05, 40)};     // two weights a synapse
//   slow::Network delayed{model, slow::Synapses{2, {{0, 1, 3, {0.5, -0.5}}}}, seed};
#pragma once

#include <Random123/philox.h>
#include <Eigen/Core>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <tuple>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/functions.hpp"
#include "spikeometric/model/filters/biexponential.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/random/poisson.hpp"
#include "spikeometric/simulate/events.hpp"

namespace slow {

// --- random bits ---------------------------------------------------------------------------------------------------

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

/// In (0, 1).
inline double midpoint(std::uint32_t bits) { return (bits + 0.5) / 4294967296.0; }

inline std::uint64_t mix(std::uint64_t x) {  // the SplitMix64 finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

inline std::uint64_t hash(std::uint64_t network, std::uint64_t step, std::uint64_t neuron, std::uint64_t value) {
  return mix(mix(mix(mix(network) ^ step) ^ neuron) ^ value);
}

// --- the parts of a model ------------------------------------------------------------------------------------------

/// x(t) from a state, 0 at first, and the sums over synapses s(start), ..., s(t).
struct Filter {
  std::function<float(double& state, const std::vector<float>& sums)> x;
  std::function<double(std::size_t lag)> tap;         // c(k), what that amounts to
  std::function<double(std::size_t step)> left = {};  // what is left of a synaptic activation
};

inline constexpr std::size_t endless = ~std::size_t{0};

/// fading(k) up to a window, where fading(a + b) = fading(a) fading(b).
inline Filter recursive(std::function<double(double lag)> fading, std::size_t window) {
  const double factor = fading(1.0), leaving = window == endless ? 0.0 : fading(static_cast<double>(window));
  return {[=](double& x, const std::vector<float>& sums) {
            x = factor * x + static_cast<double>(sums.back());
            if (sums.size() > window) x = x - leaving * static_cast<double>(sums[sums.size() - 1 - window]);
            return static_cast<float>(x);
          },
          [=](std::size_t k) { return k < window ? fading(static_cast<double>(k)) : 0.0; }};
}

inline Filter exponential(float decay, std::size_t window, float dt = 1.0f) {
  const double rate = static_cast<double>(decay) * static_cast<double>(dt);
  return recursive([=](double k) { return spikeometric::exp(-(rate * k)); }, window);
}

inline Filter time_constant(float tau, std::size_t window, float dt = 1.0f) {
  const double rate = static_cast<double>(dt) / static_cast<double>(tau);
  return recursive([=](double k) { return spikeometric::exp(-(rate * k)); }, window);
}

template <class Number>
Filter fir(const std::vector<Number>& coefficients) {
  const std::vector<float> c(coefficients.begin(), coefficients.end());
  return {[c](double&, const std::vector<float>& sums) {
            float x = 0.0f;
            for (std::size_t k = 0; k < c.size() && k < sums.size(); ++k) x += c[k] * sums[sums.size() - 1 - k];
            return x;
          },
          [c](std::size_t k) { return k < c.size() ? static_cast<double>(c[k]) : 0.0; }};
}

/// The state is the activation that a step begins with, summed over synapses.
inline Filter leaky(float tau, float dt = 1.0f) {
  const double step = dt, kept = 1.0 - step / static_cast<double>(tau);
  return {[=](double& activation, const std::vector<float>& sums) {
            const double x = activation + step * static_cast<double>(sums.back());
            activation = kept * x;
            return static_cast<float>(x);
          },
          [=](std::size_t k) { return step * std::pow(kept, static_cast<double>(k)); },
          [=](std::size_t t) { return std::pow(kept, static_cast<double>(t)); }};
}

/// The recursion from the first step on, in each step anew.
inline Filter biexponential(float decay_ms, float rise_ms, float dt = 1.0f) {
  const double step = dt, decay = spikeometric::exp(-(step / static_cast<double>(decay_ms)));
  const double rise = spikeometric::exp(-(step / static_cast<double>(rise_ms)));
  const double q = static_cast<double>(rise_ms) / static_cast<double>(decay_ms);
  const double peak = (1.0 - q) * std::pow(q, q / (1.0 - q));
  const double gain =
      static_cast<double>(spikeometric::BiexponentialFilter{decay_ms, rise_ms}.kernel(dt).gain);  // its bits matter
  return {[=](double& x, const std::vector<float>& sums) {
            double current = 0.0;
            x = 0.0;
            for (const float sum : sums) {
              x = decay * x + gain * current;
              current = rise * current + static_cast<double>(sum);
            }
            return static_cast<float>(x);
          },
          [=](std::size_t k) {
            return (std::pow(decay, static_cast<double>(k)) - std::pow(rise, static_cast<double>(k))) / peak;
          }};
}

/// b_j(t) = (1 + cos(clamp(a log(t + stretch) - phi_j, -pi, pi))) / 2, half a turn of phase from one peak to the next
/// but one.
inline std::vector<Filter> raised_cosines(std::size_t functions, float first, float last, float stretch, int window,
                                          float dt = 1.0f) {
  constexpr double pi = 3.14159265358979323846;
  const auto axis = [&](double t) { return spikeometric::log(t + static_cast<double>(stretch)); };
  const double a = static_cast<double>(functions - 1) * (pi / 2) / (axis(last) - axis(first));
  std::vector<Filter> filters;
  for (std::size_t j = 0; j < functions; ++j) {
    std::vector<float> taps;
    for (int k = 0; k < window; ++k) {
      const double phase = a * (axis(static_cast<double>(dt) * k) - axis(first)) - static_cast<double>(j) * (pi / 2);
      taps.push_back(std::abs(phase) < pi ? static_cast<float>((1 + spikeometric::cos(phase)) / 2) : 0.0f);
    }
    filters.push_back(fir(taps));
  }
  return filters;
}

/// One spike where a 32-bit draw, upper half first, is below p 2^32.
inline std::int64_t bernoulli(float p, const Bits& bits) {
  const auto limit = static_cast<std::uint64_t>(std::clamp(static_cast<double>(p), 0.0, 1.0) * 0x1p32);
  return (bits.half(0) << 16 | bits.half(1)) < limit;
}

inline std::int64_t poisson(float mean, const Bits& bits) {
  const spikeometric::Stream stream{spikeometric::Seed{bits.seed}, bits.network,
                                    static_cast<spikeometric::Purpose>(bits.purpose)};
  return spikeometric::poisson(static_cast<double>(mean), spikeometric::Draws{stream, bits.neuron, bits.step});
}

/// b (1 + xi), xi normal with probability rho, by Box and Muller, else 0.
inline float noisy_baseline(float b, float sigma, float rho, const Bits& bits) {
  if (!bernoulli(rho, bits)) return b;
  const Words words = bits.block();
  const double z = std::sqrt(-2.0 * spikeometric::log(midpoint(words[0]))) *
                   spikeometric::cos(6.283185307179586 * midpoint(words[1]));
  return b * (1.0f + static_cast<float>(static_cast<double>(sigma) * z));
}

struct Model {
  std::vector<Filter> filters;  // one for each weight of a synapse
  std::vector<float> self_history;
  std::vector<std::vector<float>> own_histories;  // of each neuron, in place of self_history
  float r = 1.0f;
  std::function<float(const Bits& bits)> baseline = [](const Bits&) { return 0.0f; };
  std::function<float(float g, std::uint32_t neuron)> rate;
  std::function<std::int64_t(float mu, const Bits& bits)> sample = bernoulli;
};

inline Model bernoulli_glm(const spikeometric::BernoulliGLM::Parameters& p) {
  Model model;
  const auto dt = static_cast<float>(p.dt), theta = static_cast<float>(p.theta),
             abs_ref_strength = static_cast<float>(p.abs_ref_strength),
             rel_ref_strength = static_cast<float>(p.rel_ref_strength);
  model.filters = {exponential(
      static_cast<float>(p.coupling_decay),
      p.coupling_window == spikeometric::infinite_window ? endless : static_cast<std::size_t>(p.coupling_window), dt)};
  for (int k = 0; k < p.abs_ref_steps + p.rel_ref_steps; ++k) {
    const double since = k - p.abs_ref_steps, decay = static_cast<float>(p.refractory_decay);
    model.self_history.push_back(k < p.abs_ref_steps ? abs_ref_strength
                                                     : static_cast<float>(static_cast<double>(rel_ref_strength) *
                                                                          spikeometric::exp(-(decay * dt * since))));
  }
  model.r = static_cast<float>(p.r);
  model.rate = [dt, theta](float g, std::uint32_t) { return dt / (1.0f + spikeometric::exp(theta - g)); };
  return model;
}

// --- stimuli -------------------------------------------------------------------------------------------------------

using Stimulus = std::function<float(std::uint64_t step, std::uint32_t neuron)>;

/// ((0 + first) + second) + third
inline Stimulus sum(std::vector<Stimulus> terms) {
  return [terms](std::uint64_t step, std::uint32_t neuron) {
    float total = 0.0f;
    for (const Stimulus& term : terms) total += term(step, neuron);
    return total;
  };
}

/// Channels, with weights of each neuron.
inline Stimulus weighed(std::vector<Stimulus> channels, std::function<float(std::size_t, std::uint32_t)> weight) {
  return [=](std::uint64_t step, std::uint32_t neuron) {
    float total = 0.0f;
    for (std::size_t c = 0; c < channels.size(); ++c) total += weight(c, neuron) * channels[c](step, neuron);
    return total;
  };
}

// --- the network ---------------------------------------------------------------------------------------------------

struct Synapse {
  std::uint32_t pre, post;
  std::size_t delay;
  std::vector<double> weights;  // one for each filter
};

struct Synapses {
  std::size_t neurons = 0;
  std::vector<Synapse> list;
};

/// Those of a matrix: row = presynaptic neuron, 0 = no synapse.
template <class Weights>
Synapses dense(const Weights& weights) {
  Synapses result{static_cast<std::size_t>(weights.rows()), {}};
  for (std::uint32_t pre = 0; pre < result.neurons; ++pre)
    for (std::uint32_t post = 0; post < result.neurons; ++post)
      if (weights(pre, post) != 0) result.list.push_back({pre, post, 1, {static_cast<double>(weights(pre, post))}});
  return result;
}

class Network {
 public:
  using Stimulus = slow::Stimulus;

  Network(Model model, Synapses synapses, std::uint64_t seed, std::uint32_t network = 0, Stimulus stimulus = {})
      : model_(std::move(model)),
        neurons_(synapses.neurons),
        bases_(model_.filters.size()),
        seed_(seed),
        network_(network),
        stimulus_(std::move(stimulus)),
        onto_(neurons_),
        exponents_(neurons_) {
    std::sort(synapses.list.begin(), synapses.list.end(),
              [](const Synapse& a, const Synapse& b) { return std::tie(a.pre, a.delay) < std::tie(b.pre, b.delay); });
    for (const Synapse& synapse : synapses.list)
      onto_[synapse.post].push_back({synapse.pre, synapse.delay, synapse.weights, {}});
    for (std::size_t i = 0; i < neurons_; ++i) {
      double largest = 0.0;
      for (const Input& synapse : onto_[i])
        for (const double weight : synapse.weights) largest = std::max(largest, std::abs(weight));
      if (largest >= 0x1p-100)
        for (exponents_[i] = 31 - std::ilogb(largest); !fits(i);) --exponents_[i];
      for (Input& synapse : onto_[i])
        for (const double weight : synapse.weights) synapse.fixed.push_back(fixed(weight, exponents_[i]));
    }
  }

  template <class Derived>
  Network(Model model, const Eigen::DenseBase<Derived>& weights, std::uint64_t seed, std::uint32_t network = 0,
          Stimulus stimulus = {})
      : Network(std::move(model), dense(weights), seed, network, std::move(stimulus)) {}

  /// Nothing before the given spikes: neurons x steps, oldest first.
  void start(const Eigen::MatrixXi& history) {
    counts_.clear();
    sums_.assign(neurons_, std::vector<std::vector<float>>(bases_));
    exact_sums_.assign(neurons_, std::vector<std::vector<Exact>>(bases_));
    states_.assign(neurons_, std::vector<double>(bases_));
    activations_.assign(neurons_, std::vector<double>(bases_));
    random_step_ = step_ = state_hash_ = 0;
    spikes_.clear();
    for (Eigen::Index column = 0; column < history.cols(); ++column) {
      for (std::size_t i = 0; i < neurons_; ++i) filtered(i);
      counts_.emplace_back(history.col(column).begin(), history.col(column).end());
    }
  }

  /// Nothing before but synaptic activations, one for each presynaptic neuron: x_i(0) = sum_j W_ji s_j.
  void start(const Eigen::VectorXd& activation) {
    start(Eigen::MatrixXi(static_cast<Eigen::Index>(neurons_), 0));
    for (std::size_t i = 0; i < neurons_; ++i)
      for (std::size_t m = 0; m < bases_; ++m) {
        for (const Input& synapse : onto_[i])
          states_[i][m] += static_cast<double>(synapse.fixed[m]) * unit(i) * activation[synapse.pre];
        activations_[i][m] = states_[i][m];
      }
  }

  /// In the step before, every neuron spiked with probability 1/2, or activations are random.
  void start() {
    const auto neurons = static_cast<Eigen::Index>(neurons_);
    Eigen::MatrixXi history(neurons, 1);
    Eigen::VectorXd activation(neurons);
    for (std::uint32_t i = 0; i < neurons_; ++i) {
      const Bits bits{seed_, network_, i, 0, initial_state};
      history(i, 0) = static_cast<int>(bernoulli(0.5f, bits));
      activation[i] = midpoint(bits.block()[0]);
    }
    model_.filters[0].left ? start(activation) : start(history);
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

  /// A synapse onto some neuron, with weights in units of that neuron too.
  struct Input {
    std::uint32_t pre;
    std::size_t delay;
    std::vector<double> weights;
    std::vector<std::int64_t> fixed;
  };

  double unit(std::size_t neuron) const { return std::ldexp(1.0, -exponents_[neuron]); }

  static std::int64_t fixed(double weight, int exponent) {
    return std::abs(weight) < 0x1p-100 ? 0 : static_cast<std::int64_t>(std::nearbyint(std::ldexp(weight, exponent)));
  }

  /// Whether weights in units of a neuron are of 31 bits and a sign, and their sizes sum to at most 2^40.
  bool fits(std::size_t neuron) const {
    for (std::size_t m = 0; m < bases_; ++m) {
      std::int64_t sum = 0;
      for (const Input& synapse : onto_[neuron]) {
        const std::int64_t size = std::abs(fixed(synapse.weights[m], exponents_[neuron]));
        if (size > 2147483647) return false;
        sum += size;
      }
      if (sum > std::int64_t{1} << 40) return false;
    }
    return true;
  }

  /// X_i(t - 1 - lag)
  std::int64_t count(std::size_t neuron, std::size_t lag) const {
    return lag < counts_.size() ? counts_[counts_.size() - 1 - lag][neuron] : 0;
  }

  const std::vector<float>& history(std::size_t neuron) const {
    return model_.own_histories.empty() ? model_.self_history : model_.own_histories[neuron];
  }

  /// x_i(t). A spike in step s with delay d is in the sum of step s + d.
  float filtered(std::size_t i) {
    float x = 0.0f;
    for (std::size_t m = 0; m < bases_; ++m) {
      std::int64_t total = 0;
      Exact exact;
      for (const Input& synapse : onto_[i])
        if (const std::int64_t spikes = count(synapse.pre, synapse.delay - 1); spikes > 0) {
          total += synapse.fixed[m] * spikes;
          exact.add(synapse.weights[m] * static_cast<double>(spikes));
          exact.slack += 0.5 * unit(i) * static_cast<double>(spikes);
        }
      sums_[i][m].push_back(static_cast<float>(static_cast<double>(total) * unit(i)));
      exact_sums_[i][m].push_back(exact);
      x += model_.filters[m].x(states_[i][m], sums_[i][m]);
    }
    return x;
  }

  void advance(bool recorded) {
    inputs_.resize(neurons_);
    rates_.resize(neurons_);
    std::vector<std::int64_t> next(neurons_);
    for (std::uint32_t i = 0; i < neurons_; ++i) {
      const float x = filtered(i);
      float own = 0.0f;
      const std::vector<float>& h = history(i);
      for (std::size_t lag = 0; lag < h.size(); ++lag)
        if (count(i, lag) > 0) own += h[lag] * static_cast<float>(count(i, lag));
      const float b = model_.baseline({seed_, network_, i, random_step_, noise});
      const float stimulus = recorded && stimulus_ ? stimulus_(step_, i) : 0.0f;
      const float g = ((model_.r * x + own) + b) + stimulus;
      const float mu = model_.rate(g, i);
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
    for (std::size_t m = 0; m < bases_; ++m) {
      const std::vector<Exact>& sums = exact_sums_[i][m];
      for (std::size_t lag = 0; lag < sums.size(); ++lag)
        exact.add(sums[sums.size() - 1 - lag], model_.r * model_.filters[m].tap(lag));
      if (model_.filters[m].left) exact.add(model_.r * activations_[i][m] * model_.filters[m].left(sums.size() - 1));
    }
    for (std::size_t lag = 0; lag < history(i).size(); ++lag)
      exact.add(static_cast<double>(history(i)[lag]) * static_cast<double>(count(i, lag)));
    exact.add(b);
    exact.add(stimulus);
    if (exact.largest > 0.0)
      worst_error_ = std::max(worst_error_, (std::abs(g - exact.sum) - exact.slack) / exact.largest);
  }

  Model model_;
  std::size_t neurons_, bases_;
  std::uint64_t seed_;
  std::uint32_t network_;
  Stimulus stimulus_;
  std::vector<std::vector<Input>> onto_;  // of each postsynaptic neuron
  std::vector<int> exponents_;            // its unit of weights is 2^-exponent

  std::vector<std::vector<std::int64_t>> counts_;      // [step][neuron]
  std::vector<std::vector<std::vector<float>>> sums_;  // [neuron][filter][step]
  std::vector<std::vector<std::vector<Exact>>> exact_sums_;
  std::vector<std::vector<double>> states_, activations_;  // [neuron][filter]
  std::uint64_t random_step_ = 0, step_ = 0, state_hash_ = 0;
  std::vector<spikeometric::Spike> spikes_;
  std::vector<float> inputs_, rates_;
  double worst_error_ = 0.0;
};

}  // namespace slow
