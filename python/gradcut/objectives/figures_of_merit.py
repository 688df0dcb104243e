"""Classical figures of merit: s over the square root of b, and Punzi's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.objectives.background import Background
from gradcut.objectives.base import Direction, Objective
from gradcut.objectives.quadrature import root_of_sum, root_of_sum_slopes, signed_square
from gradcut.objectives.roles import check_roles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import Moments, Yields, YieldsLayout

__all__ = ["PunziSignificance", "SignalOverRootBackground"]

#: A background this small, in units of that before the selection, counts as none.
TINY = 1e-9


class SignalOverRootBackground(Objective):
    """``s / sqrt(b + sigma_b^2)``, all channels and bins in quadrature.

    Parameters
    ----------
    background_uncertainty : float, default 0
        Relative uncertainty of the background, independent per bin.
    mc_stat : bool, default True
        Add the MC variance of every background process with its floor. Without it the figure diverges where
        the simulation has run out.

    Notes
    -----
    The limit of the discovery significance for a signal that is small beside the background; use
    :class:`AsimovSignificance` where it is not. Declared normalisation uncertainties and variations do not
    enter, which is an error unless there are none.
    """

    name = "s/sqrt(b)"
    direction: Direction = "maximise"

    def __init__(self, background_uncertainty: float = 0.0, *, mc_stat: bool = True) -> None:
        self.background_uncertainty = _not_negative(background_uncertainty, "background_uncertainty")
        self.mc_stat = bool(mc_stat)
        self._background = Background(self.background_uncertainty, self.mc_stat, systematics=False)

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "signal_over_root_background",
            "background_uncertainty": self.background_uncertainty,
            "mc_stat": self.mc_stat,
        }

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        check_roles(layout, self.name, ignores_systematics=True)

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        return root_of_sum(self.contributions(yields))

    def contributions(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.contributions`: ``s |s| / (b + sigma_b^2)`` of each bin."""
        term, total, tiny = self._per_bin(*self._background.sums(yields), yields.layout)
        return np.where(total > tiny, signed_square(term), -np.inf)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return ""

    @property
    def squares_add(self) -> bool:
        """See :meth:`Objective.squares_add`."""
        return True

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        s, b, variance = self._background.sums(yields)
        term, total, tiny = self._per_bin(s, b, variance, yields.layout)
        value, slope = root_of_sum_slopes(term)
        safe = np.maximum(total, tiny)
        d_total = np.where(total > tiny, -slope * term / (2 * safe), 0.0)
        return value, self._background.pull_back(yields, slope / np.sqrt(safe), d_total, d_total)

    def _per_bin(
        self,
        s: NDArray[np.float64],
        b: NDArray[np.float64],
        variance: NDArray[np.float64],
        layout: YieldsLayout,
    ) -> tuple[NDArray[np.float64], ...]:
        """Figure of each bin, what stands under its root, and the least of that."""
        total, tiny = b + variance, _tiny(layout)
        return s / np.sqrt(np.maximum(total, tiny)), total, tiny


class PunziSignificance(Objective):
    """``eps_s / (a / 2 + sqrt(b))``: best for discovery or exclusion of a signal of unknown cross-section.

    Parameters
    ----------
    n_sigma : float, default 5
        ``a``, the wanted significance: 5 for a discovery, 1.64 for a limit at 95% confidence.
    background_uncertainty : float, default 0
        Relative uncertainty of the background; ``b + (r b)^2`` stands for ``b`` then.
    mc_stat : bool, default False
        Add the MC variance of every background process with its floor to ``b``.

    Notes
    -----
    All channels and bins together are one counting experiment.

    References
    ----------
    G. Punzi, "Sensitivity of searches for new signals and its optimization", physics/0308063, eq. 7.
    """

    name = "Punzi"
    direction: Direction = "maximise"

    def __init__(
        self, n_sigma: float = 5.0, background_uncertainty: float = 0.0, *, mc_stat: bool = False
    ) -> None:
        self.n_sigma = _not_negative(n_sigma, "n_sigma")
        if self.n_sigma == 0:
            raise DeclarationError("n_sigma is positive", given="0", allowed="such as 5")
        self.background_uncertainty = _not_negative(background_uncertainty, "background_uncertainty")
        self.mc_stat = bool(mc_stat)
        self._background = Background(0.0, self.mc_stat, systematics=False)

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "punzi_significance",
            "n_sigma": self.n_sigma,
            "background_uncertainty": self.background_uncertainty,
            "mc_stat": self.mc_stat,
        }

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        check_roles(layout, self.name, ignores_systematics=True)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return "it takes all channels and bins as one counting experiment"

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        return self.gradient(yields)[0]

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        s, b, variance = self._background.sums(yields)
        signals = yields.layout.process_indices("signal")
        total_signal = float(yields.layout.total_sum_w[:, signals].sum())
        efficiency, background = s.sum((1, 2)) / total_signal, b.sum((1, 2))
        under_root = background + (self.background_uncertainty * background) ** 2 + variance.sum((1, 2))
        tiny = TINY * float(_tiny(yields.layout).sum())  # its root has to be small beside a / 2
        root = np.sqrt(np.maximum(under_root, tiny))
        denominator = self.n_sigma / 2 + root
        value = efficiency / denominator
        d_root = np.where(under_root > tiny, -efficiency / denominator**2 / (2 * root), 0.0)
        d_b = d_root * (1 + 2 * self.background_uncertainty**2 * background)
        ones = np.ones(s.shape)
        ds = ones * (1 / (total_signal * denominator))[:, None, None]
        return value, self._background.pull_back(
            yields, ds, ones * d_b[:, None, None], ones * d_root[:, None, None]
        )


def _not_negative(value: float, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < np.inf:
        raise DeclarationError(f"{name} is a number from 0 on", given=repr(value))
    return float(value)


def _tiny(layout: YieldsLayout) -> NDArray[np.float64]:
    total = np.abs(layout.total_sum_w[:, layout.process_indices("background")]).sum(1)
    return np.asarray(TINY * np.where(total > 0, total, 1.0))[None, :, None]
