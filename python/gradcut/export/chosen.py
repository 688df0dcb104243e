"""Cuts with numbers that are known, without a fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gradcut.results.cuts import Cuts
from gradcut.selection.thresholds import check_values

if TYPE_CHECKING:
    from gradcut.results.rows import FoldRow
    from gradcut.selection import Selection

__all__ = ["ChosenCuts"]


@dataclass(frozen=True)
class ChosenCuts(Cuts):
    """A selection and its thresholds: what files of other programs hold, and what can be exported.

    Parameters
    ----------
    selection : Selection
        What is cut on.
    values : dict of str to float
        One number per parameter.
    column_types : dict of str to str
        Types of columns as RDataFrame or numpy names them, where they are known.
    provenance : dict
        Where the numbers are from.

    Examples
    --------
    >>> import gradcut as gc
    >>> from gradcut.export import ChosenCuts
    >>> ChosenCuts(gc.Selection("met > ?"), {"met": 250}).filter_string()
    'met > 250'
    """

    selection: Selection
    values: Mapping[str, float] = field(default_factory=dict)
    column_types: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)
    folds: tuple[FoldRow, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", check_values(self.values, self.selection.parameters))
