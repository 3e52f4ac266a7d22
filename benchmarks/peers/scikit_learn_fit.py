# SPDX-License-Identifier: BSD-3-Clause
"""scikit-learn: its logistic and Poisson regressions, each with the solver that was found fastest here."""

import warnings

import fit
import numpy
import sklearn
from sklearn.linear_model import LogisticRegression, PoissonRegressor

warnings.filterwarnings("ignore", category=FutureWarning)


def fitted(design, counts, job):
    steps, strength = len(counts), job["strength"]
    if job["model"] == "poisson_glm":
        model = PoissonRegressor(alpha=strength, solver="newton-cholesky", tol=1e-7, max_iter=1000)
    elif job["penalty"] == "l1":
        model = LogisticRegression(penalty="l1", C=1 / (steps * strength), solver="liblinear", tol=1e-8,
                                   intercept_scaling=1000, max_iter=10_000)
    else:
        c = 1 / (steps * strength) if strength > 0 else float("inf")
        model = LogisticRegression(C=c, solver="newton-cholesky", tol=1e-9, max_iter=1000)
    model.fit(design, counts)
    return model.coef_.ravel(), float(numpy.ravel(model.intercept_)[0])


if __name__ == "__main__":
    fit.main(sklearn.__version__, fitted)
