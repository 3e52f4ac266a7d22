# SPDX-License-Identifier: BSD-3-Clause
"""The cortical microcircuit in NEST beside examples/microcircuit, in one run, each on two threads.

  build/peers/nest/bin/python benchmarks/peers/microcircuit.py --program build/native/examples/microcircuit --scale 0.2

Both build the network of the tables in examples/microcircuit.cpp: the same number of neurons, nearly the same number of
synapses, weights and delays of the same distributions, drawn by each side. NEST's neurons are the leaky integrate-and-fire neurons of the
published model (iaf_psc_exp), with a constant current in the place of the background. For each side it prints seconds to
build, seconds of wall-clock for a second of model time, and peak memory.
"""

import argparse
import math
import pathlib
import re
import subprocess
import sys
import time

import peer


def tables():
    text = (pathlib.Path(__file__).parents[2] / "examples" / "microcircuit.cpp").read_text()
    populations = re.findall(r'\{"(L\w+)", (\d+), ([\d.]+),', text)
    start = text.index("connected[8][8]")
    numbers = re.findall(r"\d\.\d+", text[start : text.index("};", start)])
    probability = [[float(x) for x in numbers[8 * row : 8 * row + 8]] for row in range(8)]
    assert len(populations) == 8 and len(numbers) == 64
    return [(name, int(size), float(rate)) for name, size, rate in populations], probability


def run_ours(program, scale):
    script = "import resource, subprocess, sys; r = subprocess.run(sys.argv[1:]); " \
             "print('peak_kb', resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(r.returncode)"
    output = subprocess.run([sys.executable, "-c", script, program, "--scale", str(scale)], check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    print(output)
    built = float(re.search(r"ready in ([\d.e+-]+) s", output).group(1))
    factor = float(re.search(r"real-time factor ([\d.e+-]+)", output).group(1))
    return built, factor, int(re.search(r"peak_kb (\d+)", output).group(1)) * 1024 / 1e6


def run_nest(scale, seconds):
    import nest

    external = {"L23E": 1600, "L23I": 1500, "L4E": 2100, "L4I": 1900, "L5E": 2000, "L5I": 1900, "L6E": 2900, "L6I": 2100}
    neuron = {"C_m": 250.0, "tau_m": 10.0, "tau_syn_ex": 0.5, "tau_syn_in": 0.5, "t_ref": 2.0, "E_L": -65.0, "V_th": -50.0,
              "V_reset": -65.0}
    q = neuron["tau_syn_ex"] / neuron["tau_m"]
    # pA of synaptic current for a potential with a peak of 1 mV
    current = neuron["C_m"] / neuron["tau_syn_ex"] * (1 - q) / (q ** (q / (1 - q)) - q ** (1 / (1 - q)))
    populations, probability = tables()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.resolution = 0.1
    nest.local_num_threads = 2
    nest.rng_seed = 1
    begin = time.perf_counter()
    nodes = []
    for i, (name, size, rate) in enumerate(populations):
        mean = external[name] * 8.0 * 0.15 * current * 0.5 / 1000.0
        for j, (source, sources, source_hz) in enumerate(populations):
            p = probability[i][j]
            synapses = math.log(1 - p) / math.log1p(-1 / (size * sources)) if p > 0 else 0.0
            psp = -0.6 if j % 2 else 0.3 if (i, j) == (0, 2) else 0.15
            mean += (1 - math.sqrt(scale)) * synapses / size * psp * current * source_hz * 0.5 / 1000.0
        nodes.append(nest.Create("iaf_psc_exp", round(scale * size), {
            **neuron, "I_e": mean, "V_m": nest.random.normal(mean=-58.0, std=10.0)}))
    for kind in ("excitatory", "inhibitory"):  # NEST allows at most 2^27 synapses of one model per thread
        nest.CopyModel("static_synapse", kind)
    for i, (_, size, _) in enumerate(populations):
        for j, (_, sources, _) in enumerate(populations):
            if probability[i][j] == 0:
                continue
            synapses = math.log(1 - probability[i][j]) / math.log1p(-1 / (size * sources))
            psp = -0.6 if j % 2 else 0.3 if (i, j) == (0, 2) else 0.15
            weight, delay = psp * current / math.sqrt(scale), 0.75 if j % 2 else 1.5
            nest.Connect(nodes[j], nodes[i], {"rule": "fixed_total_number", "N": int(scale * scale * synapses)}, {
                "synapse_model": "inhibitory" if j % 2 else "excitatory",
                "weight": nest.math.redraw(nest.random.normal(mean=weight, std=0.1 * abs(weight)),
                                           min=0.0 if psp > 0 else -math.inf, max=math.inf if psp > 0 else 0.0),
                "delay": nest.math.redraw(nest.random.normal(mean=delay, std=0.5 * delay), min=0.05, max=math.inf)})
    nest.Prepare()
    built = time.perf_counter() - begin
    nest.Run(200.0)
    begin = time.perf_counter()
    nest.Run(1000.0 * seconds)
    factor = (time.perf_counter() - begin) / seconds
    spikes = nest.local_spike_counter
    print(f"NEST {nest.__version__}: {nest.num_connections} connections, mean rate "
          f"{spikes / seconds / sum(len(each) for each in nodes):.3f} Hz")
    return built, factor, peer.peak_mb()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the example microcircuit")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seconds", type=float, default=10.0, help="model time in NEST; the program takes 10 s")
    arguments = parser.parse_args()
    rows = [("spikeometric", *run_ours(arguments.program, arguments.scale)),
            ("NEST", *run_nest(arguments.scale, arguments.seconds))]
    print(f"{'':14}{'ready in':>10}{'real-time factor':>18}{'peak MB':>10}")
    for name, built, factor, peak in rows:
        print(f"{name:14}{built:>8.1f} s{factor:>18.2f}{peak:>10.0f}")


if __name__ == "__main__":
    main()
