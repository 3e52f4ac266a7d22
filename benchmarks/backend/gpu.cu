// SPDX-License-Identifier: BSD-3-Clause
//
// What a step costs on a GPU, and what it would cost if only memory counted: the floor is the time to read the rows of
// the neurons that spiked and to read and write the state of all neurons, at the speed at which the device copies.
//
//   backend_gpu_benchmark                                  all rows
//   backend_gpu_benchmark --rows normal,million --json rows.json
//   backend_gpu_benchmark --seconds 120                    starts no row after that
//   backend_gpu_benchmark --quick                          tiny networks and few steps: whether it works
//
// Exit status: 0, 1 where a row failed or one with a target was not run, 2 for wrong use, 77 where there is no GPU.
#include <spikeometric/backend/cuda.cuh>
#include <spikeometric/backend/memory.hpp>
#include <spikeometric/spikeometric.hpp>
#if defined(__CUDACC__)
#include <spikeometric/graph/device_generate.hpp>
#endif

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace sk = spikeometric;

namespace {

#if defined(__CUDACC__)
namespace make = sk::generate::device;
#else
namespace make = sk::generate;
#endif

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

struct Options {
  double seconds = 1e9;  // after which no row is started
  std::string rows;      // names between commas; all if empty
  std::string json;
  bool quick = false;
};

/// What a row is to reach; 0 where nothing is asked.
struct Target {
  double us_per_step = 0, fraction_of_floor = 0, neuron_steps_per_s = 0;

  bool asks() const { return us_per_step + fraction_of_floor + neuron_steps_per_s > 0; }
};

struct Row {
  const char* name;
  const char* what;
  Target target = {};
  std::uint64_t piece = 0;  // steps of a call of `run`; 0: all of them
};

struct Measurement {
  double us_per_step, neuron_steps_per_s, spikes_per_neuron_step, synapses_per_s, bytes_per_step, floor_us;
};

/// Bytes that a neuron's state takes in a step, read and written: sums, filter, earlier sums, counts.
template <class Model>
double state_bytes(const Model& model) {
  sk::HostArrays arrays;
  const auto filter = model.kernel(arrays).filter;
  const std::size_t earlier = filter.memory() > 0 ? 2 * sizeof(float) * Model::bases : 0;
  const std::size_t recent = Model::binary ? sizeof(std::uint32_t) : 2 * sizeof(std::uint32_t);
  using State = typename std::remove_cvref_t<decltype(model.kernel(arrays))>::State;
  return static_cast<double>(2 * sizeof(std::int64_t) * Model::bases + 2 * sizeof(State) + earlier + recent);
}

/// Bytes per second, read and written, that the device copies.
double copy_bandwidth(bool quick) {
  std::size_t free = 0, total = 0;
  SPIKEOMETRIC_CHECK_CUDA(cudaMemGetInfo(&free, &total));
  const std::size_t size = std::min(quick ? std::size_t{1} << 20 : std::size_t{1} << 32, free / 4);
  sk::detail::CudaMemory memory{sk::CudaBackend<>{}};
  auto from = memory.allocate<unsigned char>(size);
  auto to = memory.allocate<unsigned char>(size);
  std::array<double, 5> seconds;
  constexpr int copies = 10;
  for (double& each : seconds) {
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamSynchronize(memory.stream()));
    const double start = now();
    for (int i = 0; i < copies; ++i)
      SPIKEOMETRIC_CHECK_CUDA(cudaMemcpyAsync(to.data(), from.data(), size, cudaMemcpyDeviceToDevice, memory.stream()));
    SPIKEOMETRIC_CHECK_CUDA(cudaStreamSynchronize(memory.stream()));
    each = (now() - start) / copies;
  }
  return 2.0 * static_cast<double>(size) / *std::min_element(seconds.begin(), seconds.end());
}

/// Takes the rows one by one; prints, and writes to the file, each when it is done.
class Benchmark {
 public:
  explicit Benchmark(Options options) : options_(std::move(options)), bandwidth_(copy_bandwidth(options_.quick)) {
    std::printf("copies %.0f GB/s, read and written\n\n", bandwidth_ * 1e-9);
    std::printf("%-14s %-44s %10s %13s %8s %11s %9s %6s  %s\n", "row", "network", "us/step", "neuron-steps/s",
                "spikes %", "synapses/s", "floor us", "of it", "target");
  }

  /// `make_simulator` returns the simulator; a synapse that a spike passes has so many bytes.
  template <class MakeSimulator>
  void row(const Row& row, double synapse_bytes, MakeSimulator&& make_simulator) {
    if (!options_.rows.empty() &&
        ("," + options_.rows + ",").find("," + std::string(row.name) + ",") == std::string::npos)
      return;
    ++found_;
    if (now() - start_ > options_.seconds) {
      std::printf("%-14s %-44s not run: out of time\n", row.name, row.what);
      failed_ |= row.target.asks();
      return;
    }
    try {
      auto simulator = make_simulator();
      report(row, measured(simulator, row, synapse_bytes));
    } catch (const sk::OutOfDeviceMemory& error) {
      std::printf("%-14s %-44s not run: %s\n", row.name, row.what, error.what());
      failed_ |= row.target.asks();
    } catch (const std::exception& error) {
      std::printf("%-14s %-44s FAILED: %s\n", row.name, row.what, error.what());
      failed_ = true;
    }
    std::fflush(stdout);
  }

  /// What a size becomes.
  std::uint64_t size(std::uint64_t neurons) const {
    return options_.quick ? std::max<std::uint64_t>(neurons / 1000, 200) : neurons;
  }
  double probability(std::uint64_t neurons, double degree) const {
    return std::min(degree / static_cast<double>(neurons), options_.quick ? 0.1 : 1.0);
  }

  bool failed() const { return failed_; }

  /// Throws std::invalid_argument where names were given that no row has.
  void require_rows() const {
    const auto names = std::count(options_.rows.begin(), options_.rows.end(), ',') + 1;
    if (!options_.rows.empty() && found_ != names)
      throw std::invalid_argument("--rows " + options_.rows + ": not all are rows");
  }

 private:
  template <class Simulator>
  Measurement measured(Simulator& simulator, const Row& row, double synapse_bytes) const {
    std::uint64_t spikes = 0;
    const auto run = [&](std::uint64_t steps) {
      const double start = now();
      const std::uint64_t piece = row.piece == 0 ? steps : row.piece;
      for (std::uint64_t left = steps; left > 0; left -= std::min(left, piece))
        simulator.run(std::min(left, piece),
                      [&](std::uint32_t, std::uint64_t, std::span<const typename Simulator::Event> events) {
                        spikes += events.size();
                      });
      return now() - start;
    };
    simulator.equilibrate(options_.quick ? 10 : 200);
    std::uint64_t steps = 70;
    for (const double enough = options_.quick ? 0.0 : 0.2; run(steps) < enough;) steps *= 2;
    spikes = 0;
    const std::uint64_t passed = simulator.synaptic_events();
    std::array<double, 5> seconds;
    for (double& each : seconds) each = run(steps) / static_cast<double>(steps);
    const double taken = 5.0 * static_cast<double>(steps), neurons = static_cast<double>(simulator.neurons());
    const double synapses = static_cast<double>(simulator.synaptic_events() - passed) / taken;
    std::nth_element(seconds.begin(), seconds.begin() + 2, seconds.end());
    const double median = seconds[2];
    const double bytes = synapses * synapse_bytes + neurons * state_bytes(simulator.model());
    return {median * 1e6, neurons / median,        static_cast<double>(spikes) / taken / neurons, synapses / median,
            bytes,        bytes / bandwidth_ * 1e6};
  }

  void report(const Row& row, const Measurement& m) {
    const double fraction = m.floor_us / m.us_per_step;
    std::string target;
    const auto add = [&](const char* pattern, double wanted, bool reached) {
      if (wanted == 0) return;
      char text[64];
      std::snprintf(text, sizeof text, pattern, wanted);
      target += (target.empty() ? "" : ", ") + std::string(text) + (reached ? ": met" : ": MISSED");
    };
    if (!options_.quick) {
      add("%g us", row.target.us_per_step, m.us_per_step <= row.target.us_per_step);
      add("%g of the floor", row.target.fraction_of_floor, fraction >= row.target.fraction_of_floor);
      add("%.2g neuron-steps/s", row.target.neuron_steps_per_s, m.neuron_steps_per_s >= row.target.neuron_steps_per_s);
    }
    std::printf("%-14s %-44s %10.2f %13.3g %8.3f %11.3g %9.2f %6.3f  %s\n", row.name, row.what, m.us_per_step,
                m.neuron_steps_per_s, m.spikes_per_neuron_step * 100.0, m.synapses_per_s, m.floor_us, fraction,
                target.c_str());
    char text[512];
    std::snprintf(text, sizeof text,
                  "{\"row\":\"%s\",\"network\":\"%s\",\"us_per_step\":%.6g,\"neuron_steps_per_s\":%.6g,"
                  "\"spikes_per_neuron_step\":%.6g,\"synapses_per_s\":%.6g,\"bytes_per_step\":%.6g,\"floor_us\":%.6g,"
                  "\"fraction_of_floor\":%.6g}",
                  row.name, row.what, m.us_per_step, m.neuron_steps_per_s, m.spikes_per_neuron_step, m.synapses_per_s,
                  m.bytes_per_step, m.floor_us, fraction);
    lines_.push_back(text);
    if (!options_.json.empty()) write_json();
  }

  void write_json() const {
    std::FILE* const file = std::fopen(options_.json.c_str(), "w");
    if (file == nullptr) throw std::runtime_error(options_.json + ": cannot be opened for writing");
    std::fprintf(file, "{\"copy_bytes_per_s\":%.6g,\"rows\":[", bandwidth_);
    for (std::size_t i = 0; i < lines_.size(); ++i) std::fprintf(file, "%s\n%s", i == 0 ? "" : ",", lines_[i].c_str());
    std::fputs("\n]}\n", file);
    if (std::fclose(file) != 0) throw std::runtime_error(options_.json + ": cannot be written");
  }

  Options options_;
  double bandwidth_, start_ = now();
  std::vector<std::string> lines_;
  std::ptrdiff_t found_ = 0;
  bool failed_ = false;
};

/// 8 spikes per 1000 neuron-steps in a network of random synapses, whatever its size.
sk::BernoulliGLM bernoulli(int window = 20) { return sk::BernoulliGLM{{.theta = 5.0f, .coupling_window = window}}; }

constexpr double event_bytes = 8;     // target and weight
constexpr double product_bytes = 16;  // column and value

template <class Backend = sk::CudaBackend<>, class Network, class Model>
auto simulator(Network network, const Model& model) {
  return sk::Simulator{std::move(network), model, sk::no_stimulus, sk::Seed{42}, Backend{}};
}

/// The synapses of a graph, and from each of the first neurons one to all others.
sk::Graph<> with_hubs(const sk::Graph<>& graph, std::uint64_t hubs) {
  sk::CompressedRows<float, std::uint32_t> rows;
  const auto neurons = static_cast<std::uint32_t>(graph.neurons());
  const auto& given = graph.rows();
  rows.offsets.assign(1, 0);
  for (std::uint32_t pre = 0; pre < neurons; ++pre) {
    if (pre < hubs)
      for (std::uint32_t post = 0; post < neurons; ++post) {
        rows.targets.push_back(post);
        rows.weights.push_back(pre % 2 == 0 ? 0.1f : -0.1f);
      }
    else
      for (std::uint64_t e = given.offsets[pre]; e < given.offsets[pre + 1]; ++e) {
        rows.targets.push_back(given.targets[e]);
        rows.weights.push_back(given.weights[e]);
      }
    rows.offsets.push_back(rows.targets.size());
  }
  return sk::Graph<>{std::move(rows)};
}

void measure(Benchmark& benchmark) {
  using ByProduct = sk::CudaBackend<sk::SparseMatvec>;
  const auto normal = [&](std::uint64_t neurons, double degree, double std = 5.0, std::uint64_t seed = 1) {
    const std::uint64_t size = benchmark.size(neurons);
    return make::normal({.neurons = size, .probability = benchmark.probability(size, degree), .std = std},
                        sk::Seed{seed});
  };
  const auto events = [&](const Row& row, auto&& make_simulator) { benchmark.row(row, event_bytes, make_simulator); };

  events({"normal", "5000 x 500, window 20", {.us_per_step = 6}},
         [&] { return simulator(normal(5'000, 500), bernoulli()); });
  events({"100k", "1e5 x 1000, window 20", {.us_per_step = 25}},
         [&] { return simulator(normal(100'000, 1'000), bernoulli()); });
  events({"batch", "1000 networks of 1000 x 100", {.neuron_steps_per_s = 2e10}}, [&] {
    std::vector<sk::Graph<>> graphs;
    for (std::uint64_t i = 0; i < benchmark.size(1'000); ++i) graphs.push_back(normal(1'000, 100, 5.0, i));
    return simulator(sk::batch(std::move(graphs)), bernoulli());
  });
  events({"million", "1e6 x 1000, window 20", {.us_per_step = 120, .fraction_of_floor = 0.2}},
         [&] { return simulator(normal(1'000'000, 1'000), bernoulli()); });
  benchmark.row({"normal-product", "the same by cuSPARSE"}, product_bytes,
                [&] { return simulator<ByProduct>(normal(5'000, 500), bernoulli()); });
  events({"normal-pieces", "the same, 10 steps a call", {}, 10},
         [&] { return simulator(normal(5'000, 500), bernoulli()); });
  events({"normal-1", "5000 x 500, window 1"}, [&] { return simulator(normal(5'000, 500), bernoulli(1)); });
  events({"normal-100", "5000 x 500, window 100"}, [&] { return simulator(normal(5'000, 500), bernoulli(100)); });
  events({"large-1", "22361 x 2236 (5e7 synapses), window 1"},
         [&] { return simulator(normal(22'361, 2'236), bernoulli(1)); });
  events({"large-20", "the same, window 20"}, [&] { return simulator(normal(22'361, 2'236), bernoulli()); });
  events({"large-100", "the same, window 100"}, [&] { return simulator(normal(22'361, 2'236), bernoulli(100)); });
  events({"poisson", "1e5 x 1000, PoissonGLM"},
         [&] { return simulator(normal(100'000, 1'000, 1.0), sk::PoissonGLM{{.r = 0.2f, .alpha = 125.0f}}); });
  events({"hubs", "1e5 x 100, 20 of them to all"},
         [&] { return simulator(with_hubs(normal(100'000, 100), 20), bernoulli()); });
  benchmark.row({"20k-product", "2e4 x 1000 by cuSPARSE"}, product_bytes,
                [&] { return simulator<ByProduct>(normal(20'000, 1'000), bernoulli()); });
}

/// Throws std::invalid_argument for wrong use.
Options parsed(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--quick") {
      options.quick = true;
      continue;
    }
    if (i + 1 == argc || (name != "--seconds" && name != "--rows" && name != "--json"))
      throw std::invalid_argument("usage: gpu [--seconds LIMIT] [--rows NAME,...] [--json FILE] [--quick]");
    const char* const value = argv[++i];
    if (name == "--seconds")
      options.seconds = std::atof(value);
    else
      (name == "--rows" ? options.rows : options.json) = value;
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  const Options options = parsed(argc, argv);
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::puts("skipped: there is no CUDA device");
    return 77;
  }
  cudaDeviceProp device;
  SPIKEOMETRIC_CHECK_CUDA(cudaGetDeviceProperties(&device, 0));
  std::printf("%s, ", device.name);
  Benchmark benchmark{options};
  measure(benchmark);
  benchmark.require_rows();
  return benchmark.failed() ? 1 : 0;
} catch (const std::invalid_argument& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
