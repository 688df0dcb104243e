"""``gradcut convert``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gradcut.cli.options import FILE, as_json, pairs

__all__ = ["convert"]


def _print_formats(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if not wanted or context.resilient_parsing:
        return
    from gradcut.export import formats

    click.echo("\n".join(str(one) for one in formats().values()))
    context.exit()


@click.command(short_help="Write a result as a file of another program.")
@click.argument("result", type=FILE)
@click.argument("file", type=FILE)
@click.option("--format", "name", metavar="NAME", help="Default: what the name of FILE ends like.")
@click.option(
    "--option",
    "options",
    multiple=True,
    callback=pairs,
    metavar="NAME=VALUE",
    help="Of the format; values are JSON, or text. May be given several times.",
)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_formats,
    help="Print all formats with their options.",
)
@as_json
def convert(result: Path, file: Path, name: str | None, options: dict[str, str], as_json: bool) -> None:
    """Write a saved result as a file of another program.

    What was rounded, converted or means something else there is said on standard error; a cut that the format
    cannot express is an error, and nothing is written.

    \b
    Example:
      gradcut convert cuts-output cuts.h --option function=passes
      gradcut convert --list
    """
    from gradcut.cli.output import echo_json
    from gradcut.export import export
    from gradcut.results.any_kind import load_result

    made = export(load_result(result), file, name, **{key: _value(text) for key, text in options.items()})
    notes = [str(note) for note in made.notes]
    if as_json:
        echo_json({"format": made.format, "files": [str(path) for path in made.paths], "notes": notes})
        return
    for note in made.notes:
        # The others are logged.
        if note.kind == "information":
            click.echo(f"gradcut: {note}", err=True)
    click.echo("\n".join(str(path) for path in made.paths))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
