// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/io/parameters.hpp"

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "spikeometric/graph/normal.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "temporary_file.hpp"

using namespace spikeometric;
using io::read_parameters, io::write_parameters;

namespace {

/// That all parameters are the same, to the bit.
template <class Owner>
void check_same(const Owner& owner, const Owner& expected) {
  std::vector<double> values;
  for_each_parameter(expected, [&](const auto&, const auto& value) { values.push_back(static_cast<double>(value)); });
  std::size_t next = 0;
  for_each_parameter(owner, [&](const auto& entry, const auto& value) {
    INFO(entry.name);
    CHECK(static_cast<double>(value) == values.at(next++));
  });
  CHECK(next == values.size());
}

template <class Model>
void check_round_trip(Model model) {
  const TemporaryFile file(".json");
  write_parameters(file.path(), model);
  check_same(read_parameters<Model>(file.path()), model);
  const auto json = nlohmann::json::parse(file.content());
  CHECK(json["model"] == Model::name);
  CHECK(json["version"] == version);
}

/// Reads parameters of PoissonGLM from this text.
PoissonGLM poisson_of(const std::string& text) {
  const TemporaryFile file(".json", text);
  return read_parameters<PoissonGLM>(file.path());
}

/// Those of PoissonGLM with one of them replaced, or left out where there is no text.
std::string with(const std::string& name, const std::string& value) {
  std::string text = R"({"model": "poisson_glm", "parameters": {)", separator;
  const PoissonGLM defaults;
  for_each_parameter(defaults, [&](const auto& entry, const auto& own) {
    const bool replaced = name == entry.name;
    if (replaced && value.empty()) return;
    text += separator + '"' + entry.name + "\": " + (replaced ? value : detail::to_text(own));
    separator = ", ";
  });
  return text + "}}";
}

}  // namespace

TEST_CASE("models that were written are read as they were") {
  check_round_trip(BernoulliGLM{{.dt = 0.1f, .r = 1.0f / 3.0f, .theta = 4.03217f, .abs_ref_steps = 7}});
  check_round_trip(PoissonGLM{{.alpha = 1e-20f, .b = -3.3f}});
  check_round_trip(RectifiedLNP{{.theta = 3.53e-4f, .tau = 12.5f, .T = 31}});
  check_round_trip(RectifiedSAM{{.b = 0.7f}});
  check_round_trip(ThresholdSAM{{.theta = 0.9f}});
}

TEST_CASE("every float is written so that it is read as it was") {
  const TemporaryFile file(".json");
  PoissonGLM model;
  for (std::uint32_t bits = 1; bits < 0x7f800000; bits += 33'554'393) {
    model.baseline.b = std::bit_cast<float>(bits);
    write_parameters(file.path(), model);
    CHECK(static_cast<float>(read_parameters<PoissonGLM>(file.path()).baseline.b) == std::bit_cast<float>(bits));
  }
}

TEST_CASE("numbers are written as a person would, with the model's name and the version") {
  const TemporaryFile file(".json");
  write_parameters(file.path(), RectifiedSAM{{.dt = 0.1f}});
  CHECK(file.content().find("\"dt\": 0.1,") != std::string::npos);
  CHECK(file.content().find("\"version\": \"" SPIKEOMETRIC_VERSION "\"") != std::string::npos);
  CHECK(file.content().find("\"model\": \"rectified_sam\"") != std::string::npos);
}

TEST_CASE("integers beyond the reach of a double, and infinite ones, are kept") {
  const TemporaryFile file(".json");
  auto pulses = regular_pulses({.strength = 2.0f, .period_steps = 10, .pulse_steps = 2});
  pulses.source.start_steps = (std::uint64_t{1} << 60) + 1;
  REQUIRE(pulses.source.stop_steps == std::numeric_limits<std::uint64_t>::max());
  write_parameters(file.path(), BernoulliGLM{{.coupling_window = infinite_window}}, pulses);
  auto other = regular_pulses({.strength = 1.0f, .period_steps = 3, .stop_steps = 7});
  const auto [model, stimulus] = read_parameters(file.path(), BernoulliGLM{}, other);
  CHECK(model.filter.coupling_window == infinite_window);
  check_same(stimulus, pulses);
}

TEST_CASE("terms of a stimulus keep parameters of the same name apart, and their masks") {
  const auto stimulus = sinusoid({.amplitude = 1.5f, .period_ms = 20.0}) +
                        function([](std::uint64_t) { return 0.5f; }) +
                        sinusoid({.amplitude = 0.25f, .period_ms = 7.5}).on(neurons(0, 3));
  const TemporaryFile file(".json");
  write_parameters(file.path(), BernoulliGLM{}, stimulus);
  auto other = sinusoid({.amplitude = 1.0f, .period_ms = 1.0}) + function([](std::uint64_t) { return 0.5f; }) +
               sinusoid({.amplitude = 1.0f, .period_ms = 1.0}).on(neurons(0, 3));
  const auto graph = generate::normal({.neurons = 10, .probability = 0.3, .std = 3.0}, Seed{1});
  const auto spikes = [&](const auto& drive) {
    return Simulator{graph, BernoulliGLM{}, drive, Seed{2}}.run(2'000).fingerprint();
  };
  CHECK(spikes(read_parameters(file.path(), BernoulliGLM{}, other).second) == spikes(stimulus));
  CHECK(spikes(other) != spikes(stimulus));
  check_message<FileError>([&] { read_parameters(file.path(), BernoulliGLM{}, other + other); },
                           {"parameters of 2 stimuli do not fit a sum of 4"});
  check_message<FileError>(
      [&] { read_parameters(file.path(), BernoulliGLM{}, sinusoid({.amplitude = 1.0f, .period_ms = 9.0})); },
      {"parameters of 2 stimuli do not fit a sum of 1"});
  write_parameters(file.path(), BernoulliGLM{}, no_stimulus);
  CHECK(nlohmann::json::parse(file.content())["stimulus"].empty());
  read_parameters(file.path(), BernoulliGLM{}, no_stimulus);
}

TEST_CASE("neurons have numbers of their own in the file, or share one") {
  const auto model = per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>{4.5f, 5.0f, 0.1f});
  const TemporaryFile file(".json");
  write_parameters(file.path(), model);
  const auto json = nlohmann::json::parse(file.content());
  CHECK(json["model"].is_null());  // it is none of those that have a name
  CHECK(json["parameters"]["theta"] == nlohmann::json({4.5, 5.0, 0.1}));
  const auto other = per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>(3, 1.0f));
  const auto again = read_parameters(file.path(), other);
  for (std::size_t i = 0; i < 3; ++i) CHECK(again.nonlinearity.policies[i].theta == std::array{4.5, 5.0, 0.1}[i]);
  check_message<FileError>(
      [&] { read_parameters(file.path(), per_neuron(BernoulliGLM{}, &Logistic::theta, std::vector<float>(4, 1.0f))); },
      {file.path(), "3 values of theta do not fit a model of 4 neurons"});
  check_message<FileError>([&] { read_parameters<BernoulliGLM>(file.path()); },
                           {"theta = [4.5,5.0,0.1] is not a number"});
  write_parameters(file.path(), BernoulliGLM{{.theta = 7.0f}});
  CHECK(read_parameters(file.path(), other).nonlinearity.policies[2].theta == 7.0f);
}

TEST_CASE("neurons have self-histories of their own in the file, or share one") {
  const TemporaryFile file(".json");
  const auto model = per_neuron(BernoulliGLM{}, &RefractoryFilter::abs_ref_steps, std::vector<int>{3, 0, 5});
  write_parameters(file.path(), model);
  const auto json = nlohmann::json::parse(file.content())["parameters"];
  CHECK(json["abs_ref_steps"] == nlohmann::json({3, 0, 5}));
  CHECK(json["rel_ref_strength"] == nlohmann::json({-30.0, -30.0, -30.0}));
  auto other = per_neuron(BernoulliGLM{}, &RefractoryFilter::abs_ref_steps, std::vector<int>(3));
  const auto again = read_parameters(file.path(), other);
  for (std::size_t i = 0; i < 3; ++i) CHECK(again.history.policies[i].abs_ref_steps == std::array{3, 0, 5}[i]);
  write_parameters(file.path(), BernoulliGLM{{.abs_ref_steps = 7}});
  CHECK(read_parameters(file.path(), other).history.policies[2].abs_ref_steps == 7);
  other.history.policies.pop_back();
  write_parameters(file.path(), model);
  check_message<FileError>([&] { read_parameters(file.path(), other); },
                           {"3 values of abs_ref_steps do not fit a model of 2 neurons"});

  const auto silent = cascade().with_history(PerNeuron<AbsoluteRefractory>{{{.steps = 4}, {.steps = 0}}});
  write_parameters(file.path(), silent);
  const auto read = read_parameters(file.path(), cascade().with_history(PerNeuron{std::vector<AbsoluteRefractory>(2)}));
  CHECK((read.history.policies[0].steps == 4 && read.history.policies[1].steps == 0));
}

TEST_CASE("other keys of a file are left aside") {
  std::string text = with("b", "0.5");
  text.insert(1, R"("spikes": 17, "seed": 3, )");
  CHECK(poisson_of(text).baseline.b == 0.5f);
}

TEST_CASE("a file that does not fit is refused, with its name and what is wrong") {
  const TemporaryFile missing(".json");
  check_message<FileError>([&] { read_parameters<PoissonGLM>(missing.path()); }, {missing.path(), "cannot be opened"});
  check_message<FileError>([&] { write_parameters(missing.path() + "/deeper.json", PoissonGLM{}); },
                           {"cannot be opened for writing"});
  check_message<FileError>([] { poisson_of(""); }, {"parse error"});
  check_message<FileError>([] { poisson_of("{\"model\": \"poisson_glm\","); }, {"parse error at line 1"});
  check_message<FileError>([] { poisson_of("[1, 2]"); }, {"not a JSON object"});
  check_message<FileError>([] { poisson_of("{}"); }, {"the object \"parameters\" is missing"});
  check_message<FileError>([] { poisson_of(R"({"model": "poisson_glm", "parameters": [3]})"); },
                           {"the object \"parameters\" is missing"});
  check_message<FileError>([] { poisson_of(R"({"model": "bernoulli_glm", "parameters": {}})"); },
                           {"parameters of bernoulli_glm, not of poisson_glm"});
  check_message<FileError>([] { poisson_of(with("b", "")); }, {"b is missing"});
  check_message<FileError>([] { poisson_of(with("b", "1, \"thet\": 3")); }, {"no parameter thet"});
  check_message<FileError>([] { poisson_of(with("b", "\"much\"")); }, {"b = \"much\" is not a number"});
  check_message<FileError>([] { poisson_of(with("b", "null")); }, {"b = null is not a number"});
  check_message<FileError>([] { poisson_of(with("b", "1e39")); }, {"b = 1e+39", "too large"});
  check_message<FileError>([] { poisson_of(with("tau", "-1")); }, {"tau = -1", "above 0"});
  check_message<FileError>([] { poisson_of(with("T", "3.5")); }, {"T = 3.5 is not an integer"});
  check_message<FileError>([] { poisson_of(with("T", "3000000000")); }, {"T = 3000000000 is out of range"});
  check_message<FileError>([] { poisson_of(with("T", "-3000000000")); }, {"T = -3000000000 is out of range"});
  check_message<FileError>([] { poisson_of(with("T", "0")); }, {"T = 0", "at least 1"});
  CHECK(poisson_of(with("T", "\"inf\"")).filter.T == infinite_window);
}

TEST_CASE("a model that is not valid is not written") {
  const TemporaryFile file(".json");
  PoissonGLM model;
  model.baseline.b = std::numeric_limits<float>::quiet_NaN();
  check_message<InvalidParameter>([&] { write_parameters(file.path(), model); }, {"b = nan"});
  CHECK(file.content().empty());
}
