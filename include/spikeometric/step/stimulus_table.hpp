// SPDX-License-Identifier: BSD-3-Clause
//
// A table of the values of a stimulus in a piece of a run, with the same layout on host and device. Functions of
// (step, neuron) have no values in it; they are called in the step.
//
//   StimulusTable<HostMemory, float, F...> table{terms, functions, 1000};   // terms: a StimulusTerms for each network
//   table.allocate(memory);                                                 // table.bytes()
//   const ReadySteps ready = table.make(network, first_step, steps);        // at most table.piece()
//   table.send(memory, ready.steps);
//   table.view().add(network, neuron, offset, step, drive);                 // drive[channel] += value
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/detail/memory.hpp"
#include "spikeometric/stimulus/terms.hpp"

namespace spikeometric::detail {

// --- What a step reads. nvcc does not accept closures of the host as template arguments of kernels, so these types do
// --- not name any.

#if defined(__CUDACC__)
/// Calls a function on a device. nvcc prints this name if the function cannot be called there.
template <class F>
__device__ float stimulus_functions_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(const F& f, std::uint64_t step,
                                                                                 std::uint32_t neuron) {
  static_assert(!std::is_pointer_v<F>,
                "spikeometric: a device cannot call a pointer to a host function as a stimulus; use a lambda or a "
                "functor marked SPIKEOMETRIC_HOST_DEVICE");
  return static_cast<float>(f(step, neuron));
}
#endif

/// Functions of (step, neuron), called by their number.
template <class... F>
struct StimulusFunctions {
  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t, std::uint64_t, std::uint32_t) const { return 0.0f; }
};
template <class First, class... Rest>
struct StimulusFunctions<First, Rest...> {
  const First* first = nullptr;
  StimulusFunctions<Rest...> rest;

  SPIKEOMETRIC_HOST_DEVICE float operator()(std::uint32_t number, std::uint64_t step, std::uint32_t neuron) const {
    if (sizeof...(Rest) > 0 && number > 0) return rest(number - 1, step, neuron);
#if defined(__CUDA_ARCH__)
    return stimulus_functions_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(*first, step, neuron);
#else
    return static_cast<float>((*first)(step, neuron));
#endif
  }
};

/// A term of the stimulus of one network.
template <class Value>
struct StimulusRow {
  const Value* values;           // [step][neuron - first] if `each`, else [step]
  const std::uint8_t* adds;      // [step], whether the term adds values; null if it is a function
  const std::uint32_t* touched;  // a bit for each neuron from `first` on; null if all are set
  std::uint32_t first, size;     // range of the mask
  std::uint32_t channel;
  std::uint32_t number;  // index of the function
  bool each;             // whether each neuron has its own values

  SPIKEOMETRIC_HOST_DEVICE bool has(std::uint32_t neuron) const {
    const std::uint32_t at = neuron - first;  // wraps around beyond `size` if neuron < first
    return at < size && (touched == nullptr || (touched[at / 32] >> at % 32 & 1u) != 0);
  }
};

/// Trivially copyable: pointers to memory of the host or of a device.
template <class Value, class... F>
struct StimulusView {
  const StimulusRow<Value>* rows;  // [network][term]
  std::uint32_t terms;
  StimulusFunctions<F...> functions;

  /// Adds to the drive of a neuron in the step `offset` steps after the start of the piece. Returns whether any term
  /// touches the neuron. `network` is the index in the batch.
  SPIKEOMETRIC_HOST_DEVICE bool add(std::uint32_t network, std::uint32_t neuron, std::uint32_t offset,
                                    std::uint64_t step, Value* drive) const {
    bool touched = false;
    const StimulusRow<Value>* const row = rows + std::size_t{network} * terms;
    for (std::uint32_t term = 0; term < terms; ++term)
      touched |= add_range<1>(row[term], neuron, 1, offset, step, drive);
    return touched;
  }

  /// The same for the neurons [first, first + size): drive[(neuron - first) * Channels + channel] += value.
  template <std::size_t Channels>
  bool add_block(std::uint32_t network, std::uint32_t first, std::uint32_t size, std::uint32_t offset,
                 std::uint64_t step, Value* drive) const {
    bool touched = false;
    const StimulusRow<Value>* const row = rows + std::size_t{network} * terms;
    for (std::uint32_t term = 0; term < terms; ++term)
      touched |= add_range<Channels>(row[term], first, size, offset, step, drive);
    return touched;
  }

 private:
  template <std::size_t Channels>
  SPIKEOMETRIC_HOST_DEVICE bool add_range(const StimulusRow<Value>& row, std::uint32_t first, std::uint32_t size,
                                          std::uint32_t offset, std::uint64_t step, Value* drive) const {
    const bool called = row.adds == nullptr;
    if (!called && row.adds[offset] == 0) return false;
    const std::uint32_t begin = first > row.first ? first : row.first;
    const std::uint32_t end = first + size < row.first + row.size ? first + size : row.first + row.size;
    const Value* const values = called ? nullptr : row.values + std::size_t{offset} * (row.each ? row.size : 1);
    bool touched = false;
    for (std::uint32_t neuron = begin; neuron < end; ++neuron) {
      if (!row.has(neuron)) continue;
      Value& sum = drive[(neuron - first) * Channels + row.channel];
      sum = sum + (called ? Value(functions(row.number, step, neuron)) : values[row.each ? neuron - row.first : 0]);
      touched = true;
    }
    return touched;
  }
};

// --- What the host stores.

/// Whether an F can be copied byte by byte, even if it is not assignable, like a lambda. nvcc replaces an extended
/// lambda by another type for the host compiler, so only the device compiler can decide.
template <class F>
inline constexpr bool is_its_bytes =
#if defined(__CUDACC_EXTENDED_LAMBDA__) && !defined(__CUDA_ARCH__)
    __nv_is_extended_host_device_lambda_closure_type(F) ||
#endif
    std::is_trivially_copy_constructible_v<F>;

/// The values of a stimulus for the networks of a batch. A recorded stimulus takes 4 bytes for each step of a piece and
/// each neuron from the first to the last of its mask, so it may be larger than memory. Functions take no memory.
template <class MemoryType, class Value, class... F>
class StimulusTable {
  template <class T>
  using Array = typename MemoryType::template Array<T>;
  static constexpr bool on_host = std::is_same_v<MemoryType, HostMemory>;
  static_assert(on_host || (is_its_bytes<F> && ...),
                "spikeometric: a stimulus function must be trivially copyable to run on a device; capture numbers, not "
                "containers, or add it to a StimulusList, which calls its functions on the host");

 public:
  using View = StimulusView<Value, F...>;

  /// `networks` must not be empty. At most `piece` steps are computed at a time, fewer if their values need much
  /// memory.
  StimulusTable(std::vector<StimulusTerms<Value>> networks, std::tuple<F...> functions, std::uint64_t piece)
      : networks_(std::move(networks)), functions_(std::make_shared<const std::tuple<F...>>(std::move(functions))) {
    for (const StimulusTerms<Value>& network : networks_)
      for (const StimulusTerm<Value>& term : network.list())
        step_bytes_ += term.width() * sizeof(Value) + !term.function;
    piece_ = std::clamp<std::uint64_t>(max_bytes / std::max<std::uint64_t>(step_bytes_, 1), 1, piece);
    std::uint64_t values = 0, adds = 0;
    for (const StimulusTerms<Value>& network : networks_) {
      std::uint32_t number = 0;
      for (const StimulusTerm<Value>& term : network.list()) {
        places_.push_back({values, adds, append(term.mask), term.function ? number++ : 0});
        values += piece_ * term.width();
        adds += term.function ? 0 : piece_;
      }
    }
    values_.resize(values);
    adds_.resize(adds);
  }

  std::uint64_t piece() const { return piece_; }

  /// Bytes of device memory that `allocate` takes.
  std::uint64_t bytes() const {
    return places_.size() * sizeof(StimulusRow<Value>) + touched_.size() * sizeof(std::uint32_t) +
           values_.size() * sizeof(Value) + adds_.size() + (std::uint64_t{0} + ... + sizeof(F));
  }

  void allocate(MemoryType& memory) {
    if constexpr (!on_host) {
      device_touched_ = memory.take(HostArray<std::uint32_t>(touched_));
      device_values_ = memory.template allocate<Value>(values_.size());
      device_adds_ = memory.template allocate<std::uint8_t>(adds_.size());
    }
    function_bytes_.reserve(sizeof...(F));  // growing would copy the arrays to other addresses
    view_.functions = std::apply(
        [&](const auto&... f) {
          StimulusFunctions<F...> result;
          place(memory, result, f...);
          return result;
        },
        *functions_);
    std::vector<StimulusRow<Value>> rows;
    auto at = places_.begin();
    for (const StimulusTerms<Value>& network : networks_)
      for (const StimulusTerm<Value>& term : network.list()) {
        const Place& place = *at++;
        rows.push_back({data(values_, device_values_) + place.values,
                        term.function ? nullptr : data(adds_, device_adds_) + place.adds,
                        term.mask.is_range() ? nullptr : data(touched_, device_touched_) + place.touched,
                        static_cast<std::uint32_t>(term.mask.first()),
                        static_cast<std::uint32_t>(term.mask.end() - term.mask.first()), term.channel, place.number,
                        term.each});
      }
    rows_ = memory.take(HostArray<StimulusRow<Value>>(std::move(rows)));
    view_.rows = rows_.data();
    view_.terms = static_cast<std::uint32_t>(networks_.front().list().size());
  }

  /// Computes the values of steps first, ..., first + steps - 1 of a network; they need not follow the previous steps.
  /// If a term throws, fewer steps are ready, and the error is that of the first term in the first step that throws.
  /// Different networks may be computed concurrently.
  ReadySteps make(std::size_t network, std::uint64_t first, std::uint64_t steps) {
    ReadySteps ready{steps};
    const auto& terms = networks_[network].list();
    for (std::size_t i = 0; i < terms.size(); ++i) {
      if (terms[i].function) continue;
      const Place& place = places_[network * terms.size() + i];
      ReadySteps made = terms[i].make(first, ready.steps, values_.data() + place.values, adds_.data() + place.adds);
      if (made.error) ready = std::move(made);
    }
    return ready;
  }

  /// Sends the values of `steps` steps to the device, for the steps queued after this call.
  void send([[maybe_unused]] MemoryType& memory, [[maybe_unused]] std::uint64_t steps) {
    if constexpr (!on_host) {
      constexpr std::size_t few = 64;  // with more terms, everything is sent at once
      const auto send_part = [&](std::uint64_t adds, std::uint64_t steps_sent, std::uint64_t values,
                                 std::uint64_t size) {
        const std::uint8_t* const first = adds_.data() + adds;
        memory.upload(device_adds_, adds, first, steps_sent);
        if (std::find(first, first + steps_sent, std::uint8_t{1}) != first + steps_sent)
          memory.upload(device_values_, values, values_.data() + values, size);
      };
      if (places_.size() > few) return send_part(0, adds_.size(), 0, values_.size());
      auto place = places_.begin();
      for (const StimulusTerms<Value>& network : networks_)
        for (const StimulusTerm<Value>& term : network.list()) {
          const auto& [values, adds, touched, number] = *place++;
          if (!term.function) send_part(adds, steps, values, steps * term.width());
        }
    }
  }

  /// Valid as long as the table exists.
  const View& view() const { return view_; }

 private:
  static constexpr std::uint64_t max_bytes = std::uint64_t{1} << (on_host ? 24 : 26);  // unless one step needs more

  /// Offsets of a term in the arrays, and the index of its function.
  struct Place {
    std::uint64_t values, adds, touched;
    std::uint32_t number;
  };

  template <class T>
  static const T* data([[maybe_unused]] const std::vector<T>& host, [[maybe_unused]] const Array<T>& device) {
    if constexpr (on_host)
      return host.data();
    else
      return device.data();
  }

  /// Appends the bits of a mask with gaps. Returns where they begin.
  std::uint64_t append(const BoundMask& mask) {
    const std::uint64_t begin = touched_.size();
    if (mask.is_range()) return begin;
    touched_.resize(begin + (mask.end() - mask.first() + 31) / 32);
    for (const std::uint32_t neuron : mask.ids()) {
      const std::uint64_t at = neuron - mask.first();
      touched_[begin + at / 32] |= 1u << at % 32;
    }
    return begin;
  }

  void place(MemoryType&, StimulusFunctions<>&) {}
  template <class First, class... Rest>
  void place(MemoryType& memory, StimulusFunctions<First, Rest...>& functions, const First& first,
             const Rest&... rest) {
    if constexpr (on_host) {
      functions.first = &first;
    } else {
      function_bytes_.push_back(memory.template allocate<std::byte>(sizeof(First)));
      memory.upload(function_bytes_.back(), 0, reinterpret_cast<const std::byte*>(&first), sizeof(First));
      functions.first = reinterpret_cast<const First*>(function_bytes_.back().data());
    }
    place(memory, functions.rest, rest...);
  }

  std::vector<StimulusTerms<Value>> networks_;
  std::shared_ptr<const std::tuple<F...>> functions_;  // on the host they are called here, so copies share them
  std::uint64_t step_bytes_ = 0, piece_ = 1;
  std::vector<Place> places_;  // [network][term]
  std::vector<std::uint32_t> touched_;
  std::vector<Value> values_;
  std::vector<std::uint8_t> adds_;
  Array<std::uint32_t> device_touched_;
  Array<Value> device_values_;
  Array<std::uint8_t> device_adds_;
  std::vector<Array<std::byte>> function_bytes_;
  Array<StimulusRow<Value>> rows_;
  View view_{};
};

/// The table of a stimulus with numbers of type Value in memory of type MemoryType.
template <class MemoryType, class Value, class Functions>
struct StimulusTableOf;
template <class MemoryType, class Value, class... F>
struct StimulusTableOf<MemoryType, Value, std::tuple<F...>> {
  using Type = StimulusTable<MemoryType, Value, F...>;
};

}  // namespace spikeometric::detail
