// SPDX-License-Identifier: BSD-3-Clause
//
// A description of a network, for tests to change.
#pragma once

inline constexpr const char* valid = R"({
  "format": "spikeometric network", "version": 1, "dt": 0.5,
  "populations": [
    {"name": "E", "neurons": 10, "parameters": {"theta": 4.0}},
    {"name": "I", "positions": {"kind": "line", "neurons": 4, "length": 1.0}}
  ],
  "projections": [
    {"from": "E", "to": "I", "rule": {"kind": "pairwise", "probability": 0.5}, "weight": 0.2},
    {"from": "I", "to": "E", "rule": {"kind": "one_to_one"}, "weight": -1},
    {"from": "E", "to": "E", "rule": {"kind": "fixed_in_degree", "degree": 3},
     "weight": {"kind": "normal", "mean": 0.1, "std": 0.1}, "delay_ms": {"kind": "uniform", "low": 1, "high": 2}}
  ],
  "model": {"name": "bernoulli_glm", "parameters": {"theta": 5}},
  "stimuli": [{"kind": "regular", "period_steps": 100, "populations": ["I"], "neurons": [2, [4, 6]]}],
  "simulation": {"steps": 100}
})";
