"""The events that a selection is evaluated on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gradcut.engines.segments import fixed_label
from gradcut.expressions.guards import guard
from gradcut.expressions.structure import has_cpp

if TYPE_CHECKING:
    from gradcut.expressions.nodes import Expression
    from gradcut.samples import EventTables, Samples
    from gradcut.samples.collect import Progress
    from gradcut.samples.splits import Partition
    from gradcut.selection import Selection

__all__ = ["collect", "features_of"]


def features_of(selection: Selection) -> dict[str, Expression]:
    """What engines need of every event: one feature per cut, then the fixed requirements.

    Parameters
    ----------
    selection : Selection
        Its ``?`` must be learnable.

    Returns
    -------
    dict of str to Expression
        Labels of the cuts to their features; fixed requirements, guarded against missing values, are true or
        false. They belong to the selection, not to the samples: the total before the selection includes the
        events that fail them.

    Raises
    ------
    DeclarationError
        If a ``?`` stands where no gradient reaches it.
    """
    spec = selection.kernel_spec()
    features = dict(zip(spec.cuts, selection.features, strict=True))
    for number, fixed in enumerate(selection.fixed):
        guarded = (
            fixed
            if has_cpp(fixed)
            else guard(fixed, missing=selection.missing, sentinels=selection.sentinels)
        )
        features[fixed_label(number)] = guarded
    return features


def collect(
    selection: Selection,
    samples: Samples,
    *,
    split: Partition | None = None,
    part: str | None = None,
    reader: Literal["auto", "root", "uproot"] = "auto",
    unblind: bool = False,
    progress: Progress | None = None,
) -> EventTables:
    """Read what a selection needs of every event into memory; see :meth:`gradcut.Samples.collect`.

    Parameters
    ----------
    selection : Selection
        The selection.
    samples : Samples
        The samples.
    split, part, reader, unblind, progress
        As for :meth:`gradcut.Samples.collect`.

    Returns
    -------
    EventTables
        One feature per cut, then the fixed requirements of the selection.
    """
    return samples.collect(
        features_of(selection),
        split=split,
        part=part,
        sentinels=selection.sentinels,
        reader=reader,
        unblind=unblind,
        progress=progress,
    )
