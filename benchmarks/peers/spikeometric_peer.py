# SPDX-License-Identifier: BSD-3-Clause
"""Spikeometric: PyTorch on the CPU, one thread."""

import peer

PEER = peer.Peer(
    name="spikeometric",
    title="Spikeometric 1.0.3",
    model="bernoulli_glm",
    parameters={"theta": 5, "dt": 1, "r": 1, "coupling_window": 20, "coupling_decay": 0.2, "abs_ref_steps": 3,
                "abs_ref_strength": -100, "rel_ref_steps": 7, "rel_ref_strength": -30, "refractory_decay": 0.5},
    cases=((1_000, 0.1), (5_000, 0.1), (10_000, 0.1)),
    largest=1e7,
    ns_per_synapse=20,
    ns_per_neuron=500,
    seconds=4,
    warm_up=60,
    bytes_per_synapse=1000,
    # glibc gives large blocks back at once, and takes them anew page by page: several times slower.
    environment={"MALLOC_MMAP_THRESHOLD_": "4294967296", "MALLOC_TRIM_THRESHOLD_": "4294967296"},
)


def versions():
    from importlib.metadata import version

    import spikeometric.models  # noqa: F401 - whether it works

    return {name: version(name) for name in ("spikeometric", "torch", "torch_geometric", "numpy")}


def run(job):
    import time

    import numpy
    import torch
    from spikeometric.models import BernoulliGLM
    from torch_geometric.data import Data

    torch.set_num_threads(1)
    torch.manual_seed(job["seed"])
    neurons, pre, post, weights = peer.graph(job["graph"])
    data = Data(edge_index=torch.from_numpy(numpy.stack([pre, post]).astype(numpy.int64)),
                W0=torch.from_numpy(weights), num_nodes=neurons)
    p = PEER.parameters
    # What it does, its documentation apart: alpha fades the coupling, and rel_ref_scale has a lag more.
    model = BernoulliGLM(theta=float(p["theta"]), dt=float(p["dt"]), r=float(p["r"]),
                         coupling_window=p["coupling_window"], alpha=p["coupling_decay"],
                         abs_ref_scale=p["abs_ref_steps"], abs_ref_strength=float(p["abs_ref_strength"]),
                         rel_ref_scale=p["rel_ref_steps"] - 1, rel_ref_strength=float(p["rel_ref_strength"]),
                         beta=p["refractory_decay"])
    times = []

    def clock(step):
        times.append(time.perf_counter())
        return 0.0

    model.add_stimulus(clock)  # a stimulus is asked once a step: what comes before the first step does not count
    first, steps = job["warm_up"], job["steps"]
    with torch.no_grad():  # float32 spares it a conversion of all messages in every step
        raster = model.simulate(data, n_steps=first + steps + 1, equilibration_steps=0, verbose=False,
                                store_as_dtype=torch.float32)
    spikes = int(raster[:, first:first + steps].sum(dtype=torch.float64))
    return peer.result((times[first + steps] - times[first]) * 1e6, steps, spikes, peer.peak_mb())


if __name__ == "__main__":
    peer.main(versions, run)
