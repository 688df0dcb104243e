"""What every objective has in common: a direction, a soft value with a gradient, and a hard value."""

from __future__ import annotations

import abc
import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gradcut.errors import DeclarationError
from gradcut.yields import Moments

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from gradcut.yields import Yields, YieldsLayout

__all__ = ["Constrained", "Direction", "Objective", "Shortfall", "Sum"]

Direction = Literal["maximise", "minimise"]

#: A target is met within this much: sums of the same events differ by rounding.
ROUNDING = 1e-9


class Constrained(NamedTuple):
    """A constraint, and what is made small under it, per point."""

    #: By how much the constraint is more than met; negative where it is not.
    excess: NDArray[np.float64]
    #: What is best when smallest; :meth:`Objective.unit` says which difference is one hundred percent.
    cost: NDArray[np.float64]


class Shortfall(NamedTuple):
    """Why no cuts can meet a constraint."""

    problem: str
    given: str
    allowed: str
    hint: str
    #: Whose events are too few, or too many.
    role: str
    #: Whether cuts that are open are what comes closest; else those that keep as little as they can.
    at_open: bool


class Objective(abc.ABC):
    """A number per parameter point, a function of the yields.

    Objectives of the same direction add, and take factors: ``a + 0.1 * b``; ``-a`` turns the direction.
    """

    #: Name in tables, such as ``"Z"``.
    name: str
    direction: Direction

    @abc.abstractmethod
    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """Soft value per point, shape (points,), and its derivatives in the moments; of numpy yields.

        Both are finite wherever a fit may go.
        """

    def soft(self, yields: Yields) -> torch.Tensor:
        """Soft value per point of yields in torch, connected to them."""
        from gradcut.objectives.torch_bridge import soft_by_gradient

        return soft_by_gradient(self, yields)

    @abc.abstractmethod
    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """Value per point, shape (points,), of numpy yields; without torch.

        A point where it does not exist (no background left) has the worst value, an infinity.
        """

    @abc.abstractmethod
    def describe(self) -> dict[str, Any]:
        """Name and settings as plain data, for results and checkpoints."""

    def contributions(self, yields: Yields) -> NDArray[np.float64] | None:
        """What each bin of hard yields adds, shape (points, channels, bins); None if :attr:`ties` says why.

        Their sum over channels and bins orders points as the objective does, better when larger, and depends
        on no other bin. Minus infinity where a bin makes the objective not exist.
        """
        del yields
        return None

    @property
    def ties(self) -> str:
        """What ties bins together, as the end of a sentence; empty for an objective that adds over them."""
        return "it is a function of all yields together"

    @property
    def squares_add(self) -> bool:
        """Whether the value is the signed root of the sum of its contributions."""
        return False

    @property
    def sees_axes(self) -> bool:
        """Whether it takes bins that are a product of axes as such, and looks along one of them."""
        return False

    @property
    def steadies(self) -> bool:
        """Whether the noise of variations is smoothed away along an axis while its edges are learned."""
        return False

    def check_additive(self, needed_by: str) -> None:
        """Raise unless the objective adds over bins.

        Parameters
        ----------
        needed_by : str
            What adds up bins, as the beginning of a sentence, such as ``"the exact method"``.
        """
        if self.ties:
            raise DeclarationError(
                f"{needed_by} needs an objective that adds over bins",
                given=f"{self!r}: {self.ties}",
                allowed="AsimovSignificance, SignalOverRootBackground, SignalEfficiency, "
                "SeveralSignals(..., 'quadrature') and Sideband of the first two",
                hint="method='gradient' takes any objective",
            )

    def check(self, layout: YieldsLayout) -> None:
        """Raise if these samples cannot have this objective, or it would ignore what is declared in them."""
        del layout

    def check_final(self, yields: Yields) -> None:
        """Raise if it does not exist at the end of a fit, saying where and why."""
        del yields

    def penalty(
        self, standardised: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Term in the thresholds and its derivatives; only while fitting.

        It is added to what is minimised, whatever the direction. Thresholds are in widths from the median, of
        shape (points, thresholds).
        """
        del standardised
        return None

    def annealed(self, fraction: float) -> Objective:
        """Objective to descend on when ``fraction`` of the steps is done, itself from 1 on.

        One that is steep around a constraint is smoother at first.
        """
        del fraction
        return self

    def constrained(self, yields: Yields) -> Constrained | None:
        """Constraint that hard cuts meet where they learn, and what is then least; None without one."""
        del yields
        return None

    @property
    def is_constrained(self) -> bool:
        """Whether :meth:`constrained` has something to say."""
        return False

    @property
    def grows(self) -> bool:
        """Whether it is never worse with looser cuts, where weights are positive."""
        return False

    @property
    def uses_up(self) -> bool:
        """Whether what is best uses up what the constraint allows."""
        return False

    @property
    def towards(self) -> Objective | None:
        """The same with :meth:`penalised` as its merit; None where loosening or tightening is enough."""
        return None

    @property
    def constraint(self) -> str:
        """Name of the constraint in messages."""
        return "target"

    def shortfall(self, widest: Yields, tightest: Yields | None) -> Shortfall | None:
        """Why no cuts meet the constraint, as far as the widest and the tightest ones tell; else None.

        A signal efficiency is met by loosening, a background budget by tightening; for a purity, which
        neither settles, nothing can be said before the cuts are learned.

        Parameters
        ----------
        widest, tightest : Yields
            Hard yields of one point, with all cuts that are learned open, and with all closed; None for the
            latter where a threshold that closes one cut opens another.
        """
        del widest, tightest
        return None

    @property
    def is_exact(self) -> bool:
        """Whether the best hard yields are all that counts, and not the thresholds as well."""
        return True

    def merit(self, yields: Yields) -> NDArray[np.float64]:
        """Hard value per point, better when larger; minus infinity where a constraint is not met."""
        import numpy as np

        constrained = self.constrained(yields)
        if constrained is None:
            return np.asarray(self.sign * self.hard(yields), dtype=np.float64)
        return np.where(constrained.excess >= -ROUNDING, -constrained.cost, -np.inf)

    def penalised(self, yields: Yields) -> NDArray[np.float64]:
        """Hard value per point, better when larger, and worse the further a constraint is missed.

        For steps that have not arrived at the constraint, or judge on events that it need not be met on.
        """
        return self.sign * self.hard(yields)

    def within(
        self,
        *,
        max_background: float | None = None,
        max_background_efficiency: float | None = None,
        min_purity: float | None = None,
    ) -> Objective:
        """Put limits on the yields, which hard cuts keep to on the events that they learn from.

        Parameters
        ----------
        max_background : float, optional
            Largest yield of the background.
        max_background_efficiency : float, optional
            The same as a part of the background before the selection.
        min_purity : float, optional
            Least part of the signal in what is selected, ``s / (s + b)``.

        Returns
        -------
        Objective
            A :class:`Within`.

        Examples
        --------
        >>> import gradcut as gc
        >>> gc.objectives.SignalEfficiency().within(max_background=12.5, min_purity=0.1).constraint
        'background budget and purity floor'
        """
        from gradcut.objectives.within import Within

        return Within(
            self,
            max_background=max_background,
            max_background_efficiency=max_background_efficiency,
            min_purity=min_purity,
        )

    def unit(self, merit: float) -> float:
        """Difference of merits that stands for one hundred percent, at a merit."""
        return abs(merit)

    @property
    def sign(self) -> float:
        """Factor that turns the value into one that is better when larger."""
        return 1.0 if self.direction == "maximise" else -1.0

    def _terms(self) -> tuple[tuple[float, Objective], ...]:
        return ((1.0, self),)

    def __add__(self, other: object) -> Objective:
        if not isinstance(other, Objective):
            return NotImplemented
        if other.direction != self.direction:
            raise DeclarationError(
                "a maximised and a minimised objective do not add",
                given=f"{self.name} ({self.direction}d) + {other.name} ({other.direction}d)",
                allowed=f"{self.name} - {other.name}, or {other.name} - {self.name}",
                hint=f"a minus turns the direction: -({other.name}) is to be {self.direction}d",
            )
        return Sum((*self._terms(), *other._terms()))

    def __sub__(self, other: object) -> Objective:
        return self + (-other) if isinstance(other, Objective) else NotImplemented

    def __mul__(self, factor: object) -> Objective:
        if isinstance(factor, bool) or not isinstance(factor, (int, float)):
            return NotImplemented
        if not math.isfinite(factor) or factor == 0:
            raise DeclarationError("the factor of an objective is finite and not zero", given=repr(factor))
        return Sum(tuple((factor * own, term) for own, term in self._terms()))

    __rmul__ = __mul__

    def __neg__(self) -> Objective:
        return self * -1.0

    def __repr__(self) -> str:
        settings = ", ".join(f"{key}={value!r}" for key, value in self.describe().items() if key != "kind")
        return f"{type(self).__name__}({settings})"


class Sum(Objective):
    """Objectives of one direction with factors; a negative factor turns a direction.

    Parameters
    ----------
    terms : tuple of (float, Objective)
        Factors and objectives.
    """

    def __init__(self, terms: tuple[tuple[float, Objective], ...]) -> None:
        self.terms = terms
        first_factor, first = terms[0]
        self.direction: Direction = "maximise" if first_factor * first.sign > 0 else "minimise"
        self.name = _text(terms)

    def _terms(self) -> tuple[tuple[float, Objective], ...]:
        return self.terms

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        import numpy as np

        value, total = np.zeros(yields.n_points), [np.zeros(m.shape) for m in yields.moments]
        for factor, term in self.terms:
            own, cotangents = term.gradient(yields)
            value += factor * own
            total = [sum_ + factor * moment for sum_, moment in zip(total, cotangents, strict=True)]
        return value, Moments(*total)

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        import numpy as np

        return np.asarray(sum(factor * term.hard(yields) for factor, term in self.terms), dtype=np.float64)

    def contributions(self, yields: Yields) -> NDArray[np.float64] | None:
        """See :meth:`Objective.contributions`; a factor of one term turns the direction, not the order."""
        return None if self.ties else self.terms[0][1].contributions(yields)

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return self.terms[0][1].ties if len(self.terms) == 1 else "a sum of objectives orders no bins"

    @property
    def sees_axes(self) -> bool:
        """See :meth:`Objective.sees_axes`."""
        return any(term.sees_axes for _, term in self.terms)

    @property
    def steadies(self) -> bool:
        """See :attr:`Objective.steadies`."""
        return any(term.steadies for _, term in self.terms)

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        return {"kind": "sum", "terms": [[factor, term.describe()] for factor, term in self.terms]}

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        for _, term in self.terms:
            term.check(layout)

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        for _, term in self.terms:
            term.check_final(yields)

    def annealed(self, fraction: float) -> Objective:
        """See :meth:`Objective.annealed`."""
        return Sum(tuple((factor, term.annealed(fraction)) for factor, term in self.terms))

    def penalty(
        self, standardised: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """See :meth:`Objective.penalty`."""
        found = [(abs(factor), term.penalty(standardised)) for factor, term in self.terms]
        kept = [(factor * own[0], factor * own[1]) for factor, own in found if own is not None]
        if not kept:
            return None
        values, derivatives = zip(*kept, strict=True)
        return sum(values[1:], values[0]), sum(derivatives[1:], derivatives[0])


def _text(terms: tuple[tuple[float, Objective], ...]) -> str:
    text = ""
    for factor, term in terms:
        size = "" if abs(factor) == 1 else f"{abs(factor):g} "
        joint = ("-" if factor < 0 else "") if not text else (" - " if factor < 0 else " + ")
        text += f"{joint}{size}{term.name}"
    return text
