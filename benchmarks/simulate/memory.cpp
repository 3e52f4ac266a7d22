// SPDX-License-Identifier: BSD-3-Clause
//
// How much memory there is in use at most while a graph of 1e8 synapses is moved into a simulator, which then runs;
// `peak_over_graph` is that over the graph's own, 8 bytes a synapse and 8 a neuron. Linux alone tells. `moved_s` is how
// long it takes, large pages included.
#include <benchmark/benchmark.h>

#include <spikeometric/spikeometric.hpp>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include <chrono>
#include <cstdint>
#include <fstream>
#include <utility>

#include "../peak_memory.hpp"

namespace sk = spikeometric;

namespace {

/// Nor is memory kept that nobody uses.
bool forget_peak() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  std::ofstream file("/proc/self/clear_refs");
  file << 5;
  file.close();
  return !file.fail();
}

/// Neurons, synapses of each, threads.
void moved(benchmark::State& state) {
  const auto neurons = static_cast<std::uint64_t>(state.range(0));
  auto graph = sk::generate::fixed_out_degree(
      {.neurons = neurons, .degree = static_cast<std::uint64_t>(state.range(1)), .weights = {.std = 0.2}}, sk::Seed{1});
  const double own = 8.0 * static_cast<double>(graph.synapses() + neurons);
  if (!forget_peak()) return state.SkipWithError("/proc/self/clear_refs cannot be written");
  double while_moved = 0, moved_s = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    sk::Simulator simulator{std::move(graph), sk::BernoulliGLM{{.theta = 7.0f}}, sk::no_stimulus, sk::Seed{42},
                            sk::EigenBackend<>{.threads = static_cast<int>(state.range(2))}};
    moved_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    while_moved = peak_bytes();
    simulator.run(10);
  }
  state.counters["synapses"] = own / 8.0 - static_cast<double>(neurons);
  state.counters["moved_s"] = moved_s;
  state.counters["peak_over_graph"] = while_moved / own;
  state.counters["peak_of_run_over_graph"] = peak_bytes() / own;
}
BENCHMARK(moved)
    ->Args({31'623, 3162, 1})
    ->Args({1'000'000, 100, 1})
    ->Args({1'000'000, 100, 2})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
