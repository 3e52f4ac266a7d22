#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""This simulator beside others: the same model on the same network, each on one thread, run in turns.

    sh benchmarks/peers/install.sh build/peers
    python3 benchmarks/peers/compare.py --simulate build/native/examples/simulate --peers build/peers --out peers.json

Prints a table and writes JSON. A peer that is not installed is skipped. Exit status 1 where two rates differ by more
than chance allows: then the two sides did not compute the same, and their times are not compared.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import brian2_peer
import nemos_peer
import nest_peer
import spikeometric_peer

PEERS = [module.PEER for module in (spikeometric_peer, brian2_peer, nest_peer, nemos_peer)]
LEFT_OUT = {"GeNN": "its package, pygenn, is not on PyPI, and nothing is built from source here"}
CURVE_SYNAPSES = (1e4, 1e5, 1e6, 1e7, 1e8)
CURVE_PROBABILITY = 0.1
SMALL = 1e7  # synapses
NARROW = 0.05  # of the rate: how far rates may differ, where enough steps can be had
TRIALS, TRIAL_STEPS = 40, 1000  # bursts are much shorter
MEAN_RANGE = 4.32  # of 40 normal numbers, in standard deviations
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class Failed(Exception):
    """Of a program; its last words."""


class RatesDiffer(Exception):
    pass


def output(command, **environment):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **ONE_THREAD, **environment})
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "said nothing").splitlines()[-1]
        raise Failed(f"exit status {done.returncode}: {words}")
    return done.stdout


def file_words(path, key):
    with open(path) as file:
        return next((line.split(":")[1].strip() for line in file if line.startswith(key)), "unknown")


def available_mb():
    return int(file_words("/proc/meminfo", "MemAvailable").split()[0]) * 1024 / 1e6


def machine():
    return {"cpu": file_words("/proc/cpuinfo", "model name"), "cores": os.cpu_count(),
            "memory_mb": round(int(file_words("/proc/meminfo", "MemTotal").split()[0]) * 1024 / 1e6),
            "system": platform.platform(), "load": os.getloadavg()[0]}


class Simulator:
    """The driver `simulate`, on one thread."""

    def __init__(self, path, peer):
        self.command = [path, "--json", "--model", peer.model]
        for name, value in peer.parameters.items():
            self.command += ["--set", f"{name}={value}"]

    def run(self, network, steps, seed, *more):
        # A shell in between: the peak of a process counts from that of the one which starts it, this one.
        report = json.loads(output(["sh", "-c", '"$@"; exit $?', "sh", *self.command, *network,
                                    "--steps", str(steps), "--seed", str(seed), *more]))
        return {"us_per_step": report["us_per_step"], "spikes": report["spikes"],
                "peak_mb": report["peak_rss_bytes"] / 1e6, "report": report}

    def trials(self, network, steps):
        """Spikes of many trials, and the standard deviation of a trial's rate: more than the count's alone, as spikes
        come in bursts."""
        report = self.run(network, steps, 0, "--trials", str(TRIALS))["report"]
        return report["spikes"], (report["max_rate_hz"] - report["min_rate_hz"]) * report["dt_ms"] * 1e-3 / MEAN_RANGE


class Program:
    """The program of a peer, in its virtual environment."""

    def __init__(self, peer, folder):
        self.environment = peer.environment
        self.command = [str(folder / peer.name / "bin" / "python"),
                        str(Path(__file__).resolve().parent / f"{peer.name}_peer.py")]
        if not Path(self.command[0]).exists():
            raise Failed(f"not installed: no {self.command[0]}")

    def ask(self, action, *job, environment=None):
        environment = self.environment if environment is None else environment
        return json.loads(output([*self.command, action, *map(json.dumps, job)], **environment).splitlines()[-1])


def spread(runs):
    times = [run["us_per_step"] for run in runs]
    return {"median": statistics.median(times), "min": min(times), "max": max(times)}


def steps_of(seconds, us_per_step, least):
    return max(least, min(100_000, round(seconds * 1e6 / us_per_step)))


class Rates:
    """Spikes per neuron and step on both sides, and how far they may differ: 2 % and five standard errors."""

    def __init__(self, neurons, deviation_of_a_step):
        self.neurons, self.deviation = neurons, deviation_of_a_step
        self.spikes, self.steps = {"peer": 0, "ours": 0}, {"peer": 0, "ours": 0}

    def add(self, side, spikes, steps):
        self.spikes[side] += spikes
        self.steps[side] += steps

    def of(self, side):
        return self.spikes[side] / (self.neurons * self.steps[side])

    def bound(self):
        return 0.02 * self.of("ours") + 5 * self.deviation * math.sqrt(sum(1 / steps for steps in self.steps.values()))

    def steps_wanted(self):
        """Of the peer, all in all, for a bound that is narrow; infinite where ours are too few for that."""
        squared = ((NARROW - 0.02) * self.of("ours") / (5 * self.deviation))**2 if self.deviation else math.inf
        rest = squared - 1 / self.steps["ours"]
        return 1 / rest if rest > 0 else math.inf

    def require_equal(self):
        theirs, ours, bound = self.of("peer"), self.of("ours"), self.bound()
        if not abs(theirs - ours) <= bound:
            raise RatesDiffer(f"rates differ by more than {bound:.2g}: {theirs:.6g} spikes per neuron and step of the "
                              f"peer, {ours:.6g} of the simulator")


def compared(options, peer, program, neurons, probability, scratch):
    """A case: both sides on one network, in turns."""
    synapses = neurons**2 * probability
    needed = (peer.bytes_per_synapse * synapses) / 1e6
    if needed > available_mb():
        raise Failed(f"{neurons} x {probability} needs some {needed:.0f} MB; {available_mb():.0f} MB are available")
    graph = scratch / f"{neurons}_{probability}.mtx"
    simulator = Simulator(options.simulate, peer)
    our_steps = steps_of(0.3, 0.5 + neurons * 1e-3 + synapses * 7e-6, 200)
    their_steps = steps_of(peer.seconds, (neurons * peer.ns_per_neuron + synapses * peer.ns_per_synapse) * 1e-3, 25)

    made = ["--generate", f"normal,neurons={neurons},probability={probability},std=5,seed=1"]
    loaded = ["--graph", str(graph)]
    kept = [] if graph.exists() else ["--save-graph", str(graph)]
    generated = simulator.run(made, our_steps, 1, *kept)
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        job = {"graph": str(graph), "folder": folder, "warm_up": peer.warm_up, "steps": their_steps}
        program.ask("prepare", job)
        theirs, ours = [], []
        for seed in range(1, options.runs + 1):
            ours.append(simulator.run(loaded, our_steps, seed))
            theirs.append(program.ask("run", {**job, "seed": seed}))
        peaks = [run["peak_mb"] for run in theirs]
        least = min(peaks)
        if peer.environment:  # chosen for speed; without, it may take less memory
            few = {**job, "seed": 1, "warm_up": 1, "steps": 2}
            least = min(least, program.ask("run", few, environment={})["peak_mb"])
    if generated["report"]["fingerprint"] != ours[0]["report"]["fingerprint"]:
        raise Failed(f"{graph} is not the network that was generated")

    spikes, deviation = simulator.trials(loaded, TRIAL_STEPS)
    rates = Rates(neurons, deviation * math.sqrt(TRIAL_STEPS))
    rates.add("ours", spikes, TRIALS * TRIAL_STEPS)
    for side, runs, steps in (("peer", theirs, their_steps), ("ours", ours, our_steps)):
        for run in runs:
            rates.add(side, run["spikes"], steps)
    more = min(rates.steps_wanted() - rates.steps["peer"], options.check_seconds * 1e6 / spread(theirs)["median"])
    if more > 0:  # too few were timed to tell whether the rates agree
        more = math.ceil(more)
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            job = {**job, "folder": folder, "steps": more}
            program.ask("prepare", job)
            rates.add("peer", program.ask("run", {**job, "seed": options.runs + 1})["spikes"], more)
    rates.require_equal()
    peak, our_peak = max(peaks), max(run["peak_mb"] for run in ours)
    return {
        "peer": peer.title, "model": peer.model, "parameters": peer.parameters, "neurons": neurons,
        "probability": probability, "synapses": generated["report"]["synapses"], "runs": options.runs,
        "steps_peer": their_steps, "steps_ours": our_steps, "rate_peer": rates.of("peer"),
        "rate_ours": rates.of("ours"), "rate_bound": rates.bound(), "rate_steps_peer": rates.steps["peer"],
        "rate_steps_ours": rates.steps["ours"],
        "us_per_step_peer": spread(theirs), "us_per_step_ours": spread(ours),
        "ratio": spread(theirs)["median"] / spread(ours)["median"],
        "peak_mb_peer": peak, "peak_mb_ours": our_peak, "memory_ratio": peak / our_peak,
        "peak_mb_peer_least": least,
        "peak_mb_ours_generated": generated["peak_mb"], "memory_ratio_generated": peak / generated["peak_mb"],
    }


HEADER = (f"{'peer':18} {'neurons':>8} {'synapses':>10} {'rate, peer':>10} {'here':>7} {'bound':>6}  "
          f"{'us/step, peer':>26} {'us/step, here':>26} {'ratio':>7}  "
          f"{'MB, peer':>9} {'least':>6} {'here':>6} {'generated':>9}")


def row(case):
    def times(side):
        t = case[f"us_per_step_{side}"]
        return f"{t['median']:.5g} ({t['min']:.5g}-{t['max']:.5g})"

    return (f"{case['peer']:18} {case['neurons']:>8} {case['synapses']:>10.3g} "
            f"{case['rate_peer']:>10.5f} {case['rate_ours']:>7.5f} {case['rate_bound'] / case['rate_ours']:>6.1%}  "
            f"{times('peer'):>26} {times('ours'):>26} "
            f"{case['ratio']:>7.5g}  {case['peak_mb_peer']:>9.0f} {case['peak_mb_peer_least']:>6.0f} "
            f"{case['peak_mb_ours']:>6.0f} {case['peak_mb_ours_generated']:>9.0f}")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulate", required=True, help="the driver, built for this machine")
    parser.add_argument("--peers", type=Path, default=Path("build/peers"), help="where install.sh installed them")
    parser.add_argument("--out", help="file for the results, JSON")
    parser.add_argument("--runs", type=int, default=5, help="of each side, in turns")
    parser.add_argument("--cases", choices=["small", "all"], default="all", help="small: up to 1e7 synapses")
    parser.add_argument("--only", choices=[peer.name for peer in PEERS], action="append", help="this peer")
    parser.add_argument("--curve", action="store_true", help="also step time against synapses")
    parser.add_argument("--check-seconds", type=float, default=60,
                        help="at most so long a further run of a peer, not timed, where rates could not be told apart")
    parser.add_argument("--flags", default="", help="what the driver was compiled with, for the results")
    parser.add_argument("--scratch", help="folder for networks and built programs, up to 10 GB")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error(f"--runs: {options.runs} must be at least 1")
    return options


def main():
    options = parsed()
    begin = time.monotonic()
    try:
        version = output([options.simulate, "--version"]).split()[-1]
    except (OSError, Failed) as error:
        sys.exit(f"--simulate {options.simulate}: {error}")
    results = {"machine": machine(),
               "versions": {"spikeometric (C++)": version, "flags": options.flags, "python": platform.python_version()},
               "cases": [], "curve": [], "skipped": [], "refused": []}
    largest = SMALL * 1.01 if options.cases == "small" else math.inf
    curve = [(round(math.sqrt(synapses / CURVE_PROBABILITY)), CURVE_PROBABILITY) for synapses in CURVE_SYNAPSES]

    def leave_out(kind, peer, why, **case):
        results[kind].append({"peer": peer, **case, "why": str(why)})
        print(f"{peer}: {kind}: {why}", flush=True)

    print(HEADER)
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        for peer in PEERS:
            if options.only and peer.name not in options.only:
                continue
            try:
                program = Program(peer, options.peers)
                results["versions"][peer.name] = program.ask("versions")
            except Failed as error:
                leave_out("skipped", peer.title, error)
                continue
            work = [("cases", network) for network in peer.cases]
            if options.curve:
                work += [("curve", network) for network in curve
                         if network not in peer.cases and network[0]**2 * network[1] < peer.largest * 1.01]
            for kind, (neurons, probability) in work:
                if neurons**2 * probability > largest:
                    continue
                try:
                    case = compared(options, peer, program, neurons, probability, Path(scratch))
                    results[kind].append(case)
                    print(row(case), flush=True)
                except (Failed, RatesDiffer) as error:
                    leave_out("skipped" if isinstance(error, Failed) else "refused", peer.title, error,
                              neurons=neurons, probability=probability)
    for name, why in LEFT_OUT.items():
        leave_out("skipped", name, why)
    results["seconds"] = round(time.monotonic() - begin)
    print(f"{results['seconds']} s")
    if options.out:
        Path(options.out).write_text(json.dumps(results, indent=1) + "\n")
    return 1 if results["refused"] else 0


if __name__ == "__main__":
    sys.exit(main())
