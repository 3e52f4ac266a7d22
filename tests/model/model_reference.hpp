// SPDX-License-Identifier: BSD-3-Clause
//
// Shared parts of the tests of the named models: reference data for single steps and for many networks, and functions
// that compare a model with them.
//
//   reference::check_step<BasicPoissonGLM>("poisson_n6iso_p0");
//   reference::check_statistics<PoissonGLM>("stats_poisson_docs");
#pragma once

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/simulate/simulator.hpp"

namespace reference {

using namespace spikeometric;

inline nlohmann::json load(const std::string& name) {
  std::ifstream file(SPIKEOMETRIC_TEST_DATA "/" + name + ".json");
  REQUIRE(file.good());
  return nlohmann::json::parse(file);
}

/// Rows are presynaptic neurons.
inline Eigen::MatrixXd weights_of(const nlohmann::json& data) {
  const auto neurons = data.at("neurons").get<Eigen::Index>();
  const auto& edges = data.at("edges");
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(neurons, neurons);
  for (std::size_t e = 0; e < edges.at("pre").size(); ++e)
    weights(edges.at("pre")[e].get<Eigen::Index>(), edges.at("post")[e].get<Eigen::Index>()) =
        edges.at("weight")[e].get<double>();
  return weights;
}

inline std::vector<double> numbers_of(const nlohmann::json& array) { return array.get<std::vector<double>>(); }

inline double largest_of(const std::vector<double>& values) {
  double largest = 0.0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

/// The model with the parameters in the data, which have the same names.
template <class Model>
Model model_of(const nlohmann::json& data) {
  Model model;
  for (const auto& [name, value] : data.at("parameters").items())
    set_parameter(model, name, value.template get<double>());
  model.validate();
  return model;
}

/// Name and unit of every parameter, in order.
template <class Model>
std::vector<std::pair<std::string, std::string>> units_of(const Model& model) {
  std::vector<std::pair<std::string, std::string>> units;
  for_each_parameter(model, [&](const auto& entry, const auto&) { units.emplace_back(entry.name, entry.unit); });
  return units;
}

template <class Model>
std::map<std::string, double> values_of(const Model& model) {
  std::map<std::string, double> values;
  for_each_parameter(model, [&](const auto& entry, const auto& value) { values[entry.name] = double(value); });
  return values;
}

// --- intermediate results of a simulator ----------------------------------------------------------------------------

/// The inputs and mean counts of the latest step.
struct Step {
  std::vector<float> g, mu;
  explicit Step(Eigen::Index neurons)
      : g(static_cast<std::size_t>(neurons), -1.0f), mu(static_cast<std::size_t>(neurons), -1.0f) {}
};

/// A nonlinearity that records its inputs and outputs.
template <class F>
struct Watched {
  F f;
  float* inputs;
  float* means;

  float operator()(float g, float dt, std::size_t neuron) const {
    inputs[neuron] = g;
    if constexpr (requires { f(g, dt); })
      means[neuron] = f(g, dt);
    else
      means[neuron] = f(g);
    return means[neuron];
  }
};

/// A sampler that returns the given count for each neuron and ignores the mean.
struct Given {
  static constexpr bool binary = false;
  const int* counts;
  std::int64_t operator()(float, const PrimedDraws& draws) const { return counts[draws.neuron]; }
};

/// The model with another sampler, and with a nonlinearity that records its steps.
template <class... Parts, class Sampler>
auto watched(const Cascade<Parts...>& model, Step& step, Sampler sampler) {
  using Model = Cascade<Parts...>;
  using Nonlinearity = Watched<decltype(Model::nonlinearity)>;
  return Cascade<decltype(Model::filter), decltype(Model::history), decltype(Model::baseline), Nonlinearity, Sampler,
                 decltype(Model::stimulus_filter), typename Model::PrecisionType>{
      {model.scale.dt, model.scale.r},
      model.filter,
      model.history,
      model.baseline,
      Nonlinearity{model.nonlinearity, step.g.data(), step.mu.data()},
      sampler,
      model.stimulus_filter};
}
template <class... Parts>
auto watched(const Cascade<Parts...>& model, Step& step) {
  return watched(model, step, model.sampler);
}

// --- one step ------------------------------------------------------------------------------------------------------

/// A network with its state before the step: past spikes or, for models with synaptic activation, activations.
struct Case {
  explicit Case(const std::string& name)
      : data(load(name)),
        weights(weights_of(data)),
        stimulus(data.at("stimulus").is_null() ? std::vector<double>(static_cast<std::size_t>(weights.rows()))
                                               : numbers_of(data.at("stimulus"))) {
    if (has_activation()) {
      const auto s = numbers_of(data.at("activation"));
      activation = Eigen::Map<const Eigen::VectorXd>(s.data(), weights.rows());
      return;
    }
    const auto rows = data.at("history").get<std::vector<std::vector<int>>>();
    history.resize(weights.rows(), static_cast<Eigen::Index>(rows[0].size()));
    for (Eigen::Index i = 0; i < history.rows(); ++i)
      for (Eigen::Index t = 0; t < history.cols(); ++t)
        history(i, t) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(t)];
  }

  bool has_activation() const { return data.contains("activation"); }

  template <class Simulator>
  void start(Simulator& simulator) const {
    if constexpr (requires { simulator.model().filter.kernel(1.0f).activated(0.0); })
      simulator.reset_activation(activation);
    else
      simulator.reset(history);
  }

  nlohmann::json data;
  Eigen::MatrixXd weights;
  Eigen::MatrixXi history;  // neurons x steps, oldest first
  Eigen::VectorXd activation;
  std::vector<double> stimulus;
};

/// For each neuron, the terms whose sum is g, in double.
template <class Model>
std::vector<std::vector<double>> terms_of(const Model& model, const Case& step) {
  const auto lags = step.history.cols();
  const auto c = model.filter.taps(model.dt(), static_cast<int>(lags));
  const auto h = model.history.taps(model.dt());
  std::vector<std::vector<double>> terms;
  for (Eigen::Index i = 0; i < step.weights.rows(); ++i) {
    auto& of_one = terms.emplace_back(1, step.stimulus[static_cast<std::size_t>(i)]);
    if constexpr (requires { model.baseline.b; }) of_one.push_back(model.baseline.b);
    for (Eigen::Index k = 0; k < lags; ++k) {
      const auto lag = static_cast<std::size_t>(k);
      for (Eigen::Index j = 0; j < step.weights.rows(); ++j)
        of_one.push_back(model.scale.r * c[lag] * step.weights(j, i) * step.history(j, lags - 1 - k));
      if (lag < h.size()) of_one.push_back(h[lag] * step.history(i, lags - 1 - k));
    }
    if (step.has_activation())
      for (Eigen::Index j = 0; j < step.weights.rows(); ++j)
        of_one.push_back(model.scale.r * step.weights(j, i) * step.activation(j));
  }
  return terms;
}

template <class Model>
std::vector<double> inputs_of(const Model& model, const Case& step) {
  std::vector<double> g;
  for (const auto& terms : terms_of(model, step)) {
    g.push_back(0.0);
    for (const double term : terms) g.back() += term;
  }
  return g;
}

/// The mean count of a random model, or the spike of a model with a threshold.
template <class Model>
double rate_of(const Model& model, double g) {
  if constexpr (requires { model.sampler.theta; })
    return g > model.sampler.theta;
  else
    return model.nonlinearity(g, static_cast<double>(model.dt()));
}

/// The model without noise, as in the reference.
template <class Model>
Model silent_model_of(const Case& step) {
  auto model = model_of<Model>(step.data);
  if constexpr (requires { model.baseline.rho; }) model.baseline.rho = 0;
  return model;
}

/// Checks that g and mu of the step match the reference: up to rounding for the parts of the model in double, and
/// within 1e-6 of the largest term for a simulator in single precision.
template <template <class> class BasicModel>
void check_step(const std::string& name) {
  CAPTURE(name);
  const Case step{name};
  const auto wide = silent_model_of<BasicModel<double>>(step);
  const auto expected_g = numbers_of(step.data.at("input_g")), expected_rate = numbers_of(step.data.at("rate"));
  const auto exact_g = inputs_of(wide, step);
  const auto terms = terms_of(wide, step);
  REQUIRE(expected_g.size() == static_cast<std::size_t>(step.weights.rows()));
  for (std::size_t i = 0; i < expected_g.size(); ++i) {
    INFO("neuron " << i);
    CHECK(std::abs(exact_g[i] - expected_g[i]) <= 1e-14 * largest_of(terms[i]));
    CHECK(std::abs(rate_of(wide, expected_g[i]) - expected_rate[i]) <= 1e-14 * expected_rate[i]);
  }

  const auto model = silent_model_of<BasicModel<float>>(step);
  const auto stimulus = [&](std::uint64_t, std::uint32_t neuron) { return static_cast<float>(step.stimulus[neuron]); };
  constexpr EigenBackend<> backend{.hash_state = true};
  Step seen{step.weights.rows()};
  Simulator watching{Graph{step.weights}, watched(model, seen), stimulus, Seed{1}, backend};
  step.start(watching);
  const Eigen::MatrixXi counts = watching.run(1).to_dense();
  for (std::size_t i = 0; i < expected_g.size(); ++i) {
    INFO("neuron " << i);
    const double error = 1e-6 * largest_of(terms[i]);
    CHECK(std::abs(seen.g[i] - expected_g[i]) <= error);
    double rate = seen.mu[i];
    if constexpr (requires { model.sampler.theta; }) rate = counts(static_cast<Eigen::Index>(i), 0);
    CHECK(rate >= rate_of(wide, expected_g[i] - error) * (1.0 - 1e-6) - 1e-38);  // f is nondecreasing; some underflow
    CHECK(rate <= rate_of(wide, expected_g[i] + error) * (1.0 + 1e-6) + 1e-38);
  }
  // The model itself, and one in double with the same values, must take the same step.
  BasicModel<double> same;
  for (const auto& [parameter, value] : values_of(model)) set_parameter(same, parameter, value);
  const auto check_hash = [&](const auto& other) {
    Simulator simulator{Graph{step.weights}, other, stimulus, Seed{1}, backend};
    step.start(simulator);
    simulator.run(1);
    CHECK(simulator.state_hash() == watching.state_hash());
  };
  check_hash(model);
  check_hash(same);
}

/// Checks that the filters c and h match the reference.
template <template <class> class BasicModel>
void check_filters(const std::string& name) {
  CAPTURE(name);
  const auto data = load(name);
  const auto compare = [&](const char* key, const auto& taps, double tolerance) {
    const auto expected = numbers_of(data.at(key));
    REQUIRE(taps.size() >= expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      INFO(key << ": " << k);
      CHECK(std::abs(taps[k] - expected[k]) <= tolerance * largest_of(expected));
    }
    for (std::size_t k = expected.size(); k < taps.size(); ++k) CHECK(taps[k] == 0);
  };
  const auto check = [&](const auto& model, double tolerance) {
    compare("coupling_filter_lag0_first", model.filter.taps(model.dt(), 100), tolerance);
    if (data.contains("self_history_filter_lag0_first"))
      compare("self_history_filter_lag0_first", model.history.taps(model.dt()), tolerance);
  };
  check(model_of<BasicModel<float>>(data), 1e-6);
  check(model_of<BasicModel<double>>(data), 1e-14);
}

/// Checks that the synaptic activation after a step with given spikes matches the reference: for single neurons that
/// drive only themselves, so that the input is the activation, and summed by the network.
template <template <class> class BasicModel>
void check_activation(const std::string& name) {
  CAPTURE(name);
  const Case step{name};
  const auto counts = step.data.at("spikes_for_update").get<std::vector<int>>();
  const auto after = numbers_of(step.data.at("updated_activation"));
  Case next = step;
  next.activation = Eigen::Map<const Eigen::VectorXd>(after.data(), step.weights.rows());
  next.stimulus.assign(after.size(), 0.0);

  auto model = silent_model_of<BasicModel<float>>(step);
  const auto wide = silent_model_of<BasicModel<double>>(step);
  Step seen{step.weights.rows()};
  Simulator simulator{Graph{step.weights}, watched(model, seen, Given{counts.data()}), no_stimulus, Seed{1}};
  step.start(simulator);
  simulator.run(2);
  const auto g = inputs_of(wide, next);
  const auto terms = terms_of(wide, next);
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(std::abs(seen.g[i] - g[i]) <= 1e-6 * largest_of(terms[i]));

  set_parameter(model, "r", 1.0);
  set_parameter(model, "b", 0.0);
  const Eigen::MatrixXd itself = Eigen::MatrixXd::Identity(step.weights.rows(), step.weights.rows());
  Simulator alone{Graph{itself}, watched(model, seen, Given{counts.data()}), no_stimulus, Seed{1}};
  step.start(alone);
  alone.run(1);
  for (std::size_t i = 0; i < after.size(); ++i) {
    const double before = step.activation[static_cast<Eigen::Index>(i)];
    CHECK(std::abs(seen.g[i] - before) <= 1e-6 * before);
  }
  alone.run(1);
  for (std::size_t i = 0; i < after.size(); ++i) CHECK(std::abs(seen.g[i] - after[i]) <= 1e-6 * after[i]);
}

/// Checks that the derivatives of the mean rate by the parameters, for a given past, match the reference. Uses central
/// differences of the model's own parts in double.
template <template <class> class BasicModel>
void check_gradient(const std::string& name) {
  CAPTURE(name);
  const Case step{name};
  const auto mean_rate = [&](const std::string& parameter, double value) {
    auto model = model_of<BasicModel<double>>(step.data);
    set_parameter(model, parameter, value);
    double sum = 0.0;
    for (const double g : inputs_of(model, step)) sum += rate_of(model, g);
    return sum / static_cast<double>(step.weights.rows());
  };
  const auto values = values_of(model_of<BasicModel<double>>(step.data));
  REQUIRE(step.data.at("gradient_of_mean_rate_per_step").size() >= 4);
  for (const auto& [parameter, expected] : step.data.at("gradient_of_mean_rate_per_step").items()) {
    const double value = values.at(parameter), h = 1e-5 * (value == 0.0 ? 1.0 : std::abs(value));
    const double derivative = (mean_rate(parameter, value + h) - mean_rate(parameter, value - h)) / (2.0 * h);
    INFO(parameter << ": " << derivative << ", " << expected);
    CHECK(std::abs(derivative - expected.template get<double>()) <=
          1e-6 * std::abs(expected.template get<double>()) + 1e-9);
  }
}

// --- the equations written out -------------------------------------------------------------------------------------

/// mu = lambda_0 dt max(g - theta, 0)
inline float rectified(float g, float lambda_0, float theta, float dt) {
  return lambda_0 * dt * (g > theta ? g - theta : 0.0f);
}

/// Checks that the spikes of a model and the slow oracle are identical in a random network with weights in [-weight,
/// weight].
template <class Model>
void check_spikes(const Model& model, const slow::Model& slow, int neurons, double weight) {
  CAPTURE(neurons);
  support::Numbers numbers{static_cast<std::uint64_t>(neurons)};
  const Eigen::MatrixXf weights = Eigen::MatrixXf::NullaryExpr(neurons, neurons, [&] {
    return numbers.coin(20.0 / (20.0 + neurons)) ? static_cast<float>(numbers.real(-weight, weight)) : 0.0f;
  });
  const auto stimulus = [](std::uint64_t step, std::uint32_t neuron) { return (step + neuron) % 9 == 0 ? 0.5f : 0.0f; };

  slow::Network oracle{slow, weights, 77, 5, stimulus};
  oracle.start();
  oracle.equilibrate(6);
  oracle.run(80);
  CHECK(oracle.spikes().size() >= static_cast<std::size_t>(neurons));
  CHECK(oracle.worst_error() < 1e-6);

  for (const int threads : support::thread_counts()) {
    Simulator simulator{Graph{weights}, model, stimulus, Seed{77},
                        EigenBackend<>{.threads = threads, .first_network = 5, .hash_state = true}};
    simulator.equilibrate(6);
    const Events spikes = simulator.run(80);
    CHECK(std::vector<Spike>(spikes.begin(), spikes.end()) == oracle.spikes());
    CHECK(simulator.state_hash() == oracle.state_hash());
  }
}

// --- distributions -------------------------------------------------------------------------------------------------

/// A count in one step.
struct CountDistribution {
  double mean, variance, excess_kurtosis;
};
inline CountDistribution poisson_of(double mean) { return {mean, mean, 1.0 / mean}; }
inline CountDistribution bernoulli_of(double p) {
  const double variance = p * (1.0 - p);
  return {p, variance, (1.0 - 6.0 * variance) / variance};
}

/// Checks that all counts of all networks are independent with this mean and variance. Checks their sum, and the
/// variance between the sums of neurons, of steps and of networks. The square of a standardised sum of n counts has
/// variance 2 + excess_kurtosis / n. The average of these squares is compared with the chi-squared distribution of the
/// same variance, whose cube root is nearly normal (Wilson and Hilferty 1931). These are four checks at 5 sigma.
template <class Event>
void check_counts(const std::vector<Events<Event>>& networks, const CountDistribution& count) {
  const auto neurons = networks[0].neurons(), steps = networks[0].steps();
  const auto size = static_cast<double>(neurons * steps * networks.size());
  std::vector<std::uint64_t> by_neuron, by_step, by_network;
  double total = 0.0;
  for (const auto& spikes : networks) {
    REQUIRE((spikes.neurons() == neurons && spikes.steps() == steps));
    const auto counts = spikes.counts();
    by_neuron.insert(by_neuron.end(), counts.begin(), counts.end());
    std::vector<std::uint64_t> in_step(steps);
    for (const Spike spike : spikes) in_step[spike.step - spikes.first_step()] += spike.count;
    by_step.insert(by_step.end(), in_step.begin(), in_step.end());
    by_network.push_back(spikes.total());
    total += static_cast<double>(spikes.total());
  }
  INFO(total << " spikes, " << size * count.mean << " expected");
  CHECK(sigmas(total, size * count.mean, size * count.variance) < 5);
  const auto check_dispersion = [&](const std::vector<std::uint64_t>& sums) {
    const auto groups = static_cast<double>(sums.size());
    const double n = size / groups;
    double average = 0.0;
    for (const std::uint64_t sum : sums) {
      const double deviation = static_cast<double>(sum) - n * count.mean;
      average += deviation * deviation / (n * count.variance) / groups;
    }
    const double spread = 2.0 / 9.0 * (2.0 + count.excess_kurtosis / n) / (2.0 * groups);
    INFO(groups << " sums of " << n << " counts");
    CHECK(sigmas(std::cbrt(average), 1.0 - spread, spread) < 5);
  };
  check_dispersion(by_neuron);
  check_dispersion(by_step);
  check_dispersion(by_network);
}

/// Checks that a model without coupling has counts of this distribution, alone and in a batch, with about `spikes`
/// spikes.
template <class Model>
void check_uncoupled(const Model& model, const CountDistribution& count, double spikes, std::uint64_t seed) {
  CAPTURE(count.mean);
  constexpr std::uint64_t neurons = 500;
  const Graph silent{EdgeList{neurons}};
  const auto steps = static_cast<std::uint64_t>(spikes / (support::slow_build ? 20 : 1) / count.mean / neurons / 2) + 1;
  Simulator alone{silent, model, no_stimulus, Seed{seed}};
  check_counts(std::vector{alone.run(steps)}, count);
  constexpr std::uint64_t networks = 20;
  Simulator many{trials(silent, networks), model, no_stimulus, Seed{seed + 1}};
  check_counts(many.run(steps / networks + 1).by_network(), count);
}

/// Checks that a neuron with one synapse of the given weight, from a neuron without input, fires at the expected rate.
/// Uses independent pairs of neurons. Without the synapse, it would fire at `uncoupled`.
template <class Model>
void check_driven(const Model& model, double weight, double uncoupled, double expected, std::uint64_t seed) {
  constexpr std::uint32_t pairs = 2000;
  constexpr std::uint64_t steps = support::slow_build ? 500 : 5000;
  EdgeList edges{2 * pairs};
  for (std::uint32_t i = 0; i < pairs; ++i) edges.add(i, pairs + i, static_cast<float>(weight));
  Simulator simulator{Graph{edges}, model, no_stimulus, Seed{seed}};
  simulator.equilibrate(200);
  const auto counts = simulator.run(steps).counts();
  double sum = 0.0, squares = 0.0;
  for (std::uint32_t i = 0; i < pairs; ++i) {
    const double rate = static_cast<double>(counts[pairs + i]) / static_cast<double>(steps);
    sum += rate;
    squares += rate * rate;
  }
  const double mean = sum / pairs, variance = squares / pairs - mean * mean;
  INFO(mean << " per step, " << expected << " expected, " << uncoupled << " without the synapse");
  CHECK(sigmas(mean, expected, variance, pairs) < 5);
  CHECK(sigmas(mean, uncoupled, variance, pairs) > 10);
}

/// Checks that the model with its defaults is stable in networks with balanced random coupling: a mean rate of 1 to 100
/// Hz, the same at the start and at the end.
template <class Model>
void check_defaults_are_stable() {
  for (const std::uint64_t neurons : {1000, 5000}) {
    if (support::slow_build && neurons > 1000) continue;
    CAPTURE(neurons);
    const auto steps = support::slow_build ? 2'000u : 20'000u;
    Simulator simulator{generate::normal({.neurons = neurons, .std = 1.0}, Seed{3}), Model{}, no_stimulus, Seed{4}};
    simulator.equilibrate(100);
    const double early = simulator.run(steps / 4).mean_rate_hz();
    const double middle = simulator.run(steps / 2).mean_rate_hz();
    const double late = simulator.run(steps / 4).mean_rate_hz();
    INFO(early << ", " << middle << ", " << late << " Hz");
    CHECK((middle >= 1.0 && middle <= 100.0));
    CHECK(std::abs(late - early) < 0.05 * middle);
  }
}

// --- the statistics of many networks, against those of another simulator -------------------------------------------

namespace detail {

/// The mean and variance of independent values, one for each copy or group of copies.
struct Sample {
  double size, mean, variance;
};

inline Sample sample_of(const std::vector<double>& values) {
  Sample sample{static_cast<double>(values.size()), 0.0, 0.0};
  for (const double value : values) sample.mean += value / sample.size;
  for (const double value : values)
    sample.variance += (value - sample.mean) * (value - sample.mean) / (sample.size - 1.0);
  return sample;
}

/// Mean and variance of values that are added one by one.
struct Moments {
  double n = 0.0, sum = 0.0, squares = 0.0;
  void add(double value) {
    n += 1.0;
    sum += value;
    squares += value * value;
  }
  double mean() const { return sum / n; }
  double variance() const { return (squares - mean() * sum) / (n - 1.0); }
};

}  // namespace detail

/// Simulates copies of the network, and compares rates, intervals, count variances and correlations with those in the
/// file. Intervals and count variances are those of groups of copies. The groups have the same size here, so that
/// biases are equal, but there are more of them.
///
/// If the simulators agree, values of both have the same variance, which is estimated from both together. Then a
/// difference of means in standard errors has Student's distribution. With 10 groups there and 30 here it has 38
/// degrees of freedom, and is above 5 with probability 1.3e-5. At least one of the 444 comparisons for a network of 100
/// neurons is above 5 with a probability of at most 0.006; for the 144 of a network of 20 neurons, 0.002.
template <class Model>
void check_statistics(const std::string& name) {
  if constexpr (support::slow_build) return;
  using detail::Moments;
  const auto data = load(name);
  const Eigen::MatrixXd weights = weights_of(data);
  const auto neurons = static_cast<std::size_t>(weights.rows()), steps = data.at("steps").get<std::size_t>();
  constexpr std::size_t groups = 30, groups_there = 10, window = 100, lags = 20;
  const auto copies_there = data.at("copies").get<std::size_t>();
  REQUIRE((copies_there % groups_there == 0 && steps % window == 0));
  const std::size_t group_size = copies_there / groups_there, copies = groups * group_size;

  Simulator simulator{trials(Graph{weights}, copies), model_of<Model>(data), no_stimulus, Seed{2024}};
  simulator.equilibrate(data.at("equilibration_steps").get<std::uint64_t>());
  const auto recording = simulator.run(steps);

  const auto compare = [&](const std::string& key, std::size_t index, double size_there, const std::vector<double>& v) {
    const auto at = [&](const char* part) {
      const auto& entry = data.at(key).at(part);
      return entry.is_array() ? entry.at(index).template get<double>() : entry.template get<double>();
    };
    const detail::Sample ours = detail::sample_of(v);
    const double variance_there = at("se") * at("se") * size_there;
    const double variance =
        ((size_there - 1.0) * variance_there + (ours.size - 1.0) * ours.variance) / (size_there + ours.size - 2.0);
    const double error = std::sqrt(variance * (1.0 / size_there + 1.0 / ours.size));
    INFO(key << " [" << index << "]: " << ours.mean << ", " << at("mean") << " +- " << error);
    CHECK(std::abs(ours.mean - at("mean")) < 5.0 * error);
  };
  const auto compare_copies = [&](const std::string& key, std::size_t index, const std::vector<double>& values) {
    compare(key, index, static_cast<double>(copies_there), values);
  };
  const auto compare_groups = [&](const std::string& key, std::size_t index, const std::vector<Moments>& moments,
                                  auto value) {
    std::vector<double> values;
    for (const Moments& group : moments) values.push_back(value(group));
    compare(key, index, groups_there, values);
  };
  const auto mean = [](const Moments& m) { return m.mean(); };
  const auto cv = [](const Moments& m) { return std::sqrt(m.variance()) / m.mean(); };
  const auto fano = [](const Moments& m) { return m.variance() / m.mean(); };

  using PerNeuron = std::vector<std::vector<double>>;
  PerNeuron rates(neurons, std::vector<double>(copies));
  std::vector<double> population_rates(copies), population_fano(groups);
  std::vector<std::vector<Moments>> intervals(neurons, std::vector<Moments>(groups)), window_counts = intervals;
  std::vector<Moments> all_intervals(groups), counts(neurons);
  const std::size_t stride = steps + lags;  // zeros after the end of each neuron
  const auto dense = [&](std::size_t copy) {
    std::vector<float> x(neurons * stride);
    for (const Spike spike : recording[copy]) x[spike.neuron * stride + spike.step] = static_cast<float>(spike.count);
    return x;
  };
  for (std::size_t copy = 0; copy < copies; ++copy) {
    const std::size_t group = copy / group_size;
    const auto x = dense(copy);
    for (std::size_t i = 0; i < neurons; ++i) {
      const float* const own = x.data() + i * stride;
      std::size_t latest = steps;
      double in_window = 0.0;
      for (std::size_t t = 0; t < steps; ++t) {
        if (t % window == 0) in_window = 0.0;
        in_window += own[t];
        if (t % window == window - 1) window_counts[i][group].add(in_window);
        if (own[t] == 0.0f) continue;
        counts[i].sum += own[t];
        counts[i].squares += own[t] * own[t];
        rates[i][copy] += own[t] / static_cast<double>(steps);
        population_rates[copy] += own[t] / static_cast<double>(steps * neurons);
        if (latest < steps) {
          intervals[i][group].add(static_cast<double>(t - latest));
          all_intervals[group].add(static_cast<double>(t - latest));
        }
        latest = t;
      }
      counts[i].n += static_cast<double>(steps);
    }
  }
  for (std::size_t i = 0; i < neurons; ++i) {
    compare_copies("rate_per_step", i, rates[i]);
    compare_groups("isi_steps_per_neuron", i, intervals[i], mean);
    compare_groups("isi_cv_per_neuron", i, intervals[i], cv);
    compare_groups("fano100_per_neuron", i, window_counts[i], fano);
    for (std::size_t g = 0; g < groups; ++g)
      population_fano[g] += fano(window_counts[i][g]) / static_cast<double>(neurons);
  }
  compare_copies("population_rate_per_step", 0, population_rates);
  compare_groups("isi_steps_pooled", 0, all_intervals, mean);
  compare_groups("isi_cv_pooled", 0, all_intervals, cv);
  compare("fano100_population_mean", 0, groups_there, population_fano);

  // Correlation of pre(t - lag) with post(t), averaged over the edges of each sign: [sign][lag][copy].
  std::vector<PerNeuron> correlations(2, PerNeuron(lags, std::vector<double>(copies)));
  const double edges[] = {static_cast<double>((weights.array() > 0.0).count()),
                          static_cast<double>((weights.array() < 0.0).count())};
  for (std::size_t copy = 0; copy < copies; ++copy) {
    const auto x = dense(copy);
    std::vector<std::vector<std::size_t>> times(neurons);
    for (const Spike spike : recording[copy]) times[spike.neuron].push_back(spike.step);
    for (std::size_t pre = 0; pre < neurons; ++pre)
      for (std::size_t post = 0; post < neurons; ++post) {
        const double weight = weights(static_cast<Eigen::Index>(pre), static_cast<Eigen::Index>(post));
        if (weight == 0.0) continue;
        float pairs[lags] = {};  // integers, far below 2^24
        for (const std::size_t t : times[pre]) {
          const float count = x[pre * stride + t];
          const float* const later = x.data() + post * stride + t + 1;
          for (std::size_t k = 0; k < lags; ++k) pairs[k] += count * later[k];
        }
        const std::size_t sign = weight < 0.0;
        const double scale = std::sqrt(counts[pre].variance() * counts[post].variance()) * edges[sign];
        for (std::size_t k = 0; k < lags; ++k)
          correlations[sign][k][copy] +=
              (pairs[k] / static_cast<double>(steps - k - 1) - counts[pre].mean() * counts[post].mean()) / scale;
      }
  }
  for (std::size_t k = 0; k < lags; ++k) {
    std::vector<double> both(copies);
    for (std::size_t copy = 0; copy < copies; ++copy)
      both[copy] = (edges[0] * correlations[0][k][copy] - edges[1] * correlations[1][k][copy]) / (edges[0] + edges[1]);
    compare_copies("crosscorr_signed_lag1to20", k, both);
    if (edges[0] > 0.0) compare_copies("crosscorr_excitatory_lag1to20", k, correlations[0][k]);
    if (edges[1] > 0.0) compare_copies("crosscorr_inhibitory_lag1to20", k, correlations[1][k]);
  }
}

}  // namespace reference
