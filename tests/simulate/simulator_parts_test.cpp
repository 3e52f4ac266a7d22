// SPDX-License-Identifier: BSD-3-Clause
// Simulators of several weights a synapse, and of synaptic activation.
#include <Eigen/Core>

#include <array>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "../support.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/nonlinearities/identity.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

std::vector<Spike> list(const Events<BinaryEvent>& events) { return {events.begin(), events.end()}; }

}  // namespace

TEST_CASE("a basis of equal filters is one filter of the sum of their weights") {
  support::Numbers numbers{6};
  EdgeList<std::array<float, 2>> split{200};
  EdgeList<std::array<float, 1>> single{200};
  EdgeList joined{200};
  for (std::uint32_t pre = 0; pre < 200; ++pre)
    for (int k = 0; k < 10; ++k) {
      const auto post = (pre * 7 + static_cast<std::uint32_t>(k) * 19) % 200;
      // Multiples of 2^-10, so that all sums are exact.
      const auto a = static_cast<float>(numbers.between(-900, 900)) * 0x1p-10f,
                 b = static_cast<float>(numbers.between(-900, 900)) * 0x1p-10f;
      split.add(pre, post, {a, b}, 1 + k % 3);
      single.add(pre, post, {a + b}, 1 + k % 3);
      joined.add(pre, post, a + b, 1 + k % 3);
    }
  const Fir taps{{1.0f, 0.5f, -0.25f}};
  using One = Cascade<Fir, RefractoryFilter>;
  using Two = Cascade<Basis<Fir, 2>, RefractoryFilter>;
  const Events expected = Simulator{Graph{joined}, One{{}, taps}, no_stimulus, Seed{3}}.run(200);
  CHECK(expected.size() > 100);
  const Two two{{}, {{taps, taps}}};
  CHECK((list(Simulator{Graph{split}, two, no_stimulus, Seed{3}}.run(200)) == list(expected)));
  CHECK((list(Simulator{Graph{single}, One{{}, taps}, no_stimulus, Seed{3}}.run(200)) == list(expected)));
}

namespace {

using Active = Cascade<LeakyFilter, NoHistory, NoBaseline, Identity, ThresholdSampler>;

/// Every neuron projects to itself, so that its input is its own activation.
Graph<> mirrors(std::uint32_t neurons) {
  EdgeList edges{neurons};
  for (std::uint32_t i = 0; i < neurons; ++i) edges.add(i, i, 1.0f);
  return Graph{edges};
}

}  // namespace

TEST_CASE("synaptic activations are uniform in (0, 1) at the start, and differ between neurons and networks") {
  constexpr std::uint32_t neurons = 100'000;
  for (const float theta : {0.0f, 0.1f, 0.5f, 0.9f, 1.0f}) {
    Simulator simulator{mirrors(neurons), Active{{}, {}, {}, {}, {}, {theta}}, no_stimulus, Seed{3}};
    const double p = 1.0 - static_cast<double>(theta), spikes = static_cast<double>(simulator.run(1).size());
    if (theta == 0.0f || theta == 1.0f)
      CHECK(spikes == neurons * p);
    else
      CHECK(sigmas(spikes, neurons * p, neurons * p * (1.0 - p)) < 5);
  }
  const auto active = [](Seed seed, std::uint32_t id) {
    Simulator simulator{mirrors(1000), Active{{}, {}, {}, {}, {}, {0.5f}}, no_stimulus, seed,
                        EigenBackend<>{.first_network = id}};
    return list(simulator.run(1));
  };
  CHECK(active(Seed{1}, 0) == active(Seed{1}, 0));
  CHECK(active(Seed{1}, 0) != active(Seed{2}, 0));
  CHECK(active(Seed{1}, 0) != active(Seed{1}, 1));
}

TEST_CASE("a given activation decays as (1 - dt / tau)^t, and spikes add dt") {
  // theta is never met, so that g is what the activation of neuron 0 leaves: hashed, and compared with a threshold.
  const float dt = 0.5f, tau = 4.0f;
  EdgeList edges{2};
  edges.add(0, 1, 1.0f);
  double left = 3.0;
  for (std::uint64_t t = 0; t < 20; ++t, left *= 1.0 - 0.5 / 4.0)
    for (const double factor : {1.0 - 1e-6, 1.0 + 1e-6}) {
      Simulator simulator{Graph{edges},
                          Active{{.dt = dt}, {.tau = tau}, {}, {}, {}, {static_cast<float>(left * factor)}},
                          no_stimulus, Seed{1}};
      simulator.reset_activation(Eigen::Vector2d(3.0, 0.0));
      const auto spikes = list(simulator.run(t + 1));
      // Neuron 1 spikes while its input is above the threshold, and its own spikes go nowhere.
      CHECK(spikes.size() == (factor < 1.0 ? t + 1 : t));
    }
  Simulator counting{mirrors(1), Active{{.dt = dt}, {.tau = tau}, {}, {}, {}, {0.75f}}, no_stimulus, Seed{1}};
  counting.reset_activation(Eigen::VectorXd::Constant(1, 0.8));
  // 0.8 spikes; 0.8 * 7/8 + 1/2 = 1.2 spikes; 1.55 spikes ...
  CHECK(counting.run(3).size() == 3);
  counting.reset_activation(Eigen::VectorXd::Constant(1, 0.7));
  CHECK(counting.run(3).empty());
}

TEST_CASE("a deterministic model without noise does not depend on the seed") {
  support::Numbers numbers{8};
  const auto network =
      against::random_network(numbers, {.neurons = 300, .probability = 0.05, .strength = 1.0, .longest_delay = 5});
  const auto graph = against::graph_of<float, 1, std::uint32_t>(network.synapses);
  const Active model{{}, {.tau = 5.0f}, {}, {}, {}, {0.3f}};
  const Eigen::VectorXd activation = Eigen::VectorXd::NullaryExpr(300, [&] { return numbers.real(0.0, 1.0); });
  Simulator a{graph, model, no_stimulus, Seed{1}}, b{graph, model, no_stimulus, Seed{2}};
  CHECK((list(a.run(100)) != list(b.run(100))));  // by default activations are random
  a.reset_activation(activation);
  b.reset_activation(activation);
  const auto spikes = list(a.run(100));
  CHECK(spikes.size() > 1000);
  CHECK((list(b.run(100)) == spikes));
}

TEST_CASE("with a given past, a model with activations starts from activations of 0") {
  Simulator simulator{mirrors(50), Active{{}, {}, {}, {}, {}, {0.0f}}, no_stimulus, Seed{1}};
  simulator.reset(Eigen::MatrixXi::Zero(50, 3));
  CHECK(simulator.run(20).empty());
  Eigen::MatrixXi history = Eigen::MatrixXi::Zero(50, 3);
  history(7, 1) = 1;
  simulator.reset(history);
  CHECK(list(simulator.run(2)) == std::vector<Spike>{{0, 7, 1}, {1, 7, 1}});
}

TEST_CASE("an activation that does not fit is refused and changes nothing") {
  const Active model{{}, {}, {}, {}, {}, {0.5f}};
  Simulator simulator{mirrors(10), model, no_stimulus, Seed{3}}, alike{mirrors(10), model, no_stimulus, Seed{3}};
  simulator.run(10);
  alike.run(10);
  Eigen::VectorXd activation = Eigen::VectorXd::Zero(10);
  check_message<std::invalid_argument>([&] { simulator.reset_activation(Eigen::VectorXd::Zero(9)); },
                                       {"9 neurons", "10"});
  activation[3] = std::numeric_limits<double>::quiet_NaN();
  check_message<std::invalid_argument>([&] { simulator.reset_activation(activation); }, {"activation nan", "neuron 3"});
  activation[3] = -std::numeric_limits<double>::infinity();
  check_message<std::invalid_argument>([&] { simulator.reset_activation(activation); },
                                       {"activation -inf", "neuron 3"});
  CHECK(simulator.step() == 10);
  CHECK((list(simulator.run(30)) == list(alike.run(30))));
}
