// SPDX-License-Identifier: BSD-3-Clause
//
// The code of docs/networks.md, and tests of what the page says.
#include <spikeometric/spikeometric.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../io/temporary_file.hpp"

namespace sk = spikeometric;

TEST_CASE("networks are made from edges, with delays") {
  sk::EdgeList edges{3};       // three neurons
  edges.add(0, 1, 0.5f);       // from neuron 0 to neuron 1
  edges.add(1, 2, -0.25f, 5);  // a spike arrives five steps after it was fired, not one
  const sk::Graph graph{edges};

  const auto random = sk::generate::normal({.neurons = 1000, .probability = 0.1}, sk::Seed{7});
  const auto slow = sk::with_delays(random, {.shortest = 1, .longest = 20}, sk::Seed{3});
  const auto ring = random.with_delays([](auto pre, auto post) { return pre < post ? 2 : 1; });
  const auto weaker = random.with_weights([](auto, auto, float weight) { return 0.3f * weight; });

  CHECK(graph.delays(1)[0] == 5);
  CHECK(slow.max_delay() == 20);
  CHECK(ring.max_delay() == 2);
  CHECK(weaker.weights(0)[0] == 0.3f * random.weights(0)[0]);
  CHECK(weaker.targets(0).size() == random.targets(0).size());
}

TEST_CASE("networks are made from populations and projections") {
  sk::NetworkBuilder builder;
  builder.population("E", 800).population("I", 200);
  builder.project("E", "E", sk::connect::Pairwise{.probability = 0.1}, {.weight = 0.2, .delay_ms = 1.5});
  builder.project("E", "I", sk::connect::FixedInDegree{.degree = 80},
                  {.weight = sk::distribution::LogNormal{.median = 0.2, .sigma = 0.5}, .delay_ms = 1.5});
  builder.project("I", "E", sk::connect::FixedTotal{.synapses = 16'000, .multapses = true},
                  {.weight = sk::distribution::TruncatedNormal{.mean = -0.8, .std = 0.2},
                   .delay_ms = sk::distribution::Uniform{.low = 0.5, .high = 1.5}});
  const sk::Network network = builder.build(sk::Seed{7}, {.dt = 0.5, .threads = 2});

  sk::NetworkBuilder sheet;
  sheet.population("cells", sk::positions::Sheet{.columns = 30, .rows = 30, .periodic = true});  // 1 mm x 1 mm
  sheet.project("cells", "cells", sk::connect::ByDistance{sk::profile::Gaussian{.peak = 0.5, .sigma = 0.05}},
                {.delay_ms = [](const sk::SynapsePlace& at) { return 0.5 + at.distance / 0.3; }});
  const sk::Network local = sheet.build(sk::Seed{7}, {.dt = 0.1});

  CHECK(network.graph == builder.build(sk::Seed{7}, {.dt = 0.5}).graph);
  CHECK(network.populations["I"].bind(1000).first() == 800);
  for (const auto& edge : network.graph.edges()) CHECK((edge.pre < 800) == (edge.weight > 0.0f));
  CHECK(network.graph.max_delay() == 3);
  // 900 x 900 x 0.5 x 2 pi sigma^2, without autapses
  CHECK(local.graph.synapses() == Approx(900 * (900 * 0.5 * 6.2832 * 0.0025 - 0.5)).epsilon(0.05));
}

TEST_CASE("a connectome is read with its names and populations") {
  const std::string folder = std::string(SPIKEOMETRIC_TEST_DATA) + "/celegans";
  const TemporaryFolder place;
  const std::string copy = place.path("copy/");
  std::ostringstream out;

  const auto network = sk::io::read_network(folder, {.duplicates = sk::Duplicates::sum});
  for (const std::string& note : network.notes) out << note << '\n';
  const auto kick = sk::regular_pulses({.strength = 5.0, .period_steps = 500});
  const auto named = kick.on(network.names.mask({"AVAL", "AVAR"}));
  const auto population = kick.on(network.populations["AVA"]);
  sk::io::write_network(copy, network);

  CHECK(out.str().find("108 populations") != std::string::npos);
  CHECK(sk::io::read_network(copy).graph == network.graph);
  sk::Simulator by_name{network.graph, sk::BernoulliGLM{}, named, sk::Seed{1}};
  sk::Simulator by_population{network.graph, sk::BernoulliGLM{}, population, sk::Seed{1}};
  CHECK(by_name.run(100).fingerprint() == by_population.run(100).fingerprint());
}

TEST_CASE("each connection has a time course of its own") {
  using Coupled =
      sk::Cascade<sk::RaisedCosine<3>, sk::RefractoryFilter, sk::ConstantBaseline, sk::Exponential, sk::PoissonSampler>;
  Coupled model;
  model.filter = {.last_peak_ms = 8.0, .window_steps = 25};
  model.nonlinearity.alpha = 50.0;

  sk::EdgeList<std::array<float, 3>> edges{2};
  edges.add(0, 1, {0.6f, 0.2f, 0.0f});    // quick and short
  edges.add(1, 0, {-0.5f, -0.5f, 0.4f});  // slow, with a rebound
  sk::Simulator simulator{sk::Graph{edges}, model, sk::no_stimulus, sk::Seed{1}};
  const auto spikes = simulator.run(10'000);

  CHECK(spikes.mean_rate_hz() > 5.0);
  CHECK(spikes.mean_rate_hz() < 50.0);
  CHECK(model.filter.taps(1.0f).size() == 3);
}

TEST_CASE("a batch has networks of any sizes, and models and masks of their own") {
  std::ostringstream out;
  std::vector<sk::Graph<>> graphs;
  for (std::uint32_t i = 0; i < 5; ++i)
    graphs.push_back(sk::generate::normal({.neurons = 50 + 10 * i, .probability = 0.1}, sk::Seed{i}));
  std::vector<sk::BernoulliGLM> models(graphs.size());
  for (std::size_t i = 0; i < models.size(); ++i) models[i].nonlinearity.theta = 4.0 + 0.5 * static_cast<double>(i);
  std::vector<sk::Mask> masks;
  for (const auto& graph : graphs) masks.push_back(sk::neurons(0, static_cast<std::uint32_t>(graph.neurons() / 2)));
  const auto pulses = sk::regular_pulses({.strength = 2.0, .period_steps = 500, .pulse_steps = 50});

  sk::Simulator many{sk::batch(graphs), models, pulses.on(masks), sk::Seed{1}};
  for (const auto& spikes : many.run(1'000).by_network())
    out << spikes.network_id() << ' ' << spikes.mean_rate_hz() << '\n';
  CHECK(out.str().substr(0, 2) == "0 ");

  std::vector<std::uint64_t> fingerprints;
  sk::for_each_batch(graphs, 2, [&](sk::Batch<> networks, std::uint32_t first) {
    const auto last = first + static_cast<std::uint32_t>(networks.size());
    const std::vector some(masks.begin() + first, masks.begin() + last);
    const std::vector own(models.begin() + first, models.begin() + last);
    sk::Simulator simulator{std::move(networks), own, pulses.on(some), sk::Seed{1},
                            sk::EigenBackend<>{.first_network = first}};
    for (const auto& spikes : simulator.run(1'000).by_network()) fingerprints.push_back(spikes.fingerprint());
  });

  many.reset();
  std::size_t network = 0;
  for (const auto& spikes : many.run(1'000).by_network()) CHECK(spikes.fingerprint() == fingerprints[network++]);
  CHECK(network == 5);
}

TEST_CASE("a network starts from silence or a rate") {
  const auto coupled =
      sk::generate::fixed_in_degree({.neurons = 1000, .degree = 200, .weights = {.mean = 0.1}}, sk::Seed{1});
  const sk::PoissonGLM slow_model{{.alpha = 1000.0, .T = 1, .b = 0.651}};
  const auto silent = sk::InitialState::silent();
  sk::Simulator quiet{coupled, slow_model, sk::no_stimulus, sk::Seed{1}, sk::EigenBackend<>{}, silent};
  quiet.equilibrate(100);
  const double rate_hz = quiet.run(20'000).mean_rate_hz();  // 1.995; from the volley the network runs away
  quiet.reset(sk::InitialState::rate_hz(2.0));

  CHECK(rate_hz == Approx(1.995).epsilon(1e-4));
  quiet.reset(sk::InitialState::volley());
  CHECK_THROWS_AS(quiet.run(100), sk::Divergence);
}

TEST_CASE("populations have parameters, stimuli, rates, intervals and rows of their own") {
  const auto graph = sk::generate::normal({.neurons = 1000, .probability = 0.1, .std = 0.1}, sk::Seed{7});
  sk::Populations populations{1000};
  populations.add("E", sk::neurons(0, 800));
  populations.add("I", sk::neurons(800, 1000));

  using SpikeResponse = sk::Cascade<sk::BiexponentialFilter, sk::RefractoryFilter, sk::ConstantBaseline,
                                    sk::Exponential, sk::BernoulliRateSampler>;
  const SpikeResponse model{
      {.dt = 0.5}, {.tau_decay = 10.0, .tau_rise = 0.5}, {.abs_ref_steps = 4}, {}, {.alpha = 50.0}};
  const auto layered = sk::per_population(model, &sk::ConstantBaseline::b, populations, {{"E", -0.5}, {"I", 0.7}});
  const auto kicks = sk::regular_pulses({.strength = 1.0, .period_steps = 400}).on(populations["E"]);
  sk::Simulator simulator{graph, layered, kicks, sk::Seed{1}};

  const auto spikes = simulator.run(20'000);
  const std::vector<double> rates_hz = spikes.rates_hz(populations);
  const auto intervals = sk::mean_intervals(sk::intervals(spikes), populations, {.min_intervals = 5});
  for (std::size_t i = 0; i < populations.size(); ++i)
    std::cout << rates_hz[i] << " Hz, CV " << intervals[i].cv << " in " << intervals[i].neurons << " neurons\n";
  const sk::Raster picture = sk::raster(spikes, {.populations = populations, .max_rows = 200});  // a sample of neurons

  sk::Events of_i = simulator.new_recording();
  simulator.run(20'000, sk::only(populations["I"], of_i));  // other spikes are not kept
  const double i_hz = of_i.mean_rate_hz(populations["I"]);

  CHECK(rates_hz[1] > 2.0 * rates_hz[0]);
  CHECK((rates_hz[0] > 2.0 && rates_hz[1] < 100.0));
  CHECK(i_hz == Approx(rates_hz[1]).epsilon(0.05));
  CHECK(of_i.total() < spikes.total() / 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(intervals[i].neurons + intervals[i].excluded == populations.size_of(i));
    CHECK((intervals[i].cv > 0.6 && intervals[i].cv < 1.1));
  }
  CHECK(picture.bands[0].rows == 160);
}
