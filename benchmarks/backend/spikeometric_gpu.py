#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Times the Python package Spikeometric on the networks of gpu.cu, through its public interface.

    python3 spikeometric_gpu.py               on a GPU
    python3 spikeometric_gpu.py --cpu --quick

Prints a line of JSON for each network and coupling window, with the median time per step; with --against, what gpu.cu
wrote, how many times as long that is, beside the target. Needs torch, torch_geometric and spikeometric; exit status 77
where they, or a GPU, are missing.
"""

import argparse
import json
import statistics
import sys
import time


PARAMETERS = dict(theta=5.0, dt=1.0, alpha=0.5, abs_ref_scale=3, abs_ref_strength=-100.0, rel_ref_scale=7,
                  rel_ref_strength=-30.0, beta=0.2, r=1.0)

ROWS = {(5_000, 1): "normal-1", (5_000, 20): "normal", (5_000, 100): "normal-100",  # of gpu.cu
        (22_361, 1): "large-1", (22_361, 20): "large-20", (22_361, 100): "large-100"}
TARGETS = {1: 30, 20: 100, 100: 300}  # by coupling window


def skip(reason):
    print(f"skipped: {reason}", file=sys.stderr)
    sys.exit(77)


def network(torch, data, neurons, degree, device):
    """Random synapses; half of the neurons excitatory, with the weights of generate::normal at std 5."""
    synapses = neurons * degree
    pre = torch.randint(neurons, (synapses,), device=device)
    post = torch.randint(neurons, (synapses,), device=device)
    weights = torch.randn(synapses, device=device).abs() * (5.0 / degree**0.5)
    weights = torch.where(pre < neurons // 2, weights, -weights)
    return data(edge_index=torch.stack([pre, post]), W0=weights, num_nodes=neurons)


def compare(rows, path):
    try:
        with open(path) as file:
            ours = {row["row"]: row["us_per_step"] for row in json.load(file)["rows"]}
    except (OSError, ValueError) as error:
        print(f"nothing to compare with: {error}")
        return
    for row in rows:
        neurons, window = row["neurons"], row["coupling_window"]
        name = ROWS.get((neurons, window))
        if "us_per_step" not in row or name not in ours:
            continue
        ratio, target = row["us_per_step"] / ours[name], TARGETS[window]
        print(f"{name:14} {neurons} neurons, window {window:3}: {row['us_per_step']:10.1f} us, ours {ours[name]:8.2f}: "
              f"{ratio:6.0f} times, target {target}: {'met' if ratio >= target else 'MISSED'}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--cpu", action="store_true", help="without a GPU")
    arguments.add_argument("--quick", action="store_true", help="tiny networks, few steps")
    arguments.add_argument("--seconds", type=float, default=1e9, help="start no measurement after that")
    arguments.add_argument("--against", metavar="JSON", help="what gpu.cu wrote")
    options = arguments.parse_args()
    try:
        import torch
        from spikeometric.models import BernoulliGLM
        from torch_geometric.data import Data
    except ImportError as error:
        skip(error)
    if not options.cpu and not torch.cuda.is_available():
        skip("torch finds no GPU; --cpu measures without")
    device = torch.device("cpu" if options.cpu else "cuda")

    def timed(model, data, steps):
        if device.type == "cuda":
            torch.cuda.synchronize()
        start = time.perf_counter()
        spikes = model.simulate(data, n_steps=steps, equilibration_steps=0, verbose=False)
        if device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - start, spikes

    rows = []
    start = time.monotonic()
    for neurons, degree in [(200, 20), (500, 50)] if options.quick else [(5_000, 500), (22_361, 2_236)]:
        torch.manual_seed(1)
        data = network(torch, Data, neurons, degree, device)
        for window in (1, 20, 100):
            if time.monotonic() - start > options.seconds:
                print(f"{neurons} neurons, window {window}: out of time", file=sys.stderr)
                continue
            model = BernoulliGLM(coupling_window=window, **PARAMETERS).to(device)
            row = {"neurons": neurons, "synapses": neurons * degree, "coupling_window": window, "device": device.type}
            try:
                steps = 10
                while timed(model, data, steps)[0] < (0.0 if options.quick else 0.2):
                    steps *= 2
                runs = [timed(model, data, steps) for _ in range(5)]
                row["us_per_step"] = statistics.median(seconds for seconds, _ in runs) / steps * 1e6
                row["spikes_per_neuron_step"] = runs[-1][1].float().mean().item()
            except RuntimeError as error:  # out of memory, for one
                row["error"] = str(error).splitlines()[0]
            print(json.dumps(row), flush=True)
            rows.append(row)
    if options.against:
        compare(rows, options.against)


if __name__ == "__main__":
    main()
