"""The declaration of an analysis' samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from gradcut.checks import check_sentinels
from gradcut.errors import DeclarationError, close_matches
from gradcut.expressions import Expression, Number
from gradcut.expressions.guards import Missing
from gradcut.samples.collect import Progress, Reading
from gradcut.samples.declare_variation import declare_variation
from gradcut.samples.declared import (
    check_number,
    identity_columns,
    names_of,
    numeric_expression,
    requirement,
)
from gradcut.samples.describe import describe
from gradcut.samples.normalisation import declare_normalisation
from gradcut.samples.process import Process, check_names
from gradcut.samples.request import check_reader, check_request, visible
from gradcut.samples.resolve import Settings
from gradcut.samples.sources import Prepare, make_source
from gradcut.samples.splits import Partition
from gradcut.samples.tables import EventTables
from gradcut.samples.variations import Variation
from gradcut.yields import Role

if TYPE_CHECKING:
    from gradcut.samples.streaming import Counting, Streams

__all__ = ["Samples"]


class Samples:
    """Processes with their events, weights and systematic variations.

    Parameters
    ----------
    weight : str or number, optional
        Weight per event, a column or an expression; None: 1. It does not apply to data.
    event : str or sequence of str, optional
        Integer columns that together identify an event (run, luminosity block, event). Splits need them.
    require : str, optional
        Only events that pass it exist for the analysis. It is varied like everything else; a missing value in
        it fails (see ``missing``); only in ``gc.Cpp`` nothing is guarded.
    lumi : float, optional
        Luminosity for all processes that have a cross-section, in the inverse unit of their cross-sections.
    sentinels : sequence of float, default ()
        Values that stand for "missing" in any column, such as -999. They become NaN in features.
    missing : {"fail", "pass"}, default "fail"
        What an event does that has NaN or a sentinel in a requirement.

    Examples
    --------
    >>> import numpy as np
    >>> from gradcut.samples import Samples
    >>> samples = Samples(weight="w", require="met > 100")
    >>> samples.add("susy", {"met": np.array([50.0, 150.0]), "w": np.array([1.0, 2.0])}, role="signal")
    >>> table = samples.collect(["met"])["all", "susy"]
    >>> table.features(), table.weights()
    ([array([150.])], array([2.]))
    """

    def __init__(
        self,
        weight: str | float | Expression | None = None,
        event: str | Sequence[str] | None = None,
        require: str | Expression | None = None,
        *,
        lumi: float | None = None,
        sentinels: Sequence[float] | float = (),
        missing: Missing = "fail",
    ) -> None:
        where = "gc.Samples"
        self._weight = numeric_expression(weight, where=where, what="weight")
        self._event = identity_columns(event, where=where)
        self._require = requirement(require, where=where)
        self._lumi = None if lumi is None else check_number(lumi, "lumi", where=where)
        self.sentinels = check_sentinels(sentinels)
        if missing not in ("fail", "pass"):
            raise DeclarationError(
                "unknown 'missing'", where=where, given=repr(missing), allowed="'fail', 'pass'"
            )
        self._missing: Missing = missing
        self._processes: dict[tuple[str, str], Process] = {}
        self._variations: dict[str, Variation] = {}

    def add(
        self,
        name: str,
        source: Any,
        *,
        role: Role,
        channel: str = "all",
        weight: str | float | Expression | None = None,
        require: str | Expression | None = None,
        xsec: float | None = None,
        lumi: float | None = None,
        sumw: float | Literal["auto"] | None = None,
        norm_uncertainty: float | None = None,
        prepare: Prepare | None = None,
        absent: str | Sequence[str] = (),
    ) -> None:
        """Add a process; once per channel that it has events in.

        Parameters
        ----------
        name : str
            Name of the process.
        source : str, path, sequence of them, FromSpec, RDataFrame node, or arrays
            Files (``"tt_*.root:events"``), a ``.json`` dataset specification, a node, or a mapping of columns
            (also structured, awkward or pandas).
        role : {"signal", "background", "data"}
            The same in every channel. Data are blinded: they are only read when asked for.
        channel : str, default "all"
            Name of the channel.
        weight : str or number, optional
            Replaces the weight of the samples for this process.
        require : str, optional
            In addition to the requirement of the samples; usually what makes the channel.
        xsec, lumi, sumw : float, optional
            Weights are multiplied with ``xsec * lumi / sumw``; none of them: weights count expected events.
            ``sumw="auto"`` sums the weights of the whole source before any requirement (of a node: what the
            node gives). The units of ``xsec`` and ``lumi`` must cancel.
        norm_uncertainty : float, optional
            Relative uncertainty of the normalisation, such as 0.1.
        prepare : callable, optional
            From RDataFrame to RDataFrame, for files. A function of a module, so that it can be pickled.
        absent : str or sequence of str, default ()
            Variations that this process does not have; it stays nominal there.

        Raises
        ------
        DeclarationError
            If something is declared wrongly, twice, or with another role in another channel.
        DataError
            If files do not exist or are damaged, or arrays do not fit together.
        """
        where = f"process '{name}', channel '{channel}'"
        check_names(name, channel, role, self._processes.values())
        if norm_uncertainty is not None:
            if role == "data":
                raise DeclarationError("data are not normalised", where=where, given="norm_uncertainty")
            norm_uncertainty = check_number(norm_uncertainty, "norm_uncertainty", where=where, positive=False)
        common = Number(1.0) if role == "data" else self._weight
        self._processes[channel, name] = Process(
            name=name,
            channel=channel,
            role=role,
            source=make_source(source, prepare, where=where),
            weight=common if weight is None else numeric_expression(weight, where=where, what="weight"),
            require=(*self._require, *requirement(require, where=where)),
            normalisation=declare_normalisation(
                xsec=xsec, lumi=lumi, sumw=sumw, common_lumi=self._lumi, role=role, where=where
            ),
            norm_uncertainty=norm_uncertainty,
            absent=names_of(absent, "absent", where=where),
        )

    def vary(
        self,
        name: str,
        *,
        suffix: str | Sequence[str | None] | None = None,
        weight: str | Sequence[str | None] | None = None,
        weights: str | None = None,
        kind: Literal["replicas", "envelope"] = "replicas",
        indices: Sequence[int] | None = None,
        relative: bool = False,
        files: Mapping[str, Any] | None = None,
        sumw: Mapping[str, Any] | None = None,
        rdf: bool = False,
        processes: str | Sequence[str] | None = None,
    ) -> None:
        """Declare a systematic variation, in exactly one form.

        Its tags are ``name:up`` and ``name:down`` (vectors: ``name:0``, ...), as in RDataFrame. A ``Vary`` in
        the RDataFrame of a process is found without being declared and keeps its tags; where a process has a
        ``Vary`` of the same name as a declared variation, that is its form of it.

        Parameters
        ----------
        name : str
            Name, without spaces and colons.
        suffix : str or (str, str), optional
            Every column of features, weight and requirement is replaced by column + suffix where that exists.
            One suffix: one-sided.
        weight : str or (str, str), optional
            Other weights, columns or expressions, up and down.
        weights : str, optional
            A vector column of weights.
        kind : {"replicas", "envelope"}, default "replicas"
            How the weights of a vector belong together: spread, or largest deviation.
        indices : sequence of int, optional
            Which elements of the vector; default all.
        relative : bool, default False
            Whether ``weight`` or ``weights`` multiply the nominal weight; by default they replace it.
        files : mapping of str to source or (source, source), optional
            Process to separate samples, up and down. A list is one sample of several files. They have the
            weight, requirement and normalisation of the process; ``sumw="auto"`` is their own sum.
        sumw : mapping of str to float or (float, float), optional
            Their sums of generated weights, where the process has a number.
        rdf : bool, default False
            The processes must have a ``Vary`` of this name.
        processes : str or sequence of str, optional
            Restrict it to these processes; default all but data.

        Raises
        ------
        DeclarationError
            If it is declared twice or in no or several forms.
        """
        if name in self._variations:
            raise DeclarationError("a variation is declared twice", given=repr(name))
        self._variations[name] = declare_variation(
            name,
            suffix=suffix,
            weight=weight,
            weights=weights,
            kind=kind,
            indices=indices,
            relative=relative,
            files=files,
            sumw=sumw,
            rdf=rdf,
            processes=processes,
        )

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels in order."""
        return tuple(dict.fromkeys(channel for channel, _ in self._processes))

    @property
    def processes(self) -> tuple[str, ...]:
        """Names of the processes in order."""
        return tuple(dict.fromkeys(name for _, name in self._processes))

    @property
    def event_columns(self) -> tuple[str, ...]:
        """Columns that identify an event; empty where none are declared."""
        return self._event

    @property
    def variations(self) -> tuple[Variation, ...]:
        """Declared variations in order; a ``Vary`` of RDataFrame is found when events are collected."""
        return tuple(self._variations.values())

    def role(self, process: str) -> Role:
        """Return the role of a process."""
        for (_, name), declared in self._processes.items():
            if name == process:
                return declared.role
        raise DeclarationError(f"unknown process '{process}'", hint=close_matches(process, self.processes))

    def describe(self) -> dict[str, list[dict[str, Any]]]:
        """Return the declared processes, their sources, and variations as plain data, for provenance."""
        return describe(self._processes.values(), self._variations.values())

    def collect(
        self,
        features: Mapping[str, str | Expression] | Sequence[str | Expression],
        *,
        split: Partition | None = None,
        part: str | None = None,
        sentinels: Sequence[float] | float = (),
        objects: Sequence[Sequence[str]] = (),
        reader: Literal["auto", "root", "uproot"] = "auto",
        unblind: bool = False,
        progress: Progress | None = None,
    ) -> EventTables:
        """Read the events of all processes into memory.

        Every name and type is checked before anything is read. Plain columns of files are copied, and
        everything else is read in one event loop of ROOT for each source, all together. Kept are the events
        that pass the requirement in at least one variation.

        Parameters
        ----------
        features : sequence or mapping of expressions
            What is kept of every event: columns or expressions, with their names in a mapping.
        split : Split or Folds, optional
            Keeps what decides about the part, so that ``tables.part(name)`` needs no second reading.
        part : str, optional
            Return only this part of the split.
        sentinels : sequence of float, default ()
            More values that stand for "missing" in the features, such as those of a selection.
        objects : sequence of sequences of str, default ()
            Names of the features with one value per object, per collection: ``[("jet_pt", "abs(jet_eta)")]``.
            One that has a value per event is repeated. All others have one value per event.
        reader : {"auto", "root", "uproot"}, default "auto"
            Who reads files: ROOT where it is installed, else uproot. The events are the same, bit for bit;
            with ``sumw="auto"`` the last digit of the normalisation may differ.
        unblind : bool, default False
            Read data, too.
        progress : callable, optional
            Called as ``progress(process, done, total)``.

        Returns
        -------
        EventTables
            One table per channel and process.

        Raises
        ------
        DeclarationError
            If there is no process, a name is unknown, or a split is wanted without event identity.
        DataError
            If events cannot be used as they are, such as a collection with different numbers of objects.
        """
        check_reader(reader)
        names, processes, settings = self._wanted(features, split, part, sentinels, unblind, objects)
        tables = Reading(processes, self.variations, settings, names, reader).read(progress)
        return tables if part is None else tables.part(part)

    def reading(
        self,
        features: Mapping[str, str | Expression] | Sequence[str | Expression],
        *,
        split: Partition | None = None,
        reader: Literal["auto", "root", "uproot"] = "auto",
        unblind: bool = False,
    ) -> Reading:
        """Plan what :meth:`collect` reads, for code that books more on the same event loops.

        Parameters
        ----------
        features, split, reader, unblind
            As for :meth:`collect`.

        Returns
        -------
        Reading
            Its ``jobs``, one per source; nothing is booked yet.
        """
        check_reader(reader)
        names, processes, settings = self._wanted(features, split, None, (), unblind)
        return Reading(processes, self.variations, settings, names, reader)

    def stream(
        self,
        features: Mapping[str, str | Expression] | Sequence[str | Expression],
        *,
        split: Partition | None = None,
        part: str | None = None,
        sentinels: Sequence[float] | float = (),
        objects: Sequence[Sequence[str]] = (),
        n_fixed: int = 0,
        unblind: bool = False,
        counting: Counting | None = None,
    ) -> Streams:
        """Leave the events where they are: nodes of RDataFrame with the columns of the features.

        Takes one event loop per source, for the sums that normalise and split.

        Parameters
        ----------
        features, split, part, sentinels, objects, unblind
            As for :meth:`collect`, of files or nodes. The loop that uses objects counts them.
        n_fixed : int, default 0
            How many of the last features are conditions, which all events of the stream pass.
        counting : callable, optional
            Who runs these loops; by default this process.

        Returns
        -------
        Streams
            Per process and variation a node, columns and factors.
        """
        from gradcut.samples.streaming import open_streams

        _, found, settings = self._wanted(features, split, part, sentinels, unblind, objects)
        return open_streams(found, self.variations, replace(settings, n_fixed=n_fixed), part, counting)

    def _wanted(
        self,
        features: Mapping[str, str | Expression] | Sequence[str | Expression],
        split: Partition | None,
        part: str | None,
        sentinels: Sequence[float] | float,
        unblind: bool,
        objects: Sequence[Sequence[str]] = (),
    ) -> tuple[tuple[str, ...], list[Process], Settings]:
        names, settings = check_request(
            features,
            split,
            part,
            identity=self._event,
            sentinels=self.sentinels,
            more_sentinels=sentinels,
            missing=self._missing,
            objects=objects,
        )
        return names, visible(self._processes.values(), unblind=unblind), settings
