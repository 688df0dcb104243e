"""Corrections that are numbers: thresholds of working points, curves, numbers of bins."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from gradcut.errors import ExportError
from gradcut.export.correction_flag import edge, formula
from gradcut.export.kinds import conditions
from gradcut.export.notes import Note
from gradcut.expressions.guards import sentinels_with_floats
from gradcut.expressions.nodes import Column, Comparison, Expression
from gradcut.expressions.structure import columns
from gradcut.expressions.text import describe

if TYPE_CHECKING:
    from gradcut.flat.point import FlatPoint

__all__ = ["bins_of", "correction", "curve_of", "table_of"]


def correction(
    name: str,
    output: str,
    texts: Sequence[str],
    read: Sequence[str],
    data: Any,
    units: Mapping[str, str],
) -> dict[str, Any]:
    """Return a correction that takes texts, then numbers."""
    inputs = [{"name": text, "type": "string", "description": ""} for text in texts]
    inputs += [{"name": one, "type": "real", "description": units.get(one, "")} for one in read]
    return {
        "name": name,
        "description": output,
        "version": 1,
        "inputs": inputs,
        "output": {"name": name, "type": "real", "description": output},
        "data": data,
    }


def table_of(name: str, points: Mapping[str, Mapping[str, float]]) -> tuple[dict[str, Any], list[Note]]:
    """Return the thresholds of working points by name."""
    most = sys.float_info.max
    rows = []
    notes: list[Note] = []
    for key, values in points.items():
        entries = [{"key": one, "value": max(-most, min(most, value))} for one, value in values.items()]
        rows.append({"key": key, "value": {"nodetype": "category", "input": "parameter", "content": entries}})
        if any(math.isinf(value) for value in values.values()) and not notes:
            notes.append(
                Note("convention", f"JSON has no infinite number: {most!r} is the threshold of an open side")
            )
    data = {"nodetype": "category", "input": "working_point", "content": rows}
    return correction(
        name, "the threshold of a parameter", ["working_point", "parameter"], [], data, {}
    ), notes


def curve_of(
    point: FlatPoint, name: str, edges: Sequence[float] | None, units: Mapping[str, str]
) -> tuple[dict[str, Any], list[Note]]:
    """Return the threshold as a function of its property, or its values in the middle of bins of it."""
    along = str(point.provenance.get("along", ""))
    curve = _curve(point, along)
    read = list(columns(curve)) or [along]
    if edges is None:
        return correction(name, "the threshold", [], read, formula(curve, condition=False), units), []
    if len(read) != 1 or any(not a < b for a, b in pairwise(edges)) or len(edges) < 2:
        raise ExportError(
            "a table of thresholds has increasing edges of one property",
            given=f"edges={list(edges)}, a threshold along {', '.join(read)}",
        )
    import numpy as np

    from gradcut.expressions.evaluator import evaluate

    places = np.array([0.5 * (low + high) for low, high in pairwise(edges)])
    values = np.broadcast_to(evaluate(curve, {read[0]: places}), places.shape).tolist()
    ends = np.broadcast_to(evaluate(curve, {read[0]: np.array(edges, dtype=np.float64)}), len(edges))
    step = max(max(abs(value - ends[i]), abs(value - ends[i + 1])) for i, value in enumerate(values))
    data = {
        "nodetype": "binning",
        "input": read[0],
        "edges": [edge(float(one)) for one in edges],
        "content": values,
        "flow": "error",
    }
    note = Note(
        "rounded",
        f"the threshold along {read[0]} is constant in {len(values)} bins: up to {step:.3g} from the curve "
        "at their ends, so that other events pass",
    )
    return correction(name, "the threshold", [], read, data, units), [note]


def _curve(point: FlatPoint, along: str) -> Expression:
    """Return the side of the cut that depends on the property."""
    for _, condition in conditions(point, {}):
        parts = condition.operands if not isinstance(condition, Comparison) else (condition,)  # type: ignore[union-attr]
        for part in parts:
            if isinstance(part, Comparison) and part.operators[0] in ("<", "<=", ">", ">="):
                for side in reversed(part.operands):
                    if describe(side) != along and along in columns(side):
                        return side
    raise ExportError("a threshold that depends on nothing", given=along)


def bins_of(result: Any, name: str, units: Mapping[str, str]) -> tuple[dict[str, Any], list[Note]]:
    """Return the number of the bin, -1 for none."""
    from gradcut.binning.learned_channels import LearnedChannels
    from gradcut.results import JointResult

    one = result.inside if isinstance(result, JointResult) else result
    marks = sentinels_with_floats(one.provenance.get("sentinels", ()))
    if isinstance(one.divided, LearnedChannels):
        nodes, read = [], {}
        for channel, bins in one.divided.by_channel.items():
            node, inputs = _numbers(bins, marks)
            nodes.append({"key": channel, "value": node})
            read.update(inputs)
        data: Any = {"nodetype": "category", "input": "channel", "content": nodes}
        texts = ["channel"]
    else:
        data, read = _numbers(one.divided, marks)
        texts = []
    notes = [Note("convention", "an infinite value is in no bin")]
    for label, expression in read.items():
        if not isinstance(expression, Column):
            notes.append(Note("information", f"the input '{label}' is the value of {describe(expression)}"))
    return correction(name, "number of the bin, -1 for none", texts, list(read), data, units), notes


def _numbers(bins: Any, marks: Sequence[float]) -> tuple[Any, dict[str, Expression]]:
    from gradcut.binning.learned import LearnedEdges

    if not isinstance(bins, LearnedEdges):
        kind = bins.to_json()["kind"]
        raise ExportError(
            f"the bins of a {kind} have no edges", hint="format='cpp' writes a function that numbers them"
        )
    axes = list(zip(bins.binning.axes, bins.edges, strict=True))

    def node(i: int, number: int) -> Any:
        if i == len(axes):
            return float(number)
        axis, edges = axes[i]
        ends = [float(one) for one in edges]
        if axis.flow == "open":
            ends = [-math.inf, *ends[1:-1], math.inf]
        return _axis(
            _input(axis),
            ends,
            [node(i + 1, number * (len(ends) - 1) + k) for k in range(len(ends) - 1)],
            marks,
        )

    return node(0, 0), {_input(axis): axis.expression for axis, _ in axes}


def _input(axis: Any) -> str:
    return axis.expression.name if isinstance(axis.expression, Column) else str(axis.name)


def _axis(name: str, ends: Sequence[float], content: Sequence[Any], marks: Sequence[float]) -> dict[str, Any]:
    """Bins of one axis; each number that stands for a missing value is an interval by itself: -1."""
    cuts = {*ends}
    for mark in marks:
        if ends[0] <= mark < ends[-1]:
            cuts |= {mark, math.nextafter(mark, math.inf)}
    edges = sorted(cuts)
    values = []
    for first in edges[:-1]:
        inside = max(k for k, end in enumerate(ends) if end <= first)
        values.append(-1.0 if first in marks else content[inside])
    return {
        "nodetype": "binning",
        "input": name,
        "edges": [edge(one) for one in edges],
        "content": values,
        "flow": -1.0,
    }
