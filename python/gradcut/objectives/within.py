"""An objective under limits that hard cuts keep to where they learn."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError, UnattainableError
from gradcut.objectives.base import Constrained, Direction, Objective, Shortfall
from gradcut.objectives.limits import BackgroundBudget, PurityFloor, limits_of, signal_and_background
from gradcut.objectives.roles import total_yield
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.yields import YieldsLayout

__all__ = ["Within"]

#: Weight of the squared strain beside the logarithm of the objective, and its fraction at the first step.
WEIGHT, EASED = 1000.0, 0.02
#: Below this part of its value before the selection an objective counts linearly, above as its logarithm.
LINEAR = 1e-3


class Within(Objective):
    """An objective under limits; made by :meth:`Objective.within`.

    Parameters
    ----------
    objective : Objective
        What is made better, such as :class:`SignalEfficiency` or :class:`AsimovSignificance`.
    max_background : float, optional
        Largest yield of the background.
    max_background_efficiency : float, optional
        The same as a part of the background before the selection.
    min_purity : float, optional
        Least part of the signal in what is selected, ``s / (s + b)``.

    Notes
    -----
    Yields are of all processes of a role together, over all channels and bins. The hard cuts of a fit keep to
    the limits on the events that they learn from; ``hard`` is the value of the objective alone, also where
    they are exceeded, as they may be on unused events by their fluctuation. Smooth cuts are led by ``L(f) -
    1000 (ln(b / budget)^2 + ln(odds wanted * b / s)^2)``, each square only where its limit is exceeded; ``L``
    is the logarithm of the objective in units of that before the selection, so that it has no scale.
    """

    def __init__(
        self,
        objective: Objective,
        *,
        max_background: float | None = None,
        max_background_efficiency: float | None = None,
        min_purity: float | None = None,
    ) -> None:
        if not isinstance(objective, Objective):
            raise DeclarationError("limits are those of an objective", given=repr(objective))
        if objective.is_constrained:
            raise DeclarationError(
                "an objective that has a constraint of its own has no further limits",
                given=repr(objective),
                hint="give all limits at once: within(max_background=..., min_purity=...)",
            )
        self.limits = limits_of(max_background, max_background_efficiency, min_purity)
        self.objective = objective
        self.max_background = max_background
        self.max_background_efficiency = max_background_efficiency
        self.min_purity = min_purity
        self.name = objective.name
        self.direction: Direction = objective.direction
        self._weight, self._is_pressed = WEIGHT, False

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {
            "kind": "within",
            "objective": self.objective.describe(),
            "max_background": self.max_background,
            "max_background_efficiency": self.max_background_efficiency,
            "min_purity": self.min_purity,
        }

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`; a budget below any event of the background is refused."""
        self.objective.check(layout)
        for role in ("signal", "background"):
            total_yield(layout, role)
        weights = layout.mean_weight[:, layout.process_indices("background")]
        least = float(weights[weights > 0].min())
        for limit in self.limits:
            if isinstance(limit, BackgroundBudget) and limit.most(layout) < least:
                raise UnattainableError(
                    "the budget is smaller than a single event of the background",
                    given=f"{limit.most(layout):.6g}",
                    allowed=f"from {least:.6g} on, the smallest mean weight of a background process",
                    hint="a larger budget, or more simulated events",
                )

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        self.objective.check_final(yields)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return "its limits are those of all bins together"

    @property
    def steadies(self) -> bool:
        """See :attr:`Objective.steadies`."""
        return self.objective.steadies

    @property
    def sees_axes(self) -> bool:
        """See :meth:`Objective.sees_axes`."""
        return self.objective.sees_axes

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`: of the objective alone."""
        return self.objective.hard(yields)

    @property
    def is_constrained(self) -> bool:
        """See :meth:`Objective.is_constrained`."""
        return True

    @property
    def is_exact(self) -> bool:
        """See :meth:`Objective.is_exact`."""
        return self.objective.is_exact

    @property
    def uses_up(self) -> bool:
        """See :meth:`Objective.uses_up`: a significance has a best value of its own, which may lie within."""
        return self._is_pressed or self.objective.grows

    def pressed(self) -> Within:
        """The same where it is known that the best lies at a limit, since it does not hold by itself."""
        pressed = copy(self)
        pressed._is_pressed = True
        return pressed

    @property
    def towards(self) -> Objective | None:
        """See :meth:`Objective.towards`: the tightest cuts need not be the purest."""
        return _Towards(self) if any(isinstance(limit, PurityFloor) for limit in self.limits) else None

    @property
    def constraint(self) -> str:
        """See :meth:`Objective.constraint`."""
        return " and ".join(limit.name for limit in self.limits)

    def constrained(self, yields: Yields) -> Constrained:
        """See :meth:`Objective.constrained`: the limit that is the furthest from being met."""
        signal, background = signal_and_background(yields)
        excess = np.min([limit.excess(signal, background, yields.layout) for limit in self.limits], axis=0)
        return Constrained(excess, -self.objective.merit(yields))

    def unit(self, merit: float) -> float:
        """See :meth:`Objective.unit`."""
        return self.objective.unit(merit)

    def penalised(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.penalised`."""
        value = self.objective.sign * self.objective.hard(yields)
        worse = 1 + self._weight * self._strained(yields)[0]
        # In units of the objective, so that a fraction of it stays one.
        return np.asarray(np.where(value > 0, value / worse, value * worse))

    def shortfall(self, widest: Yields, tightest: Yields | None) -> Shortfall | None:
        """See :meth:`Objective.shortfall`: a budget is met by tight cuts, or by none."""
        if tightest is None:
            return None
        left = float(signal_and_background(tightest)[1][0])
        for limit in self.limits:
            if isinstance(limit, BackgroundBudget):
                most = limit.most(tightest.layout)
                if left > most * (1 + 1e-9):
                    return Shortfall(
                        problem="no cuts leave as little background",
                        given=f"a budget of {most:.6g}",
                        allowed=f"from {left:.6g} on",
                        role="background",
                        hint="a larger budget, missing='fail' or other values of fixed parameters",
                        at_open=False,
                    )
        return None

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        value, cotangents = self.objective.gradient(yields)
        sign = self.objective.sign
        led, slope = self._logarithm(sign * value, yields.layout)
        strain, by_signal, by_background = self._strained(yields)
        made = Moments(*(slope[:, None, None, None, None] * sign * c for c in cotangents))
        for role, by in (("signal", by_signal), ("background", by_background)):
            for process in yields.layout.process_indices(role):
                made.sum_w[:, :, process, 0] -= self._weight * by[:, None, None]
        turned = Moments(*(sign * moment for moment in made))
        return sign * (led - self._weight * strain), turned

    def annealed(self, fraction: float) -> Within:
        """See :meth:`Objective.annealed`: limits press gently at first, so that cuts trade places."""
        eased = copy(self)
        eased.objective = self.objective.annealed(fraction)
        eased._weight = self._weight * EASED ** max(1 - fraction, 0.0)
        return eased

    def penalty(
        self, standardised: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """See :meth:`Objective.penalty`."""
        return self.objective.penalty(standardised)

    def _terms(self) -> tuple[tuple[float, Objective], ...]:
        raise DeclarationError(
            "an objective under limits has no factor and adds to nothing",
            given=repr(self),
            hint="add first, then limit: (a + 0.5 * b).within(max_background=...)",
        )

    def _strained(self, yields: Yields) -> tuple[NDArray[np.float64], ...]:
        """Sum of the squared strains, and its derivatives in signal and background."""
        signal, background = signal_and_background(yields)
        found = [limit.strain(signal, background, yields.layout) for limit in self.limits]
        return (
            np.asarray(sum(one.value**2 for one in found)),
            np.asarray(sum(2 * one.value * one.by_signal for one in found)),
            np.asarray(sum(2 * one.value * one.by_background for one in found)),
        )

    def _logarithm(
        self, values: NDArray[np.float64], layout: YieldsLayout
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Logarithm of values in units of that before the selection, linear near zero, and its slopes."""
        unit = _unit(self.objective, layout)
        x = values / unit
        above = x > 0
        slope = 1 / (np.where(above, x, 0.0) + LINEAR)
        log = np.where(above, np.log(np.where(above, x, 0.0) + LINEAR), np.log(LINEAR) + x / LINEAR)
        return log, slope / unit


class _Towards(Within):
    """An objective under limits on its way to where they are met."""

    def __init__(self, whole: Within) -> None:
        vars(self).update(vars(whole))

    def merit(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.penalised`."""
        return self.penalised(yields)


def _unit(objective: Objective, layout: YieldsLayout) -> float:
    """Size of an objective before the selection."""
    shape = (1, *layout.shape)
    sums = (
        layout.total_entries,
        layout.total_sum_w,
        layout.total_entries * layout.mean_weight**2,
    )
    moments = Moments(*(np.broadcast_to(one[None, :, :, None, None], shape).copy() for one in sums))
    size = abs(float(objective.hard(Yields(layout, moments))[0]))
    return size if 0 < size < np.inf else 1.0
