# SPDX-License-Identifier: BSD-3-Clause
"""Brian2: C++ standalone mode, one thread, single precision, its default compiler flags."""

import math

import peer

# Both effects of a spike are one exponential each, without an end (30 steps of the refractory one are), and so two
# numbers are all that a neuron has to remember. The refractory one is -30 three steps after the spike, as by default.
PEER = peer.Peer(
    name="brian2",
    title="Brian2",
    model="bernoulli_glm",
    parameters={"theta": 5, "coupling_window": "inf", "coupling_decay": 0.2, "abs_ref_steps": 0, "rel_ref_steps": 30,
                "rel_ref_strength": -30 * math.exp(1.5), "refractory_decay": 0.5},
    cases=((1_000, 0.1), (5_000, 0.1), (20_000, 0.05), (100_000, 0.01)),
    largest=1e8,
    ns_per_synapse=0.03,
    ns_per_neuron=6,
    bytes_per_synapse=75,
)


def versions():
    import brian2

    return {"brian2": brian2.__version__, "numpy": brian2.numpy_.__version__,
            "flags": " ".join(brian2.prefs.codegen.cpp.extra_compile_args_gcc)}


def prepare(job):
    import brian2
    from brian2 import ms

    neurons, pre, post, weights = peer.graph(job["graph"])
    p = PEER.parameters
    brian2.prefs.core.default_float_dtype = brian2.float32
    brian2.prefs.codegen.cpp.headers += ["<chrono>"]
    brian2.set_device("cpp_standalone", build_on_run=False, directory=None)
    brian2.defaultclock.dt = 1 * ms
    constants = {"kick": p["rel_ref_strength"], "fading": math.exp(-p["coupling_decay"]),
                 "recovery": math.exp(-p["refractory_decay"])}
    group = brian2.NeuronGroup(  # theta is a variable because constants are of double precision, and so would exp be
        neurons, "x : 1\ny : 1\ncount : integer\ntheta : 1 (shared)", namespace=constants,
        threshold="rand() * (1 + exp(theta - x - y)) < 1", reset="y += kick\ncount += 1")
    group.theta = p["theta"]
    group.run_regularly("x *= fading\ny *= recovery", when="groups")
    synapses = brian2.Synapses(group, group, "w : 1", on_pre="x_post += w")
    synapses.connect(i=pre, j=post)
    synapses.w = weights
    network = brian2.Network(group, synapses)
    network.schedule = ["start", "thresholds", "groups", "synapses", "resets", "end"]  # lag 0 has not faded

    device = brian2.device
    network.run(job["warm_up"] * ms)
    group.count = 0
    device.insert_code("main", "const auto begin = std::chrono::steady_clock::now();")
    network.run(job["steps"] * ms)
    counters = device.get_array_name(group.variables["count"])
    device.insert_code("main", f"""
        const std::chrono::duration<double, std::micro> taken = std::chrono::steady_clock::now() - begin;
        long total = 0;
        for (int i = 0; i < {neurons}; ++i) total += {counters}[i];
        std::cout << taken.count() << ' ' << total << std::endl;
        if (std::system("grep VmHWM /proc/$PPID/status") != 0) return 1;
        std::_Exit(0);  // or it would write the whole network to files
        """)
    device.build(directory=job["folder"], run=False)


def run(job):
    import subprocess

    output = subprocess.run(["./main"], cwd=job["folder"], check=True, capture_output=True, text=True).stdout.split()
    microseconds, spikes, _, peak_kb, _ = output
    return peer.result(float(microseconds), job["steps"], int(spikes), int(peak_kb) * 1024 / 1e6)


if __name__ == "__main__":
    peer.main(versions, run, prepare)
