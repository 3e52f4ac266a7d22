// SPDX-License-Identifier: BSD-3-Clause
// Networks with delays, and with several weights a synapse, spike for spike as the slow reference.
#include <cstddef>
#include <cstdint>

#include "../against_reference.hpp"
#include "../catch.hpp"
#include "../slow_reference.hpp"
#include "../support.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/simulate/simulator.hpp"

using namespace spikeometric;

namespace {

constexpr auto drive = [](std::uint64_t step, std::uint32_t neuron) {
  return neuron % 7 == step / 10 % 7 ? 1.5f : 0.0f;
};

}  // namespace

TEST_CASE("networks with delays spike exactly as the equations say") {
  support::Numbers numbers{21};
  against::Outcome outcome;
  for (int i = 0; i < (support::slow_build ? 12 : 100); ++i) {
    auto kind = against::random_kind(numbers, i);
    kind.strength = numbers.one_of<double>({0.3, 3.0});
    const auto network = against::random_network(numbers, kind);
    const BernoulliGLM::Parameters p{.dt = numbers.one_of<float>({1.0f, 0.5f}),
                                     .r = numbers.one_of<float>({1.0f, -0.7f}),
                                     .theta = static_cast<float>(numbers.real(-2.0, 3.0)),
                                     .coupling_window = numbers.one_of<int>({1, 20, infinite_window}),
                                     .abs_ref_steps = numbers.one_of<int>({0, 3}),
                                     .rel_ref_steps = numbers.one_of<int>({0, 7})};
    CAPTURE(i, kind.longest_delay, p.coupling_window);
    const auto course = against::random_course<BernoulliGLM>(numbers, network);
    const slow::Model slow_model = slow::bernoulli_glm(p);
    if (numbers.coin(0.5))
      against::check<1>(network, BernoulliGLM{p}, slow_model, drive, drive, course, outcome);
    else
      against::check<1>(network, BernoulliGLM{p}, slow_model, no_stimulus, {}, course, outcome);
  }
  against::check_worth(outcome, 200);
}

TEMPLATE_TEST_CASE_SIG("networks with two and three weights a synapse spike exactly as the equations say", "",
                       ((std::size_t M), M), 2, 3) {
  using Model = Cascade<Basis<ExponentialFilter, M>, RefractoryFilter>;
  support::Numbers numbers{M};
  against::Outcome outcome;
  for (int i = 0; i < (support::slow_build ? 4 : 60); ++i) {
    auto kind = against::random_kind(numbers, i);
    kind.strength = numbers.one_of<double>({0.3, 2.0});
    kind.bases = M;
    const auto network = against::random_network(numbers, kind);
    slow::Model slow_model = slow::bernoulli_glm({.theta = 1.0f});
    Model model{{}, {}, {}, {}, {.theta = 1.0f}};
    slow_model.filters.clear();
    for (ExponentialFilter& filter : model.filter.functions) {  // windows of different lengths
      filter = {.coupling_decay = static_cast<float>(numbers.real(0.01, 1.0)),
                .coupling_window = numbers.between(1, 40)};
      slow_model.filters.push_back(slow::exponential(static_cast<float>(filter.coupling_decay),
                                                     static_cast<std::size_t>(filter.coupling_window)));
    }
    CAPTURE(i, kind.longest_delay);
    against::check<M>(network, model, slow_model, drive, drive, against::random_course<Model>(numbers, network),
                      outcome);
  }
  against::check_worth(outcome, 200);
}
