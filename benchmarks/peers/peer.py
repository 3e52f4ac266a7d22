# SPDX-License-Identifier: BSD-3-Clause
"""What the modules of the peers share: how compare.py describes a peer, and how it talks to the peer's own program.

A module NAME_peer.py has a PEER, and functions versions(), run(job) and, where a network has to be compiled,
prepare(job). compare.py imports it for PEER, with any Python, and runs it as a program with the Python of the peer's
virtual environment: so a peer's packages are imported inside the functions only.
"""

import json
import sys
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Peer:
    name: str
    title: str
    model: str  # of the simulator here, with the parameters that both sides compute with
    parameters: dict
    cases: tuple  # networks: (neurons, probability)
    largest: float  # synapses of the largest network in the scaling curve
    ns_per_synapse: float  # rough cost of a step, from which the number of steps follows
    ns_per_neuron: float
    seconds: float = 0.5  # of a measurement, roughly
    warm_up: int = 100  # steps
    bytes_per_synapse: float = 100  # needed at its peak
    environment: dict = field(default_factory=dict)


def graph(path):
    """Neurons, and presynaptic neurons, postsynaptic neurons and weights of the synapses, row by row."""
    import numpy
    from scipy.io import mmread

    matrix = mmread(path)
    return matrix.shape[0], matrix.row, matrix.col, matrix.data.astype(numpy.float32)


def peak_mb():
    """Of this process. (getrusage would count that of the process which started it, too.)"""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) * 1024 / 1e6


def result(microseconds, steps, spikes, peak):
    return {"us_per_step": microseconds / steps, "spikes": spikes, "peak_mb": peak}


def main(versions, run, prepare=None):
    """NAME_peer.py versions | prepare JOB | run JOB: the answer is the last line of standard output, as JSON."""
    action, *job = sys.argv[1:]
    work = {"versions": versions, "prepare": prepare or (lambda job: None), "run": run}[action]
    print("\n" + json.dumps(work(*map(json.loads, job))))
