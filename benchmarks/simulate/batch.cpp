// SPDX-License-Identifier: BSD-3-Clause
//
// What a step of many small networks costs, against one of them over and over, and what threads bring.
#include <vector>

#include "../measure.hpp"

namespace sk = spikeometric;

namespace {

constexpr sk::Seed seed{42};

std::vector<sk::Graph<>> networks(std::int64_t count, std::int64_t neurons) {
  std::vector<sk::Graph<>> graphs;
  for (std::int64_t i = 0; i < count; ++i)
    graphs.push_back(
        sk::generate::normal({.neurons = static_cast<std::uint64_t>(neurons), .probability = 0.1, .std = 5.0},
                             sk::Seed{static_cast<std::uint64_t>(i)}));
  return graphs;
}

/// Networks, neurons of each, threads.
void batch(benchmark::State& state) {
  time_steps(state,
             sk::Simulator{sk::batch(networks(state.range(0), state.range(1))), sk::BernoulliGLM{}, sk::no_stimulus,
                           seed, sk::EigenBackend<>{.threads = static_cast<int>(state.range(2))}});
}
BENCHMARK(batch)
    ->Args({1, 100, 1})
    ->Args({1, 1000, 1})
    ->Args({1000, 100, 1})
    ->Args({1000, 100, 2})
    ->Args({100, 1000, 1})
    ->Args({100, 1000, 2})
    ->Apply(timed_by_step);

/// Of one network.
void trials(benchmark::State& state) {
  time_steps(state,
             sk::Simulator{sk::trials(networks(1, state.range(1))[0], static_cast<std::uint64_t>(state.range(0))),
                           sk::BernoulliGLM{}, sk::no_stimulus, seed,
                           sk::EigenBackend<>{.threads = static_cast<int>(state.range(2))}});
}
BENCHMARK(trials)->Args({1000, 100, 1})->Args({1000, 100, 2})->Apply(timed_by_step);

}  // namespace
