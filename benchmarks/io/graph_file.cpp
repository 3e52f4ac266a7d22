// SPDX-License-Identifier: BSD-3-Clause
//
// How long a synapse takes to read from a file of each format: 2.5 million, 500 to a neuron.
#include <benchmark/benchmark.h>

#include <spikeometric/graph/generate.hpp>
#include <spikeometric/io/graph_file.hpp>

#include <filesystem>
#include <string>

namespace sk = spikeometric;

namespace {

void read(benchmark::State& state, const std::string& extension) {
  const auto file = std::filesystem::temp_directory_path() / ("spikeometric_benchmark" + extension);
  const auto graph = sk::generate::normal({.neurons = 5000, .probability = 0.1}, sk::Seed{1});
  sk::io::write_graph(file.string(), graph);
  for (auto _ : state) benchmark::DoNotOptimize(sk::io::read_graph(file.string()).synapses());
  state.counters["file_bytes"] = static_cast<double>(std::filesystem::file_size(file));
  std::filesystem::remove(file);
  using benchmark::Counter;
  state.counters["s_per_synapse"] =
      Counter(static_cast<double>(state.iterations() * graph.synapses()), Counter::kIsRate | Counter::kInvert);
}
BENCHMARK_CAPTURE(read, npy, ".npy")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, mtx, ".mtx")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, csv, ".csv")->Unit(benchmark::kMillisecond);

}  // namespace
