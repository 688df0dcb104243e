"""``gradcut scan``."""

from __future__ import annotations

from pathlib import Path

import click

from gradcut.cli.options import FILE, FOLDER, as_json, efficiencies_of

__all__ = ["scan"]


@click.command(short_help="Learn a selection at several signal efficiencies.")
@click.argument("configuration", type=FILE, metavar="ANALYSIS.yaml")
@click.option(
    "--efficiencies",
    required=True,
    callback=efficiencies_of,
    metavar="LIST",
    help="Signal efficiencies: 0.3,0.5,0.7 or first:last:step.",
)
@click.option("--output", type=FOLDER, help="Folder for the results; default NAME-scan beside the file.")
@click.option("--again", is_flag=True, help="Replace results that are there.")
@as_json
@click.pass_context
def scan(
    context: click.Context,
    configuration: Path,
    efficiencies: list[float],
    output: Path | None,
    again: bool,
    as_json: bool,
) -> None:
    """Learn the selection of a YAML file at several signal efficiencies, with the least background at each.

    Samples, selection, folds and common settings are those of the file; its objective and constraints are not
    used, since a working point is given by its efficiency.

    \b
    Example:
      gradcut scan cuts.yaml --efficiencies 0.3:0.9:0.1
    """
    from gradcut.cli.learning import carry_out, opened

    document, task = opened(configuration, efficiencies)
    folder = configuration.parent / f"{configuration.stem}-scan" if output is None else output
    carry_out(context, document, task, folder, as_json=as_json, again=again)
