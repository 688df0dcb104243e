"""What the parts of a scan work on, made of a selection and arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import gradcut as gc
from gradcut.engines import collect
from gradcut.fitting.events import HardEvents
from gradcut.samples import EventTables
from gradcut.scanning.efficiencies import Efficiencies
from gradcut.scanning.exact import HardTarget
from gradcut.scanning.quantile_map import QuantileMap


class Toy(NamedTuple):
    selection: gc.Selection
    tables: EventTables
    events: HardEvents
    efficiencies: Efficiencies
    target: HardTarget
    coordinates: QuantileMap
    is_signal: list[bool]


def table(start: int, weights: Any = None, **features: Any) -> dict[str, np.ndarray]:
    """Columns with a weight and an event number, types as they are."""
    made = {name: np.asarray(column) for name, column in features.items()}
    n = len(next(iter(made.values())))
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=np.float64)
    return {**made, "w": w, "event": np.arange(n, dtype=np.int64) + start}


def samples(signal: dict[str, np.ndarray], *backgrounds: dict[str, np.ndarray]) -> gc.Samples:
    made = gc.Samples(weight="w", event="event")
    made.add("signal", signal, role="signal")
    for number, background in enumerate(backgrounds):
        made.add(f"background {number}", background, role="background")
    return made


def toy(selection: gc.Selection, signal: dict[str, np.ndarray], *backgrounds: dict[str, np.ndarray]) -> Toy:
    spec = selection.kernel_spec()
    tables = collect(selection, samples(signal, *backgrounds))
    events = HardEvents(spec, tables)
    efficiencies = Efficiencies(events.layout)
    is_signal = [role == "signal" for role in events.layout.roles]
    return Toy(
        selection,
        tables,
        events,
        efficiencies,
        HardTarget(events, efficiencies.totals["signal"]),
        QuantileMap(spec, events.segments, is_signal),
        is_signal,
    )


def named(selection: gc.Selection, values: Any) -> dict[str, float]:
    return dict(zip(selection.parameters, (float(v) for v in values), strict=True))
