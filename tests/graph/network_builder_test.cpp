// SPDX-License-Identifier: BSD-3-Clause
#include "spikeometric/graph/network_builder.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "../catch.hpp"
#include "../message.hpp"
#include "../statistics.hpp"
#include "networks.hpp"
#include "spikeometric/graph/erdos_renyi.hpp"
#include "spikeometric/graph/fixed_degree.hpp"
#include "spikeometric/random/hash.hpp"

using namespace spikeometric;

namespace {

using Counts = std::vector<std::uint64_t>;

/// Two populations, A (neurons 0 to a - 1) and B, and one projection from A to B.
Graph<> between(std::uint64_t a, std::uint64_t b, ConnectionRule rule, SynapseOptions synapses = {}, Seed seed = {3}) {
  NetworkBuilder builder;
  builder.population("A", a).population("B", b).project("A", "B", std::move(rule), std::move(synapses));
  return builder.build(seed, {.dt = 0.5}).graph;
}

/// One population that projects to itself.
Graph<> within(std::uint64_t n, ConnectionRule rule, SynapseOptions synapses = {}, Seed seed = {3}) {
  NetworkBuilder builder;
  builder.population("A", n).project("A", "A", std::move(rule), std::move(synapses));
  return builder.build(seed, {.dt = 0.5}).graph;
}

/// Sums of weights from and onto each neuron: numbers of synapses, if each has weight 1.
struct Degrees {
  explicit Degrees(const Graph<>& graph) : out(graph.neurons()), in(graph.neurons()) {
    for (const auto& [pre, post, weight, delay] : graph.edges()) {
      out[pre] += static_cast<std::uint64_t>(weight);
      in[post] += static_cast<std::uint64_t>(weight);
    }
  }
  Counts out, in;
};

Counts slice(const Counts& counts, std::size_t first, std::size_t end) {
  return {counts.begin() + static_cast<std::ptrdiff_t>(first), counts.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::uint64_t fingerprint(const Graph<>& graph) {
  std::uint64_t sum = 0;
  for (const auto& [pre, post, weight, delay] : graph.edges())
    sum += hash_event(std::bit_cast<std::uint32_t>(weight), pre, post, delay);
  return sum;
}

/// Every rule, between populations with positions.
NetworkBuilder everything() {
  NetworkBuilder builder;
  builder.population("E", positions::Random{900, 1, 1, 0, 1, true});
  builder.population("I", positions::Sheet{20, 20, 1, 1, true});
  using namespace distribution;
  builder.project("E", "E", connect::Pairwise{.probability = 0.02}, {.weight = Normal{0.2, 0.1}, .delay_ms = 1.5});
  builder.project("E", "I", connect::FixedInDegree{.degree = 20}, {.weight = LogNormal{0.3, 0.5}});
  builder.project("I", "E", connect::FixedInDegree{.degree = 30, .multapses = true},
                  {.weight = TruncatedNormal{-0.6, 0.4}, .delay_ms = Uniform{0.1, 3.0}});
  builder.project("I", "I", connect::FixedOutDegree{.degree = 10}, {.weight = -0.1, .delay_ms = Normal{0.5, 1.0}});
  builder.project("E", "I", connect::FixedOutDegree{.degree = 7, .multapses = true});
  builder.project("E", "E", connect::FixedTotal{.synapses = 5000, .multapses = true},
                  {.weight = Exponential{0.2}, .delay_ms = TruncatedNormal{1.5, 0.75}});
  builder.project("I", "E", connect::FixedTotal{.synapses = 3000}, {.weight = Uniform{-1, 0}});
  builder.project("I", "I", connect::OneToOne{});
  builder.project("I", "I", connect::AllToAll{}, {.weight = [](const SynapsePlace& at) { return 1 + at.distance; }});
  builder.project("E", "E", connect::ByDistance{profile::Gaussian{0.8, 0.05}},
                  {.weight = 0.5, .delay_ms = [](const SynapsePlace& at) { return 0.2 + 4 * at.distance; }});
  builder.project("E", "I", connect::Listed{{{3, 5, 0.25, 1.0}, {3, 5, 0.5, 1.0}, {899, 399, -1.0, 0.0}}});
  return builder;
}

}  // namespace

TEST_CASE("populations are ranges of neurons in the order of declaration") {
  NetworkBuilder builder;
  builder.population("E", 80).population("I", 20);
  const Network network = builder.build(Seed{1});
  CHECK(network.graph.neurons() == 100);
  CHECK(network.graph.synapses() == 0);
  CHECK(network.populations.size() == 2);
  CHECK(network.populations["I"].bind(100).first() == 80);
  CHECK(network.populations["I"].bind(100).end() == 100);
}

TEST_CASE("pairwise: the number of synapses is binomial, and no pair is connected twice") {
  const double p = 0.1, pairs = 400.0 * 300.0;
  const auto graph = between(400, 300, connect::Pairwise{p});
  CHECK(sigmas(static_cast<double>(graph.synapses()), pairs * p, pairs * p * (1 - p)) < 5);
  const Degrees degrees(graph);
  CHECK(chi_squared_sigmas(slice(degrees.out, 0, 400)) < 5);
  CHECK(chi_squared_sigmas(slice(degrees.in, 400, 700)) < 5);
  for (const auto& edge : graph.edges()) REQUIRE((edge.pre < 400 && edge.post >= 400 && edge.weight == 1.0f));
}

TEST_CASE("the first projection within the first population connects the pairs that the generators connect") {
  const auto targets = [](const Graph<>& graph) { return graph.rows().targets; };
  CHECK(targets(within(500, connect::Pairwise{0.1})) ==
        targets(generate::erdos_renyi({.neurons = 500, .probability = 0.1}, Seed{3})));
  CHECK(targets(within(500, connect::FixedInDegree{.degree = 40})) ==
        targets(generate::fixed_in_degree({.neurons = 500, .degree = 40}, Seed{3})));
  CHECK(targets(within(500, connect::FixedOutDegree{.degree = 300})) ==
        targets(generate::fixed_out_degree({.neurons = 500, .degree = 300}, Seed{3})));
}

TEST_CASE("fixed in-degree: every target has exactly this number of sources, chosen uniformly") {
  for (const bool multapses : {false, true}) {
    const auto graph = between(200, 500, connect::FixedInDegree{.degree = 30, .multapses = multapses});
    const Degrees degrees(graph);
    CHECK(slice(degrees.in, 200, 700) == Counts(500, 30));
    CHECK(chi_squared_sigmas(slice(degrees.out, 0, 200)) < 5);
    CHECK((graph.synapses() == 15'000) == !multapses);
  }
}

TEST_CASE("fixed out-degree: every source has exactly this number of targets, chosen uniformly") {
  for (const bool multapses : {false, true}) {
    const auto graph = between(500, 200, connect::FixedOutDegree{.degree = 150, .multapses = multapses});
    const Degrees degrees(graph);
    CHECK(slice(degrees.out, 0, 500) == Counts(500, 150));
    // Without multapses, counts vary less than independent ones.
    CHECK(chi_squared_sigmas(slice(degrees.in, 500, 700)) < (multapses ? 5.0 : 10.0));
    CHECK((graph.synapses() == 75'000) == !multapses);
  }
}

TEST_CASE("a fixed total is exact, with independent pairs or with different ones") {
  for (const bool multapses : {false, true}) {
    const auto graph = between(300, 200, connect::FixedTotal{.synapses = 30'000, .multapses = multapses});
    const Degrees degrees(graph);
    std::uint64_t total = 0;
    for (const std::uint64_t out : degrees.out) total += out;
    CHECK(total == 30'000);
    CHECK((graph.synapses() == 30'000) == !multapses);
    // Pearson's statistic of multinomial counts has mean n - 1. Of hypergeometric ones it is smaller by the part of
    // pairs that are left, 1 - 30000 / 60000.
    const double part = multapses ? 1.0 : 0.5;
    for (const Counts& counts : {slice(degrees.out, 0, 300), slice(degrees.in, 300, 500)}) {
      const double mean = 30'000.0 / static_cast<double>(counts.size()), n = static_cast<double>(counts.size()) - 1;
      double statistic = 0;
      for (const std::uint64_t count : counts) statistic += std::pow(static_cast<double>(count) - mean, 2) / mean;
      CHECK(sigmas(statistic, part * n, part * part * 2 * n) < 5);
    }
  }
}

TEST_CASE("the largest possible total and degrees connect all pairs") {
  CHECK(between(30, 20, connect::FixedTotal{.synapses = 600}) == between(30, 20, connect::AllToAll{}));
  CHECK(within(30, connect::FixedTotal{.synapses = 870}) == within(30, connect::AllToAll{}));
  CHECK(within(30, connect::FixedInDegree{.degree = 29}) == within(30, connect::AllToAll{}));
  CHECK(within(30, connect::FixedOutDegree{.degree = 30, .autapses = true}) ==
        within(30, connect::AllToAll{.autapses = true}));
  CHECK(within(30, connect::Pairwise{.probability = 1}) == within(30, connect::AllToAll{}));
}

TEST_CASE("autapses are made only if they are wanted") {
  const auto both = [](auto rule) {
    rule.autapses = true;
    const bool with = networks::autapses(within(100, rule)) > 0;
    rule.autapses = false;
    return with && networks::autapses(within(100, rule)) == 0;
  };
  CHECK(both(connect::Pairwise{.probability = 0.3}));
  CHECK(both(connect::FixedInDegree{.degree = 30}));
  CHECK(both(connect::FixedInDegree{.degree = 30, .multapses = true}));
  CHECK(both(connect::FixedOutDegree{.degree = 30}));
  CHECK(both(connect::FixedOutDegree{.degree = 30, .multapses = true}));
  CHECK(both(connect::FixedTotal{.synapses = 3000}));
  CHECK(both(connect::FixedTotal{.synapses = 3000, .multapses = true}));
  CHECK(both(connect::AllToAll{}));
}

TEST_CASE("targets in several blocks of 2^16 get their share of a degree or total") {
  const std::uint64_t n = 200'000;  // 4 blocks, which begin within the population
  for (const bool multapses : {false, true})
    for (const bool total : {false, true}) {
      const auto graph = total ? between(40, n, connect::FixedTotal{.synapses = 40'000, .multapses = multapses})
                               : between(40, n, connect::FixedOutDegree{.degree = 1000, .multapses = multapses});
      const Degrees degrees(graph);
      std::uint64_t sum = 0;
      for (std::size_t pre = 0; pre < 40; ++pre) {
        sum += degrees.out[pre];
        if (!total) CHECK(degrees.out[pre] == 1000);
      }
      CHECK(sum == 40'000);
      std::vector<double> targets;
      for (std::size_t post = 40; post < n + 40; ++post)
        for (std::uint64_t i = 0; i < degrees.in[post]; ++i) targets.push_back(static_cast<double>(post - 40));
      CHECK(kolmogorov_smirnov(targets, [&](double at) { return (at + 0.5) / static_cast<double>(n); }) < 2.75);
    }
}

TEST_CASE("one-to-one connects neurons of the same place") {
  const auto graph = between(50, 50, connect::OneToOne{});
  CHECK(graph.synapses() == 50);
  for (const auto& edge : graph.edges()) CHECK(edge.post == edge.pre + 50);
}

TEST_CASE("a list is taken as it is, and synapses of one pair and delay are summed") {
  const auto graph =
      between(3, 4, connect::Listed{{{2, 0, 0.5}, {0, 3, 1.5, 1.0}, {0, 3, 0.25, 1.1}, {0, 3, 1.0, 2.0}}});
  EdgeList<> edges{7};
  edges.add(2, 3, 0.5f);
  edges.add(0, 6, 1.75f, 2);
  edges.add(0, 6, 1.0f, 4);
  CHECK(graph == Graph<>{edges});
}

TEST_CASE("by distance: the number of synapses at each distance is binomial") {
  struct Case {
    Profile profile;
    Positions from, to;
  };
  const auto random = [](Point box, std::uint64_t seed, bool periodic = false) {
    return positions::Random{1500, box[0], box[1], box[2], seed, periodic}.positions();
  };
  const auto bump = [](double d) { return std::exp(-25 * (d - 0.4) * (d - 0.4)); };
  for (const Case& each : {Case{profile::Gaussian{0.7, 0.1}, random({1, 1, 0}, 1), random({1, 1, 0}, 2)},
                           Case{profile::Gaussian{0.7, 0.1}, random({1, 1, 1}, 1, true), random({1, 1, 1}, 2, true)},
                           Case{profile::Exponential{1.0, 0.3}, random({1, 1, 1}, 1), random({1, 1, 1}, 2)},
                           Case{profile::Disc{0.4, 0.3}, random({2, 0, 0}, 1, true), random({2, 0, 0}, 2, true)},
                           Case{profile::Function{bump, [&](double d) { return d < 0.4 ? 1.0 : bump(d); }},
                                random({1, 1, 0}, 1), random({1, 1, 0}, 2)}}) {
    NetworkBuilder builder;
    builder.population("A", each.from).population("B", each.to).project("A", "B", connect::ByDistance{each.profile});
    const auto graph = builder.build(Seed{3}).graph;
    const auto far = [&](std::size_t i, std::size_t j) {
      return detail::distance(each.from.points[i], each.to.points[j], each.to.period);
    };
    std::map<int, double> found, expected, variance;  // in bins of distance
    for (const auto& edge : graph.edges()) ++found[static_cast<int>(20 * far(edge.pre, edge.post - 1500))];
    for (std::size_t i = 0; i < 1500; ++i)
      for (std::size_t j = 0; j < 1500; ++j) {
        const double p = std::visit([&](const auto& profile) { return profile(far(i, j)); }, each.profile);
        const int bin = static_cast<int>(20 * far(i, j));
        expected[bin] += p;
        variance[bin] += p * (1 - p);
      }
    for (const auto& [bin, mean] : expected) {
      if (mean == 0) CHECK(found[bin] == 0);
      if (mean > 20) CHECK(sigmas(found[bin], mean, variance[bin]) < 5);
    }
  }
}

TEST_CASE("by distance: no synapse is lost far from the origin") {
  const auto connected = [](const Positions& positions, const Profile& profile) {
    NetworkBuilder builder;
    builder.population("A", positions).project("A", "A", connect::ByDistance{profile});
    return builder.build(Seed{3}).graph;
  };
  Positions row;
  for (int i = 0; i < 3000; ++i) row.points.push_back({1e5 + i / 3.0, 0, 0});
  const double radius = 3 * (row.points[1][0] - row.points[0][0]);
  std::uint64_t within = 0;
  for (std::size_t i = 0; i < 3000; ++i)
    for (std::size_t j = i < 4 ? 0 : i - 4; j < std::min<std::size_t>(3000, i + 5); ++j)
      within += i != j && detail::distance(row.points[i], row.points[j], row.period) <= radius;
  CHECK(connected(row, profile::Disc{1.0, radius}).synapses() == within);
  for (Point& point : row.points) point[0] = 1e6 + (point[0] - 1e5) / 1000;
  CHECK(connected(row, profile::Gaussian{0.5, 0.1}).synapses() > 0);
}

TEST_CASE("one-to-one takes time in proportion to neurons") {
  CHECK(between(500'000, 500'000, connect::OneToOne{}).synapses() == 500'000);  // not 2.5e11 pairs
}

TEST_CASE("work by distance is in proportion to synapses, not to pairs") {
  std::atomic<std::uint64_t> calls = 0;
  const profile::Function narrow{[&](double d) {
    ++calls;
    return std::exp(-0.5 * d * d / (0.01 * 0.01));
  }};
  NetworkBuilder builder;
  builder.population("A", positions::Random{20'000, 1, 1, 0, 1}).project("A", "A", connect::ByDistance{narrow});
  const auto synapses = static_cast<double>(builder.build(Seed{3}).graph.synapses());
  CHECK(synapses ==
        Approx(20'000 * 20'000 * 6.283 * 0.01 * 0.01).epsilon(0.05));  // N^2 2 pi sigma^2, less at the edges
  CHECK(static_cast<double>(calls) / 2 < 20 * synapses);               // counted, then made
}

TEST_CASE("delays are rounded to steps and are at least one") {
  const auto delay = [](double ms) { return between(1, 1, connect::OneToOne{}, {.delay_ms = ms}).max_delay(); };
  CHECK(delay(1.5) == 3);
  CHECK(delay(1.74) == 3);
  CHECK(delay(1.76) == 4);
  CHECK(delay(0.01) == 1);
  CHECK_FALSE(between(1, 1, connect::OneToOne{}, {.delay_ms = 0.5}).has_delays());
  std::map<int, double> counts;
  const auto graph = between(100, 200, connect::AllToAll{}, {.delay_ms = distribution::Normal{0.5, 0.5}});
  for (const auto& edge : graph.edges()) ++counts[edge.delay];
  // One step of 0.5 ms: delays below 0.75 ms, 0.5 standard deviations above the mean.
  CHECK(sigmas(counts[1], 20'000 * 0.69146, 20'000 * 0.69146 * 0.30854) < 5);
  CHECK(sigmas(counts[2], 20'000 * 0.24173, 20'000 * 0.24173 * 0.75827) < 5);
}

TEST_CASE("weights and delays of several synapses of a pair are drawn for each of them") {
  const auto graph = between(1, 1, connect::FixedTotal{.synapses = 10'000, .multapses = true},
                             {.weight = distribution::Uniform{0, 2}, .delay_ms = distribution::Uniform{0.3, 1.2}});
  REQUIRE(graph.synapses() == 2);
  double sum = 0;
  for (const auto& edge : graph.edges()) sum += edge.weight;
  CHECK(sigmas(sum / 10'000, 1, 1.0 / 3, 10'000) < 5);
}

TEST_CASE("the same network on any number of threads, and a pinned one") {
  const NetworkBuilder builder = everything();
  const auto graph = builder.build(Seed{11}, {.dt = 0.1}).graph;
  for (const int threads : {2, 3}) CHECK(builder.build(Seed{11}, {.dt = 0.1, .threads = threads}).graph == graph);
  CHECK(builder.build(Seed{12}, {.dt = 0.1}).graph.rows().targets != graph.rows().targets);
  CHECK(fingerprint(graph) == 0xd2e6cfbe13bf3686);
}

TEST_CASE("the same network on any number of threads with targets in several blocks, and a pinned one") {
  NetworkBuilder builder;
  builder.population("few", 30).population("many", 150'000);
  const SynapseOptions spread{.weight = distribution::TruncatedNormal{0.5, 0.5},
                              .delay_ms = distribution::Uniform{0.1, 2}};
  builder.project("few", "many", connect::Pairwise{.probability = 2e-3}, spread);
  builder.project("few", "many", connect::FixedOutDegree{.degree = 300}, spread);
  builder.project("few", "many", connect::FixedTotal{.synapses = 9000, .multapses = true}, spread);
  builder.project("many", "few", connect::FixedInDegree{.degree = 300}, spread);
  const auto graph = builder.build(Seed{5}, {.dt = 0.1}).graph;
  for (const int threads : {2, 3}) CHECK(builder.build(Seed{5}, {.dt = 0.1, .threads = threads}).graph == graph);
  for (const auto& edge : graph.edges()) REQUIRE(edge.weight > 0.0f);
  CHECK(fingerprint(graph) == 0x13e5703e49ec6bf0);
}

TEST_CASE("weights and delays of synapses are independent") {
  const auto graph = between(200, 500, connect::AllToAll{},
                             {.weight = distribution::Normal{}, .delay_ms = distribution::Uniform{0.25, 50.25}});
  double product = 0, n = 0;
  for (const auto& edge : graph.edges()) {
    product += edge.weight * (edge.delay - 50.5) / std::sqrt((100.0 * 100.0 - 1) / 12);
    ++n;
  }
  CHECK(n == 100'000);
  CHECK(sigmas(product / n, 0, 1, n) < 5);
}

TEST_CASE("a projection at the end changes none before it") {
  NetworkBuilder builder = everything();
  const auto before = builder.build(Seed{11}, {.dt = 0.1}).graph;
  builder.population("new", 50)
      .project("new", "new", connect::Pairwise{0.5})
      .project("E", "new", connect::Pairwise{0.5});
  const auto after = builder.build(Seed{11}, {.dt = 0.1}).graph;
  EdgeList<> old{before.neurons()};
  for (const auto& [pre, post, weight, delay] : after.edges())
    if (pre < 1300 && post < 1300) old.add(pre, post, weight, delay);
  CHECK(Graph<>{old} == before);
}

TEST_CASE("any part of a projection can be made alone") {
  const detail::Ends ends{100, 1000, 300, 150'000, false, 5, Seed{8}};
  const auto rows = [&](detail::RowConnector& connector, std::uint64_t first, std::uint64_t end) {
    Counts counts(end - first);
    connector.count(first, end, counts.data());
    std::vector<std::vector<std::uint32_t>> result;
    detail::Segment segment;
    for (std::uint64_t pre = first; pre < end; ++pre) {
      result.emplace_back();
      connector.row(pre, segment, [&] {
        result.back().insert(result.back().end(), segment.partners.begin(), segment.partners.end());
      });
      CHECK(result.back().size() == counts[pre - first]);
    }
    return result;
  };
  const Positions from = positions::Random{1000, 1, 1, 0, 1}.positions(),
                  to = positions::Random{150'000, 1, 1, 0, 2}.positions();
  const Profile profile = profile::Gaussian{0.1, 0.01};
  const std::vector<std::function<std::unique_ptr<detail::RowConnector>()>> makes{
      [&] { return std::make_unique<detail::PairwiseConnector>(ends, 1e-4); },
      [&] { return std::make_unique<detail::DrawnConnector>(ends, connect::FixedOutDegree{.degree = 20}); },
      [&] { return std::make_unique<detail::DrawnConnector>(ends, connect::FixedTotal{.synapses = 20'000}); },
      [&] {
        return std::make_unique<detail::DrawnConnector>(ends,
                                                        connect::FixedTotal{.synapses = 20'000, .multapses = true});
      },
      [&] { return std::make_unique<detail::DistanceConnector>(ends, profile, from, to, "A -> B"); }};
  const detail::ColumnConnector columns(ends, connect::FixedInDegree{.degree = 20});
  detail::Segment one, again;
  columns.column(77'000, one);
  columns.column(300, again);
  columns.column(77'000, again);
  CHECK(one.partners == again.partners);
  for (const auto& make : makes) {
    const auto whole = rows(*make(), 100, 1100);
    const auto part = rows(*make(), 577, 583);
    CHECK(std::equal(part.begin(), part.end(), whole.begin() + 477));
  }
}

TEST_CASE("what a network cannot have is refused, by projection, name and value") {
  const auto refused = [](auto make, const char* message) { check_message<InvalidArgument>(make, {message}); };
  NetworkBuilder b;
  refused([&] { b.population("", 3); }, "a population needs a name");
  refused([&] { b.population("A", 0); }, "population A has no neurons");
  refused([&] { b.project("A", "A", connect::OneToOne{}); }, "no population is called A; there are no populations");
  b.population("A", 10).population("B", 20);
  refused([&] { b.population("A", 3); }, "there are two populations called A");
  refused([&] { b.population("C", std::uint64_t{1} << 32); }, "with population C, there are more than 2^32 neurons");
  refused([&] { b.project("A", "X", connect::OneToOne{}); }, "no population is called X; known names: A, B");
  refused([&] { b.project("A", "B", connect::Pairwise{1.5}); },
          "A -> B: probability = 1.5 must be at least 0 and at most 1");
  refused([&] { b.project("A", "B", connect::Pairwise{std::nan("")}); }, "A -> B: probability = nan");
  refused([&] { b.project("A", "B", connect::FixedInDegree{.degree = 11}); },
          "A -> B: degree = 11 must be at most 10, the number of sources");
  refused([&] { b.project("A", "A", connect::FixedInDegree{.degree = 10}); },
          "A -> A: degree = 10 must be at most 9, the number of sources without autapses");
  refused([&] { b.project("A", "B", connect::FixedOutDegree{.degree = 21}); }, "at most 20, the number of targets");
  refused([&] { b.project("A", "B", connect::FixedTotal{.synapses = 201}); }, "at most 200, the number of pairs");
  refused([&] { b.project("A", "B", connect::OneToOne{}); },
          "one-to-one needs populations of the same size, not 10 and 20");
  refused([&] { b.project("A", "B", connect::ByDistance{}); }, "distances need positions, but population A has none");
  refused([&] { b.project("A", "B", connect::Listed{{{0, 20}}}); }, "synapse 0 -> 20 is out of range");
  refused([&] { b.project("A", "B", connect::Listed{{{0, 2, 1.0, -1.0}}}); }, "has a delay of -1 ms");
  refused(
      [&] {
        b.project("A", "B", connect::AllToAll{}, {.weight = distribution::Normal{0, -1}});
      },
      "A -> B: std = -1 must be finite and at least 0");
  refused([&] { b.project("A", "B", connect::AllToAll{}, {.delay_ms = -1.0}); },
          "A -> B: delay: the distribution has no values above 0 ms");
  refused(
      [&] {
        b.project("A", "B", connect::AllToAll{}, {.delay_ms = distribution::Uniform{-2, 0}});
      },
      "delay: the distribution has no values above 0 ms");
  refused([] { (void)NetworkBuilder{}.build(Seed{1}); }, "at least one neuron");
  refused([] { (void)within(3, connect::AllToAll{}, {.weight = 1e39}); }, "A -> A: synapse 0 -> 1 has weight 1e+39");
  refused([] { (void)within(3, connect::AllToAll{}, {.delay_ms = 32768.0}); },
          "has a delay of 32768 ms; delays must be at most 65535 steps of dt = 0.5 ms");
  b.project("A", "B", connect::AllToAll{}, {.delay_ms = 1.0});
  refused([&] { (void)b.build(Seed{1}); }, "dt = 0 ms must be above 0 and finite, since projection A -> B has delays");
  NetworkBuilder placed;
  placed.population("P", positions::Line{10, 1.0}).population("Q", positions::Line{10, 1.0, true});
  refused([&] { placed.project("P", "Q", connect::ByDistance{}); }, "different periods");
  placed.project("P", "P", connect::ByDistance{profile::Function{[](double d) { return d; }}});
  refused([&] { (void)placed.build(Seed{1}, {.threads = 2}); }, "projection P -> P: the probability");
  refused([&] { (void)placed.build(Seed{1}, {.threads = 2}); }, "a profile that increases with distance needs a bound");
  for (const double p : {-0.5, 1.5, std::nan("")}) {
    NetworkBuilder wrong;
    wrong.population("P", positions::Line{10, 1.0});
    wrong.project("P", "P", connect::ByDistance{profile::Function{[=](double) { return p; }}});
    refused([&] { (void)wrong.build(Seed{1}); }, "must be at least 0 and at most 1");
  }
  refused([&] { placed.population("R", positions::Random{.neurons = 5}); }, "random positions need a width");
}
