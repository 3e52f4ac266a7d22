// SPDX-License-Identifier: BSD-3-Clause
//
// What every build must agree on: fingerprints of spikes, and hashes of the bits of every input and rate, however the
// work is divided. Prints a line for each; compiler_matrix.sh compares them.
//
//   compiler_matrix SYNAPSES.csv          the usual cases
//   compiler_matrix SYNAPSES.csv long     1e9 neuron-steps: a contracted operation shows in spikes only after some 1e8
#include <spikeometric/spikeometric.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

namespace sk = spikeometric;

namespace {

using Pieces = std::vector<std::uint64_t>;

template <class Network, class Model, class Stimulus, class Strategy>
void simulate(const char* what, const Network& network, const Model& model, const Stimulus& stimulus,
              sk::EigenBackend<Strategy> backend, const Pieces& pieces) {
  backend.hash_state = true;
  sk::Simulator simulator{network, model, stimulus, sk::Seed{42}, backend};
  simulator.equilibrate(100);
  std::uint64_t fingerprint = 0, spikes = 0;
  for (const std::uint64_t steps : pieces) {
    const auto events = simulator.run(steps);
    fingerprint += events.fingerprint();
    spikes += events.total();
  }
  std::printf("%-26s %9llu %016llx %016llx\n", what, static_cast<unsigned long long>(spikes),
              static_cast<unsigned long long>(fingerprint), static_cast<unsigned long long>(simulator.state_hash()));
}

template <class Strategy>
void simulate(const char* what, const sk::Graph<>& graph, sk::EigenBackend<Strategy> backend, const Pieces& pieces) {
  simulate(what, graph, sk::BernoulliGLM{{.theta = 5.0f, .coupling_window = 20}}, sk::no_stimulus, backend, pieces);
}

template <class Network, class Model, class Stimulus>
void simulate(const char* what, const Network& network, const Model& model, const Stimulus& stimulus) {
  simulate(what, network, model, stimulus, sk::EigenBackend<>{}, {30, 270});
}

sk::Graph<> scaled(const sk::Graph<>& graph, float factor) {
  auto rows = graph.rows();
  for (float& weight : rows.weights) weight *= factor;
  return sk::Graph<>{rows};
}

/// The synapses of a graph with M weights each.
template <std::size_t M>
sk::Graph<std::array<float, M>> weighed(const sk::Graph<>& graph) {
  sk::CompressedRows<std::array<float, M>, std::uint32_t> rows{graph.rows().offsets, graph.rows().targets, {}, {}};
  for (const float weight : graph.rows().weights) {
    auto& weights = rows.weights.emplace_back();
    for (std::size_t m = 0; m < M; ++m) weights[m] = (m % 2 == 0 ? weight : -weight) / static_cast<float>(m + 1);
  }
  return sk::Graph<std::array<float, M>>{rows};
}

void print_graph(const char* what, const sk::Graph<>& graph) {
  std::uint64_t hash = sk::mix(graph.neurons());
  for (const auto [pre, post, weight, delay] : graph.edges())
    hash += sk::mix(sk::mix(sk::mix(sk::mix(pre) ^ post) ^ std::bit_cast<std::uint32_t>(weight)) ^ delay);
  std::printf("%-26s %9llu %016llx\n", what, static_cast<unsigned long long>(graph.synapses()),
              static_cast<unsigned long long>(hash));
}

void print_graphs() {
  constexpr sk::generate::Weights drawn{.mean = 0.3, .std = 0.2, .inhibitory_fraction = 0.25, .inhibitory_scale = 4.0};
  constexpr std::uint64_t neurons = 2000;
  constexpr sk::Seed seed{5};
  print_graph("normal graph", sk::generate::normal({.neurons = neurons, .mean = 0.1, .std = 2.0}, seed));
  print_graph("uniform graph", sk::generate::uniform({.neurons = neurons, .low = -0.3, .high = 0.7}, seed));
  print_graph("mexican hat",
              sk::generate::mexican_hat({.neurons = 500, .a = 0.5, .sigma_1 = 7.0, .sigma_2 = 19.0, .scale = 0.1}));
  print_graph("erdos renyi", sk::generate::erdos_renyi({.neurons = neurons, .weights = drawn}, seed));
  print_graph("fixed in-degree", sk::generate::fixed_in_degree({.neurons = neurons, .weights = drawn}, seed));
  print_graph("fixed out-degree, multiple",
              sk::generate::fixed_out_degree({.neurons = 70, .degree = 50, .weights = drawn, .multapses = true}, seed));
  print_graph("small world", sk::generate::small_world({.neurons = neurons, .weights = drawn}, seed));
  print_graph("random delays",
              sk::with_delays(sk::generate::fixed_in_degree({.neurons = neurons}, seed), {1, 300}, sk::Seed{6}));
}

void simulate_models(const sk::Graph<>& graph) {
  simulate("poisson glm", graph, sk::PoissonGLM{{.r = 0.5f, .alpha = 20.0f, .tau = 7.0f}}, sk::no_stimulus);
  simulate("poisson glm by product", graph, sk::PoissonGLM{{.r = 0.5f, .alpha = 20.0f, .tau = 7.0f}}, sk::no_stimulus,
           sk::EigenBackend<sk::SparseMatvec>{}, {300});
  simulate("rectified lnp", graph, sk::RectifiedLNP{{.dt = 0.3f, .lambda_0 = 0.1f}}, sk::no_stimulus);
  simulate("rectified sam", graph, sk::RectifiedSAM{{.dt = 0.3f, .lambda_0 = 0.05f}}, sk::no_stimulus);
  simulate("threshold sam", graph, sk::ThresholdSAM{{.dt = 0.3f, .r = 0.15f}}, sk::no_stimulus);

  // Means from 1e-6 to 1e7, by way of every branch of the Poisson distribution.
  std::vector<float> means, thresholds;
  for (std::uint64_t i = 0; i < graph.neurons(); ++i) {
    means.push_back(static_cast<float>(sk::exp(static_cast<double>(i) * (30.0 / 1000) - 14.0)));
    thresholds.push_back(4.0f + static_cast<float>(i % 7) * 0.37f);
  }
  const auto counting = sk::per_neuron(sk::RectifiedLNP{{.lambda_0 = 1.0f}}, &sk::ConstantBaseline::b, means);
  simulate("poisson counts", sk::Graph<>{sk::EdgeList<>{graph.neurons()}}, counting, sk::no_stimulus);
  simulate("theta of each neuron", graph, sk::per_neuron(sk::BernoulliGLM{}, &sk::Logistic::theta, thresholds),
           sk::no_stimulus);

  using Noisy = sk::Cascade<sk::ExponentialFilter, sk::RefractoryFilter, sk::NoisyBaseline, sk::Softplus,
                            sk::BernoulliRateSampler>;
  simulate("softplus, noise", graph,
           Noisy{{.dt = 1.5f}, {}, {}, {0.5f, 0.8f, 0.3f}, {.lambda_0 = 0.3f, .beta = 1.3f, .theta = 3.0f}},
           sk::no_stimulus);
  using TwoDecays = sk::Cascade<sk::Basis<sk::ExponentialFilter, 2>, sk::RefractoryFilter, sk::NoBaseline>;
  simulate("two decays", weighed<2>(graph), TwoDecays{{}, {{{{0.3f, 10}, {0.07f, sk::infinite_window}}}}},
           sk::no_stimulus);
  using Cosines = sk::Cascade<sk::RaisedCosine<3>, sk::Fir>;
  simulate("raised cosines", weighed<3>(graph), Cosines{{}, {}, {{-50.0f, -3.7f, 0.3f}}}, sk::no_stimulus);
}

void simulate_stimuli(const sk::Graph<>& graph) {
  Eigen::MatrixXf matrix(static_cast<Eigen::Index>(graph.neurons()), 90);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) matrix(i) = static_cast<float>(i % 23) * 0.1f - 1.1f;
  const auto pulses = sk::regular_pulses({.strength = 0.7f, .start_steps = 5, .period_steps = 17, .pulse_steps = 3});
  const auto wave = sk::sinusoid({.amplitude = 1.3f, .period_ms = 37.7, .baseline = 0.2f}).on(sk::neurons(100, 700));
  const auto events = sk::poisson_pulses({.strength = 0.9f, .mean_interval_steps = 12.3, .pulse_steps = 2});
  const auto movie = sk::recorded(matrix).from(40).on(sk::neurons({1, 2, 3, 500, 900}));
  const auto ramp = [](std::uint64_t step, std::uint32_t neuron) {
    return static_cast<float>((step + neuron) % 100) * 0.01f;
  };
  const sk::BernoulliGLM model;
  simulate("stimuli that add up", graph, model, pulses + wave + events + movie + ramp + events);
  using Weighed = sk::Cascade<sk::ExponentialFilter, sk::RefractoryFilter, sk::NoBaseline, sk::Logistic,
                              sk::BernoulliSampler, sk::ChannelWeights<3>>;
  simulate("stimuli in channels", graph, Weighed{{}, {}, {}, {}, {}, {}, {{0.7f, -0.3f, 1.1f}}},
           sk::channels(wave, movie + pulses, events));
}

void simulate_delays_and_batches(const sk::Graph<>& graph) {
  const auto delayed = sk::with_delays(graph, {1, 20}, sk::Seed{3});
  simulate("delays", delayed, sk::EigenBackend<>{}, {30, 270});
  simulate("delays by product", delayed, sk::EigenBackend<sk::SparseMatvec>{}, {300});

  std::vector<sk::Graph<>> graphs;
  for (const std::uint64_t neurons : {1, 300, 40, 700, 257})
    graphs.push_back(sk::generate::normal({.neurons = neurons, .std = 5.0}, sk::Seed{neurons}));
  const auto networks = sk::batch(graphs);
  const auto wave = sk::sinusoid({.amplitude = 1.0f, .period_ms = 50.0}) +
                    sk::poisson_pulses({.strength = 2.0f, .mean_interval_steps = 40.0});
  const sk::BernoulliGLM model;
  simulate("batch", networks, model, wave);
  simulate("trials of a batch", sk::trials(networks, 3), model, wave);
#if defined(_OPENMP)
  simulate("delays, 3 threads", delayed, sk::EigenBackend<>{.threads = 3}, {300});
  simulate("batch, 2 threads", networks, model, wave, sk::EigenBackend<>{.threads = 2}, {300});
  simulate("batch, 7 threads", networks, model, wave, sk::EigenBackend<>{.threads = 7}, {300});
  simulate("trials, 3 threads", sk::trials(networks, 3), model, wave, sk::EigenBackend<>{.threads = 3}, {300});
#endif
}

}  // namespace

int main(int argc, char** argv) {
  const auto normal = sk::generate::normal({.neurons = 5000, .probability = 0.1, .std = 5.0}, sk::Seed{1});
  std::printf("exact %d\n", sk::build_is_exact());
  if (argc > 2 && std::string_view(argv[2]) == "long") {
    simulate("normal 1e9", normal, sk::EigenBackend<>{}, Pieces(20, 10'000));
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
  const auto moderate = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 1.0}, sk::Seed{2});
  print_graphs();
  simulate_models(moderate);
  simulate_stimuli(moderate);
  simulate_delays_and_batches(moderate);
}
