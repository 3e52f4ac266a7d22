#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Fits of this library beside those of others: the same spikes, the same penalty, one thread each, in one run.

    sh benchmarks/peers/install.sh build/peers
    python3 benchmarks/peers/compare_fits.py --build build/native --peers build/peers --out fits.json

Prints a table and writes JSON. Both sides must find the same optimum: the objective, computed by the peer for both, to
1e-6 of its size, and weights to 1e-4 of the largest of their neuron. Exit status 1 where they do not, or where no peer
was there to compare with.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

MODELS = {  # without self-history, which the peers have no place for
    "bernoulli_glm": {"theta": 4, "coupling_window": 20, "coupling_decay": 0.2, "abs_ref_steps": 0, "rel_ref_steps": 0},
    "poisson_glm": {"alpha": 50, "tau": 5, "T": 20},
}
CASES = [  # peer, model, penalty, strength
    ("scikit_learn", "bernoulli_glm", "none", 0.0),
    ("scikit_learn", "bernoulli_glm", "l2", 1e-3),
    ("scikit_learn", "bernoulli_glm", "l1", 1e-4),
    ("scikit_learn", "poisson_glm", "l2", 1e-3),
    ("nemos", "poisson_glm", "l2", 1e-3),
    ("nemos", "bernoulli_glm", "l2", 1e-3),
]
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


class Failed(Exception):
    pass


def output(*command, **environment):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          env={**os.environ, **ONE_THREAD, **environment})
    if done.returncode != 0:
        words = (done.stderr.strip() or done.stdout.strip() or "said nothing").splitlines()[-1]
        raise Failed(f"{Path(command[0]).name}: exit status {done.returncode}: {words}")
    return done.stdout


def ours(options, spikes, penalty, strength, folder):
    """Weights [pre][post], baselines, and seconds of the fit."""
    weights = folder / "inferred.csv"
    asked = penalty if penalty == "none" else f"{penalty}={strength}"
    report = json.loads(output(options.build / "examples" / "infer", "--spikes", spikes, "--penalty", asked,
                               "--out", weights, "--json"))
    matrix = [[0.0] * options.neurons for _ in range(options.neurons)]
    with open(weights, newline="") as file:
        for row in csv.DictReader(file):
            matrix[int(row["pre"])][int(row["post"])] = float(row["weight"])
    return {"weights": matrix, "baselines": report["baselines"], "seconds": report["fit_s"]}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, required=True, help="the build folder, of the preset native or benchmark")
    parser.add_argument("--peers", type=Path, default=Path("build/peers"), help="where install.sh installed them")
    parser.add_argument("--neurons", type=int, default=50)
    parser.add_argument("--steps", type=int, default=200_000)
    parser.add_argument("--out", help="file for the results, JSON")
    return parser.parse_args()


def main():
    options = parsed()
    results, differ = [], False
    print(f"{'peer':14} {'model':14} {'penalty':>10} {'its s':>8} {'s':>7} {'ratio':>6} {'weights differ':>15} "
          f"{'objective - ours':>17}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for model, parameters in MODELS.items():
            command = [options.build / "examples" / "simulate", "--generate",
                       f"normal,neurons={options.neurons},probability=0.2,std={3 if model == 'bernoulli_glm' else 1},seed=1",
                       "--model", model, "--steps", options.steps, "--out", folder / f"{model}.csv", "--quiet"]
            for name, value in parameters.items():
                command += ["--set", f"{name}={value}"]
            output(*command)
        for peer, model, penalty, strength in CASES:
            python = options.peers / peer / "bin" / "python"
            case = {"peer": peer, "model": model, "penalty": penalty, "strength": strength,
                    "neurons": options.neurons, "steps": options.steps}
            try:
                if not python.exists():
                    raise Failed(f"not installed: no {python}")
                spikes = folder / f"{model}.csv"
                found = ours(options, spikes, penalty, strength, folder)
                job = {"spikes": str(spikes), "model": model, "parameters": MODELS[model], "penalty": penalty,
                       "strength": strength, "neurons": options.neurons, "steps": options.steps, "ours": found}
                (folder / "job.json").write_text(json.dumps(job))
                answer = json.loads(output(python, Path(__file__).with_name(f"{peer}_fit.py"), folder / "job.json")
                                    .splitlines()[-1])
            except Failed as error:
                results.append({**case, "skipped": str(error)})
                print(f"{peer}: skipped: {error}", flush=True)
                continue
            # Ours may be the better optimum, not the worse one.
            same = answer["largest_difference"] <= 1e-4 and answer["objective_difference"] >= -1e-6
            differ |= not same
            results.append({**case, "version": answer["version"], "seconds_peer": answer["seconds"],
                            "seconds_ours": found["seconds"], "ratio": answer["seconds"] / found["seconds"],
                            "largest_difference": answer["largest_difference"],
                            "objective_difference": answer["objective_difference"], "same": same})
            print(f"{peer:14} {model:14} {penalty + (f' {strength:g}' if strength else ''):>10} "
                  f"{answer['seconds']:>8.2f} {found['seconds']:>7.2f} {answer['seconds'] / found['seconds']:>6.1f} "
                  f"{answer['largest_difference']:>15.2g} {answer['objective_difference']:>17.2g}"
                  f"{'' if same else '   NOT THE SAME'}", flush=True)
    if options.out:
        Path(options.out).write_text(json.dumps(results, indent=1) + "\n")
    if not any("same" in result for result in results):
        print("nothing was compared", file=sys.stderr)
        return 1
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
