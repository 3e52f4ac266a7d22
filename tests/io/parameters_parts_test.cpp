// SPDX-License-Identifier: BSD-3-Clause
// Files hold arrays, policies within policies, bools and enumerations.
#include <array>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "spikeometric/io/parameters.hpp"
#include "spikeometric/model/cascade.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/exponential.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/stimulus_filter.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/per_neuron.hpp"
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

}  // namespace

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

TEST_CASE("neurons have taps of their own in the file, of any number, or share them") {
  const TemporaryFile file(".json");
  const auto model = cascade().with_history(PerNeuron<Fir>{{Fir{{-1.0, 0.5}}, Fir{{-2.0}}}});
  write_parameters(file.path(), model);
  CHECK(nlohmann::json::parse(file.content())["parameters"]["coefficients"] ==
        nlohmann::json::parse("[[-1.0, 0.5], [-2.0]]"));
  const auto other = cascade().with_history(PerNeuron<Fir>{{Fir{{1.0}}, Fir{{1.0}}}});
  const auto again = read_parameters(file.path(), other);
  CHECK(again.history.policies[0].coefficients == std::vector{-1.0, 0.5});
  CHECK(again.history.policies[1].coefficients == std::vector{-2.0});
  write_parameters(file.path(), cascade().with_history(Fir{{3.0, 4.0}}));
  CHECK(read_parameters(file.path(), other).history.policies[1].coefficients == std::vector{3.0, 4.0});
  CHECK_THROWS_WITH(write_parameters(file.path(), model.with_filter(Fir{{3.0}})),
                    Catch::Contains("several parameters are called coefficients"));
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
