"""``gradcut show``."""

from __future__ import annotations

from pathlib import Path

import click

from gradcut.cli.options import FILE, as_json

__all__ = ["show"]


@click.command(short_help="Print a result of any kind.")
@click.argument("result", type=FILE)
@click.option("--filters", is_flag=True, help="Only the cuts as RDataFrame filters, a line each.")
@as_json
def show(result: Path, filters: bool, as_json: bool) -> None:
    """Print a saved result of any kind: thresholds or bins, what they are worth, how it was learned.

    RESULT is a file that result.save wrote, or an output folder of gradcut learn.

    \b
    Example:
      gradcut show cuts-output
      gradcut show cuts-output --json | jq .content.values
    """
    from gradcut.cli.output import echo_json, plain_of
    from gradcut.results.any_kind import load_result

    loaded = load_result(result)
    if filters:
        from gradcut.errors import DeclarationError
        from gradcut.results import JointResult
        from gradcut.results.cuts import Cuts

        cuts = loaded.cuts if isinstance(loaded, JointResult) else loaded
        if not isinstance(cuts, Cuts):
            raise DeclarationError("this result has no cuts", given=type(loaded).__name__, where=str(result))
        if as_json:
            echo_json([{"name": name, "code": code} for code, name in cuts.filters])
            return
        width = max(len(name) for _, name in cuts.filters)
        click.echo("\n".join(f"{name:<{width}}  {code}" for code, name in cuts.filters))
    elif as_json:
        echo_json(plain_of(result))
    else:
        click.echo(str(loaded))
