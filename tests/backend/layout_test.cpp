// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/layout.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../same_state.hpp"
#include "../support.hpp"
#include "spikeometric/graph/delays.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"

using namespace spikeometric;
using detail::GraphSize, detail::HostMemory, detail::NetworkLayout;

namespace {

Graph<> network(std::uint64_t neurons, int longest_delay, float std = 1.0f) {
  const Graph graph = generate::normal({.neurons = neurons, .probability = 0.3, .std = std}, Seed{neurons});
  return longest_delay == 1 ? graph : with_delays(graph, {.shortest = 1, .longest = longest_delay}, Seed{6});
}

BernoulliGLM windowed(int window, int lags = 3) {
  return BernoulliGLM{{.coupling_window = window, .abs_ref_steps = lags, .rel_ref_steps = 0}};
}

template <class Model>
NetworkLayout<Model> layout_of(const std::vector<Graph<>>& graphs, std::uint64_t trials,
                               const std::vector<Model>& models, std::uint32_t more = 0) {
  return {{graphs.begin(), graphs.end()}, trials, models, more};
}

template <class Model>
using KernelOf = decltype(std::declval<const Model&>().kernel(std::declval<HostArrays&>()));
template <class Model>
using ArraysOf = detail::NetworkArrays<HostMemory, Model, KernelOf<Model>, Graph<>>;

template <class Model>
ArraysOf<Model> arrays_of(const std::vector<Graph<>>& graphs, std::uint64_t trials, const std::vector<Model>& models,
                          std::uint32_t more = 0) {
  HostMemory memory;
  typename ArraysOf<Model>::AllSynapses synapses;
  for (const Graph<>& graph : graphs) {
    detail::FixedPointGraph fixed{Graph<>(graph)};
    const std::int64_t limit = detail::count_limit_of<Model>(fixed);
    synapses.push_back(std::make_shared<const typename ArraysOf<Model>::GraphSynapses>(memory, GraphSize(graph),
                                                                                       std::move(fixed), limit));
  }
  return {memory, layout_of(graphs, trials, models, more), std::move(synapses), models, Seed{4}, 10};
}

const std::vector<Graph<>> three{network(40, 2), network(1, 1), network(64, 9)};

}  // namespace

// --- sizes ---------------------------------------------------------------------------------------------------------

TEST_CASE("networks are stored one after the other from multiples of 32 on, and trials of a graph separately") {
  const auto layout = layout_of(three, 2, std::vector{windowed(5)});
  REQUIRE(layout.places.size() == 6);
  const std::uint32_t firsts[] = {0, 64, 96, 160, 224, 256}, neurons[] = {40, 1, 64, 40, 1, 64};
  for (std::size_t i = 0; i < 6; ++i) {
    CAPTURE(i);
    const auto& place = layout.places[i];
    CHECK((place.first == firsts[i] && place.neurons == neurons[i] && place.first % detail::group_size == 0));
    CHECK((place.stride % detail::group_size == 0 && place.stride >= place.neurons));
    CHECK((place.past_rows == 5 && place.lags == 3));
  }
  CHECK(layout.slots == 320);
  CHECK((layout.places[0].sums_rows == 2 && layout.places[1].sums_rows == 1 && layout.places[2].sums_rows == 9));
}

TEST_CASE("rings follow each other, and have a row for each step of the longest delay and the extra rows") {
  std::vector<BernoulliGLM> models{windowed(5), windowed(infinite_window), windowed(1)};
  const auto layout = layout_of(three, 1, models, 3);
  std::uint64_t sums = 0, past = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& place = layout.places[i];
    CHECK((place.sums == sums && place.past == past));
    CHECK(place.sums_rows == three[i].max_delay() + 3u);
    CHECK(place.past_rows == static_cast<std::uint32_t>(models[i].filter.coupling_window == infinite_window
                                                            ? 0
                                                            : models[i].filter.coupling_window));
    sums += std::uint64_t{place.stride} * place.sums_rows;
    past += std::uint64_t{place.stride} * place.past_rows;
  }
  CHECK((layout.sums == sums && layout.past == past));
}

TEST_CASE("every basis function has sums and past sums of its own") {
  using Model = Cascade<Basis<ExponentialFilter, 2>>;
  const Model model{{}, {{{{0.3f, 10}, {0.07f, 4}}}}};
  const Graph graph = network(33, 4).with_weights([](auto, auto, float weight) { return std::array{weight, weight}; });
  const NetworkLayout<Model> layout{{GraphSize(graph)}, 1, {model}, 0};
  CHECK((layout.slots == 64 && layout.sums == 64 * 4 * 2 && layout.past == 64 * 10 * 2));
}

TEST_CASE("the size of memory is known before it is allocated") {
  const std::vector models{windowed(5)};
  const auto layout = layout_of(three, 2, models, 1);
  std::uint64_t synapses = 0;
  for (const Graph<>& graph : three)
    synapses +=
        8 * (graph.neurons() + 1) + 8 * graph.neurons() + graph.synapses() * (8u + (graph.max_delay() > 1 ? 2 : 0));
  CHECK(ArraysOf<BernoulliGLM>::bytes(layout) ==
        synapses + 3 * sizeof(float) + layout.slots * sizeof(double) + 8 * layout.sums + 4 * layout.past);
}

TEST_CASE("self-histories of neurons take room for the longest of each neuron, and a view has those of its model") {
  const auto of = [](std::vector<int> steps) {
    return per_neuron(BernoulliGLM{{.rel_ref_steps = 0}}, &RefractoryFilter::abs_ref_steps, steps);
  };
  const std::vector models{of({1, 4, 0}), of({2, 0, 2})};
  using Model = std::remove_const_t<decltype(models)>::value_type;
  const std::vector<Graph<>> graphs{network(3, 1), network(3, 1)};
  const auto layout = layout_of(graphs, 1, models);
  CHECK((layout.places[0].lags == 4 && layout.places[1].lags == 2 && layout.max_lags == 4));
  CHECK(layout.model_bytes == 3 * (4 + 2) * sizeof(float));
  const auto arrays = arrays_of(graphs, 1, models);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& view = arrays.view(i);
    REQUIRE(view.history_stride() == view.lags);
    for (std::uint32_t neuron = 0; neuron < 3; ++neuron)
      for (std::uint32_t lag = 0; lag < view.lags; ++lag)
        CHECK(view.history[neuron * view.lags + lag] ==
              (static_cast<int>(lag) < models[i].history.policies[neuron].abs_ref_steps ? -100.0f : 0.0f));
  }
  STATIC_REQUIRE((detail::own_history<Model> && !detail::own_history<BernoulliGLM>));
  CHECK(arrays_of(three, 1, std::vector{windowed(5)}).view(0).history_stride() == 0);
}

TEST_CASE("an invalid batch is refused") {
  const std::vector models{windowed(5)};
  check_message<InvalidGraph>([&] { layout_of({}, 1, models); }, {"at least one graph"});
  check_message<InvalidGraph>([&] { layout_of(three, 0, models); }, {"at least one graph"});
  std::vector<Graph<>> given{network(3, 1), network(3, 1)};
  (void)std::move(given[1]).release();
  check_message<InvalidGraph>([&] { layout_of(given, 1, models); }, {"network 1: ", "at least one neuron"});
  GraphSize large{three[0]};
  large.neurons = (std::uint64_t{1} << 32) - 100;
  check_message<InvalidGraph>(
      [&] {
        NetworkLayout<BernoulliGLM>{{large}, 1, models, 0};
      },
      {"4294967200 neurons in total", "32 bits"});
  const std::vector each{per_neuron(windowed(5), &Logistic::theta, std::vector<float>(40))};
  check_message<InvalidParameter>([&] { layout_of(three, 1, each); }, {"network 1: ", "40 neurons"});
}

// --- views ---------------------------------------------------------------------------------------------------------

TEST_CASE("a view has the arrays, model, id and synapses of its network") {
  const std::vector<BernoulliGLM> models{windowed(5), windowed(2), windowed(7, 1)};
  const auto arrays = arrays_of(three, 1, models, 1);
  using View = typename ArraysOf<BernoulliGLM>::View;
  static_assert(std::is_trivially_copyable_v<View>);
  CHECK((arrays.networks() == 3 && arrays.slots() == 160));
  const View& first = arrays.view(0);
  for (std::size_t i = 0; i < 3; ++i) {
    CAPTURE(i);
    const View& view = arrays.view(i);
    CHECK((view.neurons == three[i].neurons() && view.step.network == 10 + i && view.step.seed.value == 4));
    const auto fixed = detail::FixedPointGraph{Graph<>(three[i])};
    for (std::uint32_t neuron = 0; neuron < view.neurons; ++neuron)
      CHECK(view.synapses.units[neuron] == fixed.unit(neuron));
    CHECK((view.step.count_limit == 1 && !view.step.has_small_units));
    CHECK((view.states == first.states + view.first && view.sums == first.sums + (i == 0 ? 0 : i == 1 ? 192 : 256)));
    CHECK(view.sums_row(1) == view.sums + view.stride);
    CHECK(view.past_row(1) == view.past + view.stride);
    CHECK(view.past_of(0, 1).address(1) == view.past);
    CHECK((view.synapses.delays == nullptr) == (three[i].max_delay() == 1));
    const auto& rows = three[i].rows();
    CHECK(std::equal(rows.offsets.begin(), rows.offsets.end(), view.synapses.offsets));
    CHECK(std::equal(rows.targets.begin(), rows.targets.end(), view.synapses.targets));
    REQUIRE(view.lags == (i == 2 ? 1 : 3));
    CHECK(view.history[0] == static_cast<float>(models[i].history.taps(1.0f)[0]));
  }
}

TEST_CASE("a view tells whether a neuron has a unit below 2^-100") {
  const auto has_small_units = [](float weight) {
    EdgeList edges{3};
    edges.add(0, 1, 1.0f);
    edges.add(0, 2, weight);
    return arrays_of({Graph{edges}}, 1, std::vector{windowed(5)}).view(0).step.has_small_units;
  };
  CHECK(!has_small_units(0x1p-70f));  // 2^30 units of 2^-100
  CHECK(has_small_units(0x1p-71f));
}

TEST_CASE("trials share the synapses of their graph, and nothing else") {
  const auto arrays = arrays_of(three, 2, std::vector{windowed(5)});
  for (std::size_t i = 0; i < 3; ++i) {
    const auto &one = arrays.view(i), &other = arrays.view(i + 3);
    CHECK(one.synapses.targets == other.synapses.targets);
    CHECK(&arrays.synapses_of(i) == &arrays.synapses_of(i + 3));
    CHECK((one.sums != other.sums && one.states != other.states && one.past != other.past));
    CHECK((one.step.network == 10 + i && other.step.network == 13 + i));
  }
}

// --- states --------------------------------------------------------------------------------------------------------

TEST_CASE("a restored state is unchanged at any tick, and other networks keep theirs") {
  support::Numbers numbers{5};
  auto arrays = arrays_of(three, 2, std::vector{windowed(5)}, 2);
  for (const std::uint64_t tick : {std::uint64_t{1} << 32, (std::uint64_t{1} << 32) + 17, std::uint64_t{1} << 47}) {
    arrays.clear();
    std::vector<NetworkState<BernoulliGLM>> states;
    for (std::size_t i = 0; i < 6; ++i) {
      NetworkState<BernoulliGLM> state = arrays.state(i, tick);
      CHECK((state.filters.size() == three[i % 3].neurons() && state.past.size() == 5 * three[i % 3].neurons()));
      CHECK(state.arriving.size() == (three[i % 3].max_delay() - 1u) * three[i % 3].neurons());
      CHECK(state.exponents == arrays.synapses_of(i).exponents);
      for (auto& sum : state.arriving) sum = static_cast<std::int64_t>(numbers.bits() >> 14);
      for (float& sum : state.past) sum = static_cast<float>(numbers.real(-1.0, 1.0));
      for (double& filter : state.filters) filter = numbers.real(-1.0, 1.0);
      arrays.restore(i, state, tick);
      states.push_back(state);
    }
    for (std::size_t i = 0; i < 6; ++i) CHECK(same<BernoulliGLM>({arrays.state(i, tick)}, {states[i]}));

    // Where a step at this tick finds it: sums by the step they arrive in, past sums by their lag.
    for (std::size_t i = 0; i < 6; ++i) {
      const auto& view = arrays.view(i);
      for (std::uint32_t neuron = 0; neuron < view.neurons; ++neuron) {
        for (std::uint32_t ahead = 0; ahead + 1 < three[i % 3].max_delay(); ++ahead)
          REQUIRE(view.sums_row(detail::row_of(tick + ahead, view.sums_rows))[neuron] ==
                  states[i].arriving[ahead * view.neurons + neuron]);
        const auto past = view.past_of(neuron, detail::row_of(tick, view.past_rows));
        for (std::uint32_t lag = 1; lag <= 5; ++lag)
          REQUIRE(past(lag) == states[i].past[(lag - 1) * view.neurons + neuron]);
        REQUIRE(view.states[neuron] == states[i].filters[neuron]);
      }
    }
  }
}

TEST_CASE("clear removes the past") {
  auto arrays = arrays_of(three, 1, std::vector{windowed(5)});
  const auto blank = arrays.state(2, 1000);
  auto state = blank;
  std::fill(state.arriving.begin(), state.arriving.end(), 5);
  std::fill(state.past.begin(), state.past.end(), 5.0f);
  std::fill(state.filters.begin(), state.filters.end(), 5.0);
  arrays.restore(2, state, 1000);
  arrays.clear();
  CHECK(same<BernoulliGLM>({arrays.state(2, 1000)}, {blank}));
}

TEST_CASE("synaptic activations are weighted sums in the states of filters") {
  auto arrays = arrays_of(three, 1, std::vector{RectifiedSAM{{.lambda_0 = 1e-3f}}});
  const Graph<>& graph = three[2];
  std::vector<double> activation;
  for (std::size_t i = 0; i < graph.neurons(); ++i) activation.push_back(0.01 * static_cast<double>(i) - 0.2);
  arrays.activate(2, activation.data());
  std::vector<double> expected(graph.neurons());
  for (const auto [pre, post, weight, delay] : graph.edges()) {
    static_cast<void>(delay);
    expected[post] += static_cast<double>(weight) * activation[pre];
  }
  const auto state = arrays.state(2, 0);
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(state.filters[i] == Approx(expected[i]).margin(1e-8));
  CHECK(std::all_of(arrays.view(0).states, arrays.view(0).states + 40, [](double x) { return x == 0.0; }));
}
