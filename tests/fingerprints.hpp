// SPDX-License-Identifier: BSD-3-Clause
//
// What every build, backend and device must agree on, a line each: spikes, their fingerprint, and a hash of the bits of
// every input and rate; however the work is divided. compiler_matrix.expected has the lines.
//
//   #include "fingerprints.hpp"
//   using Tested = fingerprints::Cases<sk::ThrustBackend>;
//   #include "fingerprints_main.hpp"
//
//   PROGRAM SYNAPSES.csv          the usual cases
//   PROGRAM SYNAPSES.csv short    without runs of 100,000 steps
//   PROGRAM SYNAPSES.csv long     1e9 neuron-steps: a contracted operation shows in spikes only after some 1e8
//   PROGRAM SYNAPSES.csv small    a few short cases, for slow tools: whether they are those of the EigenBackend
//   PROGRAM SYNAPSES.csv own      those of them without a product, for tools that find fault with others' libraries
#pragma once

#include <spikeometric/spikeometric.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <type_traits>
#include <vector>

namespace fingerprints {

namespace sk = spikeometric;

using Pieces = std::vector<std::uint64_t>;

inline sk::Graph<> scaled(const sk::Graph<>& graph, float factor) {
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

struct Ramp {
  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint64_t step, std::uint32_t neuron) const {
    return static_cast<float>((step + neuron) % 100) * 0.01f;
  }
};

using Noisy =
    sk::Cascade<sk::ExponentialFilter, sk::RefractoryFilter, sk::NoisyBaseline, sk::Softplus, sk::BernoulliRateSampler>;
using TwoDecays = sk::Cascade<sk::Basis<sk::ExponentialFilter, 2>, sk::RefractoryFilter, sk::NoBaseline>;
using Potentials =
    sk::Cascade<sk::BiexponentialFilter, sk::NoHistory, sk::ConstantBaseline, sk::Exponential, sk::PoissonSampler>;
using Cosines = sk::Cascade<sk::RaisedCosine<3>, sk::Fir>;
using ThreeChannels = sk::Cascade<sk::ExponentialFilter, sk::RefractoryFilter, sk::NoBaseline, sk::Logistic,
                                  sk::BernoulliSampler, sk::ChannelWeights<3>>;

/// The generators of the random graphs.
struct OnHost {
  static auto normal(const sk::generate::Normal& p, sk::Seed seed) { return sk::generate::normal(p, seed); }
  static auto uniform(const sk::generate::Uniform& p, sk::Seed seed) { return sk::generate::uniform(p, seed); }
  static auto erdos_renyi(const sk::generate::ErdosRenyi& p, sk::Seed seed) {
    return sk::generate::erdos_renyi(p, seed);
  }
  static auto fixed_in_degree(const sk::generate::FixedDegree& p, sk::Seed seed) {
    return sk::generate::fixed_in_degree(p, seed);
  }
  static auto fixed_out_degree(const sk::generate::FixedDegree& p, sk::Seed seed) {
    return sk::generate::fixed_out_degree(p, seed);
  }
  static auto small_world(const sk::generate::SmallWorld& p, sk::Seed seed) {
    return sk::generate::small_world(p, seed);
  }
};

inline void print_graph(const char* what, const sk::Graph<>& graph) {
  std::uint64_t hash = sk::detail::mix(graph.neurons());
  for (const auto [pre, post, weight, delay] : graph.edges())
    hash += sk::detail::mix(
        sk::detail::mix(sk::detail::mix(sk::detail::mix(pre) ^ post) ^ std::bit_cast<std::uint32_t>(weight)) ^ delay);
  std::printf("%-26s %9llu %016llx\n", what, static_cast<unsigned long long>(graph.synapses()),
              static_cast<unsigned long long>(hash));
}

template <class Generators>
void print_graphs() {
  constexpr sk::generate::Weights drawn{.mean = 0.3, .std = 0.2, .inhibitory_fraction = 0.25, .inhibitory_scale = 4.0};
  constexpr std::uint64_t neurons = 2000;
  constexpr sk::Seed seed{5};
  print_graph("normal graph", Generators::normal({.neurons = neurons, .mean = 0.1, .std = 2.0}, seed));
  print_graph("uniform graph", Generators::uniform({.neurons = neurons, .low = -0.3, .high = 0.7}, seed));
  print_graph("mexican hat",
              sk::generate::mexican_hat({.neurons = 500, .a = 0.5, .sigma_1 = 7.0, .sigma_2 = 19.0, .scale = 0.1}));
  print_graph("erdos renyi", Generators::erdos_renyi({.neurons = neurons, .weights = drawn}, seed));
  print_graph("fixed in-degree", Generators::fixed_in_degree({.neurons = neurons, .weights = drawn}, seed));
  print_graph("fixed out-degree, multiple",
              Generators::fixed_out_degree({.neurons = 70, .degree = 50, .weights = drawn, .multapses = true}, seed));
  print_graph("small world", Generators::small_world({.neurons = neurons, .weights = drawn}, seed));
  print_graph("random delays",
              sk::with_delays(Generators::fixed_in_degree({.neurons = neurons}, seed), {1, 300}, sk::Seed{6}));
}

/// What a run leaves behind.
struct Outcome {
  std::uint64_t spikes = 0, fingerprint = 0, state_hash = 0;

  bool operator==(const Outcome&) const = default;
};

template <class Network, class Model, class Stimulus, class Backend>
Outcome simulated(const Network& network, const Model& model, const Stimulus& stimulus, Backend backend,
                  std::uint64_t equilibration, const Pieces& pieces) {
  sk::Simulator simulator{network, model, stimulus, sk::Seed{42}, backend};
  simulator.equilibrate(equilibration);
  Outcome outcome;
  for (const std::uint64_t steps : pieces) {
    const auto events = simulator.run(steps);
    outcome.fingerprint += events.fingerprint();
    outcome.spikes += events.total();
  }
  outcome.state_hash = simulator.state_hash();
  return outcome;
}

/// The cases of a backend; Product is what those run with that are said to be by product. Where a backend has threads,
/// there are cases with several.
template <class Backend, class Product = Backend, class Generators = OnHost>
class Cases {
 public:
  /// Shortened cases are compared with those of the EigenBackend.
  explicit Cases(bool shortened, bool with_products = true) : shortened_(shortened), with_products_(with_products) {}

  void long_run() { simulate("normal 1e9", normal(), Backend{}, Pieces(20, 10'000)); }

  void small() {
    const auto graph = sk::generate::normal({.neurons = 100, .probability = 0.1, .std = 1.0}, sk::Seed{2});
    named_models(graph);
    models_of_neurons(graph);
    cascades(graph);
    stimuli(sk::generate::normal({.neurons = 1000, .probability = 0.01, .std = 1.0}, sk::Seed{2}));
    delays_and_batches(graph);
    sk::EdgeList<> star{40'000};
    for (std::uint32_t neuron = 1; neuron < star.neurons(); ++neuron) star.add(0, neuron, 0.01f);
    simulate("a hub", sk::Graph<>{star}, sk::PoissonGLM{}, sk::no_stimulus);
  }

  void all(const char* synapses, bool with_long_runs) {
    const auto celegans = scaled(sk::io::read_graph(synapses), 0.3f);
    if (with_long_runs) {
      simulate("celegans", celegans, Backend{}, {100'000});
      simulate("celegans again", celegans, Backend{}, {100'000});
      simulate("celegans in pieces", celegans, Backend{}, {1, 0, 999, 33'333, 65'667});
      simulate("celegans matrix product", celegans, Product{}, {100'000});
    }
    simulate("celegans start", celegans, Backend{}, {5'000});
    simulate("normal", normal(), Backend{}, {1000});
    simulate("normal in pieces", normal(), Backend{}, {17, 483, 500});
    hashed_ = false;  // so that not all rates are computed
    simulate("normal without a hash", normal(), Backend{}, {1000});
    hashed_ = true;
    simulate("normal start", normal(), Backend{}, {50});
    simulate("normal start by product", normal(), Product{}, {50});
    if constexpr (threaded) {
      for (const int threads : {2, 3}) {
        simulate(threads == 2 ? "celegans start, 2 threads" : "celegans start, 3 threads", celegans,
                 by_threads<Backend>(threads), {1'000, 4'000});
        simulate(threads == 2 ? "normal, 2 threads" : "normal, 3 threads", normal(), by_threads<Backend>(threads),
                 {1000});
        simulate(threads == 2 ? "normal product, 2 threads" : "normal product, 3 threads", normal(),
                 by_threads<Product>(threads), {50});
      }
    }
    print_graphs<Generators>();
    const auto moderate = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 1.0}, sk::Seed{2});
    named_models(moderate);
    models_of_neurons(moderate);
    cascades(moderate);
    stimuli(moderate);
    delays_and_batches(moderate);
  }

  bool same() const { return same_; }

  // The groups of cases, which may be compiled side by side.
  void named_models(const sk::Graph<>& graph);
  void models_of_neurons(const sk::Graph<>& graph);
  void cascades(const sk::Graph<>& graph);
  void stimuli(const sk::Graph<>& graph);
  void delays_and_batches(const sk::Graph<>& graph);

 private:
  static constexpr bool threaded = requires(Backend backend) { backend.threads; };

  template <class Threaded>
  static Threaded by_threads(int threads) {
    Threaded backend;
    backend.threads = threads;
    return backend;
  }

  static const sk::Graph<>& normal() {
    static const auto graph = sk::generate::normal({.neurons = 5000, .probability = 0.1, .std = 5.0}, sk::Seed{1});
    return graph;
  }

  template <class Network, class Model, class Stimulus, class Any = Backend>
  void simulate(const char* what, const Network& network, const Model& model, const Stimulus& stimulus,
                const Any& backend = {}, const Pieces& pieces = {30, 270}) {
    if (!with_products_ && std::is_same_v<Any, Product> && !std::is_same_v<Product, Backend>) return;
    const auto run = [&](auto with, std::uint64_t equilibration, const Pieces& taken) {
      with.hash_state = hashed_;
      return simulated(network, model, stimulus, with, equilibration, taken);
    };
    if (shortened_) {
      const bool same = run(backend, 20, {3, 70}) == run(sk::EigenBackend<>{}, 20, {3, 70});
      std::printf("%-26s %s\n", what, same ? "same" : "DIFFERENT");
      same_ &= same;
    } else {
      const Outcome outcome = run(backend, 100, pieces);
      std::printf("%-26s %9llu %016llx %016llx\n", what, static_cast<unsigned long long>(outcome.spikes),
                  static_cast<unsigned long long>(outcome.fingerprint),
                  static_cast<unsigned long long>(outcome.state_hash));
    }
    std::fflush(stdout);
  }

  template <class Any>
  void simulate(const char* what, const sk::Graph<>& graph, const Any& backend, const Pieces& pieces) {
    simulate(what, graph, sk::BernoulliGLM{{.theta = 5.0f, .coupling_window = 20}}, sk::no_stimulus, backend, pieces);
  }

  bool shortened_, with_products_, hashed_ = true, same_ = true;
};

template <class Backend, class Product, class Generators>
void Cases<Backend, Product, Generators>::named_models(const sk::Graph<>& graph) {
  const sk::PoissonGLM poisson{{.r = 0.5f, .alpha = 20.0f, .tau = 7.0f}};
  simulate("poisson glm", graph, poisson, sk::no_stimulus);
  simulate("poisson glm by product", graph, poisson, sk::no_stimulus, Product{}, {300});
  simulate("rectified lnp", graph, sk::RectifiedLNP{{.dt = 0.3f, .lambda_0 = 0.1f}}, sk::no_stimulus);
  simulate("rectified sam", graph, sk::RectifiedSAM{{.dt = 0.3f, .lambda_0 = 0.05f}}, sk::no_stimulus);
  simulate("threshold sam", graph, sk::ThresholdSAM{{.dt = 0.3f, .r = 0.15f}}, sk::no_stimulus);
}

template <class Backend, class Product, class Generators>
void Cases<Backend, Product, Generators>::models_of_neurons(const sk::Graph<>& graph) {
  // Means from 1e-6 to 1e7, by way of every branch of the Poisson distribution.
  std::vector<float> means, thresholds;
  std::vector<int> rests;
  for (std::uint64_t i = 0; i < graph.neurons(); ++i) {
    means.push_back(static_cast<float>(sk::exp(static_cast<double>(i) * (30.0 / 1000) - 14.0)));
    thresholds.push_back(4.0f + static_cast<float>(i % 7) * 0.37f);
    rests.push_back(static_cast<int>(i % 3 * 20));
  }
  const auto counting = sk::per_neuron(sk::RectifiedLNP{{.lambda_0 = 1.0f}}, &sk::ConstantBaseline::b, means);
  simulate("poisson counts", sk::Graph<>{sk::EdgeList<>{graph.neurons()}}, counting, sk::no_stimulus);
  simulate("theta of each neuron", graph, sk::per_neuron(sk::BernoulliGLM{}, &sk::Logistic::theta, thresholds),
           sk::no_stimulus);
  simulate("history of each neuron", graph,
           sk::per_neuron(sk::BernoulliGLM{{.theta = 4.0f, .refractory_decay = 0.1f}},
                          &sk::RefractoryFilter::rel_ref_steps, rests),
           sk::no_stimulus);
}

template <class Backend, class Product, class Generators>
void Cases<Backend, Product, Generators>::cascades(const sk::Graph<>& graph) {
  simulate("softplus, noise", graph,
           Noisy{{.dt = 1.5f}, {}, {}, {0.5f, 0.8f, 0.3f}, {.lambda_0 = 0.3f, .beta = 1.3f, .theta = 3.0f}},
           sk::no_stimulus);
  simulate("two decays", weighed<2>(graph), TwoDecays{{}, {{{{0.3f, 10}, {0.07f, sk::infinite_window}}}}},
           sk::no_stimulus);
  simulate("postsynaptic potentials", graph, Potentials{{.dt = 0.5}, {}, {}, {.b = -1.0}, {.alpha = 20.0}},
           sk::no_stimulus);
  simulate("raised cosines", weighed<3>(graph), Cosines{{}, {}, {{-50.0f, -3.7f, 0.3f}}}, sk::no_stimulus);
}

template <class Backend, class Product, class Generators>
void Cases<Backend, Product, Generators>::stimuli(const sk::Graph<>& graph) {
  Eigen::MatrixXf matrix(static_cast<Eigen::Index>(graph.neurons()), 90);
  for (Eigen::Index i = 0; i < matrix.size(); ++i) matrix(i) = static_cast<float>(i % 23) * 0.1f - 1.1f;
  const auto pulses = sk::regular_pulses({.strength = 0.7f, .start_steps = 5, .period_steps = 17, .pulse_steps = 3});
  const auto wave = sk::sinusoid({.amplitude = 1.3f, .period_ms = 37.7, .baseline = 0.2f}).on(sk::neurons(100, 700));
  const auto events = sk::poisson_pulses({.strength = 0.9f, .mean_interval_steps = 12.3, .pulse_steps = 2});
  const auto movie = sk::recorded(matrix).from(40).on(sk::neurons({1, 2, 3, 500, 900}));
  simulate("stimuli that add up", graph, sk::BernoulliGLM{}, pulses + wave + events + movie + Ramp{} + events);
  simulate("stimuli in channels", graph, ThreeChannels{{}, {}, {}, {}, {}, {}, {{0.7f, -0.3f, 1.1f}}},
           sk::channels(wave, movie + pulses, events));
}

template <class Backend, class Product, class Generators>
void Cases<Backend, Product, Generators>::delays_and_batches(const sk::Graph<>& graph) {
  const auto delayed = sk::with_delays(graph, {1, 20}, sk::Seed{3});
  simulate("delays", delayed, Backend{}, {30, 270});
  simulate("delays by product", delayed, Product{}, {300});

  std::vector<sk::Graph<>> graphs;
  for (const std::uint64_t neurons : {1, 300, 40, 700, 257})
    graphs.push_back(sk::generate::normal({.neurons = neurons, .std = 5.0}, sk::Seed{neurons}));
  const auto networks = sk::batch(graphs);
  const auto wave = sk::sinusoid({.amplitude = 1.0f, .period_ms = 50.0}) +
                    sk::poisson_pulses({.strength = 2.0f, .mean_interval_steps = 40.0});
  const sk::BernoulliGLM model;
  simulate("batch", networks, model, wave);
  simulate("trials of a batch", sk::trials(networks, 3), model, wave);
  if constexpr (threaded) {
    simulate("delays, 3 threads", delayed, by_threads<Backend>(3), {300});
    simulate("batch, 2 threads", networks, model, wave, by_threads<Backend>(2), {300});
    simulate("batch, 7 threads", networks, model, wave, by_threads<Backend>(7), {300});
    simulate("trials, 3 threads", sk::trials(networks, 3), model, wave, by_threads<Backend>(3), {300});
  }
}

/// The work of main.
template <class Tested>
int print(int argc, char** argv) {
  const std::string_view mode = argc > 2 ? argv[2] : "";
  Tested cases{mode == "small" || mode == "own", mode != "own"};
  std::printf("exact %d\n", sk::build_is_exact());
  if (mode == "long")
    cases.long_run();
  else if (mode == "small" || mode == "own")
    cases.small();
  else
    cases.all(argv[1], mode != "short");
  return cases.same() ? 0 : 1;
}

}  // namespace fingerprints
