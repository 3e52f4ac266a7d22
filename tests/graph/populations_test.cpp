// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/populations.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"

using namespace spikeometric;

namespace {

Populations two() {
  Populations populations{10};
  populations.add("E", neurons(0, 6));
  populations.add("I", neurons({9, 7}));
  return populations;
}

}  // namespace

TEST_CASE("populations keep the order in which they were added, and are found by name") {
  const Populations populations = two();
  CHECK(populations.size() == 2);
  CHECK(populations.begin()->name == "E");
  CHECK(populations.index("I") == 1);
  CHECK(populations.size_of("E") == 6);
  CHECK(populations.size_of("I") == 2);
  CHECK((populations.size_of(0) == 6 && populations.size_of(1) == 2));
  check_message<OutOfRange>([&] { (void)populations.size_of(2); }, {"population 2", "there are 2"});
  CHECK(populations["I"].bind(10).contains(7));
  CHECK_FALSE(populations["I"].bind(10).contains(8));
}

TEST_CASE("neurons know their population") {
  const std::uint32_t none = Populations::none;
  CHECK(two().of_neurons() == std::vector<std::uint32_t>{0, 0, 0, 0, 0, 0, none, 1, none, 1});
}

TEST_CASE("values given by name are in the order of the populations") {
  using Values = std::vector<std::pair<std::string, double>>;
  const auto both = two().in_order(Values{{"I", 2.0}, {"E", 1.0}});
  REQUIRE(both.size() == 2);
  CHECK((both[0].first.name == "E" && both[0].second == 1.0 && both[1].first.name == "I" && both[1].second == 2.0));
  const auto one = two().in_order(Values{{"I", 2.0}});
  CHECK((one.size() == 1 && one[0].first.name == "I" && one[0].second == 2.0));
  check_message<InvalidArgument>(
      [] {
        (void)two().in_order(Values{{"I", 2.0}, {"X", 1.0}});
      },
      {"no population is called X; known names: E, I"});
  check_message<InvalidArgument>(
      [] {
        (void)two().in_order(Values{{"I", 2.0}, {"I", 2.0}});
      },
      {"population I is named twice"});
}

TEST_CASE("an unknown population is refused with the known names") {
  check_message<InvalidArgument>([] { (void)two()["L4E"]; }, {"no population is called L4E; known names: E, I"});
  check_message<InvalidArgument>([] { (void)Populations{5}["L4E"]; },
                                 {"no population is called L4E; there are no populations"});
}

TEST_CASE("invalid populations are refused by name, and change nothing") {
  Populations populations = two();
  check_message<InvalidArgument>([&] { populations.add("", neurons(6, 7)); }, {"a population needs a name"});
  check_message<InvalidArgument>([&] { populations.add("E", neurons(6, 7)); }, {"there are two populations called E"});
  check_message<InvalidArgument>([&] { populations.add("X", neurons(6, 6)); }, {"population X has no neurons"});
  check_message<InvalidArgument>([&] { populations.add("X", neurons(6, 8)); },
                                 {"neuron 7 is in two populations, I and X"});
  check_message<InvalidArgument>(
      [&] {
        populations.add("X", neurons({8, 5}));
      },
      {"neuron 5 is in two populations, E and X"});
  check_message<InvalidArgument>(
      [&] { populations.add("X", neurons(8, 11)); },
      {"population X: neuron 10 of a mask is out of range: there are 10 neurons, counted from 0"});
  CHECK(populations.size() == 2);
}
