# SPDX-License-Identifier: BSD-3-Clause
"""nemos: its GLMs with a ridge penalty, by L-BFGS, compiled by JAX for the CPU in double precision."""

from importlib.metadata import version

import fit
import jax
import nemos
import numpy

jax.config.update("jax_enable_x64", True)


def fitted(design, counts, job):
    kind = "Bernoulli" if job["model"] == "bernoulli_glm" else "Poisson"
    link = {} if kind == "Bernoulli" else {"inverse_link_function": jax.numpy.exp}
    model = nemos.glm.GLM(observation_model=kind, regularizer="Ridge", regularizer_strength=job["strength"],
                          solver_name="LBFGS", solver_kwargs={"tol": 1e-9, "maxiter": 1000}, **link)
    model.fit(design, counts)
    return numpy.asarray(model.coef_), float(numpy.asarray(model.intercept_)[0])


if __name__ == "__main__":
    fit.main(version("nemos"), fitted)
