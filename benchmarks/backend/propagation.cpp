// SPDX-License-Identifier: BSD-3-Clause
//
// The sums over synapses: how fast they are where the state of the neurons stays in cache and where it does not, beside
// the speed at which memory can be read, and which of the two strategies is faster at which rate.
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <new>

#include "../measure.hpp"

namespace sk = spikeometric;

namespace {

constexpr sk::Seed seed{42};

/// Neurons, synapses of each, spikes per 1000 neurons and steps.
void sums(benchmark::State& state) {
  static std::map<std::int64_t, sk::Graph<>> made;  // by neurons
  const std::int64_t neurons = state.range(0);
  if (!made.contains(neurons))
    made.emplace(neurons, sk::generate::fixed_out_degree({.neurons = static_cast<std::uint64_t>(neurons),
                                                          .degree = static_cast<std::uint64_t>(state.range(1)),
                                                          .weights = {.std = 0.2, .inhibitory_fraction = 0.5}},
                                                         sk::Seed{1}));
  const double probability = std::max(static_cast<double>(state.range(2)) / 1000.0, 1e-9);
  time_steps(state, sk::Simulator{made.at(neurons), firing_with(probability), sk::no_stimulus, seed});
}
BENCHMARK(sums)
    ->ArgsProduct({{5000}, {500}, {0, 10, 100}})
    ->ArgsProduct({{1'000'000}, {100}, {0, 10, 100}})
    ->Apply(timed_by_step);

/// Reads 1 GiB, adding it up; the best of five times.
void streaming(benchmark::State& state) {
  constexpr std::size_t bytes = std::size_t{1} << 30, huge_page = std::size_t{1} << 21, size = bytes / 8;
  const std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(huge_page, bytes), &std::free);
  if (!memory) throw std::bad_alloc();
#if defined(__linux__)
  madvise(memory.get(), bytes, MADV_HUGEPAGE);
#endif
  auto* const values = static_cast<std::uint64_t*>(memory.get());
  std::fill(values, values + size, 1);
  for (auto _ : state) {
    double best = std::numeric_limits<double>::infinity();
    for (int pass = 0; pass < 5; ++pass) {
      const auto start = std::chrono::steady_clock::now();
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < size; ++i) sum += values[i];
      benchmark::DoNotOptimize(sum);
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    state.SetIterationTime(best);
    state.counters["bytes_per_s"] = static_cast<double>(bytes) / best;
  }
}
BENCHMARK(streaming)->Apply(timed_by_step);

/// Spikes per 1000 neurons and steps.
template <class Strategy>
void strategy(benchmark::State& state) {
  time_steps(state, sk::Simulator{sk::generate::normal({.neurons = 2000, .probability = 0.1}, sk::Seed{1}),
                                  firing_with(static_cast<double>(state.range(0)) / 1000.0), sk::no_stimulus, seed,
                                  sk::EigenBackend<Strategy>{}});
}
void rates(benchmark::internal::Benchmark* benchmark) {
  for (const int rate : {10, 30, 100, 200, 300, 500, 700, 900, 999}) benchmark->Arg(rate);
}
BENCHMARK_TEMPLATE(strategy, sk::EventDriven)->Name("EventDriven")->Apply(rates)->Apply(timed_by_step);
BENCHMARK_TEMPLATE(strategy, sk::SparseMatvec)->Name("SparseMatvec")->Apply(rates)->Apply(timed_by_step);

}  // namespace
