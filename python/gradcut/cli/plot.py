"""``gradcut plot``."""

from __future__ import annotations

from pathlib import Path

import click

from gradcut.cli.options import FILE, FOLDER, as_json, pairs

__all__ = ["plot"]


@click.command(short_help="Draw a result.")
@click.argument("result", type=FILE)
@click.option("--output", type=FOLDER, help="Folder for the pictures; default 'pictures' beside the result.")
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(["png", "pdf", "svg"]),
    default=["png"],
    show_default=True,
    help="May be given several times.",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    callback=pairs,
    metavar="FEATURE=TEXT",
    help="What the axis of a feature says, such as met='E_T^miss [GeV]'; may be given several times.",
)
@as_json
def plot(
    result: Path, output: Path | None, formats: tuple[str, ...], labels: dict[str, str], as_json: bool
) -> None:
    """Draw a saved result: every cut with its scan, the course of the fit, efficiencies, bins.

    Nothing but the result is needed: it carries what the pictures show.

    \b
    Example:
      gradcut plot cuts-output --format pdf --label 'met=missing energy [GeV]'
    """
    from gradcut.cli.output import echo_json
    from gradcut.cli.progress import Activity
    from gradcut.config.pictures import pictures
    from gradcut.results.any_kind import load_result

    loaded = load_result(result)
    beside = result if result.is_dir() else result.parent
    activity = Activity()
    activity.doing("drawing pictures")
    try:
        drawn = pictures(loaded, beside / "pictures" if output is None else output, list(formats), labels)
    finally:
        activity.close()
    if as_json:
        echo_json({"pictures": [str(path) for path in drawn]})
    else:
        click.echo("\n".join(str(path) for path in drawn))
