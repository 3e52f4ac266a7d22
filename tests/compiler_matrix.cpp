// SPDX-License-Identifier: BSD-3-Clause
//
// What every build must agree on: fingerprints of spikes, and hashes of the bits of every input and rate, however the
// work is divided. Prints a line for each; compiler_matrix.sh compares them.
//
//   compiler_matrix SYNAPSES.csv          the usual cases
//   compiler_matrix SYNAPSES.csv long     1e9 neuron-steps: a contracted operation shows in spikes only after some 1e8
#include <spikeometric/spikeometric.hpp>

#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

namespace sk = spikeometric;

namespace {

template <class Strategy>
void simulate(const char* what, const sk::Graph<>& graph, sk::EigenBackend<Strategy> backend,
              const std::vector<std::uint64_t>& pieces) {
  backend.hash_state = true;
  const sk::BernoulliGLM model{{.theta = 5.0f, .coupling_window = 20}};
  sk::Simulator simulator{graph, model, sk::no_stimulus, sk::Seed{42}, backend};
  simulator.equilibrate(100);
  std::uint64_t fingerprint = 0, spikes = 0;
  for (const std::uint64_t steps : pieces) {
    const sk::Events events = simulator.run(steps);
    fingerprint += events.fingerprint();
    spikes += events.total();
  }
  std::printf("%-26s %9llu %016llx %016llx\n", what, static_cast<unsigned long long>(spikes),
              static_cast<unsigned long long>(fingerprint), static_cast<unsigned long long>(simulator.state_hash()));
}

sk::Graph<> scaled(const sk::Graph<>& graph, float factor) {
  auto rows = graph.rows();
  for (float& weight : rows.weights) weight *= factor;
  return sk::Graph<>{rows};
}

}  // namespace

int main(int argc, char** argv) {
  const auto normal = sk::generate::normal({.neurons = 5000, .probability = 0.1, .std = 5.0}, sk::Seed{1});
  std::printf("exact %d\n", sk::build_is_exact());
  if (argc > 2 && std::string_view(argv[2]) == "long") {
    simulate("normal 1e9", normal, sk::EigenBackend<>{}, std::vector<std::uint64_t>(20, 10'000));
    return 0;
  }
  const auto celegans = scaled(sk::io::read_graph_csv(argv[1]), 0.3f);
  simulate("celegans", celegans, sk::EigenBackend<>{}, {100'000});
  simulate("celegans again", celegans, sk::EigenBackend<>{}, {100'000});
  simulate("celegans in pieces", celegans, sk::EigenBackend<>{}, {1, 0, 999, 33'333, 65'667});
  simulate("celegans matrix product", celegans, sk::EigenBackend<sk::SparseMatvec>{}, {100'000});
  simulate("celegans start", celegans, sk::EigenBackend<>{}, {5'000});
  simulate("normal", normal, sk::EigenBackend<>{}, {1000});
  simulate("normal in pieces", normal, sk::EigenBackend<>{}, {17, 483, 500});
  simulate("normal start", normal, sk::EigenBackend<>{}, {50});
  simulate("normal start by product", normal, sk::EigenBackend<sk::SparseMatvec>{}, {50});
#if defined(_OPENMP)
  for (const int threads : {2, 3}) {
    simulate(threads == 2 ? "celegans start, 2 threads" : "celegans start, 3 threads", celegans,
             sk::EigenBackend<>{.threads = threads}, {1'000, 4'000});
    simulate(threads == 2 ? "normal, 2 threads" : "normal, 3 threads", normal, sk::EigenBackend<>{.threads = threads},
             {1000});
    simulate(threads == 2 ? "normal product, 2 threads" : "normal product, 3 threads", normal,
             sk::EigenBackend<sk::SparseMatvec>{.threads = threads}, {50});
  }
#endif
}
