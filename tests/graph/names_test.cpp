// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/names.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"

using namespace spikeometric;

TEST_CASE("a neuron is found by its name, and a name by its neuron") {
  const NeuronNames names{{"PVCL", "AVAL", "720575940628857210"}};
  CHECK(names.id("PVCL") == 0);
  CHECK(names.id("AVAL") == 1);
  CHECK(names.id("720575940628857210") == 2);
  CHECK(names[1] == "AVAL");
  CHECK(names.mask({"AVAL", "PVCL"}).bind(3).size() == 2);
}

TEST_CASE("without names, a neuron is called by its number") {
  const NeuronNames names;
  CHECK(names.empty());
  CHECK(names[17] == "17");
  CHECK(names.id("17") == 17);
  CHECK(names.mask({"3", "5"}).bind(6).contains(5));
}

TEST_CASE("an unknown name is refused, and with names a number is a name") {
  check_message<InvalidArgument>([] { (void)NeuronNames{{"A", "B"}}.id("C"); }, {"no neuron is called C"});
  check_message<InvalidArgument>([] { (void)NeuronNames{{"A", "B"}}.id("1"); }, {"no neuron is called 1"});
  for (const char* text : {"A", "", "1x", "-1", "4294967296"})
    check_message<InvalidArgument>(
        [&] { (void)NeuronNames{}.id(text); },
        {"'" + std::string(text) + "' is not the number of a neuron, and neurons have no names"});
}

TEST_CASE("names must be different and not empty") {
  check_message<InvalidArgument>([] { NeuronNames{{"A", "B", "A"}}; }, {"two neurons are called A"});
  check_message<InvalidArgument>([] { NeuronNames{{"A", ""}}; }, {"neuron 1 has an empty name"});
}
