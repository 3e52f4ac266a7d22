#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Times the Python package Spikeometric on the networks of gpu.cu, through its public interface.

    python3 spikeometric_gpu.py               on a GPU
    python3 spikeometric_gpu.py --cpu --quick

Prints a line of JSON for each network and coupling window, with the median time per step. Needs torch, torch_geometric
and spikeometric; exit status 77 where they, or a GPU, are missing.
"""

import argparse
import json
import statistics
import sys
import time


PARAMETERS = dict(theta=5.0, dt=1.0, alpha=0.5, abs_ref_scale=3, abs_ref_strength=-100.0, rel_ref_scale=7,
                  rel_ref_strength=-30.0, beta=0.2, r=1.0)


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


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--cpu", action="store_true", help="without a GPU")
    arguments.add_argument("--quick", action="store_true", help="tiny networks, few steps")
    arguments.add_argument("--seconds", type=float, default=1e9, help="start no measurement after that")
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


if __name__ == "__main__":
    main()
