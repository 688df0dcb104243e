"""A search with systematic variations that are known, to judge what was learned from few events.

Signal, WW and top pairs in three features: ``x`` falls as ETmiss does, ``t`` and ``u`` separate a little. JES
and SOFT move ``x`` and ``t`` of every event by an amount of its own, so that events hop between bins, LEPSF
changes weights; 15% of the top pairs have negative weights. Only ``x`` above 150 is selected, in each
variation. Numbers of events, yields and sizes of the variations in the toy ``rates`` are about those of
slepton samples; ``large`` has three times the variations; in ``shapes`` JES does nothing at 150 and the more
beyond.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import gradcut as gc
from gradcut.yields import Moments, Yields, YieldsLayout

VARIATIONS = ("nominal", "JES:up", "JES:down", "SOFT:up", "SOFT:down", "LEPSF:up", "LEPSF:down")
CHUNK = 1_000_000


@dataclass(frozen=True)
class Process:
    """How a process is made: events selected, their yield, shape, means and widths of both shifts."""

    events: int
    total: float
    slope: float
    jes: tuple[float, float]
    soft: float
    means: tuple[float, float]
    negative: float = 0.0
    norm: float | None = None

    @property
    def passing(self) -> float:
        """Part of the generated events above 150."""
        return float(np.exp(-40 / self.slope))


PROCESSES = {
    "signal": Process(35_000, 123.0, 75.0, (8.4, 4.5), 2.0, (0.7, 0.8)),
    "ww": Process(58_000, 2046.0, 62.0, (8.4, 4.5), 2.0, (0.0, 1.0), norm=0.10),
    "ttbar": Process(60_000, 9200.0, 42.0, (5.5, 2.8), 1.3, (-0.4, 1.3), 0.15, 0.15),
}


@dataclass(frozen=True)
class Toy:
    """Size of all variations, and whether JES grows from zero."""

    name: str
    size: float
    grows: bool = False

    def events(self, name: str, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Events before the selection, with weights whose sum is that of the process for ``n`` of them."""
        one = PROCESSES[name]
        x = 110 + rng.exponential(one.slope, n)
        far = np.maximum(x - 150, 0) / 50 if self.grows else 0.7 + 0.3 * np.minimum(x / 200, 3)
        jes = self.size * far * np.abs(rng.normal(*one.jes, n))
        soft = self.size * rng.normal(one.soft, 3.2, n)
        t, u = rng.normal(one.means[0], 1, n), rng.random(n) ** one.means[1]
        made = {"x": x, "t": t, "u": u}
        in_t = self.size * np.array([0.10 + 0.10 * rng.normal(size=n), 0.08 * rng.normal(size=n)])
        for tag, in_x, own in (("JES", jes, in_t[0]), ("SOFT", soft, in_t[1])):
            for side, sign in (("up", 1), ("down", -1)):
                made[f"x_{tag}_{side}"], made[f"t_{tag}_{side}"] = x + sign * in_x, t + sign * own
        made = {column: values.astype(np.float32) for column, values in made.items()}
        w = np.where(rng.random(n) < one.negative, -1.0, 1.0) * rng.uniform(0.6, 1.4, n)
        w *= one.total / (n * one.passing * (1 - 2 * one.negative))
        factor = self.size * (0.035 - 0.005 * np.minimum(x / 300, 3))
        return {**made, "w": w, "w_LEPSF_up": w * (1 + factor), "w_LEPSF_down": w * (1 - factor)}

    def samples(self, draw: int) -> gc.Samples:
        """What an analysis has."""
        rng = np.random.default_rng([5, draw])
        made = gc.Samples(weight="w", event="event", require="x > 150")
        for number, (name, one) in enumerate(PROCESSES.items()):
            events = self.events(name, round(one.events / one.passing), rng)
            events["event"] = np.arange(len(events["x"])) + 10_000_000 * number
            role = "signal" if name == "signal" else "background"
            made.add(name, events, role=role, norm_uncertainty=one.norm)
        made.vary("JES", suffix=("_JES_up", "_JES_down"))
        made.vary("SOFT", suffix=("_SOFT_up", "_SOFT_down"))
        made.vary("LEPSF", weight=("w_LEPSF_up", "w_LEPSF_down"))
        return made


TOYS = {one.name: one for one in (Toy("rates", 1.0), Toy("large", 3.0), Toy("shapes", 1.0, grows=True))}


def _columns(events: dict[str, np.ndarray], tag: str) -> list[np.ndarray]:
    suffix = tag.replace(":", "_")
    return [events.get(f"{name}_{suffix}", events[name]) for name in ("x", "t", "u", "w")]


class TrueBins:
    """Expected templates in bins of ``x``, from many events, with the MC variance that an analysis has."""

    def __init__(self, toy: Toy, n_events: int) -> None:
        self.grid = np.linspace(150, 1100, 19_001)
        self.known: dict[str, np.ndarray] = {}
        for number, name in enumerate(PROCESSES):
            rng, sums = np.random.default_rng([77, number]), np.zeros((len(VARIATIONS), 3, len(self.grid)))
            for _ in range(n_events // CHUNK):
                events = toy.events(name, CHUNK, rng)
                for v, tag in enumerate(VARIATIONS):
                    x, _, _, w = _columns(events, tag)
                    cell = np.searchsorted(self.grid, x)
                    for m in range(3):
                        sums[v, m] += np.bincount(cell, w**m, len(self.grid) + 1)[1:]
            self.known[name] = np.cumsum(sums, -1) * _scales(name, n_events, CHUNK)

    def yields(self, inner: np.ndarray, layout: YieldsLayout) -> Yields:
        """Templates between inner edges of shape (points, edges)."""
        made = np.zeros((3, len(inner), *layout.shape))
        at = np.clip((inner - self.grid[0]) / (self.grid[1] - self.grid[0]), 0, len(self.grid) - 2.001)
        cell = at.astype(int)
        for p, name in enumerate(layout.processes):
            run = self.known[name][[VARIATIONS.index(tag) for tag in layout.variations]]
            # The first element of the running sums is at the second edge of the grid.
            run = np.concatenate([np.zeros((*run.shape[:-1], 1)), run], -1)
            below = run[..., cell] * (1 - at + cell) + run[..., cell + 1] * (at - cell)
            ends = np.broadcast_to(run[..., -1:, None], (*below.shape[:-1], 1))
            full = np.concatenate([np.zeros_like(ends), below, ends], -1)
            made[:, :, 0, p] = np.moveaxis(np.diff(full), (0, 1, 2), (2, 0, 1))
        return Yields(layout, Moments(*made))


class TrueCuts:
    """The same behind ``x > a``, ``t > b``, ``u < c``."""

    def __init__(self, toy: Toy, n_events: int) -> None:
        self.n_events, self.known = n_events, {}
        for number, name in enumerate(PROCESSES):
            events = toy.events(name, n_events, np.random.default_rng([78, number]))
            self.known[name] = [(x, t, u, w) for x, t, u, w in (_columns(events, tag) for tag in VARIATIONS)]

    def yields(self, cuts: Sequence[float], layout: YieldsLayout) -> Yields:
        """Yields of one point."""
        made = np.zeros((3, 1, *layout.shape))
        for p, name in enumerate(layout.processes):
            for v, tag in enumerate(layout.variations):
                x, t, u, w = self.known[name][VARIATIONS.index(tag)]
                w = w[(x > max(cuts[0], 150)) & (t > cuts[1]) & (u < cuts[2])]
                made[:, 0, 0, p, v, 0] = len(w), w.sum(), (w * w).sum()
            made[:, 0, 0, p] *= _scales(name, self.n_events, self.n_events)[:, None]
        return Yields(layout, Moments(*made))


def _scales(name: str, n_events: int, n_weighted: int) -> np.ndarray:
    """From sums over many events, of weights for ``n_weighted`` of them, to moments that an analysis has."""
    one = PROCESSES[name]
    rare = one.events / one.passing / n_events
    return np.array([rare, n_weighted / n_events, (n_weighted / n_events) ** 2 / rare])[:, None]
