"""Events for consumers of exports, and random selections whose thresholds lie on values of theirs."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

import gradcut as gc
from gradcut.export import ChosenCuts

N = 200
TYPES = {"x": "float32", "y": "float64", "n": "int32", "m": "float32", "v": "RVec<float>"}
#: Features of which thresholds are drawn, and the column whose values they lie on.
PLAIN = ("x", "y", "n", "m", "abs(x)", "abs(y)")
FEATURES = (*PLAIN, "x + n", "x * y", "hypot(x, y)", "sqrt(x)", "log(y)", "x / n")
EXTREMES = ("min(x, y)", "max(x, n, y)")


@cache
def columns() -> dict[str, Any]:
    """Columns of several types, with missing values, sentinels and zeros."""
    rng = np.random.default_rng(5)
    x = rng.normal(0, 2, N).astype(np.float32)
    y = rng.normal(0, 2, N)
    m = rng.exponential(30, N).astype(np.float32)
    x[::17], y[::19], m[::13], m[5::13] = np.nan, np.nan, np.nan, -999
    x[3::31] = 0
    n = rng.integers(-3, 6, N).astype(np.int32)
    lengths = rng.integers(0, 4, N)
    values = rng.exponential(30, int(lengths.sum())).astype(np.float32)
    return {"x": x, "y": y, "n": n, "m": m, "v": gc.Jagged(values, np.append(0, np.cumsum(lengths)))}


@st.composite
def numbers(draw: Any, feature: str) -> float:
    """A threshold: often exactly a value of the feature in an event."""
    if draw(st.booleans()):
        return draw(st.integers(-400, 4000)) / 100.0
    from gradcut.expressions import evaluate, parse

    scalars = {name: column for name, column in columns().items() if name != "v"}
    values = evaluate(parse(feature), scalars).astype(np.float64)
    found = values[np.isfinite(values)]
    return float(found[draw(st.integers(0, len(found) - 1))])


@st.composite
def requirements(draw: Any, features: tuple[str, ...] = FEATURES) -> str:
    """One requirement without a hole."""
    feature = draw(st.sampled_from(features))
    first = draw(numbers(feature))
    form = draw(st.sampled_from(("one", "window", "veto", "or")))
    less = draw(st.sampled_from(("<", "<=")))
    if form == "one":
        return f"{feature} {draw(st.sampled_from(('<', '<=', '>', '>=')))} {first!r}"
    second = draw(numbers(feature))
    low, high = sorted((first, second))
    if form == "window":
        return f"{low!r} {less} {feature} {less} {high!r}"
    if form == "veto":
        return f"!({low!r} {less} {feature} {less} {high!r})"
    return f"({feature} < {low!r} || {feature} > {high!r})"


@st.composite
def cuts(
    draw: Any, features: tuple[str, ...] = (*FEATURES, *EXTREMES), extra: tuple[str, ...] = ()
) -> ChosenCuts:
    """Cuts with one to three requirements, missing values that fail or pass, and a sentinel or none."""
    parts = draw(st.lists(requirements(features), min_size=1, max_size=3, unique=True))
    if extra and draw(st.booleans()):
        parts.append(draw(st.sampled_from(extra)))
    selection = gc.Selection(
        *parts,
        missing=draw(st.sampled_from(("fail", "fail", "pass"))),
        sentinels=draw(st.sampled_from(((), (-999.0,)))),
    )
    return ChosenCuts(selection, {}, TYPES)


#: Requirements on objects.
OBJECTS = ("count(v > 30) >= 2", "any(v > 41.5)", "all(v < 60)", "sum(v) > 50", "count(v > x) != 1")
