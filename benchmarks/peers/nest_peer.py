# SPDX-License-Identifier: BSD-3-Clause
"""NEST: pp_psc_delta, a point process with exponential escape rate and delta currents; one thread, steps of 1 ms."""

import peer

PEER = peer.Peer(
    name="nest",
    title="NEST",
    model="poisson_glm",
    parameters={"dt": 1, "tau": 10, "T": "inf", "alpha": 125, "beta": 0.3},
    cases=((1_000, 0.1), (5_000, 0.1)),
    largest=1e7,
    ns_per_synapse=0.2,
    ns_per_neuron=50,
    bytes_per_synapse=200,
)


def versions():
    import nest

    return {"nest": nest.__version__, "flags": "those of its binary on PyPI, for any processor"}


def run(job):
    import time

    import nest
    import numpy

    neurons, pre, post, weights = peer.graph(job["graph"])
    p = PEER.parameters
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.resolution = float(p["dt"])
    nest.local_num_threads = 1
    nest.rng_seed = job["seed"] + 1
    nest.Create("pp_psc_delta", neurons, {
        "tau_m": float(p["tau"]), "c_1": 0.0, "c_2": 1000 / p["alpha"], "c_3": p["beta"], "dead_time": 0.0,
        "with_reset": False})
    nest.Connect(pre.astype(numpy.int64) + 1, post.astype(numpy.int64) + 1, "one_to_one",
                 {"weight": weights.astype(numpy.float64), "delay": numpy.full(len(weights), float(p["dt"]))})
    nest.Prepare()
    nest.Run(job["warm_up"] * float(p["dt"]))
    begin = time.perf_counter()
    nest.Run(job["steps"] * float(p["dt"]))
    seconds = time.perf_counter() - begin
    spikes = nest.local_spike_counter  # of this Run
    return peer.result(seconds * 1e6, job["steps"], spikes, peer.peak_mb())


if __name__ == "__main__":
    peer.main(versions, run)
