// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/model/named/bernoulli_glm.hpp"

#include <limits>
#include <string>

#include "../../catch.hpp"
#include "../../message.hpp"
#include "../model_reference.hpp"

using namespace spikeometric;

TEST_CASE("inputs, rates, filters and derivatives match the reference") {
  const auto name = GENERATE(as<std::string>{}, "bernoulli_n6iso_p0", "bernoulli_n6iso_p1", "bernoulli_n6iso_p2",
                             "bernoulli_n20strong_p0", "bernoulli_n20strong_p1", "bernoulli_n20strong_p2");
  reference::check_step<BasicBernoulliGLM>(name);
  reference::check_filters<BasicBernoulliGLM>(name);
  reference::check_gradient<BasicBernoulliGLM>(name);
}

TEST_CASE("every parameter is passed to its part, and is named and set as in the equations") {
  const BernoulliGLM model{{.dt = 0.5f,
                            .r = 2.0f,
                            .theta = -1.0f,
                            .coupling_window = 7,
                            .coupling_decay = 0.25f,
                            .abs_ref_steps = 4,
                            .abs_ref_strength = -50.0f,
                            .rel_ref_steps = 9,
                            .rel_ref_strength = -20.0f,
                            .refractory_decay = 0.75f}};
  CHECK(model.dt() == 0.5f);
  CHECK(model.scale.r == 2.0f);
  CHECK(model.nonlinearity.theta == -1.0f);
  CHECK(model.filter.coupling_window == 7);
  CHECK(model.filter.coupling_decay == 0.25f);
  CHECK(model.history.abs_ref_steps == 4);
  CHECK(model.history.abs_ref_strength == -50.0f);
  CHECK(model.history.rel_ref_steps == 9);
  CHECK(model.history.rel_ref_strength == -20.0f);
  CHECK(model.history.refractory_decay == 0.75f);
  CHECK(std::string(BernoulliGLM::name) == "bernoulli_glm");
}

TEST_CASE("a model in double whose parameters are single-precision values is the same model") {
  const auto weights = reference::weights_of(reference::load("bernoulli_n20strong_p0"));
  constexpr EigenBackend<> backend{.hash_state = true};
  Simulator single{Graph{weights}, BernoulliGLM{{.theta = 1.5f}}, no_stimulus, Seed{1}, backend};
  Simulator wide{Graph{weights}, BasicBernoulliGLM<double>{{.theta = 1.5, .coupling_decay = 0.2f}}, no_stimulus,
                 Seed{1}, backend};
  CHECK(single.run(200).total() > 20);
  wide.run(200);
  CHECK(single.state_hash() == wide.state_hash());
}

TEST_CASE("defaults are as documented") {
  const BernoulliGLM model;
  CHECK(model.dt() == 1.0f);
  CHECK(model.scale.r == 1.0f);
  CHECK(model.nonlinearity.theta == 5.0f);
  CHECK(model.filter.coupling_window == 20);
  CHECK(model.filter.coupling_decay == 0.2);
  CHECK(model.history.abs_ref_steps == 3);
  CHECK(model.history.abs_ref_strength == -100.0f);
  CHECK(model.history.rel_ref_steps == 7);
  CHECK(model.history.rel_ref_strength == -30.0f);
  CHECK(model.history.refractory_decay == 0.5f);
}

TEST_CASE("an invalid Bernoulli GLM is refused, naming the value") {
  using P = BernoulliGLM::Parameters;
  const auto make = [](const P& p) { return [p] { BernoulliGLM{p}; }; };
  constexpr float not_a_number = std::numeric_limits<float>::quiet_NaN();
  constexpr float infinity = std::numeric_limits<float>::infinity();
  check_message<InvalidParameter>(make({.dt = 0.0f}), {"dt = 0", "above 0"});
  check_message<InvalidParameter>(make({.dt = -1.0f}), {"dt = -1", "above 0"});
  check_message<InvalidParameter>(make({.dt = 1.5f}), {"dt = 1.5", "at most 1"});
  check_message<InvalidParameter>(make({.dt = not_a_number}), {"dt = nan"});
  check_message<InvalidParameter>(make({.r = infinity}), {"r = inf", "finite"});
  check_message<InvalidParameter>(make({.theta = not_a_number}), {"theta = nan", "finite"});
  check_message<InvalidParameter>(make({.coupling_window = -1}), {"coupling_window = -1", "at least 1"});
  check_message<InvalidParameter>(make({.coupling_window = 0}), {"coupling_window = 0", "at least 1"});
  check_message<InvalidParameter>(make({.coupling_window = infinite_window, .coupling_decay = 0.0f}),
                                  {"coupling_decay = 0", "coupling_window is inf"});
  check_message<InvalidParameter>(make({.coupling_decay = -0.5f}), {"coupling_decay = -0.5", "at least 0"});
  check_message<InvalidParameter>(make({.abs_ref_steps = -3}), {"abs_ref_steps = -3", "at least 0"});
  check_message<InvalidParameter>(make({.abs_ref_strength = not_a_number}), {"abs_ref_strength = nan", "finite"});
  check_message<InvalidParameter>(make({.rel_ref_steps = -1}), {"rel_ref_steps = -1", "at least 0"});
  check_message<InvalidParameter>(make({.rel_ref_strength = -infinity}), {"rel_ref_strength = -inf", "finite"});
  check_message<InvalidParameter>(make({.refractory_decay = -0.1f}), {"refractory_decay = -0.1", "at least 0"});
  CHECK_NOTHROW(
      make({.dt = 1.0f, .coupling_window = 1, .coupling_decay = 0.0f, .abs_ref_steps = 0, .rel_ref_steps = 0})());
}

TEST_CASE("rates, intervals, count variances and correlations of many networks match those of another simulator") {
  reference::check_statistics<BernoulliGLM>("stats_bernoulli_test");
}
