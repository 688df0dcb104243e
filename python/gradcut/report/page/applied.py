"""Code that applies a saved result, for the page: Python, C++ and the condition itself."""

from __future__ import annotations

from typing import Any, NamedTuple

from gradcut.report.page.markup import code, element

__all__ = ["applied", "python_code"]


class _Ways(NamedTuple):
    """How a kind of result is loaded and applied."""

    loader: str
    python: str
    cpp: str | None = None


_CUTS = "selected = fit.apply(frame)"
_BINS = "binned = fit.define(frame)"
_WAYS = {
    "CutResult": _Ways("CutResult", _CUTS, 'GradCut::LoadCuts("fit.json").Apply(frame)'),
    "ScanResult": _Ways("ScanResult", "selected = fit.at({target!r}).apply(frame)"),
    "FlatPoint": _Ways("FlatPoint", _CUTS),
    "Menu": _Ways("triggers.Menu", _CUTS),
    "BinningResult": _Ways("BinningResult", _BINS, 'GradCut::LoadBins("fit.json").Define(frame, "bin")'),
    "ObservableResult": _Ways(
        "ObservableResult", _BINS, 'GradCut::LoadObservable("fit.json").Define(frame, "bin")'
    ),
    "JointResult": _Ways("JointResult", _CUTS, 'GradCut::LoadJoint("fit.json").Apply(frame)'),
}


def applied(result: Any) -> str:
    """Return the section as HTML; nothing for what cannot be saved."""
    ways = _WAYS.get(type(result).__name__)
    if ways is None:
        return ""
    parts = [element("h3", "Python"), code(python_code(result))]
    if ways.cpp:
        begin = '#include "gradcut/RDF.hxx"\n\nROOT::RDataFrame frame("events", "events.root");\n'
        parts += [element("h3", "C++"), code(f"{begin}auto node = {ways.cpp};")]
    condition = _condition(result)
    if condition:
        parts += [element("h3", "As one condition"), code(condition)]
    return "\n".join(parts)


def python_code(result: Any) -> str:
    """Return lines that load the result from ``fit.json`` and apply it to an RDataFrame."""
    ways = _WAYS[type(result).__name__]
    target = result.targets[0] if hasattr(result, "targets") else None
    return "\n".join(
        [
            "import ROOT",
            "import gradcut as gc",
            "",
            f'fit = gc.{ways.loader}.load("fit.json")',
            'frame = ROOT.RDataFrame("events", "events.root")',
            ways.python.format(target=target),
        ]
    )


def _condition(result: Any) -> str:
    from gradcut.results.cuts import Cuts
    from gradcut.results.joint_result import JointResult

    cuts = result.cuts if isinstance(result, JointResult) else result
    return cuts.filter_string() if isinstance(cuts, Cuts) else ""
