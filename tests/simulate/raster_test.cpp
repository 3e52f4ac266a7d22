// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/raster.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"

using spikeometric::BinaryEvent, spikeometric::CountEvent, spikeometric::Events, spikeometric::Raster,
    spikeometric::raster, spikeometric::Spike;

namespace {

/// Neuron (7 k) % 5 has k % 3 + 1 spikes in step 3 k.
Events<CountEvent> recording(std::uint32_t steps, std::uint64_t first_step = 0, double dt_ms = 1.0) {
  std::vector<CountEvent> spikes;
  for (std::uint32_t k = 0; 3 * k < steps; ++k) spikes.emplace_back(3 * k, 7 * k % 5, k % 3 + 1);
  Events<CountEvent> events{5, dt_ms, 0, first_step};
  events.append(steps, spikes);
  return events;
}

/// Equal up to rounding.
bool is_close(double value, double expected) { return std::abs(value - expected) <= 1e-12 * expected; }

}  // namespace

TEST_CASE("a raster has exactly the spikes of the steps it shows") {
  const auto events = recording(1000, 50);
  const std::uint64_t first = GENERATE(0, 1, 3, 500, 999, 1000), steps = GENERATE(0, 1, 2, 300, 2000);
  INFO("from " << first << ", " << steps << " steps");
  const Raster picture = raster(events, {.first = first, .steps = steps});
  const std::uint64_t shown = std::min<std::uint64_t>(steps, 1000 - first);
  std::vector<Spike> expected;
  for (const Spike& spike : events)
    if (spike.step >= 50 + first && spike.step < 50 + first + shown) expected.push_back(spike);
  CHECK(picture.spikes == expected);
  CHECK(picture.first_step == 50 + first);
  CHECK(picture.steps == shown);
  CHECK(picture.neurons == 5);
  CHECK(picture.dt_ms == 1.0);
}

TEST_CASE("by default a raster shows the first 1000 steps") {
  CHECK(raster(recording(5000)).steps == 1000);
  CHECK(raster(recording(5000)).spikes.size() == 334);
  CHECK(raster(recording(90)).steps == 90);
  CHECK(raster(recording(90)).title.empty());
  CHECK(raster(recording(90), {.title = "Ninety"}).title == "Ninety");
}

TEST_CASE("a raster that starts beyond the recording is empty") {
  const Raster picture = raster(recording(90, 10), {.first = 91});
  CHECK(picture.steps == 0);
  CHECK(picture.first_step == 100);
  CHECK(picture.spikes.empty());
  CHECK(picture.rate_hz.empty());
}

TEST_CASE("a raster of nothing is empty") {
  CHECK(raster(Events<BinaryEvent>{3, 1.0}).rate_hz.empty());
  Events<BinaryEvent> silent{3, 1.0};
  silent.append(100, {});
  CHECK(raster(silent).spikes.empty());
  CHECK(raster(silent).rate_hz == std::vector<double>(100));
}

TEST_CASE("the rate of each bin is its spikes over its neurons and seconds, also where the last bin is shorter") {
  const std::uint64_t steps = GENERATE(1, 7, 200, 399, 400, 601, 999, 1000, 1999);
  const double dt_ms = GENERATE(1.0, 0.1);
  INFO(steps << " steps");
  const auto events = recording(2500, 20, dt_ms);
  const Raster picture = raster(events, {.first = 101, .steps = steps});
  REQUIRE(picture.bin_steps >= 1);
  REQUIRE(picture.rate_hz.size() <= 400);
  REQUIRE(picture.rate_hz.size() * picture.bin_steps >= steps);
  REQUIRE((picture.rate_hz.size() - 1) * picture.bin_steps < steps);

  std::vector<double> spikes(picture.rate_hz.size());
  for (const Spike& spike : picture.spikes) spikes[(spike.step - 121) / picture.bin_steps] += spike.count;
  for (std::size_t bin = 0; bin < spikes.size(); ++bin) {
    const auto length = static_cast<double>(std::min(picture.bin_steps, steps - bin * picture.bin_steps));
    CHECK(is_close(picture.rate_hz[bin], spikes[bin] / 5 / (length * dt_ms * 1e-3)));
  }
}

TEST_CASE("the mean over a raster's bins is the recording's mean rate") {
  const auto events = recording(1000);
  double sum = 0;
  const Raster picture = raster(events);
  for (const double rate : picture.rate_hz) sum += rate;
  CHECK(is_close(sum / static_cast<double>(picture.rate_hz.size()), events.mean_rate_hz()));
}
