"""Discovery significance as an objective."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.errors import DataError, DeclarationError
from gradcut.objectives.background import Background
from gradcut.objectives.base import Direction, Objective
from gradcut.objectives.quadrature import root_of_sum, root_of_sum_slopes, signed_square
from gradcut.objectives.roles import declared_uncertainties

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import Moments, Yields, YieldsLayout

__all__ = ["AsimovSignificance"]

#: A background this small, in units of that before the selection, counts as none.
TINY = 1e-9


class AsimovSignificance(Objective):
    """Median discovery significance, all channels and bins in quadrature.

    Parameters
    ----------
    background_uncertainty : float, default 0
        Relative uncertainty of the background, independent per bin.
    mc_stat : bool, default True
        Add the MC variance of every background process, which has a floor: a process without events left is
        not a certain one (:meth:`gradcut.Yields.floored_variance`).
    systematics : {"refuse", "sigma_b", "ignore"}, default "refuse"
        What becomes of declared normalisation uncertainties and variations. They are correlated between bins
        and so have no place in this sum: by default they are an error. With one channel and one bin
        ``"sigma_b"`` adds them to its uncertainty in quadrature; ``"ignore"`` leaves them out.

    Notes
    -----
    ``sigma_b^2 = (r b)^2 + sum of the processes' MC variances``, per bin; ``Z^2`` adds over bins, a bin with
    negative signal counts negatively. The value is that of :func:`gradcut.stats.asimov_significance`. In a
    fit a background that is not positive is penalised in proportion to how many of its uncertainties it is
    below zero; at the end it is an error.

    References
    ----------
    ATL-PHYS-PUB-2020-025; G. Cowan (2012); with no uncertainty arXiv:1007.1727, eq. 97 (thesis eq. 7.1).
    """

    name = "Z"
    direction: Direction = "maximise"

    def __init__(
        self,
        background_uncertainty: float = 0.0,
        *,
        mc_stat: bool = True,
        systematics: Literal["refuse", "sigma_b", "ignore"] = "refuse",
    ) -> None:
        if not (isinstance(background_uncertainty, (int, float)) and 0 <= background_uncertainty < np.inf):
            raise DeclarationError(
                "a background uncertainty is a relative one",
                given=repr(background_uncertainty),
                allowed="a number from 0 on, such as 0.2 for 20%",
            )
        if systematics not in ("refuse", "sigma_b", "ignore"):
            raise DeclarationError(
                "unknown 'systematics'", given=repr(systematics), allowed="'refuse', 'sigma_b', 'ignore'"
            )
        self.background_uncertainty = float(background_uncertainty)
        self.mc_stat = bool(mc_stat)
        self.systematics = systematics
        self._background = Background(self.background_uncertainty, self.mc_stat, systematics == "sigma_b")

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "asimov_significance",
            "background_uncertainty": self.background_uncertainty,
            "mc_stat": self.mc_stat,
            "systematics": self.systematics,
        }

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        for role in ("signal", "background"):
            if not layout.process_indices(role):
                raise DeclarationError(
                    f"a significance needs a {role}",
                    given=", ".join(
                        f"{p} ({r})" for p, r in zip(layout.processes, layout.roles, strict=True)
                    ),
                    hint=f"samples.add(..., role='{role}')",
                )
        declared = declared_uncertainties(layout)
        if not declared or self.systematics == "ignore":
            return
        one_bin = len(layout.channels) * len(layout.bins) == 1
        if self.systematics == "refuse":
            ways = "systematics='ignore' leaves them out"
            if one_bin:
                ways = "systematics='sigma_b' adds them to the uncertainty of the one bin; " + ways
            raise DeclarationError(
                "the significance would ignore declared uncertainties",
                given=", ".join(declared),
                hint=ways,
            )
        if not one_bin:
            raise DeclarationError(
                "declared uncertainties are correlated between bins and cannot be added to sigma_b of each",
                given=f"{len(layout.channels)} channels, {len(layout.bins)} bins: " + ", ".join(declared),
                allowed="systematics='sigma_b' with one channel and one bin",
                hint="AsimovSignificance(..., systematics='ignore') leaves them out",
            )
        self._background.check_variations(layout)

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        return root_of_sum(self.contributions(yields))

    def contributions(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.contributions`: ``Z |Z|`` of each bin."""
        s, b, variance = self._background.sums(yields)
        exists = self._exists(b, yields.layout)
        safe = np.where(exists, b, 1.0)
        z = _per_bin(np.maximum(s, -safe), safe, variance)[0]
        return np.where(exists, signed_square(z), -np.inf)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return ""

    @property
    def squares_add(self) -> bool:
        """See :meth:`Objective.squares_add`."""
        return True

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`.

        The significance, less the number of its uncertainties that a background lies below zero.
        """
        s, b, variance = self._background.sums(yields)
        tiny = TINY * self._scale(yields.layout)
        safe, below = np.maximum(b, tiny), np.maximum(tiny - b, 0.0)
        least = -safe * (1 - 1e-9)
        z, zs, zb, zv = _per_bin(np.maximum(s, least), safe, variance)
        zb, zs = np.where(s < least, zb - (1 - 1e-9) * zs, zb), np.where(s < least, 0.0, zs)
        value, slope = root_of_sum_slopes(z)
        unit = np.sqrt(variance) + tiny
        db = np.where(below > 0, 1 / unit, slope * zb)
        cotangents = self._background.pull_back(yields, slope * zs, db, slope * zv)
        return value - (below / unit).sum((1, 2)), cotangents

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        _, b, _ = self._background.sums(yields)
        exists = self._exists(b, yields.layout).all(0)
        if exists.all():
            return
        c, bin_ = np.argwhere(~exists)[0]
        layout = yields.layout
        entries, sum_w, _ = yields.moments
        of = ", ".join(
            f"{p} {sum_w[0, c, i, 0, bin_]:.4g} ({entries[0, c, i, 0, bin_]:.0f} entries)"
            for i, p in enumerate(layout.processes)
            if layout.roles[i] == "background"
        )
        raise DataError(
            "the total background in a bin is not positive, so there is no significance",
            where=f"channel '{layout.channels[c]}', bin '{layout.bins[bin_]}'",
            given=of,
            hint="use more events, fewer cuts, or merge processes with negative weights into a larger one",
        )

    def _scale(self, layout: YieldsLayout) -> NDArray[np.float64]:
        total = np.abs(layout.total_sum_w[:, layout.process_indices("background")]).sum(1)
        return np.asarray(np.where(total > 0, total, 1.0))[None, :, None]

    def _exists(self, b: NDArray[np.float64], layout: YieldsLayout) -> NDArray[np.bool_]:
        # A channel in which no background is declared at all has nothing to say.
        return np.asarray(b > TINY * self._scale(layout))


def _per_bin(
    s: NDArray[np.float64], b: NDArray[np.float64], variance: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Significance and its derivatives in signal, background and variance."""
    from gradcut._kernels import asimov_significance

    sigma = np.sqrt(np.maximum(variance, 1e-300))  # a square root of zero has no derivative
    flat = (np.ascontiguousarray(a, dtype=np.float64).reshape(-1) for a in (s, b, sigma))
    z, zs, zb, zsigma = (out.reshape(s.shape) for out in asimov_significance(*flat))
    return z, zs, zb, zsigma / (2 * sigma)
