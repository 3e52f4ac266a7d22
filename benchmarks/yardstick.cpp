// SPDX-License-Identifier: BSD-3-Clause
//
// The smallest program that runs the Bernoulli GLM: event-driven 64-bit integer sums, counter-based random numbers, an
// exp of its own. It shows what speed a core can reach; run.sh runs the simulator beside it. Simpler than the library
// where that does not change the cost: 24-bit draws, an ordered hash, float filter state, theta subtracted early.
//
//   g++ -std=c++20 -O3 -march=native -ffp-contract=off yardstick.cpp -o yardstick && ./yardstick 5000 0.1 2000
//
// Arguments: neurons, connection probability, steps. Prints a fingerprint of the spikes, the mean rate, microseconds
// per step and their parts.
#include <Random123/philox.h>
#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {
using Clock = std::chrono::steady_clock;
double since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

float portable_exp(float x) {  // +, -, * and bits only: the same result everywhere
  x = x < -87.f ? -87.f : x;
  x = x > 88.f ? 88.f : x;
  const float n = (x * 1.44269504f + 12582912.f) - 12582912.f;
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  return p * std::bit_cast<float>(std::uint32_t(std::int32_t(n) + 127) << 23);
}
}  // namespace

int main(int argc, char** argv) {
  const int neurons = argc > 1 ? std::atoi(argv[1]) : 5000;
  const double probability = argc > 2 ? std::atof(argv[2]) : 0.1;
  const int steps = argc > 3 ? std::atoi(argv[3]) : 2000;
  constexpr int window = 20, slots = window + 1, refractory = 10;
  constexpr float decay = 0.818730753f, decay_window = 0.0183156389f;  // exp(-0.2), exp(-0.2 * 20)

  // Network: half excitatory, half inhibitory, fixed-point weights, CSR by presynaptic neuron.
  std::uint64_t state = 88172645463325252ull;
  const auto random = [&] {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
  };
  std::vector<std::uint64_t> offset{0};
  std::vector<std::uint32_t> target;
  std::vector<std::int32_t> weight;
  const double skip = std::log1p(-probability);
  for (int pre = 0; pre < neurons; ++pre) {
    for (double post = std::floor(std::log((random() >> 11) * 0x1p-53 + 0x1p-54) / skip); post < neurons;
         post += 1 + std::floor(std::log((random() >> 11) * 0x1p-53 + 0x1p-54) / skip)) {
      if (int(post) == pre) continue;
      const auto w = std::int32_t(((random() >> 34) + (random() >> 34)) / 2);
      target.push_back(std::uint32_t(post));
      weight.push_back(pre < neurons / 2 ? w : -w);
    }
    offset.push_back(target.size());
  }
  const float unit = float(5.0 / std::sqrt(neurons * probability) * 4 / 2147483647.0);

  float history[refractory];
  for (int lag = 0; lag < refractory; ++lag) history[lag] = lag < 3 ? -100.f : -30.f * portable_exp(-0.5f * (lag - 3));

  std::vector<std::int64_t> sum(neurons);
  std::vector<float> ring(std::size_t(neurons) * slots), input(neurons), g(neurons), uniform(neurons + 4);
  std::vector<std::vector<int>> spikes(slots);
  std::uint64_t fingerprint = 14695981039346656037ull;
  std::size_t total = 0, events = 0;
  double t_scatter = 0, t_trace = 0, t_random = 0, t_sample = 0;
  const auto begin = Clock::now();
  for (int t = 0; t < steps; ++t) {
    auto mark = Clock::now();
    const int slot = t % slots;
    float* now = &ring[std::size_t(slot) * neurons];
    const float* leaving = &ring[std::size_t((t + 1) % slots) * neurons];
    std::fill(sum.begin(), sum.end(), 0);
    const auto& fired = spikes[(t + window) % slots];
    for (std::size_t k = 0; k < fired.size(); ++k) {
      const int next = fired[std::min(k + 1, fired.size() - 1)];
      const auto bytes = (offset[next + 1] - offset[next]) * 4;
      const char* next_target = reinterpret_cast<const char*>(&target[offset[next]]);
      const char* next_weight = reinterpret_cast<const char*>(&weight[offset[next]]);
      const auto first = offset[fired[k]], last = offset[fired[k] + 1];
      events += last - first;
      std::uint64_t e = first, ahead = 0;
      for (; e + 16 <= last; e += 16, ahead += 64) {
        if (ahead < bytes) {
          __builtin_prefetch(next_target + ahead);
          __builtin_prefetch(next_weight + ahead);
        }
        for (int q = 0; q < 16; ++q) sum[target[e + q]] += weight[e + q];
      }
      for (; e < last; ++e) sum[target[e]] += weight[e];
    }
    t_scatter += since(mark), mark = Clock::now();
    for (int i = 0; i < neurons; ++i) {
      const float s = float(sum[i]) * unit;
      now[i] = s;
      float x = decay * input[i];
      x = x + s;
      x = x - decay_window * leaving[i];
      input[i] = x;
      g[i] = x - 5.f;
    }
    for (int lag = 0; lag < refractory && lag < t; ++lag)
      for (int i : spikes[(t - 1 - lag + slots) % slots]) g[i] += history[lag];
    t_trace += since(mark), mark = Clock::now();
    for (int i = 0; i < (neurons + 3) / 4; ++i) {
      const auto draw = r123::Philox4x32{}({{std::uint32_t(i), std::uint32_t(t), 0, 0}}, {{1, 2}});
      for (int q = 0; q < 4; ++q) uniform[4 * i + q] = float(std::int32_t(draw[q] >> 8)) * 0x1p-24f;
    }
    t_random += since(mark), mark = Clock::now();
    for (int i = 0; i < neurons; ++i) g[i] = uniform[i] * (1.f + portable_exp(-g[i]));  // spike iff below 1
    auto& out = spikes[slot];
    out.resize(neurons);
    std::size_t count = 0;
    for (int i = 0; i < neurons; ++i) {
      out[count] = i;
      count += g[i] < 1.f;
    }
    out.resize(count);
    for (int i : out) fingerprint = (fingerprint ^ std::uint64_t(i + 1)) * 1099511628211ull;
    fingerprint = (fingerprint ^ std::uint64_t(t)) * 1099511628211ull;
    total += count;
    t_sample += since(mark);
  }
  const double us = 1e6 / steps;
  std::printf(
      "neurons %d  synapses %zu  fingerprint %016llx  rate %.5f  us_per_step %.2f  (scatter %.2f, %.3g synaptic "
      "events/s; "
      "filter %.2f; random %.2f; sample %.2f)\n",
      neurons, target.size(), (unsigned long long)fingerprint, double(total) / steps / neurons, since(begin) * us,
      t_scatter * us, events / t_scatter, t_trace * us, t_random * us, t_sample * us);
}
