"""Learned cuts with bins, on samples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gradcut.binning.hard import unused_yields
from gradcut.errors import DeclarationError, close_matches
from gradcut.fitting.parts import Parts
from gradcut.joint.declared import Joint
from gradcut.joint.learned import LearnedJoint
from gradcut.results.folds import partition_of
from gradcut.results.observable_result import ObservableResult

if TYPE_CHECKING:
    from gradcut.results.joint_result import JointResult
    from gradcut.results.rows import ThresholdRow
    from gradcut.samples import Samples
    from gradcut.yields import Yields

__all__ = ["observable_of", "templates", "threshold"]


def observable_of(result: JointResult) -> ObservableResult:
    """The observable of a result, or an error that says that it has none."""
    if isinstance(result.inside, ObservableResult):
        return result.inside
    raise DeclarationError(
        "bins of columns were learned, and no observable", hint="gc.fit(selection, gc.Observable([...]), ...)"
    )


def threshold(result: JointResult, name: str) -> ThresholdRow:
    """See :meth:`gradcut.JointResult.threshold`."""
    by_name = {row.name: row for row in result.thresholds}
    if name not in by_name:
        raise DeclarationError(f"unknown parameter '{name}'", hint=close_matches(name, by_name))
    return by_name[name]


def templates(
    result: JointResult,
    samples: Samples,
    *,
    folds: bool,
    reader: Literal["auto", "root", "uproot"],
    unblind: bool,
) -> Yields:
    """See :meth:`gradcut.JointResult.templates`."""
    joint = Joint(result.selection, result.inside.binning)  # type: ignore[arg-type]
    if not folds:
        tables = joint.collect(samples, reader=reader, unblind=unblind)
        whole = LearnedJoint(joint, joint.point(result.values), result.inside.bins)
        return whole.yields(tables)
    partition = partition_of(result)
    parts = Parts(joint.collect(samples, split=partition, reader=reader, unblind=unblind), partition)
    learned = [
        LearnedJoint(joint, joint.point(cuts.values), bins.bins)
        for cuts, bins in zip(result.folds, result.inside.folds, strict=True)
    ]
    found = unused_yields(parts, parts.plans(), learned, joint.spec)  # type: ignore[arg-type]
    assert found is not None  # partition_of has checked that there are cuts for every fold
    return found
