"""A trigger menu: frozen, readable, applicable."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from gradcut.errors import DeclarationError
from gradcut.regions import Regions
from gradcut.results.cuts import Cuts
from gradcut.results.rows import FoldRow
from gradcut.results.shown import Shown
from gradcut.triggers.counts import MenuCounts
from gradcut.triggers.lines import Line, selections_of

if TYPE_CHECKING:
    from gradcut.results.cutflow import Cutflow
    from gradcut.selection import Selection
    from gradcut.tables import Block

__all__ = ["LineCuts", "Menu"]


@dataclass(frozen=True)
class LineCuts(Cuts):
    """One line of a menu: its condition, without the prescale.

    Parameters
    ----------
    name : str
        The line.
    selection : Selection
        Its declaration.
    values : dict of str to float
        Its thresholds, by its own names.
    prescale : float
        One of so many passing events is accepted.
    provenance : dict
        That of the menu.
    """

    name: str
    selection: Selection
    values: Mapping[str, float]
    prescale: float
    provenance: Mapping[str, Any]
    folds: tuple[FoldRow, ...] = ()


@dataclass(frozen=True)
class Menu(Shown, Cuts):
    """The result of :func:`gradcut.triggers.learn_menu` and :func:`gradcut.triggers.count_menu`.

    ``mask``, ``apply``, ``define`` and ``filter_string`` are of events that pass at least one line, without
    prescales; :meth:`line` has the same of each.

    Parameters
    ----------
    lines : dict of str to Line
        What was declared.
    values : dict of str to float
        The thresholds.
    budget : float or None
        Largest total rate that was allowed, in Hz.
    combine : {"mean", "worst"}
        What is best when largest, of the efficiencies of all signals.
    weights : dict of str to float or None
        Weights of the signals in the mean.
    used : MenuCounts
        Rates and efficiencies on the events that were learned from.
    unused : MenuCounts or None
        The same on events that chose nothing: the ones to quote.
    status : {"finished", "interrupted"}
        How it ended.
    message : str
        How it was made.
    warnings : tuple of str
        What to know before using it.
    provenance : dict
        Samples and settings, as plain data.
    metadata : dict
        Time, host and versions; not part of the content, nor of equality.
    """

    lines: Mapping[str, Line]
    values: Mapping[str, float]
    budget: float | None
    combine: Literal["mean", "worst"]
    weights: Mapping[str, float] | None
    used: MenuCounts
    unused: MenuCounts | None
    status: Literal["finished", "interrupted"]
    message: str
    warnings: tuple[str, ...]
    provenance: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(compare=False)
    folds: tuple[FoldRow, ...] = ()

    @cached_property
    def selection(self) -> Regions:  # type: ignore[override]
        """The lines as alternatives."""
        return selections_of(self.lines)

    @property
    def counts(self) -> MenuCounts:
        """The ones to quote: on unused events where there are any."""
        return self.used if self.unused is None else self.unused

    def cutflow(self, source: Any, **how: Any) -> Cutflow:
        """See :meth:`gradcut.results.Cuts.cutflow`; each line has its own: :meth:`line`."""
        raise DeclarationError(
            "each line has its own cutflow", hint=f"menu.line('{next(iter(self.lines))}').cutflow(samples)"
        )

    def line(self, name: str) -> LineCuts:
        """Return the condition of one line.

        Parameters
        ----------
        name : str
            The line.

        Returns
        -------
        LineCuts
            With ``mask``, ``filters``, ``filter_string``, ``apply``, ``define`` and ``cutflow``; the prescale
            is beside it.
        """
        selection = self.selection[name]
        return LineCuts(
            name=name,
            selection=selection,
            values=self.selection.values_of(name, self.values),
            prescale=self.lines[name].prescale,
            provenance=self.provenance,
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the menu as JSON (``gradcut/results/menu.schema.json``).

        Parameters
        ----------
        path : path
            File to write; replaced as a whole.
        """
        from gradcut.triggers.json_form import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Menu:
        """Read what :meth:`save` wrote.

        Raises
        ------
        SchemaError
            If it is missing, damaged, foreign or of another version.
        """
        from gradcut.triggers.json_form import load

        return load(path)

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        from gradcut.triggers.text import blocks

        return blocks(self)
