"""``gradcut apply``."""

from __future__ import annotations

from pathlib import Path

import click

from gradcut.cli.options import FILE, as_json, folds

__all__ = ["apply"]


@click.command(short_help="Write the events that pass a result to a file, with a cutflow.")
@click.argument("result", type=FILE)
@click.argument("files", nargs=-1, required=True, metavar="FILE[:TREE]...")
@click.option("--output", type=FILE, required=True, help="ROOT file for the events that pass.")
@click.option("--require", metavar="EXPRESSION", help="Only these events, before the cuts: presel == 1.")
@click.option("--weight", metavar="EXPRESSION", help="Weight per event, for the cutflow.")
@click.option("--columns", metavar="LIST", help="Columns to write, such as met,weight; default all.")
@click.option("--name", default="bin", show_default=True, help="Of the column with the number of the bin.")
@click.option("--efficiency", type=float, help="Of working points: which one.")
@click.option("--line", help="Of a trigger menu: which line; default events that any line accepts.")
@click.option("--region", help="Of several regions: which one; default events in any of them.")
@click.option("--again", is_flag=True, help="Replace a file that is there.")
@folds
@as_json
def apply(
    result: Path,
    files: tuple[str, ...],
    output: Path,
    require: str | None,
    weight: str | None,
    columns: str | None,
    name: str,
    efficiency: float | None,
    line: str | None,
    region: str | None,
    again: bool,
    folds: bool,
    as_json: bool,
) -> None:
    """Write the events that pass a saved result to a file, and count what every cut keeps.

    Of bins and observables all events are written, with the number of the bin as a new column (and the output
    of the network); of cuts with bins behind them those that pass, with both. Requires ROOT. What the samples
    of the fit required is not part of the result: say it with --require.

    \b
    Example:
      gradcut apply cuts-output 'ww_*.root:events' --require 'presel == 1' --weight weight --output skim.root
    """
    from gradcut.cli.output import echo_json
    from gradcut.cli.progress import Activity
    from gradcut.results.any_kind import load_result
    from gradcut.results.skimming import chosen, skim

    picked = chosen(load_result(result), efficiency=efficiency, line=line, region=region)
    activity = Activity()
    activity.doing("applying to the events")
    try:
        made = skim(
            picked,
            files,
            output,
            require=require,
            weight=weight,
            columns=None if columns is None else [column.strip() for column in columns.split(",")],
            name=name,
            folds=folds,
            again=again,
        )
    finally:
        activity.close()
    if as_json:
        cutflow = None if made.cutflow is None else made.cutflow.to_json()
        echo_json(
            {
                "file": str(made.path),
                "tree": made.tree,
                "read": made.read,
                "written": made.written,
                "added": list(made.added),
                "cutflow": cutflow,
            }
        )
        return
    if made.cutflow is not None:
        click.echo(f"{made.cutflow}\n")
    click.echo(f"{made.path}: {made.written} of {made.read} events in '{made.tree}'")
    if made.added:
        click.echo(f"  new columns: {', '.join(made.added)}")
