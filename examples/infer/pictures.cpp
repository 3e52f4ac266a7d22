// SPDX-License-Identifier: BSD-3-Clause
#include "pictures.hpp"

#include <spikeometric/analysis/psth.hpp>
#include <spikeometric/io/svg_matrix.hpp>
#include <spikeometric/io/svg_plot.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace driver {

namespace {

using sk::io::Panels, sk::io::Plot, sk::io::Series, sk::io::Style;

constexpr std::size_t max_panels = 36;

/// A filter with a band of two standard errors where they are known, from its first lag that is shown.
Series filter(const std::vector<double>& values, const std::vector<double>& errors, double dt_ms,
              std::size_t first = 0) {
  Series series;
  for (std::size_t k = first; k < values.size(); ++k) {
    series.x.push_back(static_cast<double>(k) * dt_ms);
    series.y.push_back(values[k]);
    if (!errors.empty())
      series.band.push_back(std::isfinite(errors[k]) ? 2.0 * errors[k] : std::numeric_limits<double>::quiet_NaN());
  }
  return series;
}

Plot of_filter(std::string title, Series series) {
  return {.title = std::move(title), .x_label = "lag (ms)", .y_label = "effect on g", .series = {std::move(series)}};
}

Panels coupling(const Results& of) {
  const Estimates& all = of.fit.estimates;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;  // post, pre
  std::string what;
  if (of.edges) {
    what = "Coupling filters of the connections with the smallest p-values";
    for (const sk::Connection& edge : of.edges->found) pairs.emplace_back(edge.post, edge.pre);
  } else {
    what = "Coupling filters of the strongest connections";
    for (Eigen::Index post = 0; post < all.strengths.cols(); ++post)
      for (Eigen::Index pre = 0; pre < all.strengths.rows(); ++pre)
        if (pre != post && all.strengths(pre, post) != 0.0)
          pairs.emplace_back(static_cast<std::uint32_t>(post), static_cast<std::uint32_t>(pre));
    std::stable_sort(pairs.begin(), pairs.end(), [&](const auto& a, const auto& b) {
      return std::abs(all.strengths(a.second, a.first)) > std::abs(all.strengths(b.second, b.first));
    });
  }
  if (pairs.size() > max_panels) pairs.resize(max_panels);
  Panels panels{.title = what, .columns = 4, .panel_height = 130};
  std::stable_sort(pairs.begin(), pairs.end());
  std::vector<sk::FittedFilter> filters;
  std::uint32_t computed = std::numeric_limits<std::uint32_t>::max();
  for (const auto& [post, pre] : pairs) {
    if (post != computed) filters = of.fit.incoming_filters(post), computed = post;
    panels.plots.push_back(
        of_filter(of.names[pre] + " to " + of.names[post], filter(filters[pre].values, filters[pre].errors, of.dt_ms)));
  }
  return panels;
}

Panels history(const Results& of) {
  const Estimates& all = of.fit.estimates;
  Panels panels{.title = "Effects of a neuron's own spikes", .columns = 4, .panel_height = 130};
  for (std::uint32_t neuron = 0; neuron < all.neurons.size() && panels.plots.size() < max_panels; ++neuron) {
    if (all.neurons[neuron].status == sk::FitStatus::not_fitted) continue;
    const sk::FittedFilter own = of.fit.incoming_filters(neuron)[neuron];
    panels.plots.push_back(of_filter(  // within the absolute refractory period there is no filter
        of.names[neuron], filter(own.values, own.errors, of.dt_ms, all.neurons[neuron].refractory_steps)));
  }
  return panels;
}

Panels stimulus(const Results& of) {
  const Estimates& all = of.fit.estimates;
  const sk::StimulusCovariates& covariates = of.recording.stimulus;
  Panels panels{.title = "Stimulus filters", .columns = 4, .panel_height = 130};
  for (std::uint32_t neuron = 0; neuron < all.neurons.size(); ++neuron) {
    if (all.neurons[neuron].status == sk::FitStatus::not_fitted) continue;
    for (std::size_t first = 0, end = 0; first < covariates.size() && panels.plots.size() < max_panels; first = end) {
      const auto place = covariates.place(first);
      std::vector<double> values, errors;
      const bool single = first + 1 == covariates.size() || covariates.place(first + 1).function == 0;
      for (end = first; end < covariates.size(); ++end) {
        const auto here = covariates.place(end);
        if (here.input != place.input || here.channel != place.channel) break;
        const std::vector<double> taps = covariates.taps(end, of.dt_ms);
        values.resize(std::max(values.size(), taps.size()));
        for (std::size_t k = 0; k < taps.size(); ++k) values[k] += all.neurons[neuron].stimulus_weights[end] * taps[k];
        if (single && !all.neurons[neuron].stimulus_weight_errors.empty())  // else the covariance is not known
          for (const double tap : taps)
            errors.push_back(std::abs(tap) * all.neurons[neuron].stimulus_weight_errors[end]);
      }
      std::string title = of.names[neuron];
      if (of.stimuli.size() > 1) title += ", input " + std::to_string(place.input);
      if (place.channel > 0 || (end < covariates.size() && covariates.place(end).input == place.input))
        title += ", channel " + std::to_string(place.channel);
      panels.plots.push_back(of_filter(std::move(title), filter(values, errors, of.dt_ms)));
    }
  }
  return panels;
}

Panels kolmogorov_smirnov(const Results& of) {
  Panels panels{.title = "Time rescaling, with 95 % bands", .columns = 4, .panel_height = 200};
  for (std::uint32_t neuron = 0; neuron < of.checks.size() && panels.plots.size() < max_panels; ++neuron) {
    const sk::RescaledIntervals& check = of.checks[neuron];
    if (check.intervals.empty()) continue;
    const double bound = check.bound();
    panels.plots.push_back(
        {.title = of.names[neuron],
         .x_label = "model quantile",
         .y_label = "rescaled interval",
         .series = {{.x = {0.0, 1.0}, .y = {0.0, 1.0}, .band = {bound, bound}, .dashed = true, .colour = "#666666"},
                    {.x = check.model_quantiles(), .y = check.intervals}}});
  }
  return panels;
}

/// The rates of trials and, given all earlier spikes, those that the fit predicts.
Panels psths(const Results& of) {
  Panels panels{.title = "Mean over trials", .columns = 3, .panel_height = 150};
  const auto& trials = of.recording.trials;
  if (trials.size() < 2) return panels;
  const std::vector<sk::Psth> recorded = sk::psth(trials, {.bin_steps = of.bin_steps});
  const std::vector<Eigen::MatrixXf> rates = of.fit.predict(of.recording);
  for (std::uint32_t neuron = 0; neuron < recorded.size() && panels.plots.size() < max_panels; ++neuron) {
    if (of.fit.estimates.neurons[neuron].status == sk::FitStatus::not_fitted) continue;
    const sk::Psth& psth = recorded[neuron];
    std::vector<double> predicted(psth.rate_hz.size());
    for (const Eigen::MatrixXf& trial : rates)
      for (std::size_t bin = 0;
           bin < predicted.size() && (bin + 1) * of.bin_steps <= static_cast<std::uint64_t>(trial.cols()); ++bin)
        predicted[bin] +=
            trial.row(neuron)
                .segment(static_cast<Eigen::Index>(bin * of.bin_steps), static_cast<Eigen::Index>(of.bin_steps))
                .cast<double>()
                .sum();
    for (std::size_t bin = 0; bin < predicted.size(); ++bin)
      predicted[bin] *= 1000.0 / (static_cast<double>(psth.trials[bin] * of.bin_steps) * of.dt_ms);
    panels.plots.push_back(
        {.title = of.names[neuron],
         .x_label = "time (ms)",
         .y_label = "rate (Hz)",
         .series = {{.name = "recording",
                     .style = Style::outline,
                     .x = psth.edges_ms,
                     .y = psth.rate_hz,
                     .band = psth.error_hz},
                    {.name = "fit", .style = Style::outline, .x = psth.edges_ms, .y = std::move(predicted)}}});
  }
  return panels;
}

Panels simulations(const sk::PredictiveCheck& check) {
  const auto beside = [](const char* title, const sk::PredictedValues& all) {
    const sk::PredictedValues of = all.defined();
    return Plot{.title = title,
                .x_label = "recording",
                .y_label = "simulations",
                .series = {{.x = of.data, .y = of.data, .colour = "#666666"},
                           {.style = Style::points, .x = of.data, .y = of.mean, .band = of.band()}}};
  };
  return {.title = "Simulations of the fit, with two standard deviations",
          .plots = {beside("Rate (Hz)", check.rates_hz), beside("CV of intervals", check.cv),
                    beside("Correlation of counts", check.correlations)},
          .columns = 3,
          .panel_height = 280,
          .common_x = false,
          .common_y = false};
}

}  // namespace

std::vector<std::string> write_pictures(const std::string& prefix, const Results& results) {
  std::vector<std::string> paths;
  const auto write = [&](const char* name, const auto& picture) {
    paths.push_back(prefix + "_" + name + ".svg");
    sk::io::write_svg(paths.back(), picture);
  };
  const auto write_panels = [&](const char* name, const Panels& panels) {
    if (!panels.plots.empty()) write(name, panels);
  };
  sk::io::MatrixPlot matrix{.title = "Connections",
                            .x_label = "postsynaptic",
                            .y_label = "presynaptic",
                            .value_label = "strength",
                            .values = results.fit.estimates.strengths};
  matrix.row_names = matrix.column_names = results.names.all();
  if (results.edges) {
    matrix.title = "Connections found";
    matrix.values.setZero();
    for (const sk::Connection& edge : results.edges->found) matrix.values(edge.pre, edge.post) = edge.strength;
  } else {
    matrix.values.diagonal().setZero();
  }
  write("connections", matrix);
  write_panels("coupling", coupling(results));
  if (results.fit.estimates.own_functions > 0) write_panels("history", history(results));
  write_panels("stimulus", stimulus(results));
  write_panels("ks", kolmogorov_smirnov(results));
  write_panels("psth", psths(results));
  if (results.simulated && results.simulated->simulations > 0) write_panels("check", simulations(*results.simulated));
  return paths;
}

}  // namespace driver
