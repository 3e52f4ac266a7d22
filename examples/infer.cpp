// SPDX-License-Identifier: BSD-3-Clause
//
// Infers a network from recorded spikes, and prints how well it explains them.
//
//   infer --spikes units.csv --unit s --dt 1 --fdr 0.05 --check --pictures fit --threads 2
//   infer --spikes units.nwb --dt 1 --trials-of-file --stimulus movie.npy,steps_per_frame=8,filter=5 --pictures fit
//
//   simulate --graph synapses.csv --weight-scale 0.3 --steps 1000000 --out spikes.csv
//   infer --spikes spikes.csv --truth synapses.csv --out inferred.csv
//
// Exit status: 0 on success; 2 for invalid arguments and 1 for any other error, with one line on standard error.
#include <spikeometric/infer/penalty.hpp>
#include <spikeometric/io/graph_file.hpp>
#include <spikeometric/version.hpp>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "infer/analysis.hpp"
#include "infer/choice.hpp"
#include "infer/options.hpp"
#include "simulate/table_options.hpp"
#include "simulate/usage.hpp"

namespace sk = spikeometric;
using driver::checked, driver::number, driver::Options, driver::UsageError;

namespace {

/// Parses l1=0.001, or l1 alone, which has strength 1 and is scaled by cross-validation.
sk::Penalty penalty(const std::string& text) {
  if (text == "none") return {};
  sk::Penalty sum;
  for (const std::string& part : driver::split(text, '+')) {
    const bool given = part.find('=') != part.npos;
    const driver::Setting setting = given ? driver::setting(part) : driver::Setting{part, "1"};
    const auto strength = number<double>(setting);
    if (setting.name == "l1")
      sum = sum + sk::L1{strength};
    else if (setting.name == "l2")
      sum = sum + sk::L2{strength};
    else if (setting.name == "group_l1")
      sum = sum + sk::GroupL1{strength};
    else if (setting.name == "smooth")
      sum = sum + sk::Smooth{strength};
    else
      throw std::invalid_argument("'" + setting.name + "' must be l1, l2, group_l1 or smooth");
  }
  return sum;
}

/// FILE,from=..,to=..,trials=..
void set_held_out(driver::Source& held_out, const std::string& text) {
  driver::Description described = driver::description(text);
  held_out.spikes = described.kind;
  for (const auto& [name, value] : described.settings) {
    if (name == "from")
      held_out.from_ms = driver::time_ms(value);
    else if (name == "to")
      held_out.to_ms = driver::time_ms(value);
    else if (name == "trials")
      held_out.trials = value;
    else
      throw std::invalid_argument("'" + name + "' must be from, to or trials");
  }
}

Options parse(int argc, char** argv) {
  Options options;
  CLI::App app{"Infers networks of stochastic spiking neurons from recorded spikes."};
  app.set_version_flag("--version", std::string("spikeometric ") + sk::version);
  std::string group;
  const auto add = [&](const std::string& name, auto& value, const std::string& help) {
    return app.add_option(name, value, help)->group(group);
  };
  const auto flag = [&](const std::string& name, bool& value, const std::string& help) {
    return app.add_flag(name, value, help)->group(group);
  };
  const auto parsed = [&](const std::string& name, auto set, const std::string& help) {
    return app
        .add_option_function<std::string>(
            name, [name, set](const std::string& text) { checked(name, [&] { set(text); }); }, help)
        ->group(group);
  };
  const auto one_of = [](std::vector<std::string> names) { return CLI::IsMember(std::move(names)).description(""); };
  const CLI::Validator positive = CLI::PositiveNumber.description("");
  auto& recording = options.recording;
  auto& reading = options.reading;

  group = "Recording";
  add("--spikes", recording.spikes,
      "recorded spikes: times of spikes as .csv, .txt or .npy, or a folder with\n"
      "a file for each unit, or .h5, .nwb or .mat; or steps, as simulate writes\n"
      "them: if there is FILE.json, model, parameters, the numbers of neurons\n"
      "and steps, and names are read from there, unless options give them")
      ->required();
  parsed(
      "--unit",
      [&](const std::string& text) {
        if (text == "s")
          reading.times.unit = sk::io::TimeUnit::seconds;
        else if (text == "ms")
          reading.times.unit = sk::io::TimeUnit::milliseconds;
        else if (text == "samples")
          reading.times.unit = sk::io::TimeUnit::samples;
        else
          throw std::invalid_argument("'" + text + "' must be s, ms or samples");
      },
      "what times count: s, ms or samples; required, unless the file says it");
  add("--sampling-rate", reading.times.samples_per_second, "samples per second")->check(positive);
  add("--dt", reading.dt_ms, "length of a step, ms; required for times")->check(positive);
  parsed(
      "--from", [&](const std::string& text) { recording.from_ms = driver::time_ms(text); },
      "begin of the recording that is used, such as 500, 500ms, 1.5s or 2min;\n"
      "ms without a unit");
  parsed(
      "--to", [&](const std::string& text) { recording.to_ms = driver::time_ms(text); }, "its end");
  add("--trials", recording.trials,
      "table with columns start and stop, in the unit of the times (in ms for\n"
      "steps): cuts the recording into trials");
  flag("--trials-of-file", recording.trials_of_file, "cut out the trials that the file lists (.nwb)");
  parsed(
      "--units", [&](const std::string& text) { reading.times.units = driver::split(text, ','); },
      "A,B,...: the units that are used, and their order");
  flag("--clip", reading.clip, "count several spikes of a unit in a step as one");
  parsed(
      "--outside",
      [&](const std::string& text) {
        if (text != "drop" && text != "refuse") throw std::invalid_argument("'" + text + "' must be drop or refuse");
        reading.times.outside = text == "drop" ? sk::io::Outside::drop : sk::io::Outside::refuse;
      },
      "drop (the default) or refuse spikes outside of the window or all trials");
  add("--refractory", reading.times.refractory_ms, "intervals shorter than this, in ms, are counted")
      ->capture_default_str();
  parsed(
      "--spike-columns",
      [&](const std::string& text) {
        for (const std::string& part : driver::split(text, ',')) {
          const auto [name, column] = driver::setting(part);
          if (name == "time")
            reading.times.columns.time = column;
          else if (name == "unit")
            reading.times.columns.unit = column;
          else if (name == "trial")
            reading.times.columns.trial = column;
          else
            throw std::invalid_argument("'" + name + "' must be time, unit or trial");
        }
      },
      "time=NAME,unit=NAME,trial=NAME: columns of the times, by name or by\n"
      "number from 0; or names of datasets");
  parsed(
      "--spike-layout",
      [&](const std::string& text) {
        if (text != "columns" && text != "lines")
          throw std::invalid_argument("'" + text + "' must be columns or lines");
        reading.times.layout = text == "lines" ? sk::io::SpikeLayout::lines : sk::io::SpikeLayout::columns;
      },
      "what the lines of a text are: columns (a spike each) or lines (a unit\n"
      "each); found from the file by default");
  add("--object", reading.times.object, "group, dataset or variable of an HDF5 file");
  add("--neurons", reading.neurons, "number of recorded neurons, of steps");
  add("--steps", reading.steps, "number of recorded steps");
  add("--network", reading.network, "which of the networks that were simulated, counted from 0");
  flag("--regardless", reading.regardless,
       "accept spikes that were simulated with stimuli or delays. The fit\n"
       "ignores these: neurons that share a stimulus look connected");

  group = "Model";
  add("--model", options.model,
      "recording, cloglog: at most one spike per step, P = 1 - exp(-rate dt),\n"
      "rate = exp(g) Hz; logistic: P = 1 / (1 + exp(-g)); poisson_exponential:\n"
      "counts with mean rate dt; poisson_softplus: counts with mean\n"
      "log(1 + exp(g)); or bernoulli_glm, poisson_glm. The default is the model\n"
      "of the simulation, if known, or recording")
      ->check(one_of(driver::model_names()));
  add("--coupling", options.coupling,
      "N,last_peak_ms=..,window_ms=..: 1 to 6 raised cosines (also\n"
      "first_peak_ms, stretch_ms), or exponential,tau_ms=..: what a spike does\n"
      "to other neurons. 4 by default, of 50 ms");
  add("--own-history", options.own_history,
      "likewise, 1 to 7: what a spike does to its own neuron, after its\n"
      "absolute refractory period, which is found from the spikes. 7 by\n"
      "default, of 150 ms");
  app.add_flag("!--no-own-history", options.has_own_history, "fit no effects of a neuron's own spikes")->group(group);
  add("--set", options.set,
      "name=value: a parameter of bernoulli_glm or poisson_glm; except for b,\n"
      "it is not fitted")
      ->expected(1)
      ->take_all();

  group = "Stimuli";
  add("--stimulus", recording.stimuli,
      "FILE,steps_per_frame=..,filter=N,last_peak_ms=..,window_ms=..: frames\n"
      "that all neurons see, as .npy or a table, [frames x channels]\n"
      "(rows=channels: the transpose), from step 0 or start_ms on, filtered by\n"
      "N raised cosines or exponential; frame_ms in the place of\n"
      "steps_per_frame; channels: how many there must be. A folder has a file\n"
      "for each trial. May be repeated")
      ->expected(1)
      ->take_all();
  add("--events", recording.events,
      "FILE,filter=N,last_peak_ms=..,window_ms=..: times of events in the unit\n"
      "of --unit; kind=NAME and trial=NAME are columns of kinds, each with its\n"
      "own filter, and of trials. May be repeated")
      ->expected(1)
      ->take_all();
  add("--clock", reading.clock,
      "trial: step 0 of a stimulus is the begin of each trial, or of --from (the\n"
      "default); recording: it is time 0 of the recording")
      ->check(one_of({"trial", "recording"}));

  group = "Fit";
  std::string coupling_penalty = "none", own_penalty, stimulus_penalty = "none";
  add("--penalty", coupling_penalty,
      "of connections: none, or a sum such as l1=S+l2=S of l1, l2, group_l1\n"
      "(the functions of a connection together) and smooth (second\n"
      "differences of functions); the strength S is 1 if omitted")
      ->capture_default_str();
  add("--own-penalty", own_penalty,
      "of own histories; by default a ridge that only keeps weights finite, or\n"
      "--penalty for bernoulli_glm and poisson_glm");
  add("--stimulus-penalty", stimulus_penalty, "of stimulus filters")->capture_default_str();
  flag("--standardized", options.standardized,
       "strengths count in standard deviations of the score, so that one suits\n"
       "all neurons; cross-validation always does that");
  auto* folds = add("--cross-validate", options.folds, "number of folds: chooses the strength for each neuron");
  folds->check(CLI::Range(2, 1'000'000).description(""));
  add("--choose", options.choose, "which penalty: coupling, own_history or stimulus")
      ->needs(folds)
      ->check(one_of({"coupling", "own_history", "stimulus"}))
      ->capture_default_str();
  add("--folds-by", options.folds_by, "trials or blocks; by default trials, if there are enough")
      ->needs(folds)
      ->check(one_of({"trials", "blocks"}));
  add("--strengths", options.strengths, "number of strengths to try")
      ->needs(folds)
      ->check(positive)
      ->capture_default_str();
  add("--validate-every", options.every, "N: cross-validate only every N-th neuron")
      ->needs(folds)
      ->check(positive)
      ->capture_default_str();
  add("--rule", options.rule,
      "best, or sparsest: the strongest penalty with a held-out likelihood\n"
      "within one standard error of the best")
      ->needs(folds)
      ->check(one_of({"best", "sparsest"}))
      ->capture_default_str();
  add("--signs", options.signs,
      "table with columns neuron and sign: excitatory, inhibitory, 1, -1 or 0;\n"
      "of all synapses from this neuron");
  add("--own-sign", options.own_sign, "-1: own histories only inhibit; 1: they only excite")
      ->check(CLI::Range(-1, 1).description(""));
  add("--history-steps", options.history_steps,
      "steps at the begin of each trial that serve only as history; by\n"
      "default, as many as a spike acts");
  parsed(
      "--fit-units", [&](const std::string& text) { options.fit_units = driver::split(text, ','); },
      "A,B,...: the units that are fitted; the others only act on them");
  add("--threads", options.threads, "number of threads")->check(positive)->capture_default_str();

  group = "Results";
  auto* fdr = add("--fdr", options.fdr, "Q: list connections with this rate of false discoveries, such as 0.05");
  add("--edge-test", options.edge_test, "lr (likelihood ratio) or wald")
      ->needs(fdr)
      ->check(one_of({"lr", "wald"}))
      ->capture_default_str();
  flag("--yekutieli", options.yekutieli, "bound the rate for any dependence of tests")->needs(fdr);
  add("--edges", options.edges, "file for these connections, .csv")->needs(fdr);
  add("--out", options.out,
      "file for the inferred network: .csv, .tsv, .mtx or .npy; tables have\n"
      "standard errors, if they are known. With several basis functions, the\n"
      "weight is the total effect of a spike");
  parsed(
      "--held-out", [&](const std::string& text) { set_held_out(options.held_out, text); },
      "FILE,from=..,to=..,trials=..: spikes to judge the fit by, read like\n"
      "--spikes");
  add("--held-out-stimulus", options.held_out.stimuli, "their stimuli, if they differ from --stimulus")
      ->expected(1)
      ->take_all();
  add("--held-out-events", options.held_out.events, "their events, if they differ from --events")
      ->expected(1)
      ->take_all();
  flag("--check", options.check, "test the goodness of fit by time rescaling");
  add("--simulate", options.simulations, "N: compare N simulations of the fit with the recording")->check(positive);
  add("--bin", options.bin_ms, "bins of rates in trials and of correlations, ms")
      ->check(positive)
      ->capture_default_str();
  add("--seed", options.seed, "of simulations")->capture_default_str();
  add("--pictures", options.pictures,
      "PREFIX: write PREFIX_connections.svg and others: filters with two\n"
      "standard errors, time rescaling (--check), rates of trials, simulations\n"
      "(--simulate)");
  flag("--json", options.json, "print one JSON object instead of tables");

  group = "Comparison with a known network";
  auto* truth = add("--truth", options.truth, "file of the true network: .csv, .tsv, .mtx or .npy");
  driver::add_table_options(app, truth, options.files);
  for (const char* name : {"--ids", "--base", "--duplicates", "--columns", "--separator", "--header", "--layout",
                           "--nodes", "--inhibitory"})
    app.get_option(name)->group(group);
  flag("--transpose", options.files.transpose, "swap presynaptic and postsynaptic neurons of --truth")->needs(truth);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app.exit(error));
    throw UsageError("infer", error.what());
  }
  options.penalties.coupling = checked("--penalty", [&] { return penalty(coupling_penalty); });
  options.penalties.stimulus = checked("--stimulus-penalty", [&] { return penalty(stimulus_penalty); });
  if (!own_penalty.empty()) options.penalties.own = checked("--own-penalty", [&] { return penalty(own_penalty); });
  if (!options.out.empty() && sk::io::graph_extension(options.out).empty())
    throw UsageError("--out", options.out + " has no graph file extension (.csv, .tsv, .mtx or .npy)");
  if (options.held_out.stimuli.empty()) options.held_out.stimuli = recording.stimuli;
  if (options.held_out.events.empty()) options.held_out.events = recording.events;
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  driver::analyse(parse(argc, argv));
  return 0;
} catch (const UsageError& error) {
  std::cerr << error.what() << '\n';
  return 2;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
