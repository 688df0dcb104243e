"""The group of all commands, its version and what becomes of errors."""

from __future__ import annotations

from typing import Any

import click

from gradcut.errors import GradcutError
from gradcut.extras import EXTRAS, missing

__all__ = ["main"]


class _Group(click.Group):
    """A group that turns errors raised on purpose, and missing packages, into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GradcutError as error:
            click.echo(f"gradcut: {error}", err=True)
            ctx.exit(error.exit_code)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package not in EXTRAS:
                raise
            known = missing(package)
            click.echo(f"gradcut: {known}", err=True)
            ctx.exit(known.exit_code)


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    from gradcut._build_info import ROOT_VERSION, VERSION

    click.echo(
        f"gradcut {VERSION}, " + (f"built with ROOT {ROOT_VERSION}" if ROOT_VERSION else "built without ROOT")
    )
    context.exit()


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show versions.",
)
def main() -> None:
    """Learn cuts by gradient and hand them back as RDataFrame filters."""
