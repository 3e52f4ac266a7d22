// SPDX-License-Identifier: BSD-3-Clause
//
// Simulates a network from the command line, and prints its rates and the speed of the simulation.
//
//   simulate --graph synapses.csv --weight-scale 0.3 --set theta=4 --steps 100000 --raster raster.svg
//   simulate --generate normal,neurons=5000,probability=0.1,std=5,seed=1 --steps 10000 --out spikes.csv --json
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

#include "simulate/options.hpp"
#include "simulate/run.hpp"
#include "simulate/usage.hpp"

namespace sk = spikeometric;
using driver::number, driver::Options, driver::UsageError;

namespace {

/// Checks that a text is a Number. The conversions of CLI11 itself wrap around.
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
  CLI::App app{"Simulates networks of stochastic spiking neurons."};
  app.set_version_flag("--version", std::string("spikeometric ") + sk::version);
  app.footer(driver::help());
  auto* network = app.add_option_group("Network", "(give one)")->require_option(1);
  auto* graph = network->add_option("--graph", options.graph,
                                    "file of a network: .csv with columns pre,post,weight and perhaps\n"
                                    "delay (neurons count from 0 to the largest in it), .mtx or .npy\n"
                                    "with rows presynaptic; or a folder of such files, simulated\n"
                                    "side by side, in the order of names");
  auto* generate = network->add_option("--generate", options.generate,
                                       "NAME,name=value,...: a network to be made; see GENERATORS below");
  app.add_flag("--transpose", options.transpose, "presynaptic and postsynaptic neurons change places")->needs(graph);
  app.add_option("--networks", options.networks, "make so many, with seeds that count on; side by side")
      ->check(whole<std::uint32_t>())
      ->needs(generate)
      ->capture_default_str();
  app.add_option("--trials", options.trials, "simulate every network so many times, side by side")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--weight-scale", options.weight_scale, "multiply every weight")->capture_default_str();
  app.add_option("--delays", options.delays,
                 "SHORTEST:LONGEST[,seed=S]: steps a spike travels, uniform in a range;\n"
                 "seeds of several networks count on");
  app.add_option("--save-graph", options.save_graph, "write the network, scaled and delayed: .csv, .mtx or .npy");

  auto* model = app.add_option("--model", options.model, "see MODELS below; that of --parameters unless given")
                    ->check(CLI::IsMember(driver::model_names()).description(""))
                    ->capture_default_str();
  app.add_option("--parameters", options.parameters,
                 "JSON file with the model's parameters: of --save-parameters, or\n"
                 "what is beside the spikes of --out; --set goes on from there");
  app.add_option("--set", options.set, "name=value: a parameter of the model")->expected(1)->take_all();
  auto* tune = app.add_option("--tune", options.tuning.parameters,
                              "NAME,NAME,...: look for values of these parameters, or of all for\n"
                              "model, with which the networks fire at --target-rate")
                   ->delimiter(',');
  auto* rate = app.add_option("--target-rate", options.tuning.rate_hz, "mean rate to reach, Hz")->needs(tune);
  tune->needs(rate);
  app.add_option("--tune-method", options.tuning.method,
                 "adam, by gradient, or bracketing, of one parameter: adam if the\n"
                 "model has derivatives")
      ->check(CLI::IsMember({"adam", "bracketing"}).description(""))
      ->needs(tune);
  app.add_option("--tune-tolerance", options.tuning.tolerance, "relative error of the rate")
      ->needs(tune)
      ->capture_default_str();
  app.add_option("--save-parameters", options.save_parameters, "write the model's parameters, tuned or not, as JSON");
  app.add_option("--stimulus", options.stimuli,
                 "KIND,name=value,...: input from outside; several add up, in\n"
                 "this order; see STIMULI below")
      ->expected(1)
      ->take_all();

  app.add_option("--steps", options.steps, "steps to record")->check(whole<std::uint64_t>())->capture_default_str();
  app.add_option("--initial", options.initial,
                 "what networks start from, in tuning, too: silent; volley, a spike\n"
                 "of each neuron with probability 1/2 in the step before (of SAMs\n"
                 "activations in (0, 1)); or RATE, random spikes of so many Hz")
      ->capture_default_str();
  app.add_option("--equilibrate", options.equilibrate, "steps before, without stimulus, not recorded")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--seed", options.seed, "where all random numbers come from")
      ->check(whole<std::uint64_t>())
      ->capture_default_str();
  app.add_option("--network", options.network,
                 "id of the network, which keys its random numbers; of several\n"
                 "that of the first")
      ->check(whole<std::uint32_t>())
      ->capture_default_str();
  app.add_option("--backend", options.backend.name, "what to run on, see BACKENDS below; the spikes are the same")
      ->capture_default_str();
  app.add_option("--threads", options.backend.threads, "of --backend eigen, 1 unless given; the spikes are the same")
      ->check(whole<int>());
  app.add_option("--device", options.backend.device, "of --backend cuda, 0 unless given: which GPU")
      ->check(whole<int>());
  app.add_option("--strategy", options.backend.strategy,
                 "event_driven or sparse_matvec: how to sum over synapses; the\n"
                 "spikes are the same")
      ->check(CLI::IsMember({"event_driven", "sparse_matvec"}).description(""))
      ->capture_default_str();
  app.add_option("--split", options.split, "A,B,...: run in pieces of A, B, ... steps and the rest")
      ->delimiter(',')
      ->check(whole<std::uint64_t>());

  app.add_option("--out", options.out,
                 "CSV file for the spikes: step,neuron,count, of several networks\n"
                 "network,step,neuron,count; FILE.json tells how they were made");
  auto* raster = app.add_option("--raster", options.raster, "SVG picture of the first 1000 steps of the first network");
  app.add_option("--raster-network", options.raster_network, "id of another network for it")
      ->check(whole<std::uint32_t>())
      ->needs(raster);
  app.add_flag("--hash-state", options.hash_state, "hash the bits of every input and rate, too");
  app.add_flag("--json", options.json, "one JSON object on standard output instead of the table");
  app.add_flag("--quiet", options.quiet, "no table");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) std::exit(app.exit(error));  // --help, --version
    throw UsageError("simulate", error.what());
  }
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
