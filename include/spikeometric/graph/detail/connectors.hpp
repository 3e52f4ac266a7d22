// SPDX-License-Identifier: BSD-3-Clause
//
// The synapses of one projection, neuron by neuron. Any part can be made alone, from streams that are keyed by seed,
// projection, neuron and block of 2^16 targets.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spikeometric/graph/connect.hpp"
#include "spikeometric/graph/detail/sampling.hpp"
#include "spikeometric/graph/fixed_degree.hpp"
#include "spikeometric/graph/positions.hpp"
#include "spikeometric/random/binomial.hpp"
#include "spikeometric/random/detail/bit_stream.hpp"

namespace spikeometric::detail {

using generate::detail::Draw;

/// Neurons in a block of targets.
inline constexpr std::uint64_t target_block = generate::detail::block_size;

/// The neurons that a projection may connect, counted within the network.
struct Ends {
  std::uint64_t from, sources, to, targets;
  bool skips_self;  // one population, without autapses
  std::uint32_t projection;
  Seed seed;

  Block counter(std::uint64_t neuron, Draw draw, std::uint64_t block = 0) const {
    return generate::detail::first_counter(neuron, draw, block, projection);
  }
  BitStream stream(std::uint64_t neuron, Draw draw, std::uint64_t block = 0) const {
    return {counter(neuron, draw, block), seed};
  }

  /// The number of targets in [first, end) that `pre` may project to.
  std::uint64_t candidates(std::uint64_t pre, std::uint64_t first, std::uint64_t end) const {
    return end - first - (skips_self && first <= pre && pre < end);
  }

  /// Calls visit(block, first, end) for each block of targets.
  template <class Visit>
  void for_each_block(Visit&& visit) const {
    for (std::uint64_t first = to, end; first < to + targets; first = end) {
      end = std::min(to + targets, (first / target_block + 1) * target_block);
      visit(first / target_block, first, end);
    }
  }
};

/// The synapses between one neuron and one block of its partners. `bits` and `listed` are empty, or have an element for
/// each partner.
struct Segment {
  std::uint64_t block = 0;
  std::vector<std::uint32_t> partners;
  std::vector<Bits> bits;                    // for the weights
  std::vector<const ListedSynapse*> listed;  // gives weights and delays
  std::vector<std::uint64_t> entries;        // of a SortedMap
  BitBuffer buffer;

  void clear(std::uint64_t of_block = 0) {
    block = of_block;
    partners.clear();
    bits.clear();
    listed.clear();
  }
};

/// Makes `number` of `candidates` numbers the partners, as partner_of(number): in order of drawing with multapses, else
/// ascending.
template <class PartnerOf>
void choose(std::uint64_t candidates, std::uint64_t number, bool multapses, const Block& stream, Seed seed,
            Segment& segment, PartnerOf&& partner_of) {
  using generate::detail::FixedPartners, generate::detail::SortedMap;
  if (multapses) {
    segment.partners.resize(number);
    for (std::size_t i = 0; const auto [low, high] : segment.buffer.first(number, stream, seed))
      segment.partners[i++] = partner_of(generate::detail::below(candidates, low, high));
  } else if (number > 0) {
    const FixedPartners choice(candidates, number, true, false, Seed{});
    segment.entries.assign(choice.entries, SortedMap::vacant);
    const SortedMap map{segment.entries.data(), segment.entries.size()};
    choice.choose(BitStream(stream, seed), map);
    for (FixedPartners::Chosen chosen(choice, 0, map); chosen.next();)
      segment.partners.push_back(partner_of(chosen.partner()));
  }
}

/// Distributes `count` draws over the leaves of a binary tree, in proportion to size(first, end), the number of
/// candidates of leaves first to end - 1; without multapses they are different candidates. Calls visit(leaf, count) for
/// the leaves in [first, end) that get some. Each node draws from bits_of(level, index), so that a part of the leaves
/// takes O(part + log(leaves)).
template <class Size, class BitsOf, class Visit>
class Distribute {
 public:
  Distribute(std::uint64_t leaves, bool multapses, Size size, BitsOf bits_of, Visit visit)
      : leaves_(leaves), multapses_(multapses), size_(size), bits_of_(bits_of), visit_(visit) {}

  void operator()(std::uint64_t count, std::uint64_t first, std::uint64_t end) {
    first_ = first;
    end_ = end;
    if (leaves_ > 0) descend(count, static_cast<int>(std::bit_width(leaves_ - 1)), 0);
  }

 private:
  void descend(std::uint64_t count, int level, std::uint64_t index) {
    const std::uint64_t begin = index << level, end = std::min(leaves_, (index + 1) << level);
    if (count == 0 || begin >= end_ || end <= first_) return;
    if (level == 0) return visit_(begin, count);
    const std::uint64_t middle = begin + (std::uint64_t{1} << (level - 1));
    std::uint64_t left = count;
    if (middle < end) {
      const std::uint64_t before = size_(begin, middle), after = size_(middle, end);
      BitStream bits = bits_of_(level, index);
      left = multapses_ ? binomial(count, static_cast<double>(before) / static_cast<double>(before + after), bits)
                        : hypergeometric(before, after, count, bits);
    }
    descend(left, level - 1, 2 * index);
    descend(count - left, level - 1, 2 * index + 1);
  }

  std::uint64_t leaves_, first_ = 0, end_ = 0;
  bool multapses_;
  Size size_;
  BitsOf bits_of_;
  Visit visit_;
};

/// Makes the synapses from each source.
class RowConnector {
 public:
  virtual ~RowConnector() = default;

  /// Adds the numbers of synapses from the sources first, ..., end - 1 to counts[0], .... Each source must be counted
  /// before its row is made.
  virtual void count(std::uint64_t first, std::uint64_t end, std::uint64_t* counts) = 0;

  /// Makes the synapses from `pre`, and calls done(segment) for each block of targets.
  virtual void row(std::uint64_t pre, Segment& segment, const std::function<void()>& done) const = 0;
};

class PairwiseConnector : public RowConnector {
 public:
  PairwiseConnector(const Ends& ends, double probability)
      : ends_(ends), scale_(generate::detail::TargetDraws::scale(probability)) {}

  void count(std::uint64_t first, std::uint64_t end, std::uint64_t* counts) override {
    for (std::uint64_t pre = first; pre < end; ++pre)
      for_each(
          pre, [](std::uint64_t) {}, [&](const auto&) { ++counts[pre - first]; }, [] {});
  }

  void row(std::uint64_t pre, Segment& segment, const std::function<void()>& done) const override {
    for_each(
        pre, [&](std::uint64_t block) { segment.clear(block); },
        [&](const generate::detail::TargetDraws& draws) {
          segment.partners.push_back(static_cast<std::uint32_t>(draws.target()));
          segment.bits.push_back({draws.bits()[2], draws.bits()[3]});
        },
        done);
  }

 private:
  template <class Begin, class Visit, class Done>
  void for_each(std::uint64_t pre, Begin&& begin, Visit&& visit, Done&& done) const {
    ends_.for_each_block([&](std::uint64_t block, std::uint64_t first, std::uint64_t end) {
      begin(block);
      generate::detail::TargetDraws draws(ends_.counter(pre, Draw::partners, block), first, end, scale_, ends_.seed);
      while (draws.next())
        if (!ends_.skips_self || draws.target() != pre) visit(draws);
      done();
    });
  }

  Ends ends_;
  double scale_;
};

/// Random targets, whose number is given for each source or for all of them together.
class DrawnConnector : public RowConnector {
 public:
  DrawnConnector(const Ends& ends, const connect::FixedOutDegree& rule)
      : ends_(ends), multapses_(rule.multapses), each_(true), number_(rule.degree) {}
  DrawnConnector(const Ends& ends, const connect::FixedTotal& rule)
      : ends_(ends), multapses_(rule.multapses), each_(false), number_(rule.synapses), numbers_(ends.sources) {}

  void count(std::uint64_t first, std::uint64_t end, std::uint64_t* counts) override {
    if (!each_) {
      const std::uint64_t candidates = ends_.targets - ends_.skips_self;
      Distribute(
          ends_.sources, multapses_, [&](std::uint64_t a, std::uint64_t b) { return (b - a) * candidates; },
          [&](int level, std::uint64_t index) {
            return ends_.stream(index, Draw::neuron_counts, static_cast<std::uint64_t>(level));
          },
          [&](std::uint64_t source, std::uint64_t number) { numbers_[source] = number; })(number_, first - ends_.from,
                                                                                          end - ends_.from);
    }
    for (std::uint64_t pre = first; pre < end; ++pre) counts[pre - first] += number(pre);
  }

  void row(std::uint64_t pre, Segment& segment, const std::function<void()>& done) const override {
    const std::uint64_t first_block = ends_.to / target_block, last = ends_.to + ends_.targets;
    const auto begin_of = [&](std::uint64_t block) {
      return std::clamp((first_block + block) * target_block, ends_.to, last);
    };
    Distribute((last - 1) / target_block - first_block + 1, multapses_,
               [&](std::uint64_t a, std::uint64_t b) { return ends_.candidates(pre, begin_of(a), begin_of(b)); },
               [&](int level, std::uint64_t index) {
                 return ends_.stream(pre, Draw::block_counts, index << 5 | static_cast<std::uint64_t>(level));
               },
               [&](std::uint64_t leaf, std::uint64_t number) {
                 const std::uint64_t block = first_block + leaf, begin = begin_of(leaf), end = begin_of(leaf + 1);
                 const std::uint64_t skipped = ends_.skips_self && begin <= pre ? pre : end;
                 segment.clear(block);
                 choose(ends_.candidates(pre, begin, end), number, multapses_,
                        ends_.counter(pre, Draw::partners, block), ends_.seed, segment, [&](std::uint64_t at) {
                          return static_cast<std::uint32_t>(begin + at + (begin + at >= skipped));
                        });
                 done();
               })(number(pre), 0, ~std::uint64_t{0});
  }

 private:
  std::uint64_t number(std::uint64_t pre) const { return each_ ? number_ : numbers_[pre - ends_.from]; }

  Ends ends_;
  bool multapses_, each_;
  std::uint64_t number_;
  std::vector<std::uint64_t> numbers_;
};

/// Pairs without chance.
class CertainConnector : public RowConnector {
 public:
  CertainConnector(const Ends& ends, bool one_to_one) : ends_(ends), one_to_one_(one_to_one) {}

  void count(std::uint64_t first, std::uint64_t end, std::uint64_t* counts) override {
    for (std::uint64_t pre = first; pre < end; ++pre)
      counts[pre - first] += one_to_one_ ? 1 : ends_.candidates(pre, ends_.to, ends_.to + ends_.targets);
  }

  void row(std::uint64_t pre, Segment& segment, const std::function<void()>& done) const override {
    if (one_to_one_) {
      const std::uint64_t post = pre - ends_.from + ends_.to;
      segment.clear(post / target_block);
      segment.partners.push_back(static_cast<std::uint32_t>(post));
      return done();
    }
    ends_.for_each_block([&](std::uint64_t block, std::uint64_t first, std::uint64_t end) {
      segment.clear(block);
      for (std::uint64_t post = first; post < end; ++post)
        if (!(ends_.skips_self && post == pre)) segment.partners.push_back(static_cast<std::uint32_t>(post));
      done();
    });
  }

 private:
  Ends ends_;
  bool one_to_one_;
};

/// The synapses of a list, by source.
class ListedConnector : public RowConnector {
 public:
  ListedConnector(const Ends& ends, const std::vector<ListedSynapse>& synapses)
      : ends_(ends), offsets_(ends.sources + 1), order_(synapses.size()) {
    for (const ListedSynapse& synapse : synapses) ++offsets_[synapse.pre + 1];
    std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
    auto next = offsets_;
    for (const ListedSynapse& synapse : synapses) order_[next[synapse.pre]++] = &synapse;
  }

  void count(std::uint64_t first, std::uint64_t end, std::uint64_t* counts) override {
    for (std::uint64_t pre = first; pre < end; ++pre)
      counts[pre - first] += offsets_[pre - ends_.from + 1] - offsets_[pre - ends_.from];
  }

  void row(std::uint64_t pre, Segment& segment, const std::function<void()>& done) const override {
    segment.clear();
    for (std::uint64_t i = offsets_[pre - ends_.from]; i < offsets_[pre - ends_.from + 1]; ++i) {
      segment.listed.push_back(order_[i]);
      segment.partners.push_back(static_cast<std::uint32_t>(ends_.to + order_[i]->post));
    }
    done();
  }

 private:
  Ends ends_;
  std::vector<std::uint64_t> offsets_;
  std::vector<const ListedSynapse*> order_;
};

/// Pairs with a probability that depends on distance. The targets of a block are the leaves of a k-d tree. Targets
/// whose probability has a similar bound are sampled together by skipping, then thinned: an expected O(synapses +
/// blocks x log(targets)) for each source, if the bound falls off smoothly.
class DistanceConnector : public RowConnector {
 public:
  /// `text` names the projection in messages.
  DistanceConnector(const Ends& ends, const Profile& profile, const Positions& from, const Positions& to,
                    std::string text)
      : ends_(ends), profile_(profile), from_(from), to_(to), text_(std::move(text)) {
    ends_.for_each_block([&](std::uint64_t, std::uint64_t first, std::uint64_t end) {
      Tree& tree = trees_.emplace_back();
      tree.order.resize(end - first);
      std::iota(tree.order.begin(), tree.order.end(), static_cast<std::uint32_t>(first - ends_.to));
      plant(tree, 0, tree.order.size());
    });
  }

  void count(std::uint64_t first, std::uint64_t end, std::uint64_t* counts) override {
    Segment segment;
    for (std::uint64_t pre = first; pre < end; ++pre)
      row(pre, segment, [&] { counts[pre - first] += segment.partners.size(); });
  }

  void row(std::uint64_t pre, Segment& segment, const std::function<void()>& done) const override {
    std::size_t tree = 0;
    ends_.for_each_block([&](std::uint64_t block, std::uint64_t, std::uint64_t) {
      segment.clear(block);
      Walk walk{pre, from_.points[pre - ends_.from], ends_.counter(pre, Draw::partners, block), trees_[tree++],
                segment};
      std::visit([&](const auto& profile) { visit(walk, 0, profile); }, profile_);
      done();
    });
  }

 private:
  struct Node {
    std::uint32_t first, end, right;  // the left child follows the node; right = 0 for a leaf
    Point middle, half;               // the box that holds its points
  };
  struct Tree {
    std::vector<std::uint32_t> order;
    std::vector<Node> nodes;
  };
  struct Walk {
    std::uint64_t pre;
    Point at;
    Block counter;
    const Tree& tree;
    Segment& segment;
  };

  void plant(Tree& tree, std::size_t first, std::size_t end) {
    Point low = to_.points[tree.order[first]], high = low;
    for (std::size_t i = first; i < end; ++i)
      for (std::size_t axis = 0; axis < 3; ++axis) {
        low[axis] = std::min(low[axis], to_.points[tree.order[i]][axis]);
        high[axis] = std::max(high[axis], to_.points[tree.order[i]][axis]);
      }
    Node node{static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end), 0, {}, {}};
    std::size_t widest = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      node.middle[axis] = mul(0.5, low[axis] + high[axis]);
      node.half[axis] = mul(0.5, high[axis] - low[axis]);
      if (node.half[axis] > node.half[widest]) widest = axis;
    }
    const std::size_t here = tree.nodes.size();
    tree.nodes.push_back(node);
    if (end - first <= 8 || node.half[widest] == 0.0) return;
    const auto begin = tree.order.begin();
    const std::size_t half = first + (end - first) / 2;
    const auto position = [&](std::uint32_t i) { return std::pair(to_.points[i][widest], i); };
    std::nth_element(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(half),
                     begin + static_cast<std::ptrdiff_t>(end),
                     [&](std::uint32_t a, std::uint32_t b) { return position(a) < position(b); });
    // The order within each half is that of the standard library, so it is made definite.
    std::sort(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(half));
    std::sort(begin + static_cast<std::ptrdiff_t>(half), begin + static_cast<std::ptrdiff_t>(end));
    plant(tree, first, half);
    tree.nodes[here].right = static_cast<std::uint32_t>(tree.nodes.size());
    plant(tree, half, end);
  }

  /// The distances of the nearest and the farthest point of a node's box.
  std::pair<double, double> distances(const Point& at, const Node& node) const {
    double nearest = 0.0, farthest = 0.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double period = to_.period[axis];
      const double middle = axis_distance(at[axis], node.middle[axis], period), half = node.half[axis];
      // Rounding must not put a point outside, however far from the origin it is.
      const double slack = mul(0x1p-50, std::abs(at[axis]) + std::abs(node.middle[axis]) + half + period);
      const double near = std::max(0.0, middle - half - slack);
      const double far = period > 0.0 ? std::min(period / 2, middle + half) + slack : middle + half + slack;
      nearest += mul(near, near);
      farthest += mul(far, far);
    }
    return {mul(sqrt(nearest), 1.0 - 0x1p-40), mul(sqrt(farthest), 1.0 + 0x1p-40)};
  }

  template <class P>
  static double bound_of(const P& profile, double distance) {
    if constexpr (std::is_same_v<P, profile::Function>)
      return profile.bound ? profile.bound(distance) : profile.probability(distance);
    else
      return profile(distance);
  }

  template <class P>
  void visit(Walk& walk, std::size_t index, const P& profile) const {
    const Node& node = walk.tree.nodes[index];
    const auto [nearest, farthest] = distances(walk.at, node);
    const double bound = std::min(bound_of(profile, nearest), 1.0), beyond = std::min(bound_of(profile, farthest), 1.0);
    require_bound(beyond, farthest, bound);
    if (!(bound > 0.0)) return;
    const double expected = bound * static_cast<double>(node.end - node.first);
    if (node.right != 0 && expected > 0.5 && beyond < 0.7 * bound) {
      visit(walk, index + 1, profile);
      visit(walk, node.right, profile);
      return;
    }
    generate::detail::TargetDraws draws(walk.counter, node.first, node.end, generate::detail::TargetDraws::scale(bound),
                                        ends_.seed);
    while (draws.next()) {
      const std::uint32_t target = walk.tree.order[draws.target()];
      const double at = distance(walk.at, to_.points[target], to_.period), probability = profile(at);
      require_bound(probability, at, bound);
      const bool thinned = mul(uniform(draws.bits()[2], draws.bits()[3]), bound) > probability;
      if (!thinned && !(ends_.skips_self && ends_.to + target == walk.pre))
        walk.segment.partners.push_back(static_cast<std::uint32_t>(ends_.to + target));
    }
    walk.counter = draws.next_counter();
  }

  void require_bound(double probability, double distance, double bound) const {
    const auto refuse = [&](const std::string& what) {
      throw InvalidArgument("projection " + text_ + ": the probability " + to_text(probability) + " at distance " +
                            to_text(distance) + what);
    };
    if (!(probability >= 0.0 && probability <= 1.0)) refuse(" must be at least 0 and at most 1");
    if (probability > mul(bound, 1.0 + 0x1p-30))
      refuse(" exceeds its bound of " + to_text(bound) + "; a profile that increases with distance needs a bound");
  }

  Ends ends_;
  const Profile& profile_;
  const Positions &from_, &to_;
  std::string text_;
  std::vector<Tree> trees_;
};

/// Makes the synapses onto each target.
class ColumnConnector {
 public:
  ColumnConnector(const Ends& ends, const connect::FixedInDegree& rule) : ends_(ends), rule_(rule) {}

  void column(std::uint64_t post, Segment& segment) const {
    const std::uint64_t skipped = ends_.skips_self ? post : ends_.from + ends_.sources;
    segment.clear();
    choose(ends_.sources - ends_.skips_self, rule_.degree, rule_.multapses, ends_.counter(post, Draw::partners),
           ends_.seed, segment, [&](std::uint64_t at) {
             return static_cast<std::uint32_t>(ends_.from + at + (ends_.from + at >= skipped));
           });
  }

 private:
  Ends ends_;
  connect::FixedInDegree rule_;
};

}  // namespace spikeometric::detail
