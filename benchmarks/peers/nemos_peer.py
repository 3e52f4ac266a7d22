# SPDX-License-Identifier: BSD-3-Clause
"""nemos: its recurrent simulation of a GLM, compiled by JAX for the CPU; dense coupling, so for small networks only."""

import math

import peer

PEER = peer.Peer(
    name="nemos",
    title="nemos",
    model="poisson_glm",
    parameters={"dt": 1, "tau": 10, "T": 20, "alpha": 125, "beta": 0.2},
    cases=((100, 0.1),),
    largest=1e5,
    ns_per_synapse=20,
    ns_per_neuron=200,
    seconds=3,
    environment={"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"},
)


def versions():
    from importlib.metadata import version

    import nemos  # noqa: F401 - whether it works

    return {name: version(name) for name in ("nemos", "jax", "numpy")}


def run(job):
    import time

    import jax
    import numpy
    from nemos.simulation import simulate_recurrent

    jax.config.update("jax_compilation_cache_dir", job["folder"])
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
    neurons, pre, post, weights = peer.graph(job["graph"])
    p = PEER.parameters
    coupling = numpy.zeros((neurons, neurons, 1), numpy.float32)
    coupling[post, pre, 0] = p["beta"] * weights
    decay = numpy.exp(-p["dt"] / p["tau"] * numpy.arange(p["T"]), dtype=numpy.float32)[:, None]

    def simulated(length):
        """Seconds it took, and spikes in each step."""
        begin = time.perf_counter()
        raster = jax.block_until_ready(simulate_recurrent(
            coupling_coef=coupling, feedforward_coef=numpy.zeros((neurons, 1), numpy.float32),
            intercepts=numpy.full(neurons, math.log(p["dt"] / p["alpha"]), numpy.float32),
            random_key=jax.random.key(job["seed"]), feedforward_input=numpy.zeros((length, neurons, 1), numpy.float32),
            coupling_basis_matrix=decay, init_y=numpy.zeros((p["T"], neurons), numpy.float32),
            inverse_link_function=jax.numpy.exp)[0])
        return time.perf_counter() - begin, numpy.asarray(raster).sum(axis=1)

    first, steps = job["warm_up"], job["steps"]
    for length in (first, first + steps):  # every call compiles anew, unless it finds the program in the cache
        simulated(length)
    before, _ = simulated(first)
    seconds, spikes = simulated(first + steps)
    return peer.result((seconds - before) * 1e6, steps, int(spikes[first:].sum()), peer.peak_mb())


if __name__ == "__main__":
    peer.main(versions, run)
