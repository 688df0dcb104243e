"""Learned cuts: frozen, readable, applicable."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gradcut.errors import DeclarationError
from gradcut.results.cuts import Cuts
from gradcut.results.pictures import CutPicture
from gradcut.results.revisions import Revision
from gradcut.results.rows import FoldRow, ProcessRow, Scores, ThresholdRow
from gradcut.results.shown import Shown

if TYPE_CHECKING:
    from pathlib import Path

    from gradcut.objectives import Objective
    from gradcut.regions import Regions
    from gradcut.regions.region_cuts import RegionCuts
    from gradcut.results.bootstrap_result import Bootstrap, BootstrapProgress
    from gradcut.results.cutflow import Cutflow
    from gradcut.samples import Samples
    from gradcut.selection import Selection
    from gradcut.tables import Block
    from gradcut.yields import Yields

__all__ = ["CutResult"]


@dataclass(frozen=True)
class CutResult(Shown, Cuts):
    """The result of :func:`gradcut.fit_cuts`.

    Parameters
    ----------
    selection : Selection or Regions
        What was declared.
    values : dict of str to float
        The learned thresholds, snapped to what their columns can hold; infinite ones leave their side open.
    scores : Scores
        The objective: hard on used and on unused events, and soft.
    thresholds : tuple of ThresholdRow
        Per threshold start, result, interval within 1% and N-1.
    processes : tuple of ProcessRow
        Yields before and after.
    folds : tuple of FoldRow
        With folds, per fold the cuts that did not see it. ``values`` are those that all events give.
    column_types : dict of str to str
        Types of the columns that are cut on by themselves.
    status : {"finished", "interrupted"}
        How the fit ended.
    message : str
        How the cuts were made.
    warnings : tuple of str
        What to know before using them.
    history : tuple of dict
        Records of the steps: task, step, width, best soft objective.
    pictures : tuple of CutPicture
        Histograms and scans of every cut, for :meth:`plot`.
    provenance : dict
        Samples, objective, settings and event identity, as plain data.
    metadata : dict
        Time, host and versions; not part of the content, nor of equality.
    origin : object
        What :meth:`refit` needs; of a live result only.
    revisions : tuple of Revision
        What :meth:`prune` and :meth:`rounded` changed, and what it cost.
    """

    selection: Selection | Regions  # type: ignore[assignment]
    values: Mapping[str, float]
    scores: Scores
    thresholds: tuple[ThresholdRow, ...]
    processes: tuple[ProcessRow, ...]
    folds: tuple[FoldRow, ...]
    column_types: Mapping[str, str]
    status: Literal["finished", "interrupted"]
    message: str
    warnings: tuple[str, ...]
    history: tuple[Mapping[str, float | str], ...]
    pictures: tuple[CutPicture, ...]
    provenance: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(compare=False)
    origin: object = field(default=None, compare=False, repr=False)
    revisions: tuple[Revision, ...] = ()

    def refit(
        self, fix: Mapping[str, float] | None = None, *, samples: Samples | None = None, **changes: Any
    ) -> CutResult:
        """Fit again with the same objective and settings, and some thresholds fixed.

        Parameters
        ----------
        fix : mapping of str to float, optional
            Parameters and their values, such as ``{"met": 350}``, in addition to those that were fixed.
        samples : Samples, optional
            Events to learn from; a result from a file needs them, a live one has those that it was made of.
        **changes
            Other arguments of :func:`gradcut.fit_cuts` that are to change, and ``selection``.

        Returns
        -------
        CutResult
            A new result. Without changes it is equal to this one.

        Raises
        ------
        DeclarationError
            If a result from a file is given no samples, or its objective is a function of the user's own,
            which no file has: give it as ``objective=``.
        """
        from gradcut.fitting.refit import refit

        return refit(self, fix or {}, samples, changes)

    def prune(
        self,
        max_loss: float = 0.01,
        *,
        samples: Samples | None = None,
        objective: Objective | None = None,
    ) -> CutResult:
        """Open the cuts that bring little, the most useless first.

        Parameters
        ----------
        max_loss : float, default 0.01
            Fraction of the objective that all of them together may cost.
        samples, objective
            As for :meth:`refit`, where the result is from a file.

        Returns
        -------
        CutResult
            The same cuts, of which some are open, with every number made again; the price is in ``revisions``
            and in the table.

        Notes
        -----
        Again and again the threshold is opened whose loss makes the objective least worse, as long as it
        stays within ``max_loss`` of what it was at first. What is opened at a time is one end of a window,
        both ends of a veto, or a threshold in all cuts that share it; fixed thresholds stay, and a guard
        against missing values, too. Hard cuts judge, on the events that chose nothing: with folds on the
        pooled yields of all folds, with the same threshold open in each; on the events that were learned
        from only where the result quotes none of others, or the objective does not exist there. Few unused
        events may miss a good cut: on the used ones, too, the loss stays within ``max_loss``, plus the share
        of the opened thresholds in what the used events are ahead, which is what they owe to chance. From
        then on the unused events have chosen what is open, and the message says so.
        """
        from gradcut.revising import prune

        return prune(self, max_loss, samples, objective)

    def rounded(
        self,
        max_loss: float = 0.01,
        *,
        samples: Samples | None = None,
        objective: Objective | None = None,
    ) -> CutResult:
        """Round the thresholds to numbers that a person would write.

        Parameters
        ----------
        max_loss : float, default 0.01
            Fraction of the objective on the events that were learned from that all of them together may cost.
        samples, objective
            As for :meth:`refit`, where the result is from a file.

        Returns
        -------
        CutResult
            The same cuts with other numbers, everything made again; the price is in ``revisions`` and in the
            table.

        Notes
        -----
        Steps are 1, 2 and 5 times powers of ten. A threshold becomes its nearest multiple of the coarsest
        step that costs no more than allowed: 347.81 becomes 350, with less to lose 348. They are rounded in
        the order of the selection, each with those before it in place; the i-th of n may bring the loss of
        all so far to i/n of ``max_loss``, counted from the best value on the way, and the ends of a window
        stay in order. The cuts of each fold are rounded by the same rule on the events that they were
        learned from, so that unused events still have chosen nothing.

        The number is what is compared, in double, as C++ compares ``x > 0.1`` also where ``x`` is a float:
        it is not moved to a neighbouring float, which would not be the number that is written. Filters for a
        float column may show that neighbour; they keep the same events. Thresholds on integers stay the
        half-steps that they are (``n_jet > 2.5``), and fixed ones stay, too.
        """
        from gradcut.revising import rounded

        return rounded(self, max_loss, samples, objective)

    def bootstrap(
        self,
        n: int = 20,
        *,
        seed: int = 0,
        starts: int | None = None,
        max_steps: int | None = None,
        samples: Samples | None = None,
        objective: Objective | None = None,
        progress: Callable[[BootstrapProgress], object] | None = None,
    ) -> Bootstrap:
        """Fit again and again to events with random weights: how far the thresholds move, and which are open.

        Parameters
        ----------
        n : int, default 20
            Replicas.
        seed : int, default 0
            Of the weights; more replicas of one seed begin with the same ones.
        starts, max_steps : int, optional
            Of the fits; default those of this result.
        samples, objective
            As for :meth:`refit`, where the result is from a file.
        progress : callable, optional
            Called after every replica with a :class:`gradcut.results.BootstrapProgress`.

        Returns
        -------
        Bootstrap
            Thresholds and objective of every replica. Ctrl-C returns those that are done, with the status
            ``"interrupted"``.

        Notes
        -----
        The weight of each event is multiplied by a Poisson number of mean 1, which follows from seed, process
        and event identity alone and so is the same in every variation; the yield of each process and its MC
        variance are then what they were. Each replica learns as the values of this result did, from all
        events, or from those to train and select with. With folds, the last one alone chooses how sharp the
        cuts are. What was pruned or rounded is free again.

        A replica is judged by the events of weight zero in it, 37% of all. It learned from 63% of all, some
        of them several times, so that it does a little worse than a fit to all; and the spread of the
        objective is that of judging by 37%, too. A process with fewer than 50 events is not resampled.
        """
        from gradcut.revising import bootstrap

        changed = {"starts": starts, "max_steps": max_steps}
        settings = {name: value for name, value in changed.items() if value is not None}
        return bootstrap(self, n, seed, settings, samples, objective, progress)

    def plot(
        self,
        folder: str | os.PathLike[str],
        *,
        formats: Iterable[str] = ("png",),
        labels: Mapping[str, str] | None = None,
    ) -> tuple[Path, ...]:
        """Draw every cut, an overview and the course of the fit; see :func:`gradcut.report.plot`."""
        from gradcut.report import plot

        return plot(self, folder, formats=formats, labels=labels)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the result as JSON (``gradcut/results/cut_result.schema.json``).

        Parameters
        ----------
        path : path
            File to write; replaced as a whole.

        Raises
        ------
        DeclarationError
            If the selection has C++ in it, which is never written to files.
        """
        from gradcut.results.json_form import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> CutResult:
        """Read what :meth:`save` wrote.

        Parameters
        ----------
        path : path
            The file.

        Raises
        ------
        SchemaError
            If it is missing, damaged, foreign or of another version.
        """
        from gradcut.results.json_form import load

        return load(path)

    def cutflow(self, source: Samples | Any, **how: Any) -> Cutflow:
        """See :meth:`gradcut.results.Cuts.cutflow`; of regions each has its own: :meth:`region`."""
        from gradcut.regions import Regions

        if isinstance(self.selection, Regions):
            first = next(iter(self.selection.selections))
            raise DeclarationError(
                "each region has its own cutflow", hint=f"result.region('{first}').cutflow(samples)"
            )
        return super().cutflow(source, **how)

    def templates(
        self,
        samples: Samples,
        *,
        folds: bool = False,
        reader: Literal["auto", "root", "uproot"] = "auto",
        unblind: bool = False,
    ) -> Yields:
        """Count samples behind the cuts, in every variation.

        Parameters
        ----------
        samples : Samples
            Any that have the columns.
        folds : bool, default False
            Cut on every event as the cuts that did not see it do.
        reader, unblind
            As for :meth:`gradcut.Samples.collect`.

        Returns
        -------
        gradcut.Yields
            One point, hard, from all events: what :meth:`gradcut.stats.Model.from_yields` takes. Of regions
            each is a channel.
        """
        from gradcut.results.cut_templates import templates

        return templates(self, samples, folds=folds, reader=reader, unblind=unblind)

    def region(self, name: str) -> RegionCuts:
        """Return the cuts of one region, where :class:`gradcut.Regions` were learned.

        Parameters
        ----------
        name : str
            The region.

        Returns
        -------
        RegionCuts
            With ``mask``, ``filters``, ``filter_string``, ``apply``, ``define`` and ``cutflow``. Those of the
            result itself are of events in any of the regions.
        """
        from gradcut.regions.region_cuts import RegionCuts

        return RegionCuts.of(self, name)

    def threshold(self, name: str) -> ThresholdRow:
        """Return the row of one threshold."""
        for row in self.thresholds:
            if row.name == name:
                return row
        raise DeclarationError(
            f"unknown parameter '{name}'", allowed=", ".join(row.name for row in self.thresholds)
        )

    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""
        from gradcut.results.text import blocks

        return blocks(self)
