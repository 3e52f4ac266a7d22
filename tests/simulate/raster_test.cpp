// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/simulate/raster.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"

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

namespace {

using spikeometric::neurons, spikeometric::Populations;

/// Of 1000 neurons: 3 small, 300 scattered and 600 large; the others are in no population.
Populations three() {
  Populations populations{1000};
  populations.add("small", neurons(990, 993));
  std::vector<std::uint32_t> odd;
  for (std::uint32_t i = 0; i < 300; ++i) odd.push_back(2 * i + 1);
  populations.add("scattered", neurons(odd));
  populations.add("large", neurons(600, 990));
  return populations;
}

/// Every neuron spikes in one step.
Events<BinaryEvent> all_of(std::uint32_t size) {
  std::vector<BinaryEvent> spikes;
  for (std::uint32_t neuron = 0; neuron < size; ++neuron) spikes.emplace_back(0, neuron, 1);
  Events<BinaryEvent> events{size, 1.0};
  events.append(1, spikes);
  return events;
}

}  // namespace

TEST_CASE("the rows of a raster are ordered by population, the first at the top") {
  const Raster picture = raster(all_of(1000), {.populations = three()});
  REQUIRE(picture.shown.size() == 693);
  REQUIRE(picture.bands.size() == 3);
  CHECK((picture.bands[0].name == "small" && picture.bands[0].first_row == 690 && picture.bands[0].rows == 3));
  CHECK((picture.bands[1].name == "scattered" && picture.bands[1].first_row == 390 && picture.bands[1].rows == 300));
  CHECK((picture.bands[2].name == "large" && picture.bands[2].first_row == 0 && picture.bands[2].neurons == 390));
  for (std::uint32_t row = 0; row < 693; ++row)
    REQUIRE(picture.shown[row] == (row < 390 ? 600 + row : row < 690 ? 2 * (row - 390) + 1 : 990 + row - 690));
  CHECK(picture.spikes.size() == 693);
  CHECK(picture.rate_hz == std::vector<double>{1000.0});  // of all neurons, as without populations
}

TEST_CASE("a raster of at most so many rows has a regular sample of each population, in proportion to its size") {
  const std::uint64_t max_rows = GENERATE(3, 4, 10, 100, 692, 693, 5000);
  const Populations populations = three();
  const Raster picture = raster(all_of(1000), {.populations = populations, .max_rows = max_rows});
  CAPTURE(max_rows);
  CHECK(picture.shown.size() == std::min<std::uint64_t>(max_rows, 693));
  std::uint64_t next = 0;
  for (std::size_t i = 3; i-- > 0;) {
    const auto& band = picture.bands[i];
    CHECK(band.first_row == next);
    next += band.rows;
    CHECK((band.rows >= 1 && band.rows <= band.neurons));
    const double share = static_cast<double>(picture.shown.size()) * static_cast<double>(band.neurons) / 693.0;
    CHECK(std::abs(static_cast<double>(band.rows) - share) < 2.0);
    // In the middle of equal parts of the population, one row each.
    std::vector<std::uint32_t> members;
    populations[band.name].bind(1000).for_each(0, 1000, [&](std::uint32_t neuron) { members.push_back(neuron); });
    for (std::uint64_t row = 0; row < band.rows; ++row) {
      const auto place = std::lower_bound(members.begin(), members.end(), picture.shown[band.first_row + row]);
      REQUIRE(*place == picture.shown[band.first_row + row]);
      const double middle =
          (static_cast<double>(row) + 0.5) * static_cast<double>(band.neurons) / static_cast<double>(band.rows);
      REQUIRE(std::abs(static_cast<double>(place - members.begin()) + 0.5 - middle) <= 0.5);
    }
  }
  CHECK(next == picture.shown.size());
  CHECK(picture.spikes.size() == picture.shown.size());
}

TEST_CASE("without populations, a sample of neurons is shown if there are more than the rows") {
  CHECK(raster(all_of(6), {.max_rows = 2}).shown == std::vector<std::uint32_t>{1, 4});
  CHECK(raster(all_of(6), {.max_rows = 2}).spikes == std::vector<Spike>{{0, 1, 1}, {0, 4, 1}});
  CHECK(raster(all_of(6), {.max_rows = 6}).shown.empty());
  CHECK(raster(all_of(6)).shown.empty());
}

TEST_CASE("populations or names of other networks, and fewer rows than populations, are refused") {
  check_message<spikeometric::InvalidArgument>(
      [] {
        (void)raster(all_of(3), {.names = spikeometric::NeuronNames{{"a", "b"}}});
      },
      {"2 names do not fit a recording of 3 neurons"});
  check_message<spikeometric::InvalidArgument>([] { (void)raster(all_of(999), {.populations = three()}); },
                                               {"populations of 1000 neurons", "recording of 999"});
  check_message<spikeometric::InvalidArgument>(
      [] { (void)raster(all_of(1000), {.populations = three(), .max_rows = 2}); },
      {"max_rows = 2 must be at least the number of populations, 3"});
}
