"""A saved result applied to files: the events that pass, written by ROOT, with a cutflow of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.results.cuts import Cuts

if TYPE_CHECKING:
    from gradcut.results.cutflow import Cutflow

__all__ = ["Skimmed", "chosen", "skim"]


@dataclass(frozen=True)
class Skimmed:
    """What was written.

    Parameters
    ----------
    path : Path
        The file.
    tree : str
        Its tree, which is called as the one that was read.
    read, written : int
        Events before and after.
    added : tuple of str
        New columns.
    cutflow : Cutflow or None
        What every cut kept; None where nothing is cut.
    """

    path: Path
    tree: str
    read: int
    written: int
    added: tuple[str, ...]
    cutflow: Cutflow | None


def chosen(
    result: Any, *, efficiency: float | None = None, line: str | None = None, region: str | None = None
) -> Any:
    """Return the part of a result that is asked for.

    Parameters
    ----------
    result : any result
        What was learned.
    efficiency : float, optional
        Of a scan: the working point.
    line, region : str, optional
        Of a menu and of regions: which one.

    Raises
    ------
    DeclarationError
        If the result has no such part, or one has to be named.
    """
    from gradcut.regions import Regions
    from gradcut.results import CutResult, ScanResult
    from gradcut.triggers import Menu

    kind = type(result).__name__
    if efficiency is not None and not isinstance(result, ScanResult):
        raise DeclarationError("only a scan has working points", given=f"{kind}, efficiency {efficiency:g}")
    if line is not None and not isinstance(result, Menu):
        raise DeclarationError("only a trigger menu has lines", given=f"{kind}, line '{line}'")
    if isinstance(result, ScanResult):
        if efficiency is None:
            known = ", ".join(f"{target:g}" for target in result.targets)
            raise DeclarationError(
                "a scan has several working points", hint=f"name one (--efficiency): {known}"
            )
        return result.at(efficiency)
    if isinstance(result, Menu) and line is not None:
        if line not in result.lines:
            raise DeclarationError(f"unknown line '{line}'", hint=close_matches(line, result.lines))
        return result.line(line)
    if region is not None:
        if not isinstance(result, CutResult) or not isinstance(result.selection, Regions):
            raise DeclarationError("only cuts of several regions have regions", given=f"{kind}, '{region}'")
        return result.region(region)
    return result


def skim(
    result: Any,
    files: Sequence[str],
    output: Path,
    *,
    require: str | None = None,
    weight: str | None = None,
    columns: Sequence[str] | None = None,
    name: str = "bin",
    folds: bool = False,
    again: bool = False,
) -> Skimmed:
    """Write the events that pass, with the columns that the result adds.

    Parameters
    ----------
    result : Cuts, BinningResult, ObservableResult or JointResult
        What is applied.
    files : sequence of str
        ``"ww_*.root:events"``.
    output : Path
        ROOT file to write.
    require : str, optional
        Only events that pass this expression of the grammar.
    weight : str, optional
        Weight per event, for the cutflow.
    columns : sequence of str, optional
        Columns to write; default all.
    name : str, default "bin"
        Of the column with the number of the bin.
    folds : bool, default False
        Whether the cuts or bins of the fold decide that did not learn from an event.
    again : bool, default False
        Whether a file that is there is replaced.

    Raises
    ------
    DeclarationError
        If the result cannot be applied, or a column is not there.
    DataError
        If files cannot be read, or the output is there already.
    RootError
        If ROOT is not there.
    """
    from gradcut.rdf import load
    from gradcut.results import BinningResult, JointResult, ObservableResult
    from gradcut.samples.readers.root_nodes import with_trees
    from gradcut.samples.sources.files import FileSource

    if not isinstance(result, (Cuts, BinningResult, JointResult)):
        raise DeclarationError("this cannot be applied to events", given=type(result).__name__)
    source = FileSource(list(files))
    _check_output(output, [file for file, _ in source.files], again)
    root = load()
    tree = with_trees(source.files)[0][1]
    frame = source.node()
    own = [str(column) for column in frame.GetColumnNames()]
    for column in columns or ():
        if column not in own:
            raise DeclarationError(f"unknown column '{column}'", hint=close_matches(column, own))
    node = frame if require is None else _required(frame, require)
    selected, added = node, []
    cuts = result.cuts if isinstance(result, JointResult) else result if isinstance(result, Cuts) else None
    inside = result.inside if isinstance(result, JointResult) else result if cuts is None else None
    if cuts is not None:
        selected = cuts.apply(selected, folds=folds)
    if inside is not None:
        output_name = inside.binning.name if isinstance(inside, ObservableResult) else None
        added = [name] if output_name is None else [output_name, name]
        for column in added:
            if column in own or added.count(column) > 1:
                raise DeclarationError(
                    "there is a column of this name", given=f"'{column}'", hint="another name (--name)"
                )
        if isinstance(inside, ObservableResult):
            selected = inside.define_output(selected, output_name, folds=folds)
        selected = inside.define(selected, name, folds=folds)
    options = root.RDF.RSnapshotOptions()
    options.fLazy = True
    read, written = frame.Count(), selected.Count()
    kept = [*dict.fromkeys([*(own if columns is None else columns), *added])]
    saved = selected.Snapshot(tree, str(output), kept, options)
    flow = None
    if cuts is not None and not hasattr(cuts.selection, "selections"):
        flow = cuts.cutflow(node, weight=weight, folds=folds)
    # Nothing is read twice: what is booked above is done by the loop of the cutflow.
    saved.GetValue()
    return Skimmed(output, tree, int(read.GetValue()), int(written.GetValue()), tuple(added), flow)


def _check_output(output: Path, read: Sequence[str], again: bool) -> None:
    if output.resolve() in {Path(file).resolve() for file in read}:
        raise DeclarationError("a file cannot be read and written", given=str(output), hint="another output")
    if output.exists() and not again:
        raise DataError(
            "the output is there already", where=str(output), hint="again (--again), or another output"
        )
    if not output.parent.is_dir():
        raise DataError("there is no such folder", where=str(output.parent))


def _required(frame: Any, require: str) -> Any:
    from gradcut.rdf.nodes import check_columns
    from gradcut.selection import Selection

    selection = Selection(require)
    if selection.parameters:
        raise DeclarationError("a requirement has no '?'", given=require)
    check_columns(frame, selection.columns)
    types = {column: str(frame.GetColumnType(column)) for column in selection.columns}
    for code, name in selection.filters({}, types):
        frame = frame.Filter(code, name)
    return frame
