// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/parameter/parameter.hpp"

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"

using namespace spikeometric;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

struct Gain {
  float gain = 2.0f;
  int window = 5;
  double share = 0.5;

  static constexpr auto parameters() {
    return std::tuple{parameter("gain", &Gain::gain, "mV", bounds::positive, "how much"),
                      parameter("window", &Gain::window, "steps", bounds::at_least_one, "how long"),
                      parameter("share", &Gain::share, "1", bounds::up_to_one, "how often")};
  }
};

struct Pulse {
  std::uint64_t start_steps = 0;
  std::uint64_t stop_steps = 10;

  static constexpr auto parameters() {
    return std::tuple{parameter("start_steps", &Pulse::start_steps, "steps", bounds::any_number, "when it begins"),
                      parameter("stop_steps", &Pulse::stop_steps, "steps", Bounds{1.0, 0x1p60}, "when it ends")};
  }
};

enum class Mood { calm, tense, wild };
constexpr std::array<const char*, 3> names_of(Mood) { return {"calm", "tense", "wild"}; }

struct Burst {
  Mood mood = Mood::tense;
  bool repeats = false;

  static constexpr auto parameters() {
    return std::tuple{parameter("mood", &Burst::mood, "how it feels"),
                      parameter("repeats", &Burst::repeats, "whether it comes again")};
  }
};

struct Nothing {};

template <class Owner>
std::vector<std::string> names(const Owner& owner) {
  std::vector<std::string> result;
  for_each_parameter(owner, [&](const auto& entry, const auto&) { result.emplace_back(entry.name); });
  return result;
}

constexpr int sum_of_integers() {
  Gain gain;
  int sum = 0;
  for_each_parameter(gain, [&](const auto&, auto& value) {
    if constexpr (std::is_same_v<decltype(value), int&>) sum += ++value;
  });
  return sum;
}
static_assert(sum_of_integers() == 6, "the visitor gets the member itself, at compile time too");

}  // namespace

TEST_CASE("bounds contain the valid values of a parameter") {
  CHECK(bounds::any_number.contain(std::numeric_limits<double>::lowest()));
  CHECK(bounds::any_number.contain(std::numeric_limits<double>::max()));

  CHECK(bounds::non_negative.contain(0.0));
  CHECK(bounds::non_negative.contain(-0.0));
  CHECK_FALSE(bounds::non_negative.contain(-1e-300));

  CHECK(bounds::positive.contain(std::numeric_limits<double>::denorm_min()));
  CHECK_FALSE(bounds::positive.contain(0.0));
  CHECK_FALSE(bounds::positive.contain(-1.0));

  CHECK(bounds::at_least_one.contain(1.0));
  CHECK_FALSE(bounds::at_least_one.contain(0.0));

  CHECK(bounds::up_to_one.contain(1.0));
  CHECK_FALSE(bounds::up_to_one.contain(0.0));
  CHECK_FALSE(bounds::up_to_one.contain(1.0 + 1e-15));
}

TEST_CASE("NaN and infinity are never within bounds") {
  for (const Bounds& bounds : {bounds::any_number, bounds::non_negative, bounds::positive, bounds::at_least_one,
                               bounds::up_to_one, Bounds{-3.0, 4.0}}) {
    CHECK_FALSE(bounds.contain(not_a_number));
    CHECK_FALSE(bounds.contain(infinity));
    CHECK_FALSE(bounds.contain(-infinity));
  }
}

TEST_CASE("integers are compared with bounds exactly, beyond 2^53 too") {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max(), wide = std::uint64_t{1} << 60;
  const Bounds up_to{.lowest = 0.0, .highest = 0x1p60}, from{.lowest = 0x1p60},
      above{.lowest = 0x1p60, .lowest_excluded = true};
  for (const std::uint64_t value :
       {std::uint64_t{0}, wide - 1, wide, wide + 1, most - 1, most}) {  // rounded: 2^60, 2^64
    CAPTURE(value);
    CHECK(up_to.contain(value) == (value <= wide));
    CHECK(from.contain(value) == (value >= wide));
    CHECK(above.contain(value) == (value > wide));
    CHECK(bounds::any_number.contain(value));
    CHECK(bounds::non_negative.contain(value));
    CHECK(bounds::at_least_one.contain(value) == (value > 0));
    CHECK(Bounds{.highest = 0x1p64}.contain(value));
    CHECK(Bounds{.lowest = 0x1p64}.contain(value) == false);
    CHECK(Bounds{.highest = 0x1.fffffffffffffp63}.contain(value) == (value < most - 1));
    CHECK(Bounds{.highest = 0.5}.contain(value) == (value == 0));
    CHECK_FALSE(Bounds{.highest = -0.5}.contain(value));
  }
  constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
  CHECK(Bounds{.lowest = -0x1p63}.contain(lowest));
  CHECK_FALSE(Bounds{.lowest = -0x1p63, .lowest_excluded = true}.contain(lowest));
  CHECK(Bounds{.lowest = -0x1p63, .lowest_excluded = true}.contain(lowest + 1));
  for (const int value : {-3, -2, 0, 4, 5}) {
    CHECK(Bounds{-2.5, 4.5}.contain(value) == (value >= -2 && value <= 4));
    CHECK(Bounds{-2.0, 4.0, true}.contain(value) == (value > -2 && value <= 4));
  }
}

TEST_CASE("parameters are visited in the order of the list, those of a model policy by policy") {
  CHECK(names(Gain{}) == std::vector<std::string>{"gain", "window", "share"});
  CHECK(names(Nothing{}).empty());
  CHECK(names(BernoulliGLM{}) == std::vector<std::string>{"dt", "r", "coupling_decay", "coupling_window",
                                                          "abs_ref_steps", "abs_ref_strength", "rel_ref_steps",
                                                          "rel_ref_strength", "refractory_decay", "theta"});
}

TEST_CASE("every parameter of a model has a unit and a meaning") {
  const BernoulliGLM model;
  for_each_parameter(model, [](const auto& entry, const auto&) {
    INFO(entry.name);
    CHECK(std::string(entry.unit) != "");
    CHECK(std::string(entry.meaning) != "");
  });
}

TEST_CASE("a value out of bounds is refused with its name, the value, the bounds and the unit") {
  const auto validate = [](Gain gain) { return [gain] { validate_parameters(gain); }; };
  CHECK_NOTHROW(validate({})());
  check_message<InvalidParameter>(validate({.gain = -1.5f}), {"gain = -1.5", "above 0", "mV"});
  check_message<InvalidParameter>(validate({.gain = 0.0f}), {"gain = 0", "above 0"});
  check_message<InvalidParameter>(validate({.gain = std::numeric_limits<float>::quiet_NaN()}), {"gain = nan"});
  check_message<InvalidParameter>(validate({.gain = std::numeric_limits<float>::infinity()}), {"gain = inf"});
  check_message<InvalidParameter>(validate({.window = 0}), {"window = 0", "at least 1", "steps"});
  check_message<InvalidParameter>(validate({.share = 1.25}), {"share = 1.25", "above 0 and at most 1"});
}

TEST_CASE("the first parameter out of bounds is named") {
  check_message<InvalidParameter>([] { validate_parameters(Gain{.gain = -1.0f, .window = -2}); }, {"gain = -1"});
}

TEST_CASE("a parameter is set by its name") {
  Gain gain;
  set_parameter(gain, "gain", 0.25);
  set_parameter(gain, "window", 17);
  set_parameter(gain, "share", 0.1);
  CHECK(gain.gain == 0.25f);
  CHECK(gain.window == 17);
  CHECK(gain.share == 0.1);

  BernoulliGLM model;
  set_parameter(model, "theta", -2.5);
  set_parameter(model, "dt", 0.5);
  set_parameter(model, "coupling_window", infinity);
  CHECK(model.nonlinearity.theta == -2.5f);
  CHECK(model.scale.dt == 0.5f);
  CHECK(model.filter.coupling_window == infinite_window);
}

TEST_CASE("an unknown name is refused, and the message lists the known names") {
  Gain gain;
  check_message<InvalidParameter>([&] { set_parameter(gain, "gian", 1.0); }, {"gian", "gain, window, share"});
  check_message<InvalidParameter>([&] { set_parameter(gain, "", 1.0); }, {"gain, window, share"});
  check_message<InvalidParameter>([&] { set_parameter(gain, "gai", 1.0); }, {"gain, window, share"});
  BernoulliGLM model;
  check_message<InvalidParameter>(
      [&] { set_parameter(model, "tau", 1.0); },
      {"tau",
       "dt, r, coupling_decay, coupling_window, abs_ref_steps, abs_ref_strength, rel_ref_steps, "
       "rel_ref_strength, refractory_decay, theta"});
}

TEST_CASE("an integer parameter accepts only integers, and infinity for an infinite window") {
  Gain gain;
  for (const double value : {1.5, not_a_number, 1e18, -1e18, 2147483648.0, -infinity}) {
    INFO(value);
    check_message<InvalidParameter>([&] { set_parameter(gain, "window", value); }, {"window = ", "must be an integer"});
    CHECK(gain.window == 5);
  }
  set_parameter(gain, "window", 2147483646.0);
  CHECK(gain.window == 2147483646);
  set_parameter(gain, "window", infinity);
  CHECK(gain.window == infinite_window);
}

TEST_CASE(
    "a 64-bit parameter accepts every integer below 2^63 that a double represents, and infinity for the maximum") {
  Pulse pulse;
  for (const double value : {0.0, 1.0, 4294967296.0, 0x1p53, 0x1p60, 0x1.fffffffffffffp62}) {
    set_parameter(pulse, "start_steps", value);
    CHECK(pulse.start_steps == static_cast<std::uint64_t>(value));
  }
  set_parameter(pulse, "start_steps", infinity);
  CHECK(pulse.start_steps == std::numeric_limits<std::uint64_t>::max());
  for (const double value : {-1.0, 0.5, 0x1p64, 1e300, -infinity, not_a_number}) {
    INFO(value);
    check_message<InvalidParameter>([&] { set_parameter(pulse, "start_steps", value); },
                                    {"start_steps = ", "must be an integer, at least 0 and below 2^64"});
    CHECK(pulse.start_steps == std::numeric_limits<std::uint64_t>::max());
  }
}

TEST_CASE("a 64-bit parameter is checked exactly, and its maximum is written as inf") {
  Pulse pulse;
  pulse.stop_steps = (std::uint64_t{1} << 60) + 1;  // as a double, it would be 2^60
  check_message<InvalidParameter>([&] { validate_parameters(pulse); },
                                  {"stop_steps = 1152921504606846977 steps must be at least 1 and at most 1"});
  check_message<InvalidParameter>([&] { set_parameter(pulse, "stop_steps", infinity); },
                                  {"stop_steps = inf steps must"});
  check_message<InvalidParameter>([&] { set_parameter(pulse, "stop_steps", 0.0); }, {"stop_steps = 0 steps must"});
  pulse.stop_steps = std::uint64_t{1} << 60;
  CHECK_NOTHROW(validate_parameters(pulse));
}

TEST_CASE("an invalid value leaves the parameter unchanged") {
  Gain gain;
  check_message<InvalidParameter>([&] { set_parameter(gain, "gain", 0.0); }, {"gain = 0"});
  check_message<InvalidParameter>([&] { set_parameter(gain, "gain", not_a_number); }, {"gain = nan"});
  check_message<InvalidParameter>([&] { set_parameter(gain, "gain", 1e-60); }, {"gain = 0"});  // as a float
  check_message<InvalidParameter>([&] { set_parameter(gain, "window", -3); }, {"window = -3"});
  check_message<InvalidParameter>([&] { set_parameter(gain, "share", infinity); }, {"share = inf"});
  CHECK(gain.gain == 2.0f);
  CHECK(gain.window == 5);
  CHECK(gain.share == 0.5);
}

TEST_CASE("a parameter is set by text") {
  Gain gain;
  set_parameter(gain, "gain", "0.25");
  set_parameter(gain, "window", "inf");
  CHECK(gain.gain == 0.25f);
  CHECK(gain.window == infinite_window);
  for (const char* text : {"", "high", "1e", "1 "})
    check_message<InvalidParameter>([&] { set_parameter(gain, "share", text); },
                                    {"share = " + std::string(text) + " is not a number"});
  check_message<InvalidParameter>([&] { set_parameter(gain, "share", "1e999"); }, {"share = 1e999 is out of range"});
  check_message<InvalidParameter>([&] { set_parameter(gain, "share", "2"); }, {"share = 2 must be above 0"});
  check_message<InvalidParameter>([&] { set_parameter(gain, "shar", "1"); }, {"shar", "gain, window, share"});
}

TEST_CASE("a bool or an enumeration is a parameter whose values have names") {
  Burst burst;
  std::vector<std::string> said;
  for_each_parameter(std::as_const(burst), [&](const auto& entry, const auto& value) {
    said.push_back(entry.name + (" = " + detail::value_text(value)) + ": " + to_text(entry));
  });
  CHECK(said == std::vector<std::string>{"mood = tense: calm, tense or wild", "repeats = false: false or true"});

  set_parameter(burst, "mood", "wild");
  set_parameter(burst, "repeats", "true");
  CHECK(burst.mood == Mood::wild);
  CHECK(burst.repeats);
  set_parameter(burst, "mood", 0);
  set_parameter(burst, "repeats", false);
  CHECK(burst.mood == Mood::calm);
  CHECK_FALSE(burst.repeats);

  for (const char* text : {"", "Calm", "1", "calm "})
    check_message<InvalidParameter>([&] { set_parameter(burst, "mood", text); },
                                    {"mood = " + std::string(text) + " must be calm, tense or wild"});
  for (const double value : {-1.0, 0.5, 2.0, infinity, not_a_number})
    check_message<InvalidParameter>([&] { set_parameter(burst, "repeats", value); },
                                    {"repeats = ", " must be false or true"});
  burst.mood = Mood{3};
  check_message<InvalidParameter>([&] { validate_parameters(burst); }, {"mood = 3 must be calm, tense or wild"});
}

TEST_CASE("an error about a parameter is an invalid argument") {
  CHECK_THROWS_AS(validate_parameters(Gain{.window = 0}), std::invalid_argument);
}
