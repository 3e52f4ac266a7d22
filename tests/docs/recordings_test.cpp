// SPDX-License-Identifier: BSD-3-Clause
//
// The code of docs/recordings.md, on a recording of known cells: a folder of spike times, and a movie.
#include <spikeometric/spikeometric.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "../../examples/infer/solvers.hpp"
#include "../catch.hpp"
#include "../support.hpp"

namespace sk = spikeometric;

namespace {

constexpr std::uint64_t steps = support::slow_build ? 12'000 : 40'000;

/// Binary noise of two pixels, a frame every 8 steps.
Eigen::MatrixXf noise() {
  support::Numbers numbers(1);
  Eigen::MatrixXf movie(2, static_cast<Eigen::Index>(steps / 8));
  for (float& value : movie.reshaped()) value = numbers.coin(0.5) ? 0.5f : -0.5f;
  return movie;
}

/// Five cells that see the first pixel, the second or none; cell 0 excites cell 3, and cell 1 inhibits cell 4. Each
/// rests after a spike, a cell of even number for longer.
sk::Events<> experiment(const Eigen::MatrixXf& movie) {
  const sk::RaisedCosine<4> basis{.last_peak_ms = 60.0, .window_steps = 120};
  Eigen::MatrixXd weights = Eigen::MatrixXd::Zero(8, 5);
  for (int cell = 0; cell < 4; ++cell) weights.col(cell).segment(4 * (cell % 2), 4) << 0.04, 0.1, 0.06, -0.04;
  sk::EdgeList<> edges{5};
  edges.add(0, 3, 0.7f);
  edges.add(1, 4, -0.9f);
  std::vector<sk::Fir> rests;
  for (int cell = 0; cell < 5; ++cell) rests.push_back(sk::Fir{std::vector<double>(cell % 2 == 0 ? 5 : 2, -100.0)});
  const auto model =
      sk::BernoulliGLM{{.theta = 4.0, .coupling_window = 20}}.with_history(sk::PerNeuron<sk::Fir>{rests});
  sk::Simulator simulator{sk::Graph<>{edges}, model,
                          sk::temporal(sk::Frames{movie, {.steps_per_frame = 8}}, basis).with_weights(weights),
                          sk::Seed{4}};
  return simulator.run(steps);
}

}  // namespace

TEST_CASE("a folder of spike times becomes a network with p-values, as the page says") {
  const auto movie = noise();
  const auto truth = experiment(movie);
  const auto folder = std::filesystem::temp_directory_path() / "spikeometric_recordings_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder / "units");
  for (std::uint32_t cell = 0; cell < 5; ++cell) {
    std::ofstream file(folder / "units" / ("cell" + std::to_string(cell) + ".txt"));
    for (const auto [step, neuron, count] : truth)
      if (neuron == cell) file << (static_cast<double>(step) + 0.5) / 1000.0 << '\n';
  }
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder);
  std::ostringstream printed;
  auto* const out = std::cout.rdbuf(printed.rdbuf());

  const auto recording = sk::io::read_spikes("units", {.unit = sk::io::TimeUnit::seconds, .dt_ms = 1.0});
  for (const std::string& note : recording.notes) std::cerr << note << '\n';
  for (const auto& unit : recording.units)
    std::cout << unit.name << ": " << unit.rate_hz << " Hz, " << unit.refractory_violations << " short intervals\n";
  const sk::Events<> spikes = sk::to_binary(recording.recording());

  const auto fitted = sk::fit(sk::recording_family(1.0), spikes, {.threads = 2});
  for (const std::string& warning : fitted.warnings(recording.names)) std::cerr << warning << '\n';
  std::cout << fitted.bits_per_spike() << " bits per spike\n";

  const sk::Edges edges = sk::edges(fitted, {.fdr = 0.05});
  for (const sk::Connection& edge : edges.found)
    std::cout << recording.names[edge.pre] << " -> " << recording.names[edge.post] << ": " << edge.strength << " +- "
              << edge.strength_error << ", p = " << edge.p_value << '\n';

  const sk::RaisedCosine<4> basis{.last_peak_ms = 60.0, .window_steps = 120};
  const auto seen = sk::temporal(sk::Frames{movie, {.steps_per_frame = 8}}, basis);  // channels x frames
  const auto with_stimulus = sk::fit(sk::recording_family(1.0), seen, spikes, {.threads = 2});

  const auto training = sk::part(spikes, {0, 3 * spikes.steps() / 4});
  const auto test = sk::part(spikes, {3 * spikes.steps() / 4, spikes.steps()});
  const auto half = sk::fit(sk::recording_family(1.0), seen, training, {.threads = 2});
  const auto held_out = sk::evaluate(half, test);      // bits per spike, pseudo-R2
  const auto checks = sk::time_rescaling(half, test);  // Kolmogorov-Smirnov, and whether intervals are independent

  sk::Simulator again{with_stimulus.graph, with_stimulus.model, with_stimulus.stimulus, sk::Seed{42}};

  std::cout.rdbuf(out);
  std::filesystem::current_path(before);
  std::filesystem::remove_all(folder);

  CHECK(spikes.fingerprint() == truth.fingerprint());
  CHECK(recording.names[3] == "cell3");
  CHECK(fitted.converged());
  // In the last step before the end of a period, a cell may have spiked by chance: a step more is no fault.
  for (std::uint32_t cell = 0; cell < 5; ++cell) {
    CHECK(fitted.neurons[cell].refractory_steps >= (cell % 2 == 0 ? 5u : 2u));
    CHECK(fitted.neurons[cell].refractory_steps <= (cell % 2 == 0 ? 7u : 4u));
  }
  const auto aware = sk::edges(with_stimulus, {.fdr = 0.05});
  REQUIRE(aware.found.size() >= 2);
  bool excites = false, inhibits = false;
  for (const sk::Connection& edge : aware.found) {
    excites |= edge.pre == 0 && edge.post == 3 && edge.strength > 0.0;
    inhibits |= edge.pre == 1 && edge.post == 4 && edge.strength < 0.0;
  }
  CHECK(excites);
  CHECK(inhibits);
  CHECK(aware.found.size() <= 3);  // of 18 other pairs, one more than that has a probability below 0.01
  CHECK(held_out.bits_per_spike() > sk::evaluate(sk::fit(sk::recording_family(1.0), training), test).bits_per_spike());
  CHECK(with_stimulus.bits_per_spike() > fitted.bits_per_spike());
  CHECK(checks[2].statistic < 1.5 * checks[2].bound());
  const auto simulated = again.run(steps);
  CHECK(simulated.mean_rate_hz() == Approx(spikes.mean_rate_hz()).epsilon(0.1));
  CHECK(printed.str().find("cell0") != std::string::npos);
}
