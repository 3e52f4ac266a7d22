// SPDX-License-Identifier: BSD-3-Clause
//
// Draws the pictures of the documentation, always with the same bytes. The pages quote their examples from here.
//
//   pictures DIRECTORY
#include <spikeometric/spikeometric.hpp>

#include <Eigen/Core>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

namespace sk = spikeometric;

namespace {

// --- code that the pages do not show -------------------------------------------------------------------------------

/// Draws value(g), the mean spike count, for 401 values of the input g.
template <class Value>
void draw_nonlinearity(const std::string& path, const std::string& y_label, double low, double high, Value value) {
  const auto g = sk::io::evenly_spaced(low, (high - low) / 400.0, 401);
  std::vector<double> f;
  for (const double each : g) f.push_back(value(each));
  sk::io::Plot plot{.title = "Nonlinearity", .x_label = "input g", .y_label = y_label, .height = 300};
  plot.series = {{.x = g, .y = f}};
  sk::io::write_svg(path, plot);
}

/// The values of a stimulus for one neuron in steps 0 to 999 of 1 ms.
template <class Stimulus>
std::vector<double> values(const Stimulus& stimulus, std::uint32_t neuron, std::uint64_t neurons = 100) {
  sk::detail::StimulusTerms<float> terms{{.dt_ms = 1.0, .seed = sk::Seed{1}, .neurons = neurons}};
  sk::detail::lift(stimulus).add_to(terms, 0);
  sk::detail::StimulusTable<sk::detail::HostMemory, float> table{{terms}, {}, 1'000};
  sk::detail::HostMemory memory;
  table.allocate(memory);
  table.make(0, 0, 1'000);
  std::vector<double> result;
  for (std::uint32_t step = 0; step < 1'000; ++step) {
    float drive = 0.0f;
    table.view().add(0, neuron, step, step, &drive);
    result.push_back(drive);
  }
  return result;
}

void draw_stimulus(const std::string& path, std::vector<sk::io::Series> series,
                   const std::string& y_label = "input E") {
  for (auto& each : series)
    each.x = sk::io::evenly_spaced(0.0, 1.0, each.y.size() + (each.style == sk::io::Style::steps));
  sk::io::write_svg(
      path,
      sk::io::Plot{
          .title = "Stimulus", .x_label = "time (ms)", .y_label = y_label, .series = std::move(series), .height = 240});
}

// --- models --------------------------------------------------------------------------------------------------------

void bernoulli_glm() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const sk::BernoulliGLM model;
  const auto pulses = sk::regular_pulses({.strength = 3.0, .start_steps = 200, .period_steps = 400, .pulse_steps = 100})
                          .on(sk::neurons(0, 50));

  sk::Simulator simulator{graph, model, pulses, sk::Seed{1}};
  simulator.equilibrate(100);
  const auto spikes = simulator.run(1'000);
  sk::io::write_svg("bernoulli_glm.svg", sk::raster(spikes));

  draw_nonlinearity("bernoulli_glm_nonlinearity.svg", "probability of a spike in 1 ms", -5.0, 15.0,
                    [&](double g) { return model.nonlinearity(g, 1.0); });
}

void poisson_glm() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const sk::PoissonGLM model;
  const auto pulses = sk::regular_pulses({.strength = 1.0, .start_steps = 200, .period_steps = 400, .pulse_steps = 100})
                          .on(sk::neurons(0, 50));

  sk::Simulator simulator{graph, model, pulses, sk::Seed{1}};
  simulator.equilibrate(100);
  const auto spikes = simulator.run(1'000);
  sk::io::write_svg("poisson_glm.svg", sk::raster(spikes));

  draw_nonlinearity("poisson_glm_nonlinearity.svg", "mean count in 1 ms", -4.0, 3.0,
                    [&](double g) { return model.nonlinearity(g, 1.0); });
}

void rectified_lnp() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const sk::RectifiedLNP model;
  const auto pulses = sk::regular_pulses({.strength = 4.0, .start_steps = 200, .period_steps = 400, .pulse_steps = 100})
                          .on(sk::neurons(0, 50));

  sk::Simulator simulator{graph, model, pulses, sk::Seed{1}};
  simulator.equilibrate(100);
  const auto spikes = simulator.run(1'000);
  sk::io::write_svg("rectified_lnp.svg", sk::raster(spikes));

  draw_nonlinearity("rectified_lnp_nonlinearity.svg", "mean count in 1 ms", -2.0, 6.0,
                    [&](double g) { return model.nonlinearity(g, 1.0); });
}

void rectified_sam() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const sk::RectifiedSAM model;
  const auto pulses = sk::regular_pulses({.strength = 4.0, .start_steps = 200, .period_steps = 400, .pulse_steps = 100})
                          .on(sk::neurons(0, 50));

  sk::Simulator simulator{graph, model, pulses, sk::Seed{1}};
  simulator.equilibrate(100);
  const auto spikes = simulator.run(1'000);
  sk::io::write_svg("rectified_sam.svg", sk::raster(spikes));

  draw_nonlinearity("rectified_sam_nonlinearity.svg", "mean count in 1 ms", -2.0, 6.0,
                    [&](double g) { return model.nonlinearity(g, 1.0); });
}

void threshold_sam() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const sk::ThresholdSAM model;
  const auto pulses =
      sk::regular_pulses({.strength = 0.15, .start_steps = 200, .period_steps = 1000, .pulse_steps = 100})
          .on(sk::neurons(0, 50));

  sk::Simulator simulator{graph, model, pulses, sk::Seed{1}};
  simulator.equilibrate(100);
  const auto spikes = simulator.run(1'000);
  sk::io::write_svg("threshold_sam.svg", sk::raster(spikes));

  draw_nonlinearity("threshold_sam_nonlinearity.svg", "spikes in 1 ms", 0.8, 1.6,
                    [&](double g) { return model.sampler(static_cast<float>(model.nonlinearity(g)), {}); });
}

// --- stimuli -------------------------------------------------------------------------------------------------------

void regular() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const auto pulses =
      sk::regular_pulses(
          {.strength = 3.0, .start_steps = 100, .period_steps = 250, .pulse_steps = 50, .stop_steps = 800})
          .on(sk::neurons(0, 50));
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, pulses, sk::Seed{1}};
  sk::io::write_svg("regular_response.svg", sk::raster(simulator.run(1'000)));

  draw_stimulus("regular.svg", {{.style = sk::io::Style::steps, .y = values(pulses, 0)}});
}

void sinusoid() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const auto drive = sk::sinusoid({.amplitude = 2.0, .period_ms = 200.0, .start_steps = 100, .duration_steps = 700})
                         .on(sk::neurons(0, 50));
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, drive, sk::Seed{1}};
  sk::io::write_svg("sinusoid_response.svg", sk::raster(simulator.run(1'000)));

  draw_stimulus("sinusoid.svg", {{.style = sk::io::Style::steps, .y = values(drive, 0)}});
}

void poisson() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const auto pulses =
      sk::poisson_pulses({.strength = 3.0, .mean_interval_steps = 100.0, .pulse_steps = 20}).on(sk::neurons(0, 50));
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, pulses, sk::Seed{1}};
  sk::io::write_svg("poisson_response.svg", sk::raster(simulator.run(1'000)));

  draw_stimulus("poisson.svg", {{.style = sk::io::Style::steps, .y = values(pulses, 0)}});
}

void recorded() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  Eigen::MatrixXf wave(100, 700);  // neurons x steps; or read_npy<float>("wave.npy")
  for (int step = 0; step < 700; ++step)
    for (int neuron = 0; neuron < 100; ++neuron) {
      const float ahead = static_cast<float>(step - 5 * neuron - 100) / 40.0f;
      wave(neuron, step) = 4.0f * sk::exp(-ahead * ahead);
    }
  const auto drive = sk::recorded(wave).from(100);  // its first column is the input in step 100
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, drive, sk::Seed{1}};
  sk::io::write_svg("recorded_response.svg", sk::raster(simulator.run(1'000)));

  draw_stimulus("recorded.svg", {{.name = "neuron 0", .style = sk::io::Style::steps, .y = values(drive, 0)},
                                 {.name = "neuron 50", .style = sk::io::Style::steps, .y = values(drive, 50)},
                                 {.name = "neuron 99", .style = sk::io::Style::steps, .y = values(drive, 99)}});
}

void function() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const auto gradient = [](std::uint64_t step, std::uint32_t neuron) {
    return step >= 200 && step < 700 ? 0.03f * static_cast<float>(neuron) : 0.0f;
  };
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, gradient, sk::Seed{1}};
  sk::io::write_svg("function_response.svg", sk::raster(simulator.run(1'000)));

  draw_stimulus("function.svg", {{.name = "neuron 99", .style = sk::io::Style::steps, .y = values(gradient, 99)},
                                 {.name = "neuron 50", .style = sk::io::Style::steps, .y = values(gradient, 50)},
                                 {.name = "neuron 10", .style = sk::io::Style::steps, .y = values(gradient, 10)}});
}

void masks() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  std::vector<bool> stripes(100);
  for (std::size_t neuron = 0; neuron < 100; ++neuron) stripes[neuron] = neuron / 10 % 2 == 0;
  const auto drive = sk::sinusoid({.amplitude = 2.0, .period_ms = 400.0, .baseline = 2.0}).on(stripes);
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, drive, sk::Seed{1}};
  sk::io::write_svg("masks_response.svg", sk::raster(simulator.run(1'000)));
}

void sums() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const auto wave = sk::sinusoid({.amplitude = 1.5, .period_ms = 400.0});
  const auto pulses =
      sk::regular_pulses({.strength = 3.0, .period_steps = 250, .pulse_steps = 25}).on(sk::neurons(0, 50));
  const auto drive = wave + pulses;
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, drive, sk::Seed{1}};
  sk::io::write_svg("sums_response.svg", sk::raster(simulator.run(1'000)));

  draw_stimulus("sums.svg", {{.name = "neurons 0 to 49", .y = values(drive, 0)},
                             {.name = "neurons 50 to 99", .y = values(drive, 50)}});
}

void channels() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  using Retina = sk::Cascade<sk::ExponentialFilter, sk::RefractoryFilter, sk::NoBaseline, sk::Logistic,
                             sk::BernoulliSampler, sk::ChannelWeights<2>>;
  Retina model;
  model.stimulus_filter.weights = {3.0, -2.0};  // E = 3 centre - 2 surround
  const auto centre = sk::regular_pulses({.period_steps = 500, .pulse_steps = 200});
  const auto surround = sk::regular_pulses({.start_steps = 100, .period_steps = 500, .pulse_steps = 200});
  sk::Simulator simulator{graph, model, sk::channels(centre, surround), sk::Seed{1}};
  sk::io::write_svg("channels_response.svg", sk::raster(simulator.run(1'000)));

  const auto sum = sk::function([&](std::uint64_t step) {  // the output of the model's stimulus filter
    const auto at = static_cast<std::size_t>(step);
    return 3.0 * values(centre, 0)[at] - 2.0 * values(surround, 0)[at];
  });
  draw_stimulus("channels.svg",
                {{.name = "centre", .style = sk::io::Style::steps, .y = values(centre, 0)},
                 {.name = "surround", .style = sk::io::Style::steps, .y = values(surround, 0)},
                 {.name = "E", .y = values(sum, 0)}},
                "channel, input E");
}

void temporal() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  const auto flashes =
      sk::regular_pulses({.strength = 0.05, .start_steps = 100, .period_steps = 400, .pulse_steps = 150})
          .on(sk::neurons(0, 50));
  const auto seen = sk::temporal(flashes, sk::BiexponentialFilter{.tau_decay = 40.0, .tau_rise = 20.0});
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, seen, sk::Seed{1}};
  sk::io::write_svg("temporal_response.svg", sk::raster(simulator.run(1'000)));

  draw_stimulus("temporal.svg",
                {{.name = "flashes, scaled",
                  .style = sk::io::Style::steps,
                  .y = values(sk::regular_pulses({.start_steps = 100, .period_steps = 400, .pulse_steps = 150}), 0)},
                 {.name = "E", .y = values(seen, 0)}});
}

void movie() {
  const auto graph = sk::generate::normal({.neurons = 100}, sk::Seed{7});
  Eigen::MatrixXf bar = Eigen::MatrixXf::Zero(20, 100);  // pixels x frames
  for (int frame = 0; frame < 100; ++frame) bar(frame / 5, frame) = 1.0f;
  const auto covariates =
      sk::temporal(sk::Frames{bar, {.steps_per_frame = 10}},
                   sk::RaisedCosine<3>{.last_peak_ms = 100.0, .stretch_ms = 30.0, .window_steps = 300});
  const Eigen::Vector3d time{0.1, 0.1, -0.05};  // an early response, and a late one of the other sign
  Eigen::MatrixXd weights(covariates.size(), 100);
  for (int neuron = 0; neuron < 100; ++neuron) {
    Eigen::VectorXd space(20);  // the neuron's receptive field
    for (int pixel = 0; pixel < 20; ++pixel) {
      const double distance = pixel - 0.2 * neuron;
      space(pixel) = sk::exp(-0.5 * distance * distance);
    }
    weights.col(neuron) = (time * space.transpose()).reshaped();
  }
  sk::Simulator simulator{graph, sk::BernoulliGLM{}, covariates.with_weights(weights), sk::Seed{1}};
  sk::io::write_svg("temporal_movie.svg", sk::raster(simulator.run(1'000)));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::cerr << "usage: pictures DIRECTORY\n";
    return 2;
  }
  std::filesystem::current_path(argv[1]);
  bernoulli_glm();
  poisson_glm();
  rectified_lnp();
  rectified_sam();
  threshold_sam();
  regular();
  sinusoid();
  poisson();
  recorded();
  function();
  masks();
  sums();
  channels();
  temporal();
  movie();
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
