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
#include "spikeometric/model/baseline.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/event.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/stimulus_filter.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/model/named/poisson_glm.hpp"
#include "spikeometric/model/named/rectified_lnp.hpp"
#include "spikeometric/model/named/rectified_sam.hpp"
#include "spikeometric/model/named/threshold_sam.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/per_neuron.hpp"
#include "spikeometric/model/samplers/poisson.hpp"
#include "spikeometric/simulate/simulator.hpp"
#include "spikeometric/stimulus/regular.hpp"
#include "spikeometric/stimulus/sinusoid.hpp"
#include "temporary_file.hpp"

using namespace spikeometric;
using io::read_parameters, io::write_parameters;

namespace {

struct Counting {
  std::array<int, 2> counts = {3, std::numeric_limits<int>::max()};

  static constexpr auto parts() { return std::tuple{part("counts", &Counting::counts)}; }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return g;
  }
};

enum class Mood { calm, wild };
constexpr std::array<const char*, 2> names_of(Mood) { return {"calm", "wild"}; }

struct Moody {
  Mood mood = Mood::calm;
  bool loud = false;

  static constexpr auto parameters() {
    return std::tuple{parameter("mood", &Moody::mood, "how it feels"),
                      parameter("loud", &Moody::loud, "how it sounds")};
  }
  template <class Real>
  SPIKEOMETRIC_HOST_DEVICE Real operator()(Real g) const {
    return loud ? g : Real(0);
  }
};

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

TEST_CASE("taps, channel weights and the functions of a basis are in the file") {
  const TemporaryFile file(".json");
  const auto model = cascade()
                         .with_filter(Fir{{3.0, 0.1}})
                         .with_history(Fir{{-1.0}})
                         .with_stimulus_filter(ChannelWeights<2>{{3.0, 4.0}});
  CHECK_THROWS_WITH(write_parameters(file.path(), model),
                    Catch::Contains("several parameters are called coefficients"));
  const auto coupled = model.with_history(NoHistory{});
  write_parameters(file.path(), coupled);
  const auto json = nlohmann::json::parse(file.content())["parameters"];
  CHECK(json["coefficients"] == nlohmann::json({3.0, 0.1}));
  CHECK(json["weights"] == nlohmann::json({3.0, 4.0}));
  const auto again = read_parameters(
      file.path(), cascade().with_filter(Fir{{1.0}}).with_stimulus_filter(ChannelWeights<2>{{1.0, 1.0}}));
  CHECK(again.filter.coefficients == std::vector{3.0, 0.1});
  CHECK(again.stimulus_filter.weights == std::array{3.0, 4.0});

  using Filter = WithSelf<RaisedCosine<2>, Basis<ExponentialFilter, 2>>;
  Filter filter;
  filter.coupling.window_steps = 30;
  filter.self.functions = {{{.coupling_decay = 0.1}, {.coupling_decay = 0.7}}};
  write_parameters(file.path(), cascade().with_filter(filter));
  const Filter read = read_parameters(file.path(), cascade().with_filter(Filter{})).filter;
  CHECK(read.coupling.window_steps == 30);
  CHECK(read.self.functions[0].coupling_decay == 0.1);
  CHECK(read.self.functions[1].coupling_decay == 0.7);
}

TEST_CASE("neurons have channel weights of their own in the file, or share them") {
  const TemporaryFile file(".json");
  const auto shared = cascade().with_stimulus_filter(ChannelWeights<2>{{3.0, 4.0}});
  auto each =
      per_neuron(shared, &ChannelWeights<2>::weights, std::vector<std::array<double, 2>>{{1.0, 2.0}, {5.0, 6.0}});
  write_parameters(file.path(), each);
  CHECK(nlohmann::json::parse(file.content())["parameters"]["weights"] == nlohmann::json({{1.0, 2.0}, {5.0, 6.0}}));
  CHECK(read_parameters(file.path(), each).stimulus_filter.policies[1].weights == std::array{5.0, 6.0});
  write_parameters(file.path(), shared);
  CHECK(read_parameters(file.path(), each).stimulus_filter.policies[1].weights == std::array{3.0, 4.0});
}

TEST_CASE("arrays and parts that do not fit are refused") {
  const TemporaryFile file(".json");
  const auto write = [&](const std::string& content) { std::ofstream(file.path()) << content; };
  const auto model = cascade().with_stimulus_filter(ChannelWeights<2>{{1.0, 1.0}});
  const std::string rest =
      R"({"parameters": {"dt": 1, "r": 1, "coupling_decay": 0.5, "coupling_window": 5, "theta": 5)";
  write(rest + R"(, "weights": [1, 2, 3]}})");
  check_message<FileError>([&] { read_parameters(file.path(), model); }, {"weights has 3 elements; there must be 2"});
  write(rest + R"(, "weights": [1, "much"]}})");
  check_message<FileError>([&] { read_parameters(file.path(), model); },
                           {"an element of weights = \"much\" is not a number"});
  write(rest + R"(, "weights": 7}})");
  check_message<FileError>([&] { read_parameters(file.path(), model); }, {"weights = 7 is not an array"});
  write(rest + "}}");
  check_message<FileError>([&] { read_parameters(file.path(), model); }, {"weights is missing"});
}

TEST_CASE("weights of channels and taps are rounded to float, in files too") {
  const TemporaryFile file(".json");
  write_parameters(file.path(), cascade().with_stimulus_filter(ChannelWeights<2>{{0.1f, 2.0}}));
  CHECK(nlohmann::json::parse(file.content())["parameters"]["weights"] == nlohmann::json({0.1, 2.0}));
  CHECK_THROWS_WITH(cascade().with_stimulus_filter(ChannelWeights<2>{{1e300, 2.0}}),
                    "weight of a channel = 1e+300 is too large for single precision");
  CHECK_THROWS_WITH(cascade().with_filter(Fir{{1.0, 1e300}}), "coefficient = 1e+300 is too large for single precision");
}

TEST_CASE("a parameter given as float, as double, by name or in a file is the same for a simulator") {
  const Graph graph = generate::normal({.neurons = 20, .probability = 0.3, .std = 0.01}, Seed{1});
  const auto check = [](const auto& graph, auto model, const auto& stimulus) {
    const auto hash = [&](const auto& each, const auto& drive) {
      Simulator simulator{graph, each, drive, Seed{2}, EigenBackend<>{.hash_state = true}, InitialState::silent()};
      simulator.run(5);
      return simulator.state_hash();
    };
    std::vector<std::string> names;
    for_each_parameter(model, [&](const auto& entry, const auto& value) {
      if constexpr (std::is_floating_point_v<std::remove_cvref_t<decltype(value)>>) names.push_back(entry.name);
    });
    REQUIRE(!names.empty());
    for (const std::string& name : names) {
      CAPTURE(name);
      const double value = name == "tau" ? 3.2 : 0.2;
      auto by_double = model, by_float = model;
      set_parameter(by_double, name, value);
      set_parameter(by_float, name, static_cast<double>(static_cast<float>(value)));
      const TemporaryFile file(".json");
      write_parameters(file.path(), by_float);
      CHECK(nlohmann::json::parse(file.content())["parameters"][name] == value);
      const auto expected = hash(by_float, stimulus);
      CHECK(hash(by_double, stimulus) == expected);
      CHECK(hash(read_parameters(file.path(), model), stimulus) == expected);
    }
  };
  const auto drive = sinusoid({.amplitude = 0.3, .period_ms = 7.0});
  check(graph, BernoulliGLM{}, drive);
  check(graph, PoissonGLM{}, drive);
  check(graph, RectifiedLNP{}, drive);
  check(graph, RectifiedSAM{}, drive);
  check(graph, ThresholdSAM{}, drive);
  check(graph.with_weights([](auto, auto, float weight) {
    return std::array{weight, 0.5f * weight};
  }),
        cascade()
            .with_filter(RaisedCosine<2>{.first_peak_ms = 0.0, .last_peak_ms = 1.0})
            .with_history(RefractoryFilter{})
            .with_baseline(NoisyBaseline{.b = 1.0, .sigma = 0.5, .rho = 0.5})
            .with_nonlinearity(Softplus{})
            .with_sampler(PoissonSampler{}),
        drive);
}

TEST_CASE("bools and enumerations are in the file by name") {
  const TemporaryFile file(".json");
  const auto model = cascade().with_nonlinearity(Moody{Mood::wild, true});
  write_parameters(file.path(), model);
  const std::string content = file.content();
  CHECK(nlohmann::json::parse(content)["parameters"]["mood"] == "wild");
  CHECK(nlohmann::json::parse(content)["parameters"]["loud"] == true);
  const auto again = read_parameters(file.path(), cascade().with_nonlinearity(Moody{}));
  CHECK(again.nonlinearity.mood == Mood::wild);
  CHECK(again.nonlinearity.loud);
  std::string other = content;
  other.replace(other.find("wild"), 4, "sad");
  std::ofstream(file.path()) << other;
  check_message<FileError>([&] { read_parameters(file.path(), model); }, {"mood = \"sad\"", "calm or wild"});
}

TEST_CASE("numbers in parts are checked as parameters are") {
  const TemporaryFile file(".json");
  const auto counting = cascade().with_nonlinearity(Counting{});
  write_parameters(file.path(), counting);
  CHECK(read_parameters(file.path(), counting).nonlinearity.counts == std::array{3, std::numeric_limits<int>::max()});
  const std::string content = file.content();
  const auto refused = [&](const std::string& number, const std::string& message) {
    std::string other = content;
    other.replace(other.find("3,", other.find("counts")), 1, number);
    std::ofstream(file.path()) << other;
    check_message<FileError>([&] { read_parameters(file.path(), counting); }, {"an element of counts = " + message});
  };
  refused("1.7", "1.7 is not an integer");
  refused("3000000000", "3000000000 is out of range");
}
