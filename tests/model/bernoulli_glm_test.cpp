// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/bernoulli_glm.hpp"

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

nlohmann::json load(const std::string& name) {
  std::ifstream file(SPIKEOMETRIC_TEST_DATA "/" + name + ".json");
  REQUIRE(file.good());
  return nlohmann::json::parse(file);
}

BernoulliGLM::Parameters parameters_of(const nlohmann::json& data) {
  const auto& p = data.at("parameters");
  return {.dt = p.at("dt").get<float>(),
          .r = p.at("r").get<float>(),
          .theta = p.at("theta").get<float>(),
          .coupling_window = p.at("coupling_window").get<int>(),
          .coupling_decay = p.at("coupling_decay").get<float>(),
          .abs_ref_steps = p.at("abs_ref_steps").get<int>(),
          .abs_ref_strength = p.at("abs_ref_strength").get<float>(),
          .rel_ref_steps = p.at("rel_ref_steps").get<int>(),
          .rel_ref_strength = p.at("rel_ref_strength").get<float>(),
          .refractory_decay = p.at("refractory_decay").get<float>()};
}

Eigen::MatrixXd weights_of(const nlohmann::json& data) {
  const auto neurons = data.at("neurons").get<Eigen::Index>();
  const auto& edges = data.at("edges");
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(neurons, neurons);
  for (std::size_t e = 0; e < edges.at("pre").size(); ++e)
    weights(edges.at("pre")[e].get<Eigen::Index>(), edges.at("post")[e].get<Eigen::Index>()) =
        edges.at("weight")[e].get<double>();
  return weights;
}

std::vector<double> numbers_of(const nlohmann::json& array) { return array.get<std::vector<double>>(); }

double largest_of(const std::vector<double>& values) {
  double largest = 0.0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

/// One step of a reference case, taken with the model's own parts.
struct Case {
  explicit Case(const std::string& name)
      : data(load(name)),
        weights(weights_of(data)),
        history(weights.rows(), static_cast<Eigen::Index>(data.at("history")[0].size())),
        stimulus(data.at("stimulus").is_null() ? std::vector<double>(static_cast<std::size_t>(weights.rows()))
                                               : numbers_of(data.at("stimulus"))) {
    for (Eigen::Index i = 0; i < history.rows(); ++i)
      for (Eigen::Index t = 0; t < history.cols(); ++t)
        history(i, t) = data.at("history")[static_cast<std::size_t>(i)][static_cast<std::size_t>(t)].get<int>();
  }

  /// X_i(t - 1 - lag)
  int spikes(Eigen::Index neuron, Eigen::Index lag) const {
    return lag < history.cols() ? history(neuron, history.cols() - 1 - lag) : 0;
  }

  nlohmann::json data;
  Eigen::MatrixXd weights;
  Eigen::MatrixXi history;
  std::vector<double> stimulus;
};

const std::vector<std::string> cases = {"bernoulli_n6iso_p0",     "bernoulli_n6iso_p1",     "bernoulli_n6iso_p2",
                                        "bernoulli_n20strong_p0", "bernoulli_n20strong_p1", "bernoulli_n20strong_p2"};

}  // namespace

TEST_CASE("filters are those of the reference") {
  const Case reference{GENERATE(from_range(cases))};
  const auto c = numbers_of(reference.data.at("coupling_filter_lag0_first"));
  const auto h = numbers_of(reference.data.at("self_history_filter_lag0_first"));
  const auto check = [&](const auto& coupling, const auto& refractory, double tolerance) {
    REQUIRE(refractory.size() == h.size());
    for (std::size_t k = 0; k < c.size(); ++k) CHECK(std::abs(coupling[k] - c[k]) <= tolerance * largest_of(c));
    for (std::size_t k = c.size(); k < coupling.size(); ++k) CHECK(coupling[k] == 0);
    for (std::size_t k = 0; k < h.size(); ++k) CHECK(std::abs(refractory[k] - h[k]) <= tolerance * largest_of(h));
  };
  const int lags = static_cast<int>(c.size()) + 3;
  const BernoulliGLM model{parameters_of(reference.data)};
  check(model.filter.taps(model.dt(), lags), model.history.taps(model.dt()), 1e-5);

  const auto& p = reference.data.at("parameters");
  const double dt = p.at("dt");
  const BasicExponentialFilter<double> coupling{p.at("coupling_decay"), p.at("coupling_window")};
  const BasicRefractoryFilter<double> refractory{p.at("abs_ref_steps"), p.at("abs_ref_strength"), p.at("rel_ref_steps"),
                                                 p.at("rel_ref_strength"), p.at("refractory_decay")};
  check(coupling.taps(dt, lags), refractory.taps(dt), 1e-14);
}

TEST_CASE("inputs and rates are those of the reference") {
  const std::string name = GENERATE(from_range(cases));
  CAPTURE(name);
  const Case reference{name};
  const BernoulliGLM model{parameters_of(reference.data)};
  const auto expected_g = numbers_of(reference.data.at("input_g")),
             expected_rate = numbers_of(reference.data.at("rate"));
  const auto c = numbers_of(reference.data.at("coupling_filter_lag0_first"));
  const auto h = numbers_of(reference.data.at("self_history_filter_lag0_first"));
  const auto lags = reference.history.cols();

  const auto kernel = model.kernel();
  const auto taps = model.history.taps(model.dt());
  std::vector<float> g, rate;
  for (Eigen::Index i = 0; i < reference.weights.rows(); ++i) {
    INFO("neuron " << i);
    // sums[t]: over the synapses of the spikes of step t of the history, which arrive in the step after.
    std::vector<float> sums;
    for (Eigen::Index t = 0; t < lags; ++t)
      sums.push_back(static_cast<float>(reference.weights.col(i).dot(reference.history.col(t).cast<double>())));
    double state = 0.0;
    float x = 0.0f, own = 0.0f;
    for (std::size_t t = 0; t < sums.size(); ++t)
      x = kernel.filter(state, sums[t], [&](std::uint32_t lag) { return lag <= t ? sums[t - lag] : 0.0f; });
    for (std::size_t k = 0; k < taps.size(); ++k)
      own += taps[k] * static_cast<float>(reference.spikes(i, static_cast<Eigen::Index>(k)));

    std::vector<double> terms = {reference.stimulus[static_cast<std::size_t>(i)]};
    for (Eigen::Index k = 0; k < lags; ++k) {
      const auto lag = static_cast<std::size_t>(k);
      if (lag < h.size()) terms.push_back(h[lag] * reference.spikes(i, k));
      for (Eigen::Index j = 0; lag < c.size() && j < reference.weights.rows(); ++j)
        terms.push_back(model.scale.r * c[lag] * reference.weights(j, i) * reference.spikes(j, k));
    }
    const double largest = largest_of(terms);

    g.push_back(kernel.input(x, own, static_cast<float>(reference.stimulus[static_cast<std::size_t>(i)]), Draws{}));
    rate.push_back(kernel.rate(g.back()));
    const auto n = static_cast<std::size_t>(i);
    CHECK(std::abs(g.back() - expected_g[n]) <= 1e-5 * largest);
    CHECK(std::abs(rate.back() - expected_rate[n]) <=
          1e-5 * std::max<double>(model.dt(), expected_rate[n]) * (1.0 + largest));
  }

  // The simulator takes the same step: its hash of g and mu is that of the slow reference, whose values are these too.
  const auto stimulus = [&](std::uint64_t, std::uint32_t neuron) {
    return static_cast<float>(reference.stimulus[neuron]);
  };
  slow::Network oracle{slow::bernoulli_glm(parameters_of(reference.data)), reference.weights, 1, 0, stimulus};
  oracle.start(reference.history);
  oracle.run(1);
  for (std::size_t i = 0; i < g.size(); ++i) {
    CHECK(std::abs(oracle.inputs()[i] - g[i]) <= 1e-6f * (1.0f + std::abs(g[i])));
    CHECK(std::abs(oracle.rates()[i] - rate[i]) <= 1e-5f * rate[i] + 1e-30f);
  }
  Simulator simulator{Graph{reference.weights}, model, stimulus, Seed{1}, EigenBackend<>{.hash_state = true}};
  simulator.reset(reference.history);
  simulator.run(1);
  CHECK(simulator.state_hash() == oracle.state_hash());
}

TEST_CASE("every parameter reaches its part, and they are named and set as in the equations") {
  const BernoulliGLM model{{.dt = 0.5f,
                            .r = 2.0f,
                            .theta = -1.0f,
                            .coupling_window = 7,
                            .coupling_decay = 0.25f,
                            .abs_ref_steps = 4,
                            .abs_ref_strength = -50.0f,
                            .rel_ref_steps = 9,
                            .rel_ref_strength = -20.0f,
                            .refractory_decay = 0.75f}};
  CHECK(model.dt() == 0.5f);
  CHECK(model.scale.r == 2.0f);
  CHECK(model.nonlinearity.theta == -1.0f);
  CHECK(model.filter.coupling_window == 7);
  CHECK(model.filter.coupling_decay == 0.25f);
  CHECK(model.history.abs_ref_steps == 4);
  CHECK(model.history.abs_ref_strength == -50.0f);
  CHECK(model.history.rel_ref_steps == 9);
  CHECK(model.history.rel_ref_strength == -20.0f);
  CHECK(model.history.refractory_decay == 0.75f);
  CHECK(std::string(BernoulliGLM::name) == "bernoulli_glm");
}

TEST_CASE("a model in double whose parameters are single-precision values is the same model") {
  const Case reference{"bernoulli_n20strong_p0"};
  constexpr EigenBackend<> backend{.hash_state = true};
  Simulator single{Graph{reference.weights}, BernoulliGLM{{.theta = 1.5f}}, no_stimulus, Seed{1}, backend};
  Simulator wide{Graph{reference.weights}, BasicBernoulliGLM<double>{{.theta = 1.5}}, no_stimulus, Seed{1}, backend};
  CHECK(single.run(200).total() > 20);
  wide.run(200);
  CHECK(single.state_hash() == wide.state_hash());
}

TEST_CASE("defaults are the ones that are documented") {
  const BernoulliGLM model;
  CHECK(model.dt() == 1.0f);
  CHECK(model.scale.r == 1.0f);
  CHECK(model.nonlinearity.theta == 5.0f);
  CHECK(model.filter.coupling_window == 20);
  CHECK(model.filter.coupling_decay == 0.2f);
  CHECK(model.history.abs_ref_steps == 3);
  CHECK(model.history.abs_ref_strength == -100.0f);
  CHECK(model.history.rel_ref_steps == 7);
  CHECK(model.history.rel_ref_strength == -30.0f);
  CHECK(model.history.refractory_decay == 0.5f);
}

TEST_CASE("a Bernoulli GLM that cannot be is refused, naming the value") {
  using P = BernoulliGLM::Parameters;
  const auto make = [](const P& p) { return [p] { BernoulliGLM{p}; }; };
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>(make({.dt = 0.0f}), {"dt = 0", "above 0"});
  check_message<InvalidParameter>(make({.dt = -1.0f}), {"dt = -1", "above 0"});
  check_message<InvalidParameter>(make({.dt = 1.5f}), {"dt = 1.5", "at most 1"});
  check_message<InvalidParameter>(make({.dt = not_a_number}), {"dt = nan"});
  check_message<InvalidParameter>(make({.r = infinity}), {"r = inf", "finite"});
  check_message<InvalidParameter>(make({.theta = not_a_number}), {"theta = nan", "finite"});
  check_message<InvalidParameter>(make({.coupling_window = -1}), {"coupling_window = -1", "at least 1"});
  check_message<InvalidParameter>(make({.coupling_window = 0}), {"coupling_window = 0", "at least 1"});
  check_message<InvalidParameter>(make({.coupling_window = infinite_window, .coupling_decay = 0.0f}),
                                  {"coupling_decay = 0", "coupling_window is inf"});
  check_message<InvalidParameter>(make({.coupling_decay = -0.5f}), {"coupling_decay = -0.5", "at least 0"});
  check_message<InvalidParameter>(make({.abs_ref_steps = -3}), {"abs_ref_steps = -3", "at least 0"});
  check_message<InvalidParameter>(make({.abs_ref_strength = not_a_number}), {"abs_ref_strength = nan", "finite"});
  check_message<InvalidParameter>(make({.rel_ref_steps = -1}), {"rel_ref_steps = -1", "at least 0"});
  check_message<InvalidParameter>(make({.rel_ref_strength = -infinity}), {"rel_ref_strength = -inf", "finite"});
  check_message<InvalidParameter>(make({.refractory_decay = -0.1f}), {"refractory_decay = -0.1", "at least 0"});
  CHECK_NOTHROW(
      make({.dt = 1.0f, .coupling_window = 1, .coupling_decay = 0.0f, .abs_ref_steps = 0, .rel_ref_steps = 0})());
}

// --- the statistics of many networks, against those of another simulator
// ------------------------------------------------

namespace {

/// The average of independent values, one a copy or group of copies, and its standard error.
struct Estimate {
  double mean = 0.0, se = 0.0;
  explicit Estimate(const std::vector<double>& values) {
    const auto n = static_cast<double>(values.size());
    for (const double value : values) mean += value / n;
    for (const double value : values) se += (value - mean) * (value - mean);
    se = std::sqrt(se / (n - 1.0) / n);
  }
};

/// Mean and variance of values that come one by one.
struct Moments {
  double n = 0.0, sum = 0.0, squares = 0.0;
  void add(double value) {
    n += 1.0;
    sum += value;
    squares += value * value;
  }
  double mean() const { return sum / n; }
  double variance() const { return squares / n - mean() * mean(); }
};

}  // namespace

TEST_CASE("many networks have the rates, intervals, count variances and correlations of another simulator's") {
  constexpr std::size_t copies = support::slow_build ? 40 : 200, groups = 10, steps = 6000, window = 100, lags = 20;
  const auto data = load("stats_bernoulli_test");
  const Eigen::MatrixXd weights = weights_of(data);
  const auto neurons = static_cast<std::size_t>(weights.rows());
  REQUIRE(data.at("steps").get<std::size_t>() == steps);

  std::vector<Eigen::MatrixXi> spikes;  // of each copy, neurons x steps
  std::vector<std::vector<std::vector<std::size_t>>> times(copies, std::vector<std::vector<std::size_t>>(neurons));
  for (std::uint32_t copy = 0; copy < copies; ++copy) {
    Simulator simulator{Graph{weights}, BernoulliGLM{parameters_of(data)}, no_stimulus, Seed{2024},
                        EigenBackend<>{.first_network = copy}};
    simulator.equilibrate(data.at("equilibration_steps").get<std::uint64_t>());
    const Events events = simulator.run(steps);
    spikes.push_back(events.to_dense());
    for (const Spike spike : events) times[copy][spike.neuron].push_back(spike.step);
  }

  const auto compare = [&](const std::string& name, std::size_t index, const std::vector<double>& values) {
    const auto at = [&](const char* key) {
      const auto& entry = data.at(name).at(key);
      return entry.is_array() ? entry.at(index).get<double>() : entry.get<double>();
    };
    const Estimate ours{values};
    INFO(name << " [" << index << "]: " << ours.mean << " +- " << ours.se << ", " << at("mean") << " +- " << at("se"));
    CHECK(std::abs(ours.mean - at("mean")) < 5.0 * std::hypot(ours.se, at("se")));
  };
  const auto per_copy = [&](auto value) {
    std::vector<double> values;
    for (std::size_t copy = 0; copy < copies; ++copy) values.push_back(value(copy));
    return values;
  };
  /// value(moments) for each group of copies, of what visit(copy, moments) has added
  const auto per_group = [&](auto visit, auto value) {
    std::vector<Moments> moments(groups);
    for (std::size_t copy = 0; copy < copies; ++copy) visit(copy, moments[copy * groups / copies]);
    std::vector<double> values;
    for (const Moments& group : moments) values.push_back(value(group));
    return values;
  };
  const auto intervals = [&](std::size_t neuron) {
    return [&times, neuron](std::size_t copy, Moments& moments) {
      const auto& t = times[copy][neuron];
      for (std::size_t k = 1; k < t.size(); ++k) moments.add(static_cast<double>(t[k] - t[k - 1]));
    };
  };
  const auto window_counts = [&](std::size_t neuron) {
    return [&spikes, neuron](std::size_t copy, Moments& moments) {
      for (std::size_t first = 0; first < steps; first += window)
        moments.add(spikes[copy]
                        .row(static_cast<Eigen::Index>(neuron))
                        .segment<window>(static_cast<Eigen::Index>(first))
                        .sum());
    };
  };
  const auto mean = [](const Moments& m) { return m.mean(); };
  const auto cv = [](const Moments& m) { return std::sqrt(m.variance()) / m.mean(); };
  const auto fano = [](const Moments& m) { return m.variance() / m.mean(); };

  std::vector<double> population_fano(groups);
  for (std::size_t i = 0; i < neurons; ++i) {
    compare("rate_per_step", i,
            per_copy([&](std::size_t copy) { return static_cast<double>(times[copy][i].size()) / steps; }));
    compare("isi_steps_per_neuron", i, per_group(intervals(i), mean));
    compare("isi_cv_per_neuron", i, per_group(intervals(i), cv));
    const auto fanos = per_group(window_counts(i), fano);
    compare("fano100_per_neuron", i, fanos);
    for (std::size_t g = 0; g < groups; ++g) population_fano[g] += fanos[g] / static_cast<double>(neurons);
  }
  const auto all_intervals = [&](std::size_t copy, Moments& moments) {
    for (std::size_t i = 0; i < neurons; ++i) intervals(i)(copy, moments);
  };
  compare("population_rate_per_step", 0,
          per_copy([&](std::size_t copy) { return spikes[copy].sum() / static_cast<double>(steps * neurons); }));
  compare("isi_steps_pooled", 0, per_group(all_intervals, mean));
  compare("isi_cv_pooled", 0, per_group(all_intervals, cv));
  compare("fano100_population_mean", 0, population_fano);

  std::vector<double> p(neurons);
  for (std::size_t i = 0; i < neurons; ++i)
    for (std::size_t copy = 0; copy < copies; ++copy)
      p[i] += static_cast<double>(times[copy][i].size()) / static_cast<double>(steps * copies);
  /// Of pre(t - lag) with post(t), averaged over the edges of the given signs, for one copy
  const auto correlation = [&](std::size_t lag, bool excitatory, bool inhibitory) {
    return [&, lag, excitatory, inhibitory](std::size_t copy) {
      Moments edges;
      for (std::size_t pre = 0; pre < neurons; ++pre)
        for (std::size_t post = 0; post < neurons; ++post) {
          const double weight = weights(static_cast<Eigen::Index>(pre), static_cast<Eigen::Index>(post));
          if (weight == 0.0 || (weight > 0.0 ? !excitatory : !inhibitory)) continue;
          double pairs = 0.0;
          for (const std::size_t t : times[copy][pre])
            if (t + lag < steps)
              pairs += spikes[copy](static_cast<Eigen::Index>(post), static_cast<Eigen::Index>(t + lag));
          const double covariance = pairs / static_cast<double>(steps - lag) - p[pre] * p[post];
          const double scale = std::sqrt(p[pre] * (1.0 - p[pre]) * p[post] * (1.0 - p[post]));
          edges.add((excitatory && inhibitory && weight < 0.0 ? -1.0 : 1.0) * covariance / scale);
        }
      return edges.mean();
    };
  };
  for (std::size_t lag = 1; lag <= lags; ++lag) {
    compare("crosscorr_signed_lag1to20", lag - 1, per_copy(correlation(lag, true, true)));
    compare("crosscorr_excitatory_lag1to20", lag - 1, per_copy(correlation(lag, true, false)));
    compare("crosscorr_inhibitory_lag1to20", lag - 1, per_copy(correlation(lag, false, true)));
  }
}
