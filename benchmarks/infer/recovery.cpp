// SPDX-License-Identifier: BSD-3-Clause
//
// How well known networks are recovered from their spikes, in which time and memory: the figures of README.md and
// docs/inference.md.
//
//   make -C build/release recovery
//   build/release/benchmarks/recovery bernoulli [STEPS [THREADS]]
//
// One part a run, as the peak of memory is that of the process: `bernoulli` and `poisson`, 50 neurons and 1e6 steps
// without a penalty; `large`, 100 neurons and 1e6 steps; `celegans`, 2e6 steps of the connectome, L1 by
// cross-validation.
#include <spikeometric/spikeometric.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>

#include "../peak_memory.hpp"

namespace sk = spikeometric;

namespace {

double seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

template <class Model>
auto simulated(const sk::Graph<>& graph, const Model& model, std::uint64_t steps) {
  sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{2}};
  simulator.equilibrate(100);
  return simulator.run(steps);
}

template <class Fit>
void judge(const Fit& fitted, const sk::Graph<>& graph, double began) {
  const double took = seconds() - began;
  const sk::Score score = sk::score(fitted, graph);
  const sk::Detection found = sk::detected(fitted, graph);
  std::cout << "  AUC " << score.auc << ", average precision " << score.average_precision << ", correlation "
            << score.correlation << '\n';
  if (fitted.weight_errors.size() > 0) {
    const auto truth = graph.to_dense();
    double covered = 0.0;
    for (Eigen::Index pre = 0; pre < truth.rows(); ++pre)
      for (Eigen::Index post = 0; post < truth.cols(); ++post)
        covered += pre != post && std::abs(fitted.weights(pre, post) - static_cast<double>(truth(pre, post))) <
                                      1.96 * fitted.weight_errors(pre, post);
    std::cout << "  95 % intervals cover " << covered / static_cast<double>(score.pairs) << " of " << score.pairs
              << " weights\n";
  } else {
    std::cout << "  precision " << found.precision << ", recall " << found.recall << " of " << score.connected
              << " connections, precision of as many as there are " << score.r_precision << '\n';
  }
  std::cout << "  " << (fitted.converged() ? "all" : "NOT all") << " converged, " << fitted.bits_per_spike()
            << " bits a spike, " << took << " s, at most " << peak_bytes() * 1e-6 << " MB" << std::endl;
}

template <class Model>
void unpenalised(const Model& model, std::uint64_t neurons, double mean, double std, std::uint64_t steps, int threads) {
  const auto graph =
      sk::generate::normal({.neurons = neurons, .probability = 0.2, .mean = mean, .std = std}, sk::Seed{1});
  const auto spikes = simulated(graph, model, steps);
  std::cout << Model::name << ", " << neurons << " neurons, " << steps << " steps, " << spikes.mean_rate_hz()
            << " Hz, threads: " << threads << std::endl;
  const double began = seconds();
  judge(sk::fit(model, spikes, {.own_history = false, .threads = threads}), graph, began);
}

void connectome(std::uint64_t steps, int threads) {
  const sk::BernoulliGLM model;
  auto rows = sk::io::read_graph("tests/data/celegans/synapses.csv").release();
  for (float& weight : rows.weights) weight *= 0.3f;
  const sk::Graph<> graph{std::move(rows)};
  const auto spikes = simulated(graph, model, steps);
  std::cout << "C. elegans, " << graph.neurons() << " neurons, " << steps << " steps, " << spikes.mean_rate_hz()
            << " Hz, threads: " << threads << std::endl;
  const double began = seconds();
  const auto path = sk::cross_validate(
      model, spikes, {.penalty = sk::L1{1.0}, .own_history = false, .threads = threads}, {.folds = 5, .every = 4});
  std::cout << "  cross-validation " << seconds() - began << " s" << std::endl;
  judge(sk::fit(model, spikes, {.penalty = path.sparsest(), .own_history = false, .threads = threads}), graph, began);
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string part = argc > 1 ? argv[1] : "";
  const std::uint64_t steps = argc > 2 ? std::stoull(argv[2]) : part == "celegans" ? 2'000'000 : 1'000'000;
  const int threads = argc > 3 ? std::stoi(argv[3]) : 1;
  if (part == "bernoulli")
    unpenalised(sk::BernoulliGLM{{.theta = 4.0f}}, 50, 4.0, 1.5, steps, threads);
  else if (part == "poisson")
    unpenalised(sk::PoissonGLM{{.alpha = 50.0f, .tau = 5.0f, .T = 20}}, 50, 1.0, 0.3, steps, threads);
  else if (part == "large")
    unpenalised(sk::BernoulliGLM{{.theta = 4.0f}}, 100, 4.0, 1.5, steps, threads);
  else if (part == "celegans")
    connectome(steps, threads);
  else
    throw std::invalid_argument("usage: recovery bernoulli|poisson|large|celegans [STEPS [THREADS]]");
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
