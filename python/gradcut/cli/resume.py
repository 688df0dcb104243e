"""``gradcut resume``."""

from __future__ import annotations

from pathlib import Path

import click

from gradcut.cli.options import FOLDER, as_json

__all__ = ["resume"]


@click.command(short_help="Continue a fit that was interrupted.")
@click.argument("folder", type=FOLDER, metavar="FOLDER")
@as_json
@click.pass_context
def resume(context: click.Context, folder: Path, as_json: bool) -> None:
    """Continue a fit that was interrupted, from the checkpoint in its output folder.

    The result is that of a fit that was never stopped, bit for bit; so the configuration must be as it was.
    Working points and menus, which are quick, begin anew.

    \b
    Example:
      gradcut resume cuts-output
    """
    from gradcut.cli.learning import carry_out, opened
    from gradcut.config.running import remembered

    run = remembered(folder)
    document, task = opened(Path(run["configuration"]), run["efficiencies"] or None)
    carry_out(context, document, task, folder, as_json=as_json, resume=True)
