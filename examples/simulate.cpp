// SPDX-License-Identifier: BSD-3-Clause
//
// Simulates networks, and prints their rates and the speed of the simulation.
//
//   simulate --network examples/networks/balanced.json --raster raster.svg
//   simulate --graph synapses.csv --weight-scale 0.3 --set theta=4 --steps 100000 --raster raster.svg
//   simulate --generate normal,neurons=5000,probability=0.1,std=5,seed=1 --steps 10000 --out spikes.csv --json
//   simulate --graph connections.csv --duplicates sum --nodes neurons.csv --stimulus regular,period_steps=500,mask=AVAL
//   simulate --graph connectomes/ --trials 20 --model poisson_glm --threads 8 --out spikes.csv
//   simulate --graph synapses.csv --backend thrust --json
//   simulate --graph synapses.csv --tune theta --target-rate 20 --initial silent --save-parameters tuned.json
//   simulate --generate small_world,neurons=1000 --delays 1:20 --stimulus regular,period_steps=500,mask=0:100
//
// Exit status: 0 on success; 2 for invalid arguments and 1 for any other error, with one line on standard error.
#include <spikeometric/version.hpp>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <new>
#include <stdexcept>
#include <string>

#include "simulate/description.hpp"
#include "simulate/options.hpp"
#include "simulate/run.hpp"
#include "simulate/table_options.hpp"
#include "simulate/usage.hpp"

namespace sk = spikeometric;
using driver::number, driver::Options, driver::UsageError;

namespace {

/// Checks that a text is a Number. The conversions of CLI11 do not detect overflow.
template <class Number>
CLI::Validator whole() {
  return {[](const std::string& text) {
            try {
              number<Number>(text);
            } catch (const std::invalid_argument& error) {
              return std::string(error.what());
            }
            return std::string();
          },
          ""};
}

Options parse(int argc, char** argv) {
  Options options;
  options.model = driver::model_names().front();
  CLI::App app{"Simulates networks of stochastic spiking neurons."};
  app.set_version_flag("--version", std::string("spikeometric ") + sk::version);
  app.footer(driver::help());
  auto* network = app.add_option_group("Network", "(choose one)")->require_option(1);
  auto* graph = network->add_option("--graph", options.graph,
                                    "network file: .csv or .tsv, a table of synapses with columns such as\n"
                                    "pre,post,weight and optionally delay; or .mtx or .npy with\n"
                                    "presynaptic rows; or a folder of such files, simulated as a batch in\n"
                                    "the order of their names, perhaps with a table of their neurons");
  auto* description = network->add_option("--network", options.network,
                                          "JSON file that describes populations, projections and perhaps a\n"
                                          "model, stimuli and the length of the simulation; other options add\n"
                                          "to it or override it (see docs/networks.md)");
  auto* generate = network->add_option("--generate", options.generate,
                                       "NAME,name=value,...: generate a network, see GENERATORS below");
  app.add_flag("--transpose", options.files.transpose, "swap presynaptic and postsynaptic neurons")->needs(graph);
  app.add_option("--neurons", options.files.neurons,
                 "number of neurons of the network file; integer ids are then indices")
      ->check(whole<std::uint64_t>())
      ->needs(graph);
  driver::add_table_options(app, graph, options.files);
  app.add_option("--networks", options.networks, "number of networks to generate, with consecutive seeds, as a batch")
      ->check(whole<std::uint32_t>())
      ->needs(generate)
      ->capture_default_str();
  app.add_option("--trials", options.trials, "number of simulations of each network, as a batch")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--weight-scale", options.weight_scale, "factor by which all weights are multiplied")
      ->capture_default_str();
  app.add_option("--delays", options.delays,
                 "SHORTEST:LONGEST[,seed=S]: random delays in steps, uniform in this\n"
                 "range; several networks have consecutive seeds");
  app.add_option("--save-graph", options.save_graph,
                 "write the network, with scale and delays, to a .csv, .tsv, .mtx or\n"
                 ".npy file");

  app.add_option("--save-network", options.save_network,
                 "write a description of the network, the stimuli and the model with its\n"
                 "parameters, as JSON; a network that is not from --network is a list of\n"
                 "synapses in a table beside it");

  auto* model =
      app.add_option("--model", options.model, "see MODELS below; if omitted, the model of --network or --parameters")
          ->check(CLI::IsMember(driver::model_names()).description(""))
          ->capture_default_str();
  app.add_option("--parameters", options.parameters,
                 "JSON file with the model's parameters, written by --save-parameters\n"
                 "or by --out (FILE.json); --set overrides them")
      ->excludes(description);
  app.add_option("--set", options.set, "name=value: a parameter of the model")->expected(1)->take_all();
  auto* tune = app.add_option("--tune", options.tuning.parameters,
                              "NAME,NAME,...: tune these parameters, or all of them (model), so that\n"
                              "the networks fire at --target-rate")
                   ->delimiter(',');
  auto* rate = app.add_option("--target-rate", options.tuning.rate_hz, "target of the mean rate, Hz")->needs(tune);
  tune->needs(rate);
  app.add_option("--tune-method", options.tuning.method,
                 "adam (by gradient) or bracketing (one parameter); if omitted, adam\n"
                 "if the model has derivatives")
      ->check(CLI::IsMember({"adam", "bracketing"}).description(""))
      ->needs(tune);
  app.add_option("--tune-tolerance", options.tuning.tolerance, "maximum relative error of the rate")
      ->needs(tune)
      ->capture_default_str();
  app.add_option("--save-parameters", options.save_parameters, "write the model's parameters, tuned or not, as JSON");
  app.add_option("--stimulus", options.stimuli,
                 "KIND,name=value,...: a stimulus, see STIMULI below; several stimuli\n"
                 "are summed in the given order")
      ->expected(1)
      ->take_all();

  auto* steps = app.add_option("--steps", options.steps, "number of steps to record")
                    ->check(whole<std::uint64_t>())
                    ->capture_default_str();
  auto* initial = app.add_option("--initial", options.initial,
                                 "initial state, also for tuning: silent; volley (each neuron spiked in\n"
                                 "the previous step with probability 1/2; in SAMs, activations are\n"
                                 "uniform in (0, 1)); or RATE (random spikes at this rate in Hz)")
                      ->capture_default_str();
  auto* equilibrate =
      app.add_option("--equilibrate", options.equilibrate, "number of steps before recording, without stimulus")
          ->check(whole<std::uint64_t>())
          ->capture_default_str();
  auto* seed = app.add_option("--seed", options.seed, "seed of the random numbers of the simulation")
                   ->check(whole<std::uint64_t>())
                   ->capture_default_str();
  app.add_option("--first-network", options.first_network,
                 "id of the first network; each id selects other random numbers")
      ->check(whole<std::uint32_t>())
      ->capture_default_str();
  app.add_option("--backend", options.backend.name, "see BACKENDS below; all give the same spikes")
      ->capture_default_str();
  app.add_option("--threads", options.backend.threads, "number of threads of --backend eigen, 1 if omitted")
      ->check(whole<int>());
  app.add_option("--device", options.backend.device, "GPU of --backend cuda, 0 if omitted")->check(whole<int>());
  app.add_option("--strategy", options.backend.strategy,
                 "how to sum over synapses: event_driven or sparse_matvec; both give\n"
                 "the same spikes")
      ->check(CLI::IsMember({"event_driven", "sparse_matvec"}).description(""))
      ->capture_default_str();
  app.add_option("--split", options.split, "A,B,...: run in pieces of A, B, ... steps, and then the rest")
      ->delimiter(',')
      ->check(whole<std::uint64_t>());

  app.add_option("--out", options.out,
                 "CSV file for the spikes: step,neuron,count, or, for several networks,\n"
                 "network,step,neuron,count; neurons by name if the network file has\n"
                 "names; FILE.json records how they were made, and the names");
  auto* raster =
      app.add_option("--raster", options.raster, "SVG file for a raster of the first 1000 steps of the first network");
  app.add_option("--raster-network", options.raster_network, "id of the network in the raster, if not the first")
      ->check(whole<std::uint32_t>())
      ->needs(raster);
  app.add_flag("--hash-state", options.hash_state, "also report a hash of the bits of all inputs and rates");
  app.add_flag("--json", options.json, "print one JSON object instead of the table");
  app.add_flag("--quiet", options.quiet, "print no table");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app.exit(error));  // --help, --version
    throw UsageError("simulate", error.what());
  }
  if (!options.network.empty())
    driver::take_description(options, {.model = model->count() > 0,
                                       .steps = steps->count() > 0,
                                       .equilibrate = equilibrate->count() > 0,
                                       .seed = seed->count() > 0,
                                       .initial = initial->count() > 0});
  if (!options.parameters.empty() && model->count() == 0) options.model = driver::model_of(options.parameters);
  return options;
}

}  // namespace

int main(int argc, char** argv) try {
  driver::run(parse(argc, argv));
  return 0;
} catch (const UsageError& error) {
  std::cerr << error.what() << '\n';
  return 2;
} catch (const std::bad_alloc&) {
  std::cerr << "out of memory\n";
  return 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
