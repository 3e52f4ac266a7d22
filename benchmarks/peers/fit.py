# SPDX-License-Identifier: BSD-3-Clause
"""What the programs of the peers that fit share: the dense design, the objective, and the comparison.

A program NAME_fit.py calls main(version, fit), where fit(design, counts, job) returns weights and intercept of a
neuron. The objective is the mean over steps of the negative log-likelihood plus strength x sum |w|, or strength x sum
w^2 / 2.
"""

import json
import sys
import time

import numpy


def design(job):
    """Spikes through the filter, [step][presynaptic neuron], and counts; without the first steps, of unknown past."""
    spikes = numpy.loadtxt(job["spikes"], delimiter=",", skiprows=1, dtype=numpy.int64)
    counts = numpy.zeros((job["steps"], job["neurons"]))
    counts[spikes[:, 0], spikes[:, 1]] = spikes[:, 2]
    p = job["parameters"]
    window = p.get("coupling_window", p.get("T"))
    decay = p["coupling_decay"] if "coupling_decay" in p else 1 / p["tau"]
    # As single precision has the decay.
    taps = numpy.exp(-float(numpy.float32(decay)) * numpy.arange(window))
    filtered = numpy.zeros_like(counts)
    for lag, tap in enumerate(taps):
        filtered[lag + 1:] += tap * counts[:-lag - 1]
    return filtered[window:], counts[window:]


def offset(job):
    """What the model's input lacks beside baseline and coupling: -theta, or the logarithm of dt / alpha."""
    p = job["parameters"]
    return -p["theta"] if job["model"] == "bernoulli_glm" else -numpy.log(p["alpha"])


def objective(filtered, counts, job, weights, intercept):
    g = filtered @ weights + intercept
    if job["model"] == "bernoulli_glm":
        loss = numpy.logaddexp(0, g) - counts * g
    else:
        loss = numpy.exp(g) - counts * g
    norm = {"none": 0.0, "l1": numpy.abs(weights).sum(), "l2": (weights**2).sum() / 2}[job["penalty"]]
    return loss.mean() + job["strength"] * norm


def main(version, fit):
    with open(sys.argv[1]) as file:
        job = json.load(file)
    filtered, counts = design(job)
    ours = numpy.array(job["ours"]["weights"])
    seconds, largest, objectives = 0.0, 0.0, []
    fit(filtered, counts[:, 0], job)  # compiles what it compiles
    for neuron in range(job["neurons"]):
        begin = time.perf_counter()
        weights, intercept = fit(filtered, counts[:, neuron], job)
        seconds += time.perf_counter() - begin
        size = numpy.abs(ours[:, neuron]).max() or 1.0
        largest = max(largest, numpy.abs(weights - ours[:, neuron]).max() / size)
        theirs = objective(filtered, counts[:, neuron], job, weights, intercept)
        own = objective(filtered, counts[:, neuron], job, ours[:, neuron], job["ours"]["baselines"][neuron] + offset(job))
        objectives.append((theirs - own) / abs(theirs))
    print("\n" + json.dumps({"version": version, "seconds": seconds, "largest_difference": largest,
                             "objective_difference": min(objectives)}))
