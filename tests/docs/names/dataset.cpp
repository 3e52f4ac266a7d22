// SPDX-License-Identifier: BSD-3-Clause
// More names that programs rely on: see names_test.cpp.
#include <spikeometric/io/dataset.hpp>
#include <spikeometric/spikeometric.hpp>

#include <filesystem>
#include <fstream>

#include "../../../examples/infer/solvers.hpp"
#include "../../catch.hpp"
#include "../../io/temporary_file.hpp"

namespace sk = spikeometric;

TEST_CASE("a dataset is simulated as a batch, tuned and fitted") {
  const TemporaryFile place("");
  std::filesystem::create_directory(place.path());
  std::ofstream(place.path() + "/a.csv") << "pre,post,weight\n0,1,1.5\n2,0,-1\n";
  std::ofstream(place.path() + "/b.csv") << "pre,post,weight\n1,2,0.5\n2,1,-1\n";
  const auto networks = sk::io::load_dataset(place.path());
  CHECK(sk::io::read_dataset(place.path()).size() == networks.size());
  std::filesystem::remove_all(place.path());
  REQUIRE(networks.size() == 2);

  const sk::BernoulliGLM model{{.theta = 4.0}};
  sk::Simulator many{sk::batch(networks), model, sk::no_stimulus, sk::Seed{1}, sk::EigenBackend<>{.threads = 2}};
  for (const auto& spikes : many.run(100).by_network()) CHECK(spikes.neurons() == 3);

  const auto tuned =
      sk::tune(networks[0], model, sk::Seed{1}, {.parameters = {"theta"}, .rate_hz = 20.0, .tolerance = 0.1});
  CHECK(tuned.reached);
  sk::Simulator recorded{networks[0], tuned.model, sk::no_stimulus, sk::Seed{2}};
  const auto fitted = sk::fit(tuned.model, recorded.run(5000), {.penalty = sk::L1{0.01}});
  sk::Simulator again{fitted.graph, fitted.model, sk::no_stimulus, sk::Seed{42}};
  CHECK(again.run(10).steps() == 10);
}
