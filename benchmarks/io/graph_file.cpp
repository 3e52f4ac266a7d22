// SPDX-License-Identifier: BSD-3-Clause
//
// How long a synapse takes to read from a file of each format: 2.5 million, 500 to a neuron. The published table has
// ids of 18 digits, as FlyWire has, and no number of neurons.
#include <benchmark/benchmark.h>

#include <spikeometric/graph/generate.hpp>
#include <spikeometric/io/graph_file.hpp>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace sk = spikeometric;

namespace {

sk::Graph<> network() { return sk::generate::normal({.neurons = 5000, .probability = 0.1}, sk::Seed{1}); }

std::string path_of(const std::string& extension) {
  return (std::filesystem::temp_directory_path() / ("spikeometric_benchmark" + extension)).string();
}

void measure(benchmark::State& state, const std::string& path) {
  std::uint64_t synapses = 0;
  for (auto _ : state) benchmark::DoNotOptimize(synapses = sk::io::read_graph(path).synapses());
  state.counters["file_bytes"] = static_cast<double>(std::filesystem::file_size(path));
  std::filesystem::remove(path);
  using benchmark::Counter;
  state.counters["s_per_synapse"] =
      Counter(static_cast<double>(static_cast<std::uint64_t>(state.iterations()) * synapses),
              Counter::kIsRate | Counter::kInvert);
}

void read(benchmark::State& state, const std::string& extension) {
  sk::io::write_graph(path_of(extension), network());
  measure(state, path_of(extension));
}
BENCHMARK_CAPTURE(read, npy, ".npy")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, mtx, ".mtx")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read, csv, ".csv")->Unit(benchmark::kMillisecond);

void read_published(benchmark::State& state) {
  const std::string path = path_of(".csv");
  std::ofstream file(path);
  file << "pre_root_id,post_root_id,neuropil,syn_count\n";
  const auto graph = network();
  for (const auto& [pre, post, weight, delay] : graph.edges())
    file << 720575940600000000 + pre * std::uint64_t{12345} << ',' << 720575940600000000 + post * std::uint64_t{12345}
         << ",AVLP_R,5\n";
  file.close();
  measure(state, path);
}
BENCHMARK(read_published)->Unit(benchmark::kMillisecond);

}  // namespace
