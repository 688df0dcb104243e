"""``gradcut report``."""

from __future__ import annotations

from pathlib import Path

import click

from gradcut.cli.options import FILE, as_json

__all__ = ["report"]


@click.command(short_help="Write a page about a result.")
@click.argument("result", type=FILE)
@click.option("--output", type=FILE, help="The page; default 'report.html' beside the result.")
@click.option(
    "--events",
    type=FILE,
    metavar="ANALYSIS.yaml",
    help="Count the samples of this configuration: cutflow, variations, impacts.",
)
@click.option("--title", help="Of the page.")
@as_json
def report(result: Path, output: Path | None, events: Path | None, title: str | None, as_json: bool) -> None:
    """Write everything there is to know of a saved result to one HTML page.

    The page has tables, pictures, the code that applies the result, and its provenance in itself: no script
    runs in it, and it asks no network.

    \b
    Examples:
      gradcut report cuts-output
      gradcut report cuts-output --events cuts.yaml --title 'Sleptons'
    """
    from gradcut.cli.output import echo_json
    from gradcut.cli.progress import Activity
    from gradcut.report.page import page
    from gradcut.results.any_kind import load_result

    loaded = load_result(result)
    beside = result if result.is_dir() else result.parent
    samples = None
    if events is not None:
        from gradcut.config.make_samples import make_samples
        from gradcut.config.reading import read_analysis

        document = read_analysis(events)
        samples = make_samples(document)
        document.problems.raise_if_any()
    activity = Activity()
    activity.doing("counting events" if samples is not None else "drawing pictures")
    try:
        written = page(loaded, beside / "report.html" if output is None else output, samples, title=title)
    finally:
        activity.close()
    if as_json:
        echo_json({"page": str(written)})
    else:
        click.echo(str(written))
