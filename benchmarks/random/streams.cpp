// SPDX-License-Identifier: BSD-3-Clause
//
// Sixteen random bits a neuron and step, and more only on a tie, or thirty-two at once? The distribution is the same.
#include <benchmark/benchmark.h>

#include <spikeometric/random/streams.hpp>

#include <cstdint>
#include <vector>

namespace sk = spikeometric;

namespace {

constexpr std::size_t neurons = 4096;

void draw(benchmark::State& state, std::size_t halves_per_neuron) {
  const sk::Stream stream{sk::Seed{1}, 0, sk::Purpose{1}};
  std::vector<std::uint16_t> halves(neurons * halves_per_neuron);
  std::uint64_t step = 0;
  for (auto _ : state) {
    stream.fill_halves(0, halves.size(), step++, halves.data());
    benchmark::DoNotOptimize(halves.data());
    benchmark::ClobberMemory();
  }
  using benchmark::Counter;
  state.counters["s_per_neuron"] =
      Counter(static_cast<double>(state.iterations()) * neurons, Counter::kIsRate | Counter::kInvert);
}

void sixteen_bits(benchmark::State& state) { draw(state, 1); }
void thirty_two_bits(benchmark::State& state) { draw(state, 2); }
BENCHMARK(sixteen_bits);
BENCHMARK(thirty_two_bits);

}  // namespace
