// SPDX-License-Identifier: BSD-3-Clause
//
// Checks the rates of tuned networks.
//
//   const auto tuned = tune(graph, BernoulliGLM{}, Seed{2}, {.parameters = {"theta"}, .rate_hz = 20.0});
//   reached::check_reached(graph, tuned, 20.0);
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "spikeometric/graph/generate.hpp"
#include "spikeometric/simulate/simulator.hpp"

namespace reached {

using namespace spikeometric;

/// Rates of neurons in Hz, and the standard error of their mean, over many trials with different seeds.
struct Steady {
  std::vector<double> rates;
  double mean = 0.0, standard_error = 0.0;
};

template <class Model, class Stimulus>
Steady steady(const Graph<>& graph, const Model& model, const Stimulus& stimulus, std::uint64_t steps,
              std::uint64_t equilibrate = 2'000) {
  constexpr std::uint64_t count = 20;
  Simulator many{trials(graph, count), model, stimulus, Seed{987}};
  many.equilibrate(equilibrate);
  Steady result{std::vector<double>(graph.neurons())};
  double squares = 0.0;
  for (const auto& spikes : many.run(steps).by_network()) {
    const double rate = spikes.mean_rate_hz();
    result.mean += rate / count;
    squares += rate * rate / count;
    const auto counts = spikes.counts();
    for (std::size_t i = 0; i < counts.size(); ++i)
      result.rates[i] += static_cast<double>(counts[i]) * 1000.0 / spikes.dt_ms() / static_cast<double>(steps) / count;
  }
  result.standard_error = std::sqrt(std::max(squares - result.mean * result.mean, 0.0) / (count - 1));
  return result;
}

/// Checks that the steady rate of the tuned network is within the tolerance and matches the result.
template <class Result>
void check_reached(const Graph<>& graph, const Result& tuned, double rate_hz, double tolerance = 0.01,
                   std::uint64_t steps = 5'000) {
  INFO(tuned.message);
  CHECK(tuned.reached);
  CHECK(tuned.message.find("reached after") == 0);
  REQUIRE(tuned.rates.size() == 1);
  CHECK(tuned.rates[0].target_hz == Approx(rate_hz));
  CHECK(tuned.rates[0].standard_error_hz > 0.0);
  CHECK(tuned.rates[0].standard_error_hz < tolerance * rate_hz);
  const Steady found = steady(graph, tuned.model, tuned.stimulus, steps);
  INFO(found.mean << " +- " << found.standard_error << " Hz, " << tuned.rates[0].rate_hz << " +- "
                  << tuned.rates[0].standard_error_hz << " Hz said");
  CHECK(std::abs(found.mean - rate_hz) < tolerance * rate_hz + 2.0 * found.standard_error);
  CHECK(std::abs(found.mean - tuned.rates[0].rate_hz) <
        5.0 * std::hypot(found.standard_error, tuned.rates[0].standard_error_hz));
}

template <class Result>
double before(const Result& tuned, std::size_t parameter = 0) {
  return tuned.parameters.at(parameter).before;
}

inline Graph<> network(std::uint64_t neurons = 200, double std = 3.0) {
  return generate::normal({.neurons = neurons, .probability = 0.15, .std = std}, Seed{1});
}

}  // namespace reached
