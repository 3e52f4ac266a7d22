// SPDX-License-Identifier: BSD-3-Clause
//
// What makes a stimulus run on a device: functions of (step, neuron) are called there; all other values are made on the
// host, for a piece of the run at a time, and sent.
//
//   DeviceStimulus<Memory, Bound> stimulus{bounds, 1000};          // a Bound for each network; 1000 steps a piece
//   stimulus.allocate(memory);                                     // stimulus.bytes()
//   const std::uint64_t steps = stimulus.prepare(memory, first, 1000);
//   const auto kernel = stimulus.kernel();                         // on the device, in step first + offset:
//   const bool touched = kernel.add(network, neuron, offset, first + offset, drive);    // drive[channel] += value
//
// Memory says where the arrays of a device live:
//   typename Memory::template Array<T>                     a handle with data() and size(), empty by default
//   memory.template allocate<T>(size)                      such an array of zeros
//   memory.template upload<T>(array, at, span<const T>)    what was given may change as soon as this returns
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "spikeometric/arithmetic/exact.hpp"
#include "spikeometric/stimulus/detail/bound.hpp"
#include "spikeometric/stimulus/list.hpp"
#include "spikeometric/stimulus/mask.hpp"
#include "spikeometric/stimulus/stimulus.hpp"

namespace spikeometric::detail {

// --- What runs on the device. Every kernel has the member of NothingKernel. The types name no function of the host,
// --- whose closures nvcc does not take as template arguments of what it launches.

struct NothingKernel {
  /// Adds to the drive of a neuron of a network, in the step that comes `offset` steps after the piece began; false
  /// where the neuron is not touched. The network is its place in the batch.
  SPIKEOMETRIC_HOST_DEVICE bool add(std::uint32_t, std::uint32_t, std::uint32_t, std::uint64_t, float*) const {
    return false;
  }
};

/// The neurons of a network that a term touches, all in a range: those with a bit, in words of 32 bits from `bits` on.
struct MaskRange {
  static constexpr std::uint64_t everyone = ~std::uint64_t{0};  // in place of `bits`

  std::uint64_t size;
  std::uint64_t bits;
  std::uint32_t first;
};

/// The masks of a term, one for each network.
struct MasksKernel {
  const MaskRange* ranges;
  const std::uint32_t* words;

  SPIKEOMETRIC_HOST_DEVICE bool has(std::uint32_t network, std::uint32_t neuron) const {
    const MaskRange range = ranges[network];
    const std::uint32_t at = neuron - range.first;  // beyond the range where the neuron comes before it
    if (at >= range.size) return false;
    return range.bits == MaskRange::everyone || (words[range.bits + at / 32] >> at % 32 & 1u) != 0;
  }
};

/// Values that were sent: a row for each step of the piece. In a row, a network has one value that its neurons share,
/// or one for each neuron from the first of the mask to the last.
struct SentKernel {
  MasksKernel masks;
  const std::uint8_t* adds;     // [step][network]: whether there is anything to add
  const float* values;          // [step][row]
  const std::uint64_t* places;  // of the networks in a row
  std::uint64_t row;
  std::uint32_t networks;
  bool each;

  SPIKEOMETRIC_HOST_DEVICE bool add(std::uint32_t network, std::uint32_t neuron, std::uint32_t offset, std::uint64_t,
                                    float* drive) const {
    if (!adds[std::uint64_t{offset} * networks + network] || !masks.has(network, neuron)) return false;
    const std::uint32_t at = each ? neuron - masks.ranges[network].first : 0;
    *drive += values[offset * row + places[network] + at];
    return true;
  }
};

#if defined(__CUDACC__)
/// The value of a function on a device. nvcc prints this name where it cannot be called there.
template <class F>
__device__ float stimulus_functions_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(const F& f, std::uint64_t step,
                                                                                 std::uint32_t neuron) {
  static_assert(!std::is_pointer_v<F>,
                "spikeometric: a pointer to a function of the host is no stimulus on a device; write a lambda or a "
                "functor, SPIKEOMETRIC_HOST_DEVICE");
  return static_cast<float>(f(step, neuron));
}
#endif

/// A function of (step, neuron), one for each network.
template <class F>
struct FunctionKernel {
  MasksKernel masks;
  const F* functions;

  SPIKEOMETRIC_HOST_DEVICE bool add(std::uint32_t network, std::uint32_t neuron, std::uint32_t, std::uint64_t step,
                                    float* drive) const {
    if (!masks.has(network, neuron)) return false;
#if defined(__CUDA_ARCH__)
    *drive += stimulus_functions_on_a_device_must_be_SPIKEOMETRIC_HOST_DEVICE(functions[network], step, neuron);
#else
    *drive += static_cast<float>(functions[network](step, neuron));
#endif
    return true;
  }
};

/// Several in their order, each with a drive `Stride` after that of the one before.
template <std::size_t Stride, class... Kernels>
struct JoinedKernel : NothingKernel {};

template <std::size_t Stride, class First, class... Rest>
struct JoinedKernel<Stride, First, Rest...> {
  First first;
  JoinedKernel<Stride, Rest...> rest;

  JoinedKernel() = default;
  explicit JoinedKernel(const First& kernel, const Rest&... kernels) : first(kernel), rest(kernels...) {}

  SPIKEOMETRIC_HOST_DEVICE bool add(std::uint32_t network, std::uint32_t neuron, std::uint32_t offset,
                                    std::uint64_t step, float* drive) const {
    const bool touched = first.add(network, neuron, offset, step, drive);
    return rest.add(network, neuron, offset, step, drive + Stride) || touched;
  }
};

/// Several in their order, added to the same drive.
struct ListKernel {
  const SentKernel* terms;
  std::uint32_t size;

  SPIKEOMETRIC_HOST_DEVICE bool add(std::uint32_t network, std::uint32_t neuron, std::uint32_t offset,
                                    std::uint64_t step, float* drive) const {
    bool touched = false;
    for (std::uint32_t i = 0; i < size; ++i) touched |= terms[i].add(network, neuron, offset, step, drive);
    return touched;
  }
};

// --- What the host keeps of it.

template <class Memory, class Value>
using DeviceArray = typename Memory::template Array<Value>;

template <class Value, class Memory>
DeviceArray<Memory, Value> uploaded(Memory& memory, std::span<const Value> values) {
  auto array = memory.template allocate<Value>(values.size());
  memory.template upload<Value>(array, 0, values);
  return array;
}

/// How many steps are ready in all networks, and what a network threw in the step after these.
struct ReadySteps {
  std::uint64_t steps;
  std::uint64_t network = 0;
  std::exception_ptr error = nullptr;

  /// How many are asked of a network. Of those before the one that failed also the step in which it did: what they
  /// throw there goes first.
  std::uint64_t asked(std::uint64_t of) const { return steps + (error && of < network); }
};

template <class Memory>
class DeviceMasks {
 public:
  void append(const BoundMask& mask) {
    const std::uint64_t size = mask.end() - mask.first();
    const std::uint64_t bits = mask.is_range() ? MaskRange::everyone : words_.size();
    ranges_.push_back({size, bits, static_cast<std::uint32_t>(mask.first())});
    if (mask.is_range()) return;
    words_.resize(bits + (size + 31) / 32);
    for (const std::uint32_t neuron : mask.ids()) {
      const std::uint64_t at = neuron - mask.first();
      words_[bits + at / 32] |= 1u << at % 32;
    }
  }

  std::uint64_t bytes() const { return ranges_.size() * sizeof(MaskRange) + words_.size() * sizeof(std::uint32_t); }

  void allocate(Memory& memory) {
    device_ranges_ = uploaded<MaskRange>(memory, ranges_);
    device_words_ = uploaded<std::uint32_t>(memory, words_);
  }

  MasksKernel kernel() const { return {device_ranges_.data(), device_words_.data()}; }

 private:
  std::vector<MaskRange> ranges_;
  std::vector<std::uint32_t> words_;
  DeviceArray<Memory, MaskRange> device_ranges_;
  DeviceArray<Memory, std::uint32_t> device_words_;
};

// Every DeviceTerm has the members of that of BoundNothing.

/// A term whose values are made on the host.
template <class Memory, class Bound>
class DeviceTerm {
 public:
  DeviceTerm(std::vector<Bound> bounds, std::uint64_t piece) : bounds_(std::move(bounds)) {
    for (const Bound& bound : bounds_) {
      masks_.append(bound.mask());
      places_.push_back(row_);
      row_ += bound.each() ? bound.mask().end() - bound.mask().first() : 1;
    }
    piece_ = std::clamp<std::uint64_t>(most_bytes / step_bytes(), 1, piece);
  }

  std::uint64_t bytes() const {
    return masks_.bytes() + bounds_.size() * sizeof(std::uint64_t) + piece_ * step_bytes();
  }

  void allocate(Memory& memory) {
    masks_.allocate(memory);
    device_places_ = uploaded<std::uint64_t>(memory, places_);
    device_adds_ = memory.template allocate<std::uint8_t>(piece_ * bounds_.size());
    device_values_ = memory.template allocate<float>(piece_ * row_);
  }

  /// O(steps x row).
  void prepare(Memory& memory, std::uint64_t first, ReadySteps& ready) {
    const std::uint64_t networks = bounds_.size();
    if (ready.steps > piece_) ready = {piece_};
    adds_.resize(piece_ * networks);
    values_.resize(piece_ * row_);
    bool any = false;
    for (std::uint64_t network = 0; network < networks; ++network) {
      const std::uint64_t steps = ready.asked(network);
      std::uint64_t step = 0;
      try {
        bounds_[network].prepare(first, steps);
        for (; step < steps; ++step) {
          const bool adds = bounds_[network].write(first + step, values_.data() + step * row_ + places_[network]);
          adds_[step * networks + network] = adds;
          any |= adds;
        }
      } catch (...) {
        ready = {step, network, std::current_exception()};
      }
    }
    memory.template upload<std::uint8_t>(device_adds_, 0,
                                         std::span{std::as_const(adds_)}.first(ready.steps * networks));
    if (any)
      memory.template upload<float>(device_values_, 0, std::span{std::as_const(values_)}.first(ready.steps * row_));
  }

  SentKernel kernel() const {
    return {masks_.kernel(),
            device_adds_.data(),
            device_values_.data(),
            device_places_.data(),
            row_,
            static_cast<std::uint32_t>(bounds_.size()),
            bounds_.front().each()};
  }

 private:
  static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 26;  // sent at a time, unless a step has more

  std::uint64_t step_bytes() const { return bounds_.size() + row_ * sizeof(float); }

  std::vector<Bound> bounds_;
  std::uint64_t piece_;  // steps that are made ready at a time
  DeviceMasks<Memory> masks_;
  std::vector<std::uint64_t> places_;
  std::uint64_t row_ = 0;
  std::vector<std::uint8_t> adds_;
  std::vector<float> values_;
  DeviceArray<Memory, std::uint64_t> device_places_;
  DeviceArray<Memory, std::uint8_t> device_adds_;
  DeviceArray<Memory, float> device_values_;
};

template <class Memory>
class DeviceTerm<Memory, BoundNothing> {
 public:
  DeviceTerm(const std::vector<BoundNothing>&, std::uint64_t) {}

  std::uint64_t bytes() const { return 0; }
  void allocate(Memory&) {}

  /// Makes ready.asked(network) steps ready of each network, or as many of all as `ready` says then.
  void prepare(Memory&, std::uint64_t, ReadySteps&) {}

  NothingKernel kernel() const { return {}; }
};

/// Whether the bytes of an F are all of it. Where nvcc gives the host's compiler something else in place of a lambda,
/// only its compiler for the device can tell.
template <class F>
inline constexpr bool is_its_bytes =
#if defined(__CUDACC_EXTENDED_LAMBDA__) && !defined(__CUDA_ARCH__)
    __nv_is_extended_host_device_lambda_closure_type(F) ||
#endif
    std::is_trivially_copyable_v<F>;

/// A function that is called on the device.
template <class Memory, class F>
class DeviceTerm<Memory, BoundField<FunctionField<F>>> {
  static_assert(is_its_bytes<F>,
                "spikeometric: a stimulus function must be trivially copyable to run on a device; capture numbers, not "
                "containers, or add it to a StimulusList, whose functions are called on the host");

 public:
  DeviceTerm(const std::vector<BoundField<FunctionField<F>>>& bounds, std::uint64_t) {
    for (const auto& bound : bounds) {
      masks_.append(bound.mask());
      functions_.push_back(bound.field().f);
    }
  }

  std::uint64_t bytes() const { return masks_.bytes() + functions_.size() * sizeof(F); }

  void allocate(Memory& memory) {
    masks_.allocate(memory);
    device_functions_ = uploaded<std::byte>(memory, std::as_bytes(std::span{functions_}));
  }

  void prepare(Memory&, std::uint64_t, ReadySteps&) {}

  FunctionKernel<F> kernel() const { return {masks_.kernel(), reinterpret_cast<const F*>(device_functions_.data())}; }

 private:
  DeviceMasks<Memory> masks_;
  std::vector<F> functions_;
  DeviceArray<Memory, std::byte> device_functions_;
};

/// Parts of any types. `bounds` have them as their parts().
template <class Memory, std::size_t Stride, class... Bounds>
class DeviceTerms {
 public:
  template <class Joined>
  DeviceTerms(const std::vector<Joined>& bounds, std::uint64_t piece)
      : DeviceTerms(bounds, piece, std::index_sequence_for<Bounds...>{}) {}

  std::uint64_t bytes() const {
    return std::apply([](const auto&... term) { return (std::uint64_t{0} + ... + term.bytes()); }, terms_);
  }

  void allocate(Memory& memory) {
    std::apply([&](auto&... term) { (term.allocate(memory), ...); }, terms_);
  }

  void prepare(Memory& memory, std::uint64_t first, ReadySteps& ready) {
    std::apply([&](auto&... term) { (term.prepare(memory, first, ready), ...); }, terms_);
  }

  auto kernel() const {
    return std::apply(
        [](const auto&... term) { return JoinedKernel<Stride, decltype(term.kernel())...>{term.kernel()...}; }, terms_);
  }

 private:
  template <class Joined, std::size_t... I>
  DeviceTerms(const std::vector<Joined>& bounds, std::uint64_t piece, std::index_sequence<I...>)
      : terms_(DeviceTerm<Memory, Bounds>{parts<I, Bounds>(bounds), piece}...) {}

  template <std::size_t I, class Bound, class Joined>
  static std::vector<Bound> parts(const std::vector<Joined>& bounds) {
    std::vector<Bound> result;
    for (const Joined& bound : bounds) result.push_back(std::get<I>(bound.parts()));
    return result;
  }

  std::tuple<DeviceTerm<Memory, Bounds>...> terms_;
};

template <class Memory, class... Bounds>
class DeviceTerm<Memory, BoundSum<Bounds...>> : public DeviceTerms<Memory, 0, Bounds...> {
  using DeviceTerms<Memory, 0, Bounds...>::DeviceTerms;
};

template <class Memory, class... Bounds>
class DeviceTerm<Memory, BoundChannels<Bounds...>> : public DeviceTerms<Memory, 1, Bounds...> {
  using DeviceTerms<Memory, 1, Bounds...>::DeviceTerms;
};

template <class Memory>
class DeviceTerm<Memory, BoundList> {
 public:
  DeviceTerm(const std::vector<BoundList>& bounds, std::uint64_t piece) {
    for (std::size_t i = 0; i < bounds.front().terms().size(); ++i) {
      std::vector<BoundTerm> of_networks;
      of_networks.reserve(bounds.size());
      for (const BoundList& bound : bounds) of_networks.push_back(bound.terms()[i]);
      terms_.emplace_back(std::move(of_networks), piece);
    }
  }

  std::uint64_t bytes() const {
    std::uint64_t sum = terms_.size() * sizeof(SentKernel);
    for (const auto& term : terms_) sum += term.bytes();
    return sum;
  }

  void allocate(Memory& memory) {
    std::vector<SentKernel> kernels;
    for (auto& term : terms_) {
      term.allocate(memory);
      kernels.push_back(term.kernel());
    }
    device_kernels_ = uploaded<SentKernel>(memory, kernels);
  }

  void prepare(Memory& memory, std::uint64_t first, ReadySteps& ready) {
    for (auto& term : terms_) term.prepare(memory, first, ready);
  }

  ListKernel kernel() const { return {device_kernels_.data(), static_cast<std::uint32_t>(terms_.size())}; }

 private:
  std::vector<DeviceTerm<Memory, BoundTerm>> terms_;
  DeviceArray<Memory, SentKernel> device_kernels_;
};

/// The stimuli of a batch on a device. A recording may be larger than the device's memory: it takes 4 bytes for each
/// neuron from the first of its mask to the last and each step of a piece; functions take none.
template <class Memory, class Bound>
class DeviceStimulus {
 public:
  static constexpr std::size_t channels = Bound::channels;

  /// One Bound for each network, of which there is at least one. At most `piece` steps are made ready at a time.
  DeviceStimulus(std::vector<Bound> bounds, std::uint64_t piece) : term_(std::move(bounds), piece) {}

  /// Of the device's memory, which `allocate` takes.
  std::uint64_t bytes() const { return term_.bytes(); }
  void allocate(Memory& memory) { term_.allocate(memory); }

  /// Makes steps first, ..., first + steps - 1 ready, which need not follow those before, or fewer, one at least, where
  /// their values take much memory. Returns how many of them are ready in all networks; error() is what was thrown in
  /// the step after them, if anything was: in the first network that failed there, by its first term that did.
  std::uint64_t prepare(Memory& memory, std::uint64_t first, std::uint64_t steps) {
    ReadySteps ready{steps};
    term_.prepare(memory, first, ready);
    error_ = ready.error;
    return ready.steps;
  }

  std::exception_ptr error() const { return error_; }

  /// What a step calls, see NothingKernel. To be copied byte by byte, and valid as long as the arrays are.
  auto kernel() const {
    static_assert(std::is_trivially_copyable_v<decltype(term_.kernel())>);
    return term_.kernel();
  }

 private:
  DeviceTerm<Memory, Bound> term_;
  std::exception_ptr error_;
};

}  // namespace spikeometric::detail
