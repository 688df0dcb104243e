"""What a fit learns from other events of the same kind: frozen, readable."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.results.document import without_infinities
from gradcut.results.shown import Shown

if TYPE_CHECKING:
    from gradcut.regions import Regions
    from gradcut.results.rows import Scores
    from gradcut.selection import Selection
    from gradcut.tables import Block

__all__ = ["Bootstrap", "BootstrapProgress", "Replica", "Spread"]


@dataclass(frozen=True)
class Replica:
    """A fit to resampled events.

    Parameters
    ----------
    values : dict of str to float
        Its thresholds; infinite ones leave their side open.
    used : float
        Objective with hard cuts on the events that it learned from.
    unused : float
        The same on events that had no weight in it; an infinity where it does not exist there.
    """

    values: dict[str, float]
    used: float
    unused: float


@dataclass(frozen=True)
class Spread:
    """Where most replicas lie.

    Parameters
    ----------
    median, low, high : float or None
        Middle, 16 and 84% of those that count; None where none does.
    """

    median: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, given: list[float]) -> Spread:
        """Take the quantiles of some numbers; infinite ones count as such."""
        if not given:
            return cls(None, None, None)
        ordered, n = sorted(given), len(given)
        # Not np.quantile, which makes NaN of infinities.
        low, high = (ordered[math.ceil(level * n) - 1] for level in (0.16, 0.84))
        return cls(float(statistics.median(ordered)), low, high)


@dataclass(frozen=True)
class BootstrapProgress:
    """Given to ``progress`` after every replica.

    Parameters
    ----------
    done, n : int
        Replicas that are done, of how many.
    replica : Replica
        The last one.
    """

    done: int
    n: int
    replica: Replica


@dataclass(frozen=True)
class Bootstrap(Shown):
    """The result of :meth:`gradcut.CutResult.bootstrap`.

    Parameters
    ----------
    selection : Selection
        What was declared.
    values : dict of str to float
        Thresholds of the fit.
    scores : Scores
        Its objective.
    replicas : tuple of Replica
        Those that are done.
    wanted : int
        How many were to be done.
    seed : int
        Of the weights.
    status : {"finished", "interrupted"}
        Whether the user stopped it.
    failures : tuple of str
        Replicas that could not be fitted, and why.
    settings : dict
        Starts and steps of the fits.
    metadata : dict
        Time, host and versions; not part of the content, nor of equality.
    """

    selection: Selection | Regions
    values: Mapping[str, float]
    scores: Scores
    replicas: tuple[Replica, ...]
    wanted: int
    seed: int
    status: Literal["finished", "interrupted"]
    failures: tuple[str, ...]
    settings: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(compare=False)

    def threshold(self, name: str) -> Spread:
        """Where a threshold lies in the replicas in which it is not open."""
        self._check(name)
        return Spread.of([one.values[name] for one in self.replicas if np.isfinite(one.values[name])])

    def open_fraction(self, name: str) -> float | None:
        """Fraction of the replicas in which a threshold is open; None without any."""
        self._check(name)
        is_open = [not np.isfinite(one.values[name]) for one in self.replicas]
        return sum(is_open) / len(is_open) if is_open else None

    @property
    def used(self) -> Spread:
        """Objective on the events that each replica learned from."""
        return Spread.of([one.used for one in self.replicas])

    @property
    def unused(self) -> Spread:
        """Objective on the events that had no weight in a replica."""
        return Spread.of([one.unused for one in self.replicas])

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain dicts, lists, strings and numbers; infinities are words."""
        content = {
            "selection": self.selection.to_json(),
            "values": dict(self.values),
            "scores": asdict(self.scores),
            "thresholds": {
                name: {**asdict(self.threshold(name)), "open_fraction": self.open_fraction(name)}
                for name in self.selection.parameters
            },
            "used": asdict(self.used),
            "unused": asdict(self.unused),
            "replicas": [asdict(one) for one in self.replicas],
            "wanted": self.wanted,
            "seed": self.seed,
            "status": self.status,
            "failures": list(self.failures),
            "settings": dict(self.settings),
            "metadata": dict(self.metadata),
        }
        plain: dict[str, Any] = without_infinities(content)
        return plain

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        from gradcut.results.bootstrap_text import blocks

        return blocks(self)

    def _check(self, name: str) -> None:
        if name not in self.selection.parameters:
            raise DeclarationError(
                f"unknown parameter '{name}'", allowed=", ".join(self.selection.parameters)
            )
