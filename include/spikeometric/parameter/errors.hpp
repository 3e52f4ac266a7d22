// SPDX-License-Identifier: BSD-3-Clause
//
// All exceptions of the library. Each derives from Error and from a standard exception.
//
//   try {
//     sk::Simulator simulator{sk::io::read_csv("synapses.csv"), model, sk::no_stimulus, sk::Seed{1}};
//     simulator.run(10'000);
//   } catch (const sk::Divergence& error) {
//     std::cerr << "neuron " << error.neuron << " diverges in step " << error.step << '\n';
//   } catch (const sk::Error& error) {
//     std::cerr << error.what() << '\n';
//   }
#pragma once

#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>

namespace spikeometric {

/// Base of every exception that the library itself throws. Exceptions of a stimulus, a recorder or the standard
/// library, such as std::bad_alloc, pass through unchanged.
class Error {
 public:
  virtual const char* what() const noexcept = 0;

 protected:
  ~Error() = default;
};

namespace detail {

template <class Standard>
class ErrorAs : public Standard, public Error {
 public:
  using Standard::Standard;
  const char* what() const noexcept override { return Standard::what(); }
};

inline std::string gigabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g GB", static_cast<double>(bytes) * 1e-9);
  return text;
}

}  // namespace detail

/// An argument that is invalid or inconsistent with another one.
class InvalidArgument : public detail::ErrorAs<std::invalid_argument> {
  using ErrorAs::ErrorAs;
};

/// A parameter value that is out of bounds, or an unknown parameter name.
class InvalidParameter : public InvalidArgument {
  using InvalidArgument::InvalidArgument;
};

/// An invalid network: the message names neurons and values.
class InvalidGraph : public InvalidArgument {
  using InvalidArgument::InvalidArgument;
};

/// An invalid synapse: "synapse 3 -> 5 ...".
class InvalidSynapse : public InvalidGraph {
 public:
  InvalidSynapse(std::uint64_t from, std::uint64_t to, const std::string& what)
      : InvalidGraph(text(std::to_string(from), std::to_string(to), what)), pre(from), post(to), problem(what) {}

  static std::string text(const std::string& from, const std::string& to, const std::string& what) {
    return "synapse " + from + " -> " + to + " " + what;
  }

  std::uint64_t pre, post;
  std::string problem;  ///< the message without the synapse
};

/// The index of a step, a network or an event is out of range.
class OutOfRange : public detail::ErrorAs<std::out_of_range> {
  using ErrorAs::ErrorAs;
};

namespace detail {

/// Throws OutOfRange unless a batch has this network.
inline void require_network(std::uint64_t network, std::uint64_t networks) {
  if (network >= networks)
    throw OutOfRange("network " + std::to_string(network) + " is out of range: this is a batch of " +
                     std::to_string(networks) + " networks, counted from 0");
}

}  // namespace detail

/// A recording would have more steps than it can hold, or there are more networks than ids.
class TooLong : public detail::ErrorAs<std::length_error> {
  using ErrorAs::ErrorAs;
};

/// A call that is invalid in the object's present state, such as a step after one that failed.
class InvalidState : public detail::ErrorAs<std::logic_error> {
  using ErrorAs::ErrorAs;
};

/// The arithmetic of the process or device would change spikes.
class InexactArithmetic : public detail::ErrorAs<std::runtime_error> {
  using ErrorAs::ErrorAs;
};

/// A step failed: its input or mean count is NaN, or a spike count is too large for exact sums.
class Divergence : public detail::ErrorAs<std::runtime_error> {
 public:
  Divergence(std::uint32_t network, std::uint64_t step, std::uint32_t neuron, const std::string& what)
      : ErrorAs("network " + std::to_string(network) + ", step " + std::to_string(step) + ", neuron " +
                std::to_string(neuron) + ": " + what),
        network_id(network),
        step(step),
        neuron(neuron) {}

  /// A copy with more text at the end of its message.
  Divergence(const Divergence& other, const std::string& more)
      : ErrorAs(other.what() + more), network_id(other.network_id), step(other.step), neuron(other.neuron) {}

  std::uint32_t network_id;
  std::uint64_t step;  ///< of the run, or of the equilibration
  std::uint32_t neuron;
};

/// A device has less free memory than needed. The check runs before any allocation. If other programs take memory in
/// the meantime, `needed` is the size of the array that did not fit, and everything allocated is freed.
class OutOfDeviceMemory : public detail::ErrorAs<std::runtime_error> {
 public:
  OutOfDeviceMemory(std::uint64_t needed, std::uint64_t free)
      : ErrorAs(detail::gigabytes(needed) + " of device memory are needed (" + std::to_string(needed) +
                " bytes), but " + detail::gigabytes(free) + " are free (" + std::to_string(free) + " bytes)"),
        needed(needed),
        free(free) {}

  std::uint64_t needed, free;  ///< bytes
};

/// A call of CUDA or one of its libraries failed.
class CudaError : public detail::ErrorAs<std::runtime_error> {
 public:
  CudaError(const std::string& call, const std::string& error, const char* file, int line)
      : ErrorAs(call + " failed: " + error + " (" + file + ":" + std::to_string(line) + ")") {}
};

/// A file cannot be read or written, or its content is invalid: "path:line: what".
class FileError : public detail::ErrorAs<std::runtime_error> {
 public:
  FileError(const std::string& path, const std::string& what) : ErrorAs(path + ": " + what) {}
  FileError(const std::string& path, std::uint64_t line, const std::string& what)
      : ErrorAs(path + ":" + std::to_string(line) + ": " + what) {}
};

}  // namespace spikeometric
