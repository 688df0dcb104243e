"""Where to try next: a Gaussian process of what was tried, and its expected improvement."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["proposed", "sobol"]

#: Variance of what hard bins fluctuate by when edges move over single events, beside that of all trials.
JITTER = 1e-3
#: Merits further below the best than so many times the distance of the median count as this far: a few
#: hopeless trials do not set the scale.
DEEPEST = 4.0
#: Steps of the fit of the length scales, and of the search for the largest expected improvement.
FIT_STEPS, SEARCH_STEPS = 50, 40
#: Places that the search starts from, and those that it takes the best of.
RESTARTS, RAW = 3, 64


def sobol(n_points: int, n_numbers: int, seed: int) -> NDArray[np.float64]:
    """Points of a scrambled Sobol sequence in the unit cube, shape (points, numbers)."""
    import torch

    made: Any = torch.quasirandom.SobolEngine
    engine = made(n_numbers, scramble=True, seed=seed)
    return np.asarray(engine.draw(n_points, dtype=torch.float64).numpy())


def proposed(points: NDArray[np.float64], merits: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the point of the unit cube with the largest expected improvement, shape (numbers,).

    Parameters
    ----------
    points : ndarray of float64, shape (trials, numbers)
        What was tried, in the unit cube.
    merits : ndarray of float64, shape (trials,)
        What came of it, better when larger; finite.
    seed : int
        Of the places that the search starts from.

    Notes
    -----
    Matern 5/2 with a length scale per number and priors on them that grow with their number (C. Hvarfner et
    al., arXiv:2402.02229); the logarithm of the expected improvement (S. Ament et al., arXiv:2310.20708).
    Nothing is kept between calls, so that trials from a checkpoint continue as if they had never stopped.
    """
    with _alone(seed):
        import torch
        from botorch.acquisition.analytic import LogExpectedImprovement
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import SingleTaskGP
        from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
        from botorch.optim.optimize import optimize_acqf
        from gpytorch.mlls import ExactMarginalLogLikelihood

        x = torch.from_numpy(np.ascontiguousarray(points))
        y = torch.from_numpy(_standardised(merits))[:, None]
        d = x.shape[1]
        model = SingleTaskGP(
            x,
            y,
            train_Yvar=torch.full_like(y, JITTER),
            covar_module=get_covar_module_with_dim_scaled_prior(ard_num_dims=d, use_rbf_kernel=False),
            outcome_transform=None,
        )
        mll = ExactMarginalLogLikelihood(model.likelihood, model)
        fit_gpytorch_mll(mll, optimizer_kwargs={"options": {"maxiter": FIT_STEPS}})
        found, _ = optimize_acqf(
            LogExpectedImprovement(model, best_f=float(y.max())),
            bounds=torch.stack([torch.zeros(d), torch.ones(d)]).double(),
            q=1,
            num_restarts=RESTARTS,
            raw_samples=RAW,
            options={"maxiter": SEARCH_STEPS, "seed": seed},
        )
        return np.asarray(found[0].detach().numpy(), dtype=np.float64).clip(0.0, 1.0)


def _standardised(merits: NDArray[np.float64]) -> NDArray[np.float64]:
    best, middle = float(merits.max()), float(np.median(merits))
    kept = merits if middle >= best else np.maximum(merits, best - DEEPEST * (best - middle))
    scale = float(kept.std())
    # Of trials that are all alike the mean is no different from each.
    return np.asarray((kept - kept.mean()) / scale if scale > 1e-14 * abs(best) else np.zeros(len(kept)))


@contextmanager
def _alone(seed: int) -> Iterator[None]:
    """One thread, random numbers of one's own, and no warnings of packages that users did not call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from botorch.utils.sampling import manual_seed

        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # matrices of some tens of rows; and sums do not depend on the machine
        try:
            with manual_seed(seed):
                yield
        finally:
            torch.set_num_threads(threads)
