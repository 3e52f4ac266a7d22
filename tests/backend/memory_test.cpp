// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/backend/memory.hpp"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "../catch.hpp"
#include "spikeometric/model/named/bernoulli_glm.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

using namespace spikeometric;

namespace {

/// A backend that only estimates memory: the digits of the estimate are the neurons of each graph, the trials and the
/// models.
struct Weighed {
  template <class Model, class Stimulus, class GraphType>
  struct Engine {
    static std::uint64_t bytes(std::span<const GraphType> graphs, std::uint64_t trials,
                               const std::vector<Model>& models, const Stimulus&) {
      std::uint64_t sum = 0;
      for (const GraphType& graph : graphs) sum = 10 * sum + graph.neurons();
      return 1000 * sum + 10 * trials + models.size();
    }
  };
};

}  // namespace

TEST_CASE("the message about too little memory has gigabytes and bytes") {
  const OutOfDeviceMemory error{8'610'000'123, 4'200'000'000};
  CHECK(error.needed == 8'610'000'123);
  CHECK(error.free == 4'200'000'000);
  CHECK(std::string(error.what()) ==
        "8.61 GB of device memory are needed (8610000123 bytes), but 4.2 GB are free (4200000000 bytes)");
  static_assert(std::is_base_of_v<std::runtime_error, OutOfDeviceMemory>);
}

TEST_CASE("the backend estimates the memory of a network, of a batch and of trials") {
  const Graph one{EdgeList{1}}, two{EdgeList{2}};
  const BernoulliGLM model;
  const Weighed backend;
  CHECK(memory_estimate(two, model, no_stimulus, backend) == 2011);
  CHECK(memory_estimate(batch(std::vector{one, two}), model, no_stimulus, backend) == 12011);
  CHECK(memory_estimate(trials(batch(std::vector{two, one}), 7), model, no_stimulus, backend) == 21071);
  CHECK(memory_estimate(trials(two, 3), std::vector<BernoulliGLM>(3), no_stimulus, backend) == 2033);
}
