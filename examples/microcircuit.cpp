// SPDX-License-Identifier: BSD-3-Clause
// The cortical microcircuit of Potjans and Diesmann (Cerebral Cortex 24, 2014) at full size: 77,169 neurons and 300
// million synapses with delays, here of spike-response neurons that fire at random. Ten seconds of model time.
//   microcircuit [--scale 0.1] [--tune]   with a tenth of the neurons and of the synapses of each; finds the baselines
#include <spikeometric/spikeometric.hpp>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <string>

namespace sk = spikeometric;
constexpr struct {
  const char* name;
  double neurons, published_hz, baseline_mv;  // constant background input, relative to the threshold
} populations[8] = {{"L23E", 20683, 0.903, 2.15}, {"L23I", 5834, 2.965, 0.55}, {"L4E", 21915, 4.414, 10.05},
                    {"L4I", 5479, 5.876, 7.4},    {"L5E", 4850, 7.569, 8.3},   {"L5I", 1065, 8.633, 6.75},
                    {"L6E", 14395, 1.105, 20.33}, {"L6I", 2948, 7.829, 9.25}};
constexpr double connected[8][8] = {{0.1009, 0.1689, 0.0437, 0.0818, 0.0323, 0.0, 0.0076, 0.0},  // row: target
                                    {0.1346, 0.1371, 0.0316, 0.0515, 0.0755, 0.0, 0.0042, 0.0},
                                    {0.0077, 0.0059, 0.0497, 0.135, 0.0067, 0.0003, 0.0453, 0.0},
                                    {0.0691, 0.0029, 0.0794, 0.1597, 0.0033, 0.0, 0.1057, 0.0},
                                    {0.1004, 0.0622, 0.0505, 0.0057, 0.0831, 0.3726, 0.0204, 0.0},
                                    {0.0548, 0.0269, 0.0257, 0.0022, 0.06, 0.3158, 0.0086, 0.0},
                                    {0.0156, 0.0066, 0.0211, 0.0166, 0.0572, 0.0197, 0.0396, 0.2252},
                                    {0.0364, 0.001, 0.0034, 0.0005, 0.0277, 0.008, 0.0658, 0.1443}};

int main(int argc, char** argv) {
  const std::string option = argc > 1 ? argv[1] : "";
  const bool tune = std::string(argv[argc - 1]) == "--tune", scaled = option == "--scale" && argc > 2;
  const double scale = scaled ? std::atof(argv[2]) : 1.0;
  if (argc != 1 + 2 * scaled + tune || !(scale > 0.01 && scale <= 1.0))
    return std::cerr << "usage: microcircuit [--scale S] [--tune], 0.01 < S <= 1\n", 2;
  const double psp_area = 10.0 * std::pow(20.0, 1.0 / 19.0);  // ms: the integral of a potential with a peak of 1
  sk::NetworkBuilder builder;
  for (const auto& each : populations) builder.population(each.name, std::llround(scale * each.neurons));
  std::vector<std::pair<std::string, double>> baselines, published;
  for (int i = 0; i < 8; ++i) {
    double missing_mv = 0.0;  // the mean input that fewer synapses do not bring
    for (int j = 0; j < 8; ++j) {
      if (connected[i][j] == 0.0) continue;
      const double synapses =
          sk::log(1.0 - connected[i][j]) / sk::log1p(-1.0 / (populations[i].neurons * populations[j].neurons));
      const double psp_mv = j % 2 != 0 ? -0.6 : i == 0 && j == 2 ? 0.3 : 0.15, delay_ms = j % 2 != 0 ? 0.75 : 1.5;
      const double weight = psp_mv / std::sqrt(scale);  // keeps the variance of the input
      builder.project(
          populations[j].name, populations[i].name,
          sk::connect::FixedTotal{
              .synapses = static_cast<std::uint64_t>(scale * scale * synapses), .autapses = true, .multapses = true},
          {.weight = sk::distribution::TruncatedNormal{.mean = weight, .std = 0.1 * std::abs(weight)},
           .delay_ms = sk::distribution::TruncatedNormal{.mean = delay_ms, .std = 0.5 * delay_ms}});
      missing_mv += (1.0 - std::sqrt(scale)) * synapses / populations[i].neurons * psp_mv * psp_area *
                    populations[j].published_hz / 1000.0;
    }
    baselines.emplace_back(populations[i].name, populations[i].baseline_mv + missing_mv);
    published.emplace_back(populations[i].name, populations[i].published_hz);
  }
  const auto seconds = [start = std::chrono::steady_clock::now()] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  sk::Network network = builder.build(sk::Seed{1}, {.dt = 0.1, .threads = 2});
  std::cout << network.graph.synapses() << " synapses, made in " << seconds() << " s";
  const auto neuron = sk::cascade({.dt = 0.1})  // a spike per ms at the threshold, e times as many 2 mV above it
                          .with_filter(sk::BiexponentialFilter{.tau_decay = 10.0, .tau_rise = 0.5})
                          .with_history(sk::RefractoryFilter{20, -1000.0, 400, -15.0, 0.1})  // 2 ms, then a reset
                          .with_baseline(sk::ConstantBaseline{})
                          .with_nonlinearity(sk::Exponential{.alpha = 1.0, .beta = 0.5})
                          .with_sampler(sk::BernoulliRateSampler{});
  auto model = sk::per_population(neuron, &sk::ConstantBaseline::b, network.populations, baselines);
  const auto start = sk::InitialState::rate_hz(3.0);
  if (tune) {
    sk::TuneOptions search{.parameters = {"b"}, .groups = sk::group_rates(network.populations, published)};
    search.tolerance = 0.02;
    search.threads = 2;
    search.initial = start;
    const auto tuned = sk::tune(network.graph, model, sk::Seed{2}, search);
    std::cout << '\n' << tuned.message;
    model = tuned.model;
  }
  const sk::EigenBackend<> two_threads{.threads = 2};
  sk::Simulator simulator{std::move(network.graph), model, sk::no_stimulus, sk::Seed{3}, two_threads, start};
  std::cout << ", ready in " << seconds() << " s\n";
  simulator.equilibrate(2'000);
  const double before = seconds();
  const auto spikes = simulator.run(100'000);
  const double factor = (seconds() - before) / 10.0;
  const auto rates = spikes.rates_hz(network.populations);
  const auto intervals = sk::mean_intervals(sk::intervals(spikes), network.populations);
  std::cout << "population  neurons  baseline/mV  rate/Hz  published/Hz  CV of intervals (of this model)\n";
  std::uint64_t first = 0;
  for (int i = 0; i < 8; first += network.populations.size_of(populations[i++].name))
    std::cout << std::fixed << std::setprecision(2) << std::setw(10) << populations[i].name << std::setw(9)
              << network.populations.size_of(i) << std::setw(13) << model.baseline.policies[first].b << std::setw(9)
              << rates[i] << std::setw(14) << populations[i].published_hz << std::setw(17) << intervals[i].cv << '\n';
  std::cout << "real-time factor " << factor << '\n';
  sk::RasterOptions half_a_second{.steps = 5'000, .populations = network.populations, .max_rows = 1'500};
  sk::io::write_svg("microcircuit.svg", sk::raster(spikes, half_a_second));
}
