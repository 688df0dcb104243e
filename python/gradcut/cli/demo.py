"""``gradcut demo``."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click

from gradcut.cli.group import INTERRUPTED
from gradcut.cli.options import as_json

__all__ = ["demo"]

#: Exit code beside those of the errors: the numbers do not agree.
DISAGREEMENT = 3


@click.command(short_help="Learn seven cuts of a search that ships with gradcut.")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("gradcut-demo"),
    show_default=True,
    help="Folder for cuts, pictures and skims.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Of the fit: which half an event is in, and the random starts.",
)
@as_json
@click.pass_context
def demo(context: click.Context, output: Path, seed: int, as_json: bool) -> None:
    """Learn seven cuts of a search that ships with gradcut, and hand them back.

    Reads the files, learns, prints the cuts with their cutflow and filters, applies them with RDataFrame and
    with numpy, and compares: exit code 3 where the two do not agree. Takes about half a minute; Ctrl-C during
    the fit goes on with the best cuts so far (exit code 130).

    \b
    Example:
      gradcut demo --output demo --seed 1
    """
    from gradcut.cli.progress import Activity
    from gradcut.demo import demonstrate

    began = time.monotonic()
    activity = Activity()

    def show(title: str, body: str) -> None:
        activity.close()
        if as_json:
            return
        if title:
            click.echo()
            click.secho(f"== {title} ==", bold=True)
        click.echo(body)

    try:
        result = demonstrate(output, seed=seed, show=show, doing=activity.doing, progress=activity.learning)
    finally:
        activity.close()
    if as_json:
        click.echo(json.dumps(result.to_json(), indent=1))
    else:
        click.echo(f"\n{time.monotonic() - began:.0f} s in all")
    wrong = result.checked.disagreements
    if wrong:
        click.echo(f"gradcut: these numbers do not agree: {', '.join(wrong)}", err=True)
        context.exit(DISAGREEMENT)
    if result.fit.status == "interrupted":
        context.exit(INTERRUPTED)
