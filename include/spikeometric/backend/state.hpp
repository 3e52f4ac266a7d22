// SPDX-License-Identifier: BSD-3-Clause
//
// The state of a simulation between two steps, as a value: one simulator gives it, and another goes on from it.
//
//   gpu.restore(cpu.state());                                // another backend, the same spikes from here on
//
//   const auto state = simulator.state();                    // one past, several futures
//   louder.restore(state);                                   // a simulator with another stimulus
//   sk::Simulator many{sk::trials(graph, 100), model, sk::no_stimulus, sk::Seed{43}};
//   many.restore({100, state[0]});
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "spikeometric/detail/text.hpp"
#include "spikeometric/model/arrays.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

namespace detail {

template <class Model>
using FilterStateOf = typename decltype(std::declval<const Model&>().kernel(std::declval<HostArrays&>()))::State;

}  // namespace detail

/// One network between two steps: all that its future depends on beside graph, model, stimulus, seed and network id.
/// The same on every backend, whatever its threads and strategy.
template <class Model>
struct NetworkState {
  std::uint64_t random_step = 0;  ///< steps since the start, equilibration included
  std::uint64_t step = 0;         ///< steps of `run` since the start

  /// The spikes of the latest steps, the latest first, each step's in order of neurons, with offset 0: of as many steps
  /// as the self-history has lags, and of one at least. Those of the latest step have passed no synapse yet.
  std::vector<std::vector<EventOf<Model>>> recent;

  /// [step][neuron][basis function], from the next step on: what the spikes before the latest step add to the sums over
  /// synapses. One row fewer than the longest delay has steps, so none without delays. At most 2^53 in size, in a
  /// binary model 2^50.
  std::vector<std::int64_t> arriving;
  std::vector<std::int16_t> exponents;  ///< of each neuron: its arriving sums are in units of 2^-exponent

  std::vector<detail::FilterStateOf<Model>> filters;  ///< one for each neuron

  /// [lag - 1][neuron][basis function]: sums over synapses of the steps before, the latest first, as many as the
  /// filter's memory().
  std::vector<float> past;
};

/// The networks of a simulator in their order; one of a graph.
template <class Model>
using SimulatorState = std::vector<NetworkState<Model>>;

namespace detail {

/// The arriving sums of a state in units of a network. Throws InvalidArgument, naming the sum, where one cannot be
/// represented there exactly, or is beyond 2^53 units, of binary models 2^50.
template <class Model>
std::vector<std::int64_t> in_units(const NetworkState<Model>& state, const std::vector<std::int16_t>& exponents) {
  constexpr int bits = Model::binary ? 50 : 53;
  constexpr std::int64_t limit = std::int64_t{1} << bits;
  std::vector<std::int64_t> sums = state.arriving;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::size_t neuron = i / Model::bases % exponents.size();
    const int finer = exponents[neuron] - state.exponents[neuron];
    const double wanted = std::ldexp(static_cast<double>(sums[i]), finer);
    const bool fits = sums[i] >= -limit && sums[i] <= limit && std::abs(wanted) <= static_cast<double>(limit) &&
                      wanted == std::trunc(wanted);
    if (!fits)
      throw InvalidArgument("the arriving sum " + std::to_string(sums[i]) + " of neuron " + std::to_string(neuron) +
                            ", in units of 2^" + std::to_string(-state.exponents[neuron]) +
                            ", is not a whole number of up to 2^" + std::to_string(bits) + " units of 2^" +
                            std::to_string(-exponents[neuron]) + ", in which the weights onto it are");
    sums[i] = static_cast<std::int64_t>(wanted);
  }
  return sums;
}

/// Throws InvalidArgument, naming what differs, for a state that the network of an engine cannot go on from.
template <class Model, class Engine>
void require_fits(const NetworkState<Model>& state, const Model& model, const Engine& engine, std::size_t network) {
  const auto refuse = [](const std::string& what) { throw InvalidArgument(what); };
  const auto require_size = [&](std::size_t given, std::uint64_t needed, const char* what) {
    if (given != needed)
      refuse("a state of " + std::to_string(given) + " " + what + " does not fit a network of " +
             std::to_string(needed));
  };
  const std::uint64_t neurons = engine.neurons(network), row = neurons * Model::bases;
  HostArrays arrays;
  require_size(state.filters.size(), neurons, "neurons");
  require_size(state.recent.size(), std::max<std::size_t>(model.history.taps(model.dt()).size(), 1),
               "steps of spikes, the lags of the self-history,");
  require_size(state.past.size(), row * model.kernel(arrays).filter.memory(),
               "past sums, neurons x basis functions x steps of the coupling window,");
  require_size(state.arriving.size(), row * (engine.max_delay(network) - 1u),
               "arriving sums, neurons x basis functions x steps of the longest delay after the first,");

  if (!state.arriving.empty()) require_size(state.exponents.size(), neurons, "exponents of arriving sums");
  static_cast<void>(in_units(state, engine.exponents(network)));

  for (const auto& spikes : state.recent)
    for (std::size_t i = 0; i < spikes.size(); ++i) {
      const std::uint32_t neuron = spikes[i].neuron;
      const std::int64_t count = spikes[i].count;
      if (neuron >= neurons)
        refuse("a spike of neuron " + std::to_string(neuron) + " does not fit a network of " + std::to_string(neurons));
      if (i > 0 && neuron <= spikes[i - 1].neuron)
        refuse("neuron " + std::to_string(neuron) + " after neuron " + std::to_string(spikes[i - 1].neuron) +
               ": the spikes of a step must ascend, one entry for each neuron");
      if (count < 1 || count > engine.count_limit(network))
        refuse("count " + std::to_string(count) + " of neuron " + std::to_string(neuron) + " is not in 1 to " +
               std::to_string(engine.count_limit(network)));
    }

  if (state.step > state.random_step)
    refuse("step " + std::to_string(state.step) + " is beyond the " + std::to_string(state.random_step) +
           " steps since the start");
  if (state.random_step > step_limit) refuse("step " + std::to_string(state.random_step) + " is beyond step 2^48");
}

}  // namespace detail

}  // namespace spikeometric
