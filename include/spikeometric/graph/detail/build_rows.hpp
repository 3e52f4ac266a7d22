// SPDX-License-Identifier: BSD-3-Clause
//
// The rows of a graph from the connectors of its projections, in parallel.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spikeometric/detail/huge_pages.hpp"
#include "spikeometric/detail/text.hpp"
#include "spikeometric/detail/threads.hpp"
#include "spikeometric/graph/detail/connectors.hpp"
#include "spikeometric/graph/distribution.hpp"
#include "spikeometric/graph/graph.hpp"
#include "spikeometric/parameter/errors.hpp"

namespace spikeometric::detail {

/// "E -> I", as messages name a projection.
template <class Projection>
std::string text_of(const Projection& projection) {
  return projection.from + " -> " + projection.to;
}

/// Sorts the synapses of one row by (delay, target), and merges those that are equal in both.
template <class Weight, class Vertex>
class RowSorter {
 public:
  explicit RowSorter(std::uint64_t neurons) : target_bits_(static_cast<int>(std::bit_width(neurons - 1))) {}

  /// The row of presynaptic neuron `pre`. `delays` may be null: then all are 1. Returns the number of synapses that
  /// remain. O(synapses), by radix sort. Throws InvalidSynapse for a sum of weights that is not finite.
  std::size_t operator()(std::uint64_t pre, Vertex* targets, Weight* weights, Delay* delays, std::size_t size) {
    const auto key = [&](std::size_t i) {
      return std::uint64_t{delays ? delays[i] : Delay{0}} << target_bits_ | targets[i];
    };
    bool ascending = true;
    for (std::size_t i = 1; i < size && ascending; ++i) ascending = key(i - 1) < key(i);
    if (ascending) return size;
    items_.resize(size);
    sorted_.resize(size);
    std::uint64_t differing = 0;
    for (std::size_t i = 0; i < size; ++i) {
      items_[i] = {key(i), weights[i]};
      differing |= items_[i].key ^ items_[0].key;
    }
    for (int shift = 0; differing >> shift != 0; shift += digit_bits) sort_by_digit(shift);
    std::size_t kept = 0;
    for (std::size_t i = 0, end; i < size; i = end, ++kept) {
      double sum = items_[i].weight;
      for (end = i + 1; end < size && items_[end].key == items_[i].key; ++end) sum += items_[end].weight;
      targets[kept] = static_cast<Vertex>(items_[i].key & ((std::uint64_t{1} << target_bits_) - 1));
      weights[kept] = static_cast<Weight>(sum);
      if (delays) delays[kept] = static_cast<Delay>(items_[i].key >> target_bits_);
      if (!std::isfinite(weights[kept]))
        throw InvalidSynapse(pre, targets[kept], "has weight " + to_text(weights[kept]) + "; weights must be finite");
    }
    return kept;
  }

 private:
  struct Item {
    std::uint64_t key;
    Weight weight;
  };
  static constexpr int digit_bits = 8;

  void sort_by_digit(int shift) {
    constexpr std::uint64_t mask = (1u << digit_bits) - 1;
    std::uint64_t places[mask + 1] = {};
    for (const Item& item : items_) ++places[item.key >> shift & mask];
    std::uint64_t next = 0;
    for (std::uint64_t& place : places) next += std::exchange(place, next);
    for (const Item& item : items_) sorted_[places[item.key >> shift & mask]++] = item;
    items_.swap(sorted_);
  }

  int target_bits_;
  std::vector<Item> items_, sorted_;
};

/// Counts the synapses of each row, makes them in place, and closes the gaps where synapses were merged.
template <class Weight, class Vertex>
class RowsBuilder {
 public:
  RowsBuilder(std::uint64_t neurons, double dt, int threads) : threads_(threads), neurons_(neurons), dt_(dt) {}

  /// Adds a projection. All arguments but `text` must outlive the builder.
  void add(const Ends& ends, std::string text, const ConnectionRule& rule, const SynapseDistribution& weight,
           const std::optional<SynapseDistribution>& delay_ms, const Positions& from, const Positions& to) {
    Plan& plan = plans_.emplace_back(Plan{ends, std::move(text), &weight, delay_ms ? &*delay_ms : nullptr, &from, &to});
    const auto* const listed = std::get_if<connect::Listed>(&rule);
    const bool delayed =
        delay_ms || (listed && std::any_of(listed->synapses.begin(), listed->synapses.end(),
                                           [](const ListedSynapse& each) { return each.delay_ms != 0.0; }));
    if (delayed && !(dt_ > 0.0 && std::isfinite(dt_)))
      throw InvalidArgument("dt = " + to_text(dt_) + " ms must be above 0 and finite, since projection " + plan.text +
                            " has delays in ms");
    delayed_ |= delayed;
    std::visit([&](const auto& each) { connect(plan, each); }, rule);
  }

  CompressedRows<Weight, Vertex> build() {
    count();
    CompressedRows<Weight, Vertex> rows;
    const std::uint64_t synapses = offsets_.back();
    const auto allocate = [&](auto& array, std::uint64_t size) {
      reserve_in_huge_pages(array, size);
      array.resize(size);
    };
    allocate(rows.targets, synapses);
    allocate(rows.weights, synapses);
    if (delayed_) allocate(rows.delays, synapses);
    fill(rows);
    close_gaps(rows);
    rows.offsets = std::move(offsets_);
    return rows;
  }

 private:
  struct Plan {
    Ends ends;
    std::string text;
    const SynapseDistribution* weight;
    const SynapseDistribution* delay_ms;  // null: one step
    const Positions *from, *to;
    std::unique_ptr<RowConnector> by_row = {};
    std::unique_ptr<ColumnConnector> by_column = {};
    std::vector<std::uint64_t> next =
        {};  // by column: for each source first the count, then the place of the next synapse
  };

  /// The weights and delays of a segment.
  struct Values {
    std::vector<double> weights, delays_ms;
    ValueDraws draw;
  };

  static constexpr std::uint64_t portion_size = 256;  // neurons

  void connect(Plan& plan, const connect::Pairwise& rule) {
    plan.by_row = std::make_unique<PairwiseConnector>(plan.ends, rule.probability);
  }
  void connect(Plan& plan, const connect::FixedOutDegree& rule) {
    plan.by_row = std::make_unique<DrawnConnector>(plan.ends, rule);
  }
  void connect(Plan& plan, const connect::FixedTotal& rule) {
    plan.by_row = std::make_unique<DrawnConnector>(plan.ends, rule);
  }
  void connect(Plan& plan, const connect::OneToOne&) {
    plan.by_row = std::make_unique<CertainConnector>(plan.ends, true);
  }
  void connect(Plan& plan, const connect::AllToAll&) {
    plan.by_row = std::make_unique<CertainConnector>(plan.ends, false);
  }
  void connect(Plan& plan, const connect::ByDistance& rule) {
    plan.by_row = std::make_unique<DistanceConnector>(plan.ends, rule.probability, *plan.from, *plan.to, plan.text);
  }
  void connect(Plan& plan, const connect::Listed& rule) {
    plan.by_row = std::make_unique<ListedConnector>(plan.ends, rule.synapses);
  }
  void connect(Plan& plan, const connect::FixedInDegree& rule) {
    plan.by_column = std::make_unique<ColumnConnector>(plan.ends, rule);
    plan.next.resize(plan.ends.sources);
  }

  /// Calls work(first, end) for portions of the neurons [first, first + size).
  template <class Work>
  void share_out(std::uint64_t first, std::uint64_t size, Work&& work) {
    for_each_portion(threads_, (size + portion_size - 1) / portion_size, [&](std::size_t i) {
      work(first + i * portion_size, first + std::min<std::uint64_t>(size, (i + 1) * portion_size));
    });
  }

  /// Calls visit(plan, first, end) for each projection by row and its sources in [first, end).
  template <class Visit>
  void for_each_row_plan(std::uint64_t first, std::uint64_t end, Visit&& visit) {
    for (Plan& plan : plans_) {
      const std::uint64_t begin = std::max(first, plan.ends.from);
      const std::uint64_t last = std::min(end, plan.ends.from + plan.ends.sources);
      if (plan.by_row && begin < last) visit(plan, begin, last);
    }
  }

  void count() {
    offsets_.assign(neurons_ + 1, 0);
    for (Plan& plan : plans_)
      if (plan.by_column) {
        share_out(plan.ends.to, plan.ends.targets, [&](std::uint64_t first, std::uint64_t end) {
          Segment segment;
          for (std::uint64_t post = first; post < end; ++post) {
            plan.by_column->column(post, segment);
            for (const std::uint64_t pre : segment.partners) take_place(plan, pre);
          }
        });
        for (std::uint64_t source = 0; source < plan.ends.sources; ++source)
          offsets_[plan.ends.from + source + 1] += plan.next[source];
      }
    share_out(0, neurons_, [&](std::uint64_t first, std::uint64_t end) {
      for_each_row_plan(first, end, [&](Plan& plan, std::uint64_t begin, std::uint64_t last) {
        plan.by_row->count(begin, last, &offsets_[begin + 1]);
      });
    });
    std::partial_sum(offsets_.begin(), offsets_.end(), offsets_.begin());
    kept_.assign(neurons_, 0);
    // Rows begin with the synapses that are made by column, so these are the first in sums of weights.
    for (Plan& plan : plans_)
      for (std::uint64_t source = 0; source < plan.next.size(); ++source) {
        std::uint64_t& before = kept_[plan.ends.from + source];
        const std::uint64_t size = plan.next[source];
        plan.next[source] = offsets_[plan.ends.from + source] + before;
        before += size;
      }
  }

  static std::uint64_t take_place(Plan& plan, std::uint64_t pre) {
    return std::atomic_ref(plan.next[pre - plan.ends.from]).fetch_add(1, std::memory_order_relaxed);
  }

  /// Writes synapse i of a segment of `neuron` to place_of(i).
  template <class PlaceOf>
  void write(const Plan& plan, std::uint64_t neuron, const Segment& segment, Values& values,
             CompressedRows<Weight, Vertex>& rows, PlaceOf&& place_of) const {
    const std::size_t size = segment.partners.size();
    const auto pre = [&](std::size_t i) { return plan.by_column ? segment.partners[i] : neuron; };
    const auto post = [&](std::size_t i) { return plan.by_column ? neuron : segment.partners[i]; };
    const auto at = [&](std::size_t i) {
      const std::uint64_t source = pre(i) - plan.ends.from, target = post(i) - plan.ends.to;
      const bool placed =
          !plan.from->points.empty() && !plan.to->points.empty() && plan.from->period == plan.to->period;
      return SynapsePlace{source, target,
                          placed ? distance(plan.from->points[source], plan.to->points[target], plan.to->period)
                                 : std::numeric_limits<double>::quiet_NaN()};
    };
    const auto draw = [&](const SynapseDistribution& of, std::span<const Bits> bits, Draw what,
                          std::vector<double>& to) {
      to.resize(size);
      values.draw(of, bits, plan.ends.counter(neuron, what, segment.block), plan.ends.seed, at, to);
    };
    const bool listed = !segment.listed.empty();
    if (!listed) draw(*plan.weight, segment.bits, Draw::weights, values.weights);
    if (!listed && plan.delay_ms) draw(*plan.delay_ms, {}, Draw::delays, values.delays_ms);
    for (std::size_t i = 0; i < size; ++i) {
      const std::uint64_t place = place_of(i);
      const auto refuse = [&](const std::string& what) {
        throw InvalidArgument("projection " + plan.text + ": synapse " + std::to_string(pre(i) - plan.ends.from) +
                              " -> " + std::to_string(post(i) - plan.ends.to) + " has " + what);
      };
      const double weight = listed ? segment.listed[i]->weight : values.weights[i];
      rows.targets[place] = static_cast<Vertex>(post(i));
      rows.weights[place] = static_cast<Weight>(weight);
      if (!std::isfinite(rows.weights[place])) refuse("weight " + to_text(weight) + "; weights must be finite");
      if (!delayed_) continue;
      const double delay_ms = listed ? segment.listed[i]->delay_ms : plan.delay_ms ? values.delays_ms[i] : 0.0;
      if (delay_ms < 0.0 && plan.delay_ms && std::holds_alternative<distribution::Function>(plan.delay_ms->which()))
        refuse("a delay of " + to_text(delay_ms) + " ms; delays must not be negative");
      const double steps = delay_ms / dt_ + 0.5;  // to be rounded down
      if (!(steps < 65536.0))
        refuse("a delay of " + to_text(delay_ms) + " ms; delays must be at most 65535 steps of dt = " + to_text(dt_) +
               " ms");
      rows.delays[place] = steps < 1.0 ? Delay{1} : static_cast<Delay>(static_cast<std::int32_t>(steps));
    }
  }

  void fill(CompressedRows<Weight, Vertex>& rows) {
    for (Plan& plan : plans_)
      if (plan.by_column)
        share_out(plan.ends.to, plan.ends.targets, [&](std::uint64_t first, std::uint64_t end) {
          Segment segment;
          Values values;
          for (std::uint64_t post = first; post < end; ++post) {
            plan.by_column->column(post, segment);
            write(plan, post, segment, values, rows,
                  [&](std::size_t i) { return take_place(plan, segment.partners[i]); });
          }
        });
    share_out(0, neurons_, [&](std::uint64_t first, std::uint64_t end) {
      Segment segment;
      Values values;
      for_each_row_plan(first, end, [&](Plan& plan, std::uint64_t begin, std::uint64_t last) {
        for (std::uint64_t pre = begin; pre < last; ++pre)
          plan.by_row->row(pre, segment, [&] {
            const std::uint64_t place = offsets_[pre] + kept_[pre];
            write(plan, pre, segment, values, rows, [&](std::size_t i) { return place + i; });
            kept_[pre] += segment.partners.size();
          });
      });
      RowSorter<Weight, Vertex> sort(neurons_);
      for (std::uint64_t pre = first; pre < end; ++pre) {
        const std::uint64_t begin = offsets_[pre];
        kept_[pre] = sort(pre, rows.targets.data() + begin, rows.weights.data() + begin,
                          delayed_ ? rows.delays.data() + begin : nullptr, offsets_[pre + 1] - begin);
      }
    });
  }

  void close_gaps(CompressedRows<Weight, Vertex>& rows) {
    std::uint64_t end = 0;
    const auto move = [&](auto& array, std::uint64_t from, std::uint64_t size) {
      if (!array.empty() && from != end)
        std::copy_n(array.begin() + static_cast<std::ptrdiff_t>(from), size,
                    array.begin() + static_cast<std::ptrdiff_t>(end));
    };
    for (std::uint64_t pre = 0, from = 0; pre < neurons_; ++pre) {
      move(rows.targets, from, kept_[pre]);
      move(rows.weights, from, kept_[pre]);
      move(rows.delays, from, kept_[pre]);
      from = std::exchange(offsets_[pre + 1], end + kept_[pre]);
      end += kept_[pre];
    }
    rows.targets.resize(end);
    rows.weights.resize(end);
    if (delayed_) rows.delays.resize(end);
  }

  Threads threads_;
  std::uint64_t neurons_;
  double dt_;
  std::vector<Plan> plans_;
  std::vector<std::uint64_t> offsets_;  // of rows before merging
  std::vector<std::uint64_t> kept_;     // synapses of each row so far
  bool delayed_ = false;
};

}  // namespace spikeometric::detail
