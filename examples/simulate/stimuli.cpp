// SPDX-License-Identifier: BSD-3-Clause
#include "stimuli.hpp"

#include <spikeometric/io/npy.hpp>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "usage.hpp"

namespace driver {

namespace {

/// Adds the neurons with this label: a name, a population, or a number. If names are numbers, a number is a name.
void add_neurons(std::vector<std::uint32_t>& ids, const std::string& label, const Labels& labels) {
  const auto is_digit = [](char c) { return '0' <= c && c <= '9'; };
  for (const sk::Population& population : labels.populations)
    if (population.name == label) {
      const std::uint64_t neurons = labels.populations.neurons();
      population.neurons.bind(neurons).for_each(0, neurons, [&](std::uint32_t neuron) { ids.push_back(neuron); });
      return;
    }
  const auto& names = labels.names.all();
  const bool are_numbers = !names.empty() && is_digit(names[0][0]);
  if (names.empty() || (!are_numbers && std::all_of(label.begin(), label.end(), is_digit)))
    return ids.push_back(number<std::uint32_t>(Setting{"mask", label}));
  ids.push_back(labels.names.id(label));
}

/// Parses a mask: A:B (neurons A to B - 1), 3;5;9, or @FILE (separated by blanks). Neurons may be named.
sk::Mask mask(const std::string& text, const Labels& labels) {
  std::vector<std::uint32_t> ids;
  if (text.starts_with('@')) {
    const std::string path = text.substr(1);
    std::ifstream file(path);
    if (!file) throw sk::FileError(path, "cannot be opened");
    for (std::string id; file >> id;) add_neurons(ids, id, labels);
    if (ids.empty()) throw sk::FileError(path, "contains no neuron ids");
    return sk::neurons(std::move(ids));
  }
  if (const auto ends = split(text, ':'); ends.size() == 2)
    return sk::neurons(number<std::uint64_t>(Setting{"mask", ends[0]}),
                       number<std::uint64_t>(Setting{"mask", ends[1]}));
  for (const std::string& id : split(text, ';')) add_neurons(ids, id, labels);
  return sk::neurons(std::move(ids));
}

/// Sets the parameters of a source and adds it, for the neurons of a mask, to a list.
template <class Source>
void add(sk::StimulusList& list, Source source, const Description& described, const std::string& neurons,
         const Labels& labels, GivenStimulus& given) {
  set_parameters(source, described, given.file.empty() ? ", mask" : ", file, mask");
  given.source = source;
  sk::for_each_parameter(source, [&](const auto& entry, const auto& value) {
    given.told.push_back({entry.name, text_of(value), true});
  });
  sk::Masked stimulus{std::move(source)};
  if (!neurons.empty()) {
    given.mask = mask(neurons, labels);
    stimulus = stimulus.on(*given.mask);
    given.told.push_back({"mask", neurons});
  }
  list.add(std::move(stimulus));
}

}  // namespace

GivenStimulus add_stimulus(sk::StimulusList& list, const std::string& text, const Labels& labels) {
  Description described = description(text);
  const std::string neurons = take(described, "mask");
  GivenStimulus given{.told = {{"kind", described.kind}}};
  const auto add_source = [&](auto source) { add(list, std::move(source), described, neurons, labels, given); };
  if (described.kind == "regular") {
    add_source(sk::RegularPulses{});
  } else if (described.kind == "sinusoid") {
    add_source(sk::Sinusoid{});
  } else if (described.kind == "poisson") {
    add_source(sk::PoissonPulses{});
  } else if (described.kind == "recorded") {
    given.file = take(described, "file");
    if (given.file.empty()) throw std::invalid_argument("recorded needs file=FILE.npy");
    given.told.push_back({"file", given.file});
    const Eigen::MatrixXf matrix = sk::io::read_npy<float>(given.file);
    if (matrix.rows() == 1 || matrix.cols() == 1)
      add_source(sk::recorded(std::vector<float>(matrix.data(), matrix.data() + matrix.size())).source);
    else
      add_source(sk::recorded(matrix).source);
  } else {
    throw std::invalid_argument("'" + described.kind +
                                "' is not a stimulus; known names: regular, sinusoid, poisson, recorded");
  }
  return given;
}

std::string help_on_stimuli() {
  const auto title = [](const std::string& name, const char* meaning) { return "\n" + name + ": " + meaning + "\n"; };
  return title("regular", "pulses at regular intervals") + help_on_parameters(sk::RegularPulses{}) +
         title("sinusoid", "a sinusoid plus a constant") + help_on_parameters(sk::Sinusoid{}) +
         title("poisson", "pulses at random times, the same for all neurons of the mask") +
         help_on_parameters(sk::PoissonPulses{}) + title("recorded", "values from a file, and 0 before and after") +
         help_line("file", "", "", ".npy matrix, neurons x steps, or a vector that all neurons share") +
         help_on_parameters(sk::recorded(std::vector<float>{}).source) + "\n" +
         help_line("mask", "all", "",
                   "neurons that receive the stimulus (any kind): mask=A:B for A to B - 1; 'mask=3;5;9'; or mask=@FILE "
                   "with ids separated by blanks; in place of an id, the name of a neuron or population");
}

}  // namespace driver
