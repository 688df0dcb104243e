"""Yields with every kind of variation, and the templates they should become, by loops."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from gradcut.yields import Moments, Yields
from objectives.toy_yields import layout, yields

TAGS = (
    "nominal",
    "JES:up",
    "JES:down",
    "SOFT:up",
    "scale:0",
    "scale:1",
    "scale:2",
    "pdf:0",
    "pdf:1",
    "pdf:2",
)


def varied_yields(seed: int, *, points: int = 3, bins: int = 5, tags: tuple[str, ...] = TAGS) -> Yields:
    """Two channels with a signal p0 and backgrounds p1 (10%) and p2, which is not in "CR" and has no pdf."""
    rng = np.random.default_rng(seed)
    made = layout(
        channels=("SR", "CR"),
        variations=tags,
        bins=tuple(f"b{i}" for i in range(bins)),
        norm_uncertainty=(0.0, 0.1, 0.0),
        mean_weight=0.05,
    )
    present = made.present.copy()
    present[1, 2] = False
    present[0, 2, [tag.startswith("pdf") for tag in tags]] = False
    nominal = rng.uniform(3, 30, (points, 2, 3, 1, bins))
    sum_w = nominal * (1 + rng.normal(0, 0.1, (points, 2, 3, len(tags), bins)))
    sum_w[:, :, :, 0] = nominal[:, :, :, 0]
    variance = np.broadcast_to(nominal * rng.uniform(0.01, 0.1, nominal.shape), sum_w.shape)
    absent = ~present[None, ..., None] & np.ones_like(sum_w, dtype=bool)
    sum_w = np.where(absent, np.where(present[:, :, :1][None, ..., None], sum_w[:, :, :, :1], 0.0), sum_w)
    kinds = {"JES": "up-down", "SOFT": "one-sided", "scale": "envelope", "pdf": "replicas"}
    return yields(sum_w, variance, of=replace(made, present=present, variation_kinds=kinds))


def obvious_templates(given: Yields, point: int, channel: str, process: str, floor: float) -> dict[str, Any]:
    """Nominal, and name -> (up, down) of every variation that the process has, before anything is split."""
    layout_ = given.layout
    c, p = layout_.channels.index(channel), layout_.processes.index(process)

    def of(tag: str) -> Any:
        return given.moments.sum_w[point, c, p, layout_.variations.index(tag)]

    def raised(template: Any) -> Any:
        return np.array([max(x, floor) for x in template])

    nominal = of("nominal")
    made: dict[str, Any] = {"nominal": raised(nominal)}
    made["JES"] = raised(of("JES:up")), raised(of("JES:down"))
    made["SOFT"] = (
        raised(of("SOFT:up")),
        raised([2 * n - u for n, u in zip(nominal, of("SOFT:up"), strict=True)]),
    )
    scales = [of(f"scale:{k}") for k in range(3)]
    made["scale"] = (
        raised([max(n, *(s[b] for s in scales)) for b, n in enumerate(nominal)]),
        raised([min(n, *(s[b] for s in scales)) for b, n in enumerate(nominal)]),
    )
    if layout_.present[c, p, layout_.variations.index("pdf:0")]:
        replicas = np.array([of(f"pdf:{k}") for k in range(3)])
        spread = [np.std(replicas[:, b], ddof=1) for b in range(len(nominal))]
        made["pdf"] = raised(nominal + spread), raised(nominal - spread)
        spread = [np.sqrt(sum((r - n) ** 2 for r in replicas[:, b])) for b, n in enumerate(nominal)]
        made["pdf as Hessian"] = raised(nominal + spread), raised(nominal - spread)
    return made


def moved(given: Yields, direction: Moments, step: float) -> Moments:
    """Moments a step along a direction."""
    return Moments(*(m + step * d for m, d in zip(given.moments, direction, strict=True)))


def random_direction(given: Yields, seed: int) -> Moments:
    """A direction in the space of the moments."""
    rng = np.random.default_rng(seed)
    return Moments(*(rng.normal(size=m.shape) for m in given.moments))
