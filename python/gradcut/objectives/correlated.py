"""Significance of several bins with correlated uncertainties, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.objectives.background import Background, variation_groups
from gradcut.objectives.base import Direction, Objective
from gradcut.objectives.roles import check_roles
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import Yields, YieldsLayout

__all__ = ["CorrelatedSignificance"]

#: A variance this small, in units of the background before the selection, counts as none.
TINY = 1e-9


class CorrelatedSignificance(Objective):
    """``Z^2 = s^T (diag(b + sigma_mc^2) + Sigma)^-1 s`` over all channels and bins.

    Parameters
    ----------
    background_uncertainty : float, default 0
        Relative uncertainty of the whole background, the same in all bins at once.
    mc_stat : bool, default True
        Add the MC variance of every background process with its floor to the diagonal.

    Notes
    -----
    ``Sigma`` is the sum of ``d d^T`` over the declared uncertainties: the yield of a process times its
    normalisation uncertainty, and half the difference between up and down of every variation (the difference
    from nominal where there is one side only). It is the Gaussian limit of a profile likelihood, for signals
    that are small beside the background; bins with equal ``s / b`` share their uncertainties, others
    constrain them.

    References
    ----------
    DESIGN section 4; the profile likelihood in the large-sample limit, arXiv:1007.1727, section 3.
    """

    name = "Z"
    direction: Direction = "maximise"

    def __init__(self, background_uncertainty: float = 0.0, *, mc_stat: bool = True) -> None:
        given = background_uncertainty
        if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0 <= given < np.inf:
            raise DeclarationError(
                "a background uncertainty is a relative one",
                given=repr(given),
                allowed="a number from 0 on, such as 0.2 for 20%",
            )
        self.background_uncertainty, self.mc_stat = float(given), bool(mc_stat)
        self._background = Background(0.0, self.mc_stat, systematics=False)

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "correlated_significance",
            "background_uncertainty": self.background_uncertainty,
            "mc_stat": self.mc_stat,
        }

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        check_roles(layout, self.name)
        self._background.check_variations(layout)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return "correlated uncertainties tie its bins together"

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        _, b, variance = self._background.sums(yields)
        exists = (b + variance > self._tiny(yields.layout)).all((1, 2))
        return np.asarray(np.where(exists, self.gradient(yields)[0], -np.inf), dtype=np.float64)

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        s, b, variance = self._background.sums(yields)
        shape = s.shape
        tiny = self._tiny(yields.layout)
        diagonal = np.maximum(b + variance, tiny)
        shifts = self._shifts(yields)
        flat = diagonal.reshape(shape[0], -1)
        covariance = flat[:, :, None] * np.eye(flat.shape[1])
        for _, shift in shifts:
            d = shift.reshape(shape[0], -1)
            covariance = covariance + d[:, :, None] * d[:, None, :]
        x = np.linalg.solve(covariance, s.reshape(shape[0], -1)[..., None])[..., 0]
        q = (x * s.reshape(shape[0], -1)).sum(1)
        # The sign is that of the signal that counts.
        sign = np.where((x * flat).sum(1) < 0, -1.0, 1.0)
        root = np.sqrt(np.maximum(q, 0) + 1e-24)
        half = (sign / (2 * root))[:, None, None]
        x = x.reshape(shape)
        d_diagonal = np.where(b + variance > tiny, -half * x**2, 0.0)
        made = self._background.pull_back(yields, 2 * half * x, d_diagonal, d_diagonal)
        for factors, shift in shifts:
            slope = -2 * half * (x * shift).sum((1, 2), keepdims=True) * x
            for (process, tag), factor in factors.items():
                made.sum_w[:, :, process, tag] += factor * slope
        return sign * root, made

    def _shifts(self, yields: Yields) -> list[tuple[dict[tuple[int, int], float], NDArray[np.float64]]]:
        """What each uncertainty moves, shape (points, channels, bins), and which yields that is made of."""
        layout = yields.layout
        background = layout.process_indices("background")
        made: list[dict[tuple[int, int], float]] = []
        if self.background_uncertainty:
            made.append({(p, 0): self.background_uncertainty for p in background})
        made += [{(p, 0): layout.norm_uncertainty[p]} for p in background if layout.norm_uncertainty[p]]
        for tags in variation_groups(layout).values():
            one_sided = {tags[0]: 1.0, 0: -1.0}
            factors = {tags[0]: 0.5, tags[1]: -0.5} if len(tags) == 2 else one_sided
            made.append({(p, tag): f for tag, f in factors.items() for p in background})
        sum_w = yields.moments.sum_w
        return [
            (factors, np.asarray(sum(f * sum_w[:, :, p, tag] for (p, tag), f in factors.items())))
            for factors in made
        ]

    def _tiny(self, layout: YieldsLayout) -> NDArray[np.float64]:
        total = np.abs(layout.total_sum_w[:, layout.process_indices("background")]).sum(1)
        return np.asarray(TINY * np.where(total > 0, total, 1.0))[None, :, None]
