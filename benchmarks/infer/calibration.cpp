// SPDX-License-Identifier: BSD-3-Clause
//
// Whether edges() keeps its promise: the fraction of false connections among those found, averaged over recordings of
// known networks, for several rates of false discoveries. The neurons have rates from 0.5 to 40 Hz.
//
//   make -C build/release calibration
//   build/release/benchmarks/calibration [SEEDS [THREADS]]
#include <spikeometric/spikeometric.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <vector>

namespace sk = spikeometric;

namespace {

constexpr double rates[] = {0.2, 0.1, 0.05, 0.01};

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// A model with baselines for rates from 0.5 to 40 Hz without input, evenly spread on a logarithmic axis.
auto with_rates(const sk::BernoulliGLM& model, std::uint64_t neurons) {
  std::vector<sk::ConstantBaseline> baselines;
  for (std::uint64_t i = 0; i < neurons; ++i) {
    const double at = static_cast<double>(i * 7919 % neurons) / static_cast<double>(neurons - 1);
    const double p = 0.0005 * std::pow(80.0, at);
    baselines.push_back({model.nonlinearity.theta + std::log(p / (1.0 - p))});
  }
  return model.with_baseline(sk::PerNeuron<sk::ConstantBaseline>{baselines});
}

struct Counts {
  double false_fraction = 0.0, recall = 0.0;
};

template <class Family>
void calibrate(const char* name, const Family& family, std::uint64_t neurons, double probability, double std,
               std::uint64_t steps, int seeds, int threads) {
  const sk::BernoulliGLM truth{{.theta = 4.0, .coupling_window = 20}};
  const auto graph =
      sk::generate::normal({.neurons = neurons, .probability = probability, .std = std}, sk::Seed{neurons});
  const auto model = with_rates(truth, neurons);
  const Eigen::MatrixXf weights = graph.to_dense();
  const double connected = static_cast<double>((weights.array() != 0.0f).count());
  std::vector<Counts> ratio(std::size(rates)), wald(std::size(rates));
  double fitting = 0.0, testing = 0.0, refitted = 0.0, least = 1e9, most = 0.0;
  for (int seed = 0; seed < seeds; ++seed) {
    sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{static_cast<std::uint64_t>(seed)}};
    simulator.equilibrate(200);
    const auto spikes = simulator.run(steps);
    for (const auto count : spikes.counts()) {
      const double hz = 1000.0 * static_cast<double>(count) / static_cast<double>(steps);
      least = std::min(least, hz);
      most = std::max(most, hz);
    }
    double begin = seconds();
    const auto fitted = sk::fit(family, spikes, {.threads = threads});
    fitting += seconds() - begin;
    for (const sk::EdgeTest test : {sk::EdgeTest::likelihood_ratio, sk::EdgeTest::wald})
      for (std::size_t i = 0; i < std::size(rates); ++i) {
        begin = seconds();
        const sk::Edges edges = sk::edges(fitted, {.fdr = rates[i], .test = test});
        double wrong = 0.0;
        for (const sk::Connection& edge : edges.found) wrong += weights(edge.pre, edge.post) == 0.0f;
        const auto found = static_cast<double>(edges.found.size());
        Counts& counts = (test == sk::EdgeTest::wald ? wald : ratio)[i];
        counts.false_fraction += (found > 0.0 ? wrong / found : 0.0) / seeds;
        counts.recall += (found - wrong) / connected / seeds;
        if (test == sk::EdgeTest::wald || rates[i] != 0.05) continue;
        testing += seconds() - begin;
        refitted += static_cast<double>(edges.refitted);
      }
  }
  std::cout << name << ", " << neurons << " neurons of " << least << " to " << most << " Hz, " << steps << " steps, "
            << connected << " connections, " << seeds << " recordings; fit " << fitting / seeds << " s, edges "
            << testing / seeds << " s with " << refitted / seeds << " refits\n"
            << "  rate of false discoveries:  wanted  likelihood ratio (recall)   Wald (recall)\n";
  for (std::size_t i = 0; i < std::size(rates); ++i)
    std::cout << std::setw(33) << rates[i] << std::setw(12) << ratio[i].false_fraction << " (" << ratio[i].recall << ")"
              << std::setw(16) << wald[i].false_fraction << " (" << wald[i].recall << ")\n";
  std::cout << std::flush;
}

}  // namespace

int main(int argc, char** argv) {
  const int seeds = argc > 1 ? std::atoi(argv[1]) : 20, threads = argc > 2 ? std::atoi(argv[2]) : 2;
  const sk::BernoulliGLM family{{.theta = 4.0, .coupling_window = 20}};
  std::cout << std::setprecision(3);
  calibrate("the true family", family, 50, 0.1, 4.0, 50'000, seeds, threads);
  calibrate("recording_family", sk::recording_family(1.0), 50, 0.1, 4.0, 50'000, seeds, threads);
  calibrate("the true family", family, 200, 0.05, 5.0, 50'000, seeds, threads);
  return 0;
}
