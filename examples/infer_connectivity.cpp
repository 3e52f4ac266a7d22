// SPDX-License-Identifier: BSD-3-Clause
// Infers connections from spikes alone: simulates a known network and recovers it, without a stimulus, with a hidden
// stimulus that half of the neurons share, and with that stimulus as covariate.
#include <spikeometric/spikeometric.hpp>

#include <cmath>
#include <cstdint>
#include <iostream>
#include <string>

namespace sk = spikeometric;

constexpr std::uint64_t neurons = 40, driven = 20, steps = 100'000;
constexpr sk::Seed seed{42};

/// Prints how well a fit recovers the graph, and returns a plot of inferred against true weights.
template <class Fit>
sk::io::Plot judge(const std::string& title, const Fit& fit, const sk::Graph<>& graph) {
  const sk::Score score = sk::score(fit, graph);
  const auto truth = graph.to_dense();
  sk::io::Series others{.name = "not connected", .style = sk::io::Style::points};
  sk::io::Series connected{.name = "connected", .style = sk::io::Style::points};
  int covered = 0, wrong = 0, unconnected = 0;
  for (std::uint32_t pre = 0; pre < neurons; ++pre)
    for (std::uint32_t post = 0; post < neurons; ++post) {
      if (pre == post) continue;
      const double weight = fit.weight(pre, post), error = fit.weight_error(pre, post), there = truth(pre, post);
      covered += std::abs(weight - there) < 1.96 * error;
      unconnected += there == 0.0;
      wrong += there == 0.0 && std::abs(weight) > 3.29 * error;  // by chance: one in a thousand
      sk::io::Series& series = there == 0.0 ? others : connected;
      series.x.push_back(there);
      series.y.push_back(weight);
    }
  std::cout << title << ": AUC " << score.auc << ", correlation of weights " << score.correlation << ", "
            << 100.0 * covered / static_cast<double>(score.pairs) << " % of true weights within 95 % intervals, "
            << wrong << " of " << unconnected << " unconnected pairs taken for connected\n";
  sk::io::Plot plot{.title = title, .x_label = "true weight", .y_label = "inferred weight"};
  plot.series = {others, connected, {.name = "identity", .x = {-3.0, 3.0}, .y = {-3.0, 3.0}}};
  return plot;
}

int main() {
  const auto graph =
      sk::generate::normal({.neurons = neurons, .probability = 0.2, .mean = 3.0, .std = 1.0}, sk::Seed{7});
  const sk::BernoulliGLM model{{.theta = 4.0}};
  const auto drive =
      sk::poisson_pulses({.strength = 2.0, .mean_interval_steps = 100.0, .pulse_steps = 10}).on(sk::neurons(0, driven));
  const auto spikes_of = [&](const auto& stimulus) {
    sk::Simulator simulator{graph, model, stimulus, seed};
    simulator.equilibrate(100);
    return simulator.run(steps);
  };

  const auto undisturbed = spikes_of(sk::no_stimulus);
  const auto plot = judge("Without a stimulus", sk::fit(model, undisturbed, {.own_history = false}), graph);
  sk::io::write_svg("inferred.svg", plot);

  // A stimulus that the fit does not know makes neurons that share it look connected.
  const auto confounded = spikes_of(drive);
  const auto blind = judge("A hidden stimulus", sk::fit(model, confounded, {.own_history = false}), graph);
  sk::io::write_svg("inferred_hidden.svg", blind);

  // A known stimulus explains its effects. The fit needs the seed of the simulation, which draws the pulses.
  const auto told = sk::fit(model, drive, confounded, {.own_history = false, .seed = seed});
  const auto seeing = judge("The stimulus as covariate", told, graph);
  sk::io::write_svg("inferred_known.svg", seeing);
  std::cout << "weight of the stimulus: " << told.neurons[0].stimulus_weights[0] << " +- "
            << told.neurons[0].stimulus_weight_errors[0] << " for a driven neuron, "
            << told.neurons[driven].stimulus_weights[0] << " +- " << told.neurons[driven].stimulus_weight_errors[0]
            << " for a neuron without it\n";

  // A fitted network can be simulated.
  sk::Simulator again{told.graph, told.model, drive, sk::Seed{43}};
  std::cout << confounded.mean_rate_hz() << " Hz recorded, " << again.run(steps).mean_rate_hz()
            << " Hz simulated with the fitted network\n";
}
