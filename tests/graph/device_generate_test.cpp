// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/device_generate.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../support.hpp"
#include "networks.hpp"
#include "spikeometric/graph/generate.hpp"

using spikeometric::Graph, spikeometric::InvalidArgument, spikeometric::Seed;
using spikeometric::generate::Scaling, spikeometric::generate::Weights;
using spikeometric::generate::detail::SortedMap;
using namespace networks;
namespace generate = spikeometric::generate;
namespace device = spikeometric::generate::device;

namespace {

/// Every bit of it.
template <class Weight, class Vertex>
bool same(const Graph<Weight, Vertex>& a, const Graph<Weight, Vertex>& b) {
  return a.rows().offsets == b.rows().offsets && a.rows().targets == b.rows().targets &&
         a.rows().weights.size() == b.rows().weights.size() &&
         (a.synapses() == 0 ||
          std::memcmp(a.rows().weights.data(), b.rows().weights.data(), a.synapses() * sizeof(Weight)) == 0);
}

/// A generator on both sides, for all types of weights and of ids.
#define GENERATOR(name)                                                                     \
  struct {                                                                                  \
    template <class Weight, class Vertex, class Parameters, class... Bytes>                 \
    Graph<Weight, Vertex> on_device(const Parameters& p, Seed seed, Bytes... bytes) const { \
      return device::name<Weight, Vertex>(p, seed, bytes...);                               \
    }                                                                                       \
    template <class Weight, class Vertex, class Parameters>                                 \
    Graph<Weight, Vertex> on_host(const Parameters& p, Seed seed) const {                   \
      return generate::name<Weight, Vertex>(p, seed);                                       \
    }                                                                                       \
  }
constexpr GENERATOR(normal) normal;
constexpr GENERATOR(uniform) uniform;
constexpr GENERATOR(erdos_renyi) erdos_renyi;
constexpr GENERATOR(fixed_in_degree) fixed_in_degree;
constexpr GENERATOR(fixed_out_degree) fixed_out_degree;
constexpr GENERATOR(small_world) small_world;

/// That the device makes the graph that the host makes: in one chunk, in a few, and small ones a neuron at a time.
template <class Generator, class Parameters>
void check_same(const Generator& generator, const Parameters& p, Seed seed) {
  const auto check = [&]<class Weight, class Vertex>(Weight, Vertex) {
    const auto expected = generator.template on_host<Weight, Vertex>(p, seed);
    REQUIRE(same(generator.template on_device<Weight, Vertex>(p, seed), expected));
    const std::uint64_t a_few = 8 * (expected.synapses() + expected.neurons());
    REQUIRE(same(generator.template on_device<Weight, Vertex>(p, seed, a_few), expected));
    if (p.neurons <= 64) REQUIRE(same(generator.template on_device<Weight, Vertex>(p, seed, 0), expected));
  };
  check(float{}, std::uint32_t{});
  check(double{}, std::uint32_t{});
  if (p.neurons <= 65'536) check(float{}, std::uint16_t{});
}

const std::vector<Weights> all_weights = {
    {},
    {.mean = -0.3, .std = 0.7},
    {.mean = 0.5, .inhibitory_fraction = 0.2, .inhibitory_scale = 5},
    {.mean = 0.1, .std = 0.2, .inhibitory_fraction = 0.57, .inhibitory_scale = 4},
    {.mean = 0.0, .inhibitory_fraction = 0.5},  // -0 from the inhibitory ones
};

/// What is thrown, and what it says.
template <class Call>
std::string refusal(Call call) {
  try {
    call();
  } catch (const InvalidArgument& exception) {
    return exception.what();
  }
  return "";
}

template <class Generator, class Parameters>
void check_refused(const Generator& generator, const Parameters& p, const std::string& part) {
  const auto refused = refusal([&] { generator.template on_device<float, std::uint16_t>(p, Seed{1}); });
  CHECK(refused == refusal([&] { generator.template on_host<float, std::uint16_t>(p, Seed{1}); }));
  INFO("the message is: " << refused << "\nit should say: " << part);
  CHECK(refused.find(part) != refused.npos);
}

}  // namespace

TEST_CASE("normal networks made on a device are bit-identical to those made on the host") {
  const bool autapses = GENERATE(false, true);
  const auto scaling = GENERATE(Scaling::in_degree, Scaling::neurons, Scaling::none);
  for (const std::uint64_t neurons : {1, 2, 3, 64, 150})
    for (const double probability : {0.0, -0.0, 1e-9, 0.03, 0.5, 1.0}) {
      INFO(neurons << " neurons, probability " << probability);
      check_same(
          normal,
          generate::Normal{
              .neurons = neurons, .probability = probability, .mean = 0.4, .scaling = scaling, .autapses = autapses},
          Seed{neurons});
    }
  check_same(normal, generate::Normal{.neurons = 200, .std = 0.0}, Seed{1} /* weights of +0 and -0 */);
}

TEST_CASE("uniform networks made on a device are bit-identical to those made on the host") {
  const bool autapses = GENERATE(false, true);
  for (const auto& [low, high] : {std::pair{-1.0, 1.0}, {0.0, 0.5}, {-0.3, 0.7}, {2.0, 2.0}, {0.0, 0.0}})
    for (const double probability : {0.0, 0.1, 1.0}) {
      INFO("from " << low << " to " << high << ", probability " << probability);
      check_same(uniform,
                 generate::Uniform{.neurons = 201,
                                   .probability = probability,
                                   .low = low,
                                   .high = high,
                                   .scaling = Scaling::neurons,
                                   .autapses = autapses},
                 Seed{2});
    }
}

TEST_CASE("random graphs made on a device are bit-identical to those made on the host") {
  const bool autapses = GENERATE(false, true);
  for (const Weights& weights : all_weights)
    for (const double probability : {0.0, 0.1, 1.0})
      check_same(
          erdos_renyi,
          generate::ErdosRenyi{.neurons = 200, .probability = probability, .weights = weights, .autapses = autapses},
          Seed{3});
}

TEST_CASE("networks of several blocks of targets are the same on a device") {
  const std::uint64_t neurons = GENERATE(65'535, 65'536, 65'537, 140'000);
  const double probability = GENERATE(1e-7, 2e-5);
  check_same(normal, generate::Normal{.neurons = neurons, .probability = probability}, Seed{4});
  check_same(uniform, generate::Uniform{.neurons = neurons, .probability = probability, .autapses = true}, Seed{4});
  check_same(erdos_renyi, generate::ErdosRenyi{.neurons = neurons, .probability = probability}, Seed{4});
}

TEST_CASE("networks of fixed degree made on a device are bit-identical to those made on the host") {
  const bool autapses = GENERATE(false, true), multapses = GENERATE(false, true);
  const std::uint64_t neurons = GENERATE(1, 2, 3, 5, 64, 150);
  const std::uint64_t partners = autapses ? neurons : neurons - 1;
  std::vector<std::uint64_t> degrees = {0, 1, partners / 4, partners / 3, partners / 2, partners / 2 + 1, partners};
  if (multapses) degrees.insert(degrees.end(), {partners + 1, 7 * partners});
  for (const std::uint64_t degree : degrees) {
    if (degree > partners && (!multapses || partners == 0)) continue;
    INFO(neurons << " neurons, degree " << degree << ", autapses " << autapses << ", multapses " << multapses);
    for (const Weights& weights : all_weights) {
      const generate::FixedDegree p{
          .neurons = neurons, .degree = degree, .weights = weights, .autapses = autapses, .multapses = multapses};
      check_same(fixed_in_degree, p, Seed{5});
      check_same(fixed_out_degree, p, Seed{5});
    }
  }
}

TEST_CASE("large networks of fixed degree are the same on a device") {
  const bool multapses = GENERATE(false, true);
  const generate::FixedDegree p{.neurons = 70'000, .degree = 20, .weights = {.std = 0.5}, .multapses = multapses};
  check_same(fixed_in_degree, p, Seed{6});
  check_same(fixed_out_degree, p, Seed{6});
}

TEST_CASE("small worlds made on a device are bit-identical to those made on the host") {
  const double rewiring = GENERATE(0.0, 0.1, 0.6, 1.0);
  for (const std::uint64_t neurons : {1, 2, 3, 14, 15, 64, 150})
    for (const std::uint64_t degree : {neurons / 20 * 2, neurons / 4 * 2, (neurons - 1) / 2 * 2})
      for (const Weights& weights : all_weights) {
        INFO(neurons << " neurons, degree " << degree << ", rewiring " << rewiring);
        check_same(small_world,
                   generate::SmallWorld{.neurons = neurons, .degree = degree, .rewiring = rewiring, .weights = weights},
                   Seed{neurons});
      }
  check_same(small_world, generate::SmallWorld{.neurons = 70'000, .degree = 20, .rewiring = rewiring}, Seed{7});
}

TEST_CASE("networks on a device refuse what those on the host refuse, with the same messages") {
  check_refused(normal, generate::Normal{.neurons = 0}, "neurons = 0 must be");
  check_refused(normal, generate::Normal{.neurons = 65'537}, "16 bits");
  check_refused(normal, generate::Normal{.neurons = 9, .probability = 1.5, .mean = not_a_number}, "probability = 1.5");
  check_refused(normal, generate::Normal{.neurons = 9, .mean = not_a_number}, "mean = nan");
  check_refused(normal, generate::Normal{.neurons = 9, .std = -1}, "std = -1");
  check_refused(normal, generate::Normal{.neurons = 9, .probability = 1, .mean = 1e300}, "0 -> 1");
  check_refused(uniform, generate::Uniform{.neurons = 65'537}, "16 bits");
  check_refused(uniform, generate::Uniform{.neurons = 9, .probability = -0.5}, "probability = -0.5");
  check_refused(uniform, generate::Uniform{.neurons = 9, .low = -infinity}, "low = -inf");
  check_refused(uniform, generate::Uniform{.neurons = 9, .high = infinity}, "high = inf");
  check_refused(uniform, generate::Uniform{.neurons = 9, .low = 2, .high = 1}, "low = 2 must be at most high = 1");
  check_refused(erdos_renyi, generate::ErdosRenyi{.neurons = 0}, "neurons = 0 must be");
  check_refused(erdos_renyi, generate::ErdosRenyi{.neurons = 9, .probability = not_a_number}, "probability = nan");
  check_refused(erdos_renyi, generate::ErdosRenyi{.neurons = 9, .weights = {.std = infinity}}, "std = inf");

  const auto refuse_degree = [](const generate::FixedDegree& p, const std::string& part) {
    check_refused(fixed_in_degree, p, part);
    check_refused(fixed_out_degree, p, part);
  };
  refuse_degree({.neurons = 0}, "neurons = 0 must be");
  refuse_degree({.neurons = 5, .degree = 5}, "degree = 5 must be at most 4");
  refuse_degree({.neurons = 5, .degree = 6, .autapses = true}, "at most 5");
  refuse_degree({.neurons = 1, .degree = 1, .multapses = true}, "at most 0");
  refuse_degree({.neurons = 5, .degree = std::uint64_t{1} << 32, .multapses = true}, "4294967295");
  refuse_degree({.neurons = 5, .degree = 5, .weights = {.inhibitory_fraction = 2}}, "inhibitory_fraction = 2");
  refuse_degree({.neurons = 5, .degree = 4, .weights = {.mean = 1e300}}, "0 -> 1");

  check_refused(small_world, generate::SmallWorld{.neurons = 65'537}, "16 bits");
  check_refused(small_world, generate::SmallWorld{.neurons = 9, .degree = 3}, "degree = 3 must be even");
  check_refused(small_world, generate::SmallWorld{.neurons = 9, .degree = 10}, "must be below");
  check_refused(small_world, generate::SmallWorld{.neurons = 9, .degree = 2, .rewiring = 2}, "rewiring = 2");
  check_refused(small_world,
                generate::SmallWorld{.neurons = 9, .degree = 2, .rewiring = 2, .weights = {.mean = infinity}},
                "rewiring = 2");
  check_refused(small_world, generate::SmallWorld{.neurons = 9, .degree = 2, .weights = {.mean = 1e300}}, "weight");
}

namespace {

struct NoSynapses {
  std::uint64_t neurons = 1000, parts = 3, entries = 7;
  double degree = 10;
  SPIKEOMETRIC_HOST_DEVICE std::uint64_t count(std::uint64_t, SortedMap) const { return 0; }
};

}  // namespace

TEST_CASE("a chunk of neurons takes no more memory than it may, unless it is one neuron") {
  constexpr std::uint64_t neurons = 1000, neuron_bytes = 3 * (7 + 1) * 8 + 10 * 10;
  const std::uint64_t bytes = GENERATE(0, 292, 583, 584, 10'000, 292'000, 100'000'000);
  std::uint64_t next = 0, chunks = 0;
  generate::detail::for_each_chunk(NoSynapses{}, 10, bytes, [&](const auto& chunk, std::uint64_t synapses) {
    CHECK(chunk.first == next);
    CHECK(chunk.parts % 3 == 0);
    CHECK(synapses == 0);
    CHECK((chunk.parts == 3 || chunk.parts / 3 * neuron_bytes <= bytes));
    next += chunk.parts;
    ++chunks;
  });
  CHECK(next == 3 * neurons);
  const std::uint64_t size = std::clamp<std::uint64_t>(bytes / neuron_bytes, 1, neurons);
  CHECK(chunks == (neurons + size - 1) / size);
}
