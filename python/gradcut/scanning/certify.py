"""Certificates of working points: what exchanges of two thresholds would still gain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradcut.results.certificate import Certificate
from gradcut.scanning.coupling import smoothness
from gradcut.scanning.directions import loosening
from gradcut.scanning.efficiencies import Efficiencies
from gradcut.scanning.exact import HardTarget
from gradcut.scanning.exchange import Exchange, Exchanges, Price
from gradcut.scanning.places import PLACES
from gradcut.scanning.quantile_map import QuantileMap
from gradcut.scanning.sides import Sides

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.events import HardEvents

__all__ = ["Certification", "Certifier"]

#: About so many events per process are enough to find exchanges; what they gain is counted on all.
THIN = 20_000
#: So many exchanges of a working point are counted exactly, those first that promise most.
COUNTED = 2
#: Width of the smooth steps at which open cuts are as far away as a descent has them at its end.
WIDTH = 0.08


class Certifier:
    """Looks for exchanges of two thresholds that lower the background of working points.

    Parameters
    ----------
    events : HardEvents
        What was learned from.
    efficiencies : Efficiencies
        Of their yields.
    free : ndarray of bool, shape (parameters,)
        Which thresholds are learned.
    is_nested : bool
        Whether a working point keeps all events of the tighter ones.
    is_coupled : bool
        Whether sides are open at all working points or at none.

    Notes
    -----
    Exchanges are not taken. On events that were not learned from they gain nothing: what they find between a
    few events more or less is a fluctuation, which the smooth cuts of the descent did not follow.
    """

    def __init__(
        self,
        events: HardEvents,
        efficiencies: Efficiencies,
        free: NDArray[np.bool_],
        *,
        is_nested: bool = False,
        is_coupled: bool = False,
    ) -> None:
        self.events, self.efficiencies = events, efficiencies
        self.target = HardTarget(events, efficiencies.totals["signal"])
        self.sign = loosening(events.spec)
        self.sides = Sides(events.thinned(THIN), self.sign, free)
        self.exchanges = Exchanges(self.sides)
        self.is_nested, self.is_coupled = is_nested, is_coupled

    def certificates(
        self, values: NDArray[np.float64], price: Callable[[int], Price] | None = None
    ) -> tuple[Certificate, ...]:
        """Certify working points, one per row of the thresholds, by rising efficiency.

        Parameters
        ----------
        values : ndarray of shape (working points, parameters)
            Thresholds.
        price : callable, optional
            From the number of a working point to what its thresholds cost besides the background's logarithm.
        """
        yields = self.events.yields(values)
        signal, background = (self.efficiencies.of(yields, role) for role in ("signal", "background"))
        return tuple(
            self._certificate(
                row,
                float(signal[at]),
                float(background[at]),
                self._within(values, at),
                None if price is None else price(at),
            )
            for at, row in enumerate(values)
        )

    def _certificate(
        self,
        values: NDArray[np.float64],
        signal: float,
        background: float,
        within: tuple[NDArray[np.float64], NDArray[np.float64]],
        price: Price | None,
    ) -> Certificate:
        n = len(self.sides.parameters)
        best: tuple[float, Exchange | None] = (0.0, None)
        found = self.exchanges.ranked(values, within=within, price=price) if background > 0 else []
        for exchange in found[:COUNTED]:
            changed, reached = self._exchanged(values, exchange, signal, within)
            if abs(reached - signal) > 1.01 * self.target.event:
                continue
            yields = self.events.yields(changed[None])
            left = float(self.efficiencies.of(yields, "background")[0]) / background
            if price is not None:
                left *= float(np.exp(price(changed[None])[0] - price(values[None])[0]))
            gain = 1 - left
            if gain > best[0]:
                best = gain, exchange
        names = self.events.spec.parameters
        return Certificate(
            gain=best[0],
            loosened=None if best[1] is None else names[best[1].loosened],
            tightened=None if best[1] is None else names[best[1].tightened],
            pairs=n * (n - 1),
            places=PLACES,
        )

    def _exchanged(
        self,
        values: NDArray[np.float64],
        exchange: Exchange,
        signal: float,
        within: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> tuple[NDArray[np.float64], float]:
        """Thresholds after an exchange, to the event at the signal efficiency, and what they reach."""
        changed, unit = values.copy(), np.zeros(len(values))
        changed[exchange.placed], p = exchange.place, exchange.follows
        unit[p] = self.sign[p]
        if np.isinf(changed[p]):
            # From outside of all events, where a step is a number.
            need = self.sides.need[self.sides.parameters.index(p)]
            changed[p] = self.sign[p] * np.nextafter(need.max(where=need < np.inf, initial=-np.inf), np.inf)

        def allowed(one: NDArray[np.float64]) -> bool:
            return bool(within[0][p] <= self.sign[p] * one[p] <= within[1][p])

        return self.target.meet(changed, unit, signal, allowed)

    def _within(
        self, values: NDArray[np.float64], at: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Tightest and loosest thresholds of a working point, times the sign of the loosening."""
        loose = self.sign * values
        tightest, loosest = np.full(values.shape[1], -np.inf), np.full(values.shape[1], np.inf)
        if self.is_nested and at > 0:
            tightest = loose[at - 1]
        if self.is_nested and at + 1 < len(values):
            loosest = loose[at + 1]
        if self.is_coupled:
            tightest = np.where(np.isinf(loose[at]), np.inf, tightest)
        return tightest, loosest


@dataclass(frozen=True)
class Certification:
    """Certifies the working points of a scan.

    Parameters
    ----------
    fixed : mapping of int to float
        Thresholds that are not learned.
    is_nested : bool
        Whether a working point keeps all events of the tighter ones.
    smoothness, cut_size : float
        Weights of CABIN eqs. 7 and 6; what an exchange gains is then less what it costs there.
    """

    fixed: Mapping[int, float]
    is_nested: bool
    smoothness: float
    cut_size: float

    def __call__(
        self, events: HardEvents, values: NDArray[np.float64], targets: NDArray[np.float64]
    ) -> tuple[Certificate, ...]:
        """Certify working points on the events that they learned from."""
        free = np.array([p not in self.fixed for p in range(values.shape[1])])
        certifier = Certifier(
            events,
            Efficiencies(events.layout),
            free,
            is_nested=self.is_nested,
            is_coupled=self.is_nested or self.smoothness > 0,
        )
        if self.smoothness == self.cut_size == 0:
            return certifier.certificates(values)
        roles = [role == "signal" for role in events.layout.roles]
        coordinates = QuantileMap(events.spec, certifier.sides.events.segments, roles)

        def scores(thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.clip(coordinates.free(thresholds), *coordinates.bounds(WIDTH))

        base = scores(values)

        def price(at: int) -> Price:
            def of(rows: NDArray[np.float64]) -> NDArray[np.float64]:
                z = np.repeat(base[None], len(rows), axis=0)
                z[:, at] = scores(rows)
                size = self.cut_size * (z[:, at] ** 2).mean(axis=1)
                return np.asarray(self.smoothness * smoothness(z, targets) + size)

            return of

        return certifier.certificates(values, price)
