"""The events that a selection is evaluated on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from gradcut.engines.moments import objects_of
from gradcut.engines.segments import fixed_label
from gradcut.errors import DeclarationError
from gradcut.expressions.guards import guard
from gradcut.expressions.structure import has_cpp
from gradcut.samples.collected_samples import CollectedSamples
from gradcut.selection.kernel import extra_columns

if TYPE_CHECKING:
    from gradcut.expressions.nodes import Expression
    from gradcut.regions.regions import Regions
    from gradcut.samples import EventTables, Samples
    from gradcut.samples.collect import Progress
    from gradcut.samples.splits import Partition
    from gradcut.selection import Selection

__all__ = ["check_sentinels_known", "collect", "features_of"]


def features_of(selection: Selection, samples: Samples) -> dict[str, Expression]:
    """What engines need of every event: one feature per cut, then the fixed requirements.

    Parameters
    ----------
    selection : Selection
        Its ``?`` must be learnable.
    samples : Samples
        Whose sentinels the selection must know.

    Returns
    -------
    dict of str to Expression
        Labels of the cuts to their features; then what thresholds depend on and the given conditions of
        alternatives and counts; then fixed requirements, guarded against missing values, true or false. They
        belong to the selection, not to the samples: the total before the selection includes the events that
        fail them.

    Raises
    ------
    DeclarationError
        If a ``?`` stands where no gradient reaches it, or the samples have sentinels that the selection does
        not have: its filters would keep events that were never learned from.
    """
    check_sentinels_known(selection, samples)
    spec = selection.kernel_spec()
    features = dict(zip(spec.cuts, selection.features, strict=True)) | extra_columns(selection)
    for number, fixed in enumerate(selection.fixed):
        guarded = (
            fixed
            if has_cpp(fixed)
            else guard(fixed, missing=selection.missing, sentinels=selection.sentinels)
        )
        features[fixed_label(number)] = guarded
    return features


def check_sentinels_known(selection: Selection, samples: Samples) -> None:
    """Check that a selection knows the sentinels of samples.

    Raises
    ------
    DeclarationError
        If it does not: its filters would keep events that lack a value.
    """
    unknown = [value for value in samples.sentinels if value not in selection.sentinels]
    if unknown:
        raise DeclarationError(
            "the samples declare sentinels that the selection does not",
            given=", ".join(f"{value:g}" for value in unknown),
            hint=f"gc.Selection(..., sentinels={[*selection.sentinels, *unknown]}), so that its filters and "
            "masks treat them alike",
        )


def collect(
    selection: Selection | Regions,
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
    selection : Selection or Regions
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
    from gradcut.regions.regions import Regions

    if isinstance(samples, CollectedSamples):
        return samples.collected
    if isinstance(selection, Regions):
        from gradcut.regions.collecting import collect_regions

        return collect_regions(
            selection, samples, split=split, part=part, reader=reader, unblind=unblind, progress=progress
        )
    return samples.collect(
        features_of(selection, samples),
        split=split,
        part=part,
        sentinels=selection.sentinels,
        reader=reader,
        unblind=unblind,
        progress=progress,
        objects=objects_of(selection.kernel_spec()),
    )
