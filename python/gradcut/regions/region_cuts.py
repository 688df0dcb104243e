"""The learned cuts of one region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gradcut.errors import DeclarationError
from gradcut.regions.regions import Regions
from gradcut.results.cuts import Cuts
from gradcut.results.rows import FoldRow, ProcessRow
from gradcut.samples import Samples

if TYPE_CHECKING:
    from gradcut.results.cut_result import CutResult
    from gradcut.results.cutflow import Cutflow
    from gradcut.selection import Selection

__all__ = ["RegionCuts"]


@dataclass(frozen=True)
class RegionCuts(Cuts):
    """One region of a result; from :meth:`gradcut.CutResult.region`.

    Parameters
    ----------
    name : str
        The region.
    selection : Selection
        Its declaration.
    values : dict of str to float
        Its thresholds, by its own names.
    folds : tuple of FoldRow
        Its cuts that did not see each fold.
    processes : tuple of ProcessRow
        Its yields before and after.
    provenance : dict
        That of the result.
    regions : Regions
        All of them.
    """

    name: str
    selection: Selection
    values: Mapping[str, float]
    folds: tuple[FoldRow, ...]
    processes: tuple[ProcessRow, ...]
    provenance: Mapping[str, Any]
    regions: Regions

    @classmethod
    def of(cls, result: CutResult, name: str) -> RegionCuts:
        """Take one region of a result.

        Raises
        ------
        DeclarationError
            If the result is not one of regions, or has no such region.
        """
        regions = result.selection
        if not isinstance(regions, Regions):
            raise DeclarationError("this result has no regions", hint="gc.fit_cuts(gc.Regions({...}), ...)")
        return cls(
            name=name,
            selection=regions[name],
            values=regions.values_of(name, result.values),
            folds=tuple(replace(row, values=regions.values_of(name, row.values)) for row in result.folds),
            processes=tuple(row for row in result.processes if row.channel == name),
            provenance=result.provenance,
            regions=regions,
        )

    def cutflow(self, source: Samples | Any, **how: Any) -> Cutflow:
        """See :meth:`gradcut.results.Cuts.cutflow`; of samples with channels, that of this region."""
        from gradcut.regions.collecting import samples_of

        if isinstance(source, Samples):
            source = samples_of(self.regions, source, self.name)
        return super().cutflow(source, **how)
