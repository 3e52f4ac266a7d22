// SPDX-License-Identifier: BSD-3-Clause
//
// The state of a simulation between two steps, as a value. A simulator can save its state, and any other simulator that
// the state fits can continue from it.
//
//   gpu.restore(cpu.state());                                // another backend, the same spikes from now on
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
#include "spikeometric/model/filters/history.hpp"
#include "spikeometric/parameter/errors.hpp"
#include "spikeometric/random/streams.hpp"

namespace spikeometric {

namespace detail {

template <class Model>
using FilterStateOf = typename decltype(std::declval<const Model&>().kernel(std::declval<HostArrays&>()))::State;

}  // namespace detail

/// The state of one network between two steps: everything its future depends on except graph, model, stimulus, seed and
/// network id. It does not depend on the backend, the threads or the strategy.
template <class Model>
struct NetworkState {
  std::uint64_t random_step = 0;  ///< steps since the start, equilibration included
  std::uint64_t step = 0;         ///< steps of `run` since the start

  /// The spikes of the latest steps, latest step first. There are as many steps as lags of the (longest) self-history,
  /// but at least one. The spikes of a step are in ascending order of neurons and have offset 0. The spikes of the
  /// latest step are not yet in `arriving`.
  std::vector<std::vector<EventOf<Model>>> recent;

  /// [step][neuron][basis function], from the next step on: the sums over synapses of the spikes before the latest
  /// step. The number of steps is the longest delay minus 1, so 0 without delays. The sums are at most 2^53 in size, in
  /// a binary model 2^50.
  std::vector<std::int64_t> arriving;
  std::vector<std::int16_t> exponents;  ///< for each neuron: its arriving sums are in units of 2^-exponent

  std::vector<detail::FilterStateOf<Model>> filters;  ///< one for each neuron

  /// [lag - 1][neuron][basis function]: sums over synapses in earlier steps, latest step first. The number of steps
  /// is the filter's memory().
  std::vector<float> past;
};

/// The states of the networks of a simulator, in order. A simulator of a graph has one.
template <class Model>
using SimulatorState = std::vector<NetworkState<Model>>;

namespace detail {

/// The arriving sums of a state in the units of a network. Throws InvalidArgument, naming the sum, if a sum cannot be
/// represented exactly in these units, or exceeds 2^53 units in size (2^50 in a binary model).
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
      throw InvalidArgument(
          "the arriving sum " + std::to_string(sums[i]) + " of neuron " + std::to_string(neuron) + ", in units of 2^" +
          std::to_string(-state.exponents[neuron]) + ", must be a multiple of 2^" + std::to_string(-exponents[neuron]) +
          ", the unit of the weights onto the neuron, and at most 2^" + std::to_string(bits) + " of these units");
    sums[i] = static_cast<std::int64_t>(wanted);
  }
  return sums;
}

/// Throws InvalidArgument, naming what differs, if a network of an engine cannot continue from a state.
template <class Model, class Engine>
void require_fits(const NetworkState<Model>& state, const Model& model, const Engine& engine, std::size_t network) {
  const auto refuse = [](const std::string& what) { throw InvalidArgument(what); };
  const auto require_size = [&](std::size_t given, std::uint64_t needed, const char* what) {
    if (given != needed)
      refuse("the state has " + std::to_string(given) + " " + what + " instead of " + std::to_string(needed));
  };
  const std::uint64_t neurons = engine.neurons(network), row = neurons * Model::bases;
  HostArrays arrays;
  require_size(state.filters.size(), neurons, "neurons");
  require_size(state.recent.size(), std::max<std::size_t>(lags_of(model.history.taps(model.dt())), 1),
               "steps of spikes (lags of the self-history)");
  require_size(state.past.size(), row * model.kernel(arrays).filter.memory(),
               "past sums (neurons x basis functions x steps of the coupling window)");
  require_size(state.arriving.size(), row * (engine.max_delay(network) - 1u),
               "arriving sums (neurons x basis functions x (longest delay - 1))");

  if (!state.arriving.empty()) require_size(state.exponents.size(), neurons, "exponents of arriving sums");
  static_cast<void>(in_units(state, engine.exponents(network)));

  for (const auto& spikes : state.recent)
    for (std::size_t i = 0; i < spikes.size(); ++i) {
      const std::uint32_t neuron = spikes[i].neuron;
      const std::int64_t count = spikes[i].count;
      if (neuron >= neurons)
        refuse("a spike of neuron " + std::to_string(neuron) + " is invalid in a network of " +
               std::to_string(neurons) + " neurons");
      if (i > 0 && neuron <= spikes[i - 1].neuron)
        refuse("neuron " + std::to_string(neuron) + " after neuron " + std::to_string(spikes[i - 1].neuron) +
               ": the spikes of a step must be in ascending order of neurons, without duplicates");
      if (count < 1 || count > engine.count_limit(network))
        refuse("count " + std::to_string(count) + " of neuron " + std::to_string(neuron) + " must be between 1 and " +
               std::to_string(engine.count_limit(network)));
    }

  if (state.step > state.random_step)
    refuse("step = " + std::to_string(state.step) +
           " must be at most random_step = " + std::to_string(state.random_step));
  if (state.random_step > step_limit)
    refuse("random_step = " + std::to_string(state.random_step) + " must be at most 2^48");
}

}  // namespace detail

}  // namespace spikeometric
