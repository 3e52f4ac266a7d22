// SPDX-License-Identifier: BSD-3-Clause
// Replays of networks with several weights a synapse.
#include "../catch.hpp"
#include "replayed.hpp"
#include "spikeometric/model/filters/basis.hpp"
#include "spikeometric/model/filters/fir.hpp"
#include "spikeometric/model/filters/leaky.hpp"
#include "spikeometric/model/filters/raised_cosine.hpp"
#include "spikeometric/model/filters/with_self.hpp"
#include "spikeometric/model/nonlinearities/rectified.hpp"
#include "spikeometric/model/samplers/poisson.hpp"

using namespace spikeometric;
using namespace replayed;

TEST_CASE("a replay uses all weights of a synapse") {
  using TwoDecays = Cascade<Basis<ExponentialFilter, 2>, RefractoryFilter>;
  check_replay(some_graph<2>(2.0, 3), TwoDecays{{}, {{{{0.3f, 10}, {0.07f, infinite_window}}}}, {}, {}, {2.0f}},
               no_stimulus, 100);
  using TwoLeaks = Cascade<Basis<LeakyFilter, 2>, NoHistory, ConstantBaseline, RectifiedLinear, PoissonSampler>;
  check_replay(some_graph<2>(0.2), TwoLeaks{{}, {{{{4.0f}, {20.0f}}}}, {}, {1.0f}, {0.05f}}, no_stimulus, 100);
  using Cosines = Cascade<RaisedCosine<3>, Fir>;
  check_replay(some_graph<3>(2.0, 5), Cosines{{}, {}, {{-20.0f, -3.7f, 0.3f}}, {}, {2.5f}}, no_stimulus, 100);
  using Both = Cascade<WithSelf<Basis<ExponentialFilter, 2>, RaisedCosine<2>>>;
  check_replay(some_graph<4>(1.0, 3), Both{{}, {{{{{0.3f, 10}, {0.07f, 40}}}}, {}}, {}, {}, {2.5f}}, no_stimulus, 100);
}
