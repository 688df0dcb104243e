"""The group of all commands, its version and what becomes of errors."""

from __future__ import annotations

import logging
from typing import Any

import click

from gradcut.errors import GradcutError
from gradcut.extras import EXTRAS, missing

__all__ = ["INTERRUPTED", "main"]

#: Exit code of what Ctrl-C ended.
INTERRUPTED = 130


class _ToStderr(logging.Handler):
    """Warnings of the library, as the messages of commands look."""

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(f"gradcut: {record.getMessage()}", err=True)


class _Group(click.Group):
    """A group that turns errors raised on purpose, and missing packages, into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        handler, logger = _ToStderr(logging.WARNING), logging.getLogger("gradcut")
        logger.addHandler(handler)
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
        except KeyboardInterrupt:
            # A fit that has begun ends by itself with what it has; this was before, or after.
            click.echo("gradcut: interrupted; nothing more is written", err=True)
            ctx.exit(INTERRUPTED)
        finally:
            logger.removeHandler(handler)


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or context.resilient_parsing:
        return
    from gradcut._build_info import ROOT_VERSION, VERSION

    click.echo(
        f"gradcut {VERSION}, " + (f"built with ROOT {ROOT_VERSION}" if ROOT_VERSION else "built without ROOT")
    )
    context.exit()


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show versions.",
)
def main() -> None:
    """Learn cuts, bins and observables by gradient, and hand them back as RDataFrame filters.

    \b
    First steps:
      gradcut demo                                 see it work, in half a minute
      gradcut learn --example cuts > cuts.yaml     a commented configuration to change
      gradcut learn cuts.yaml                      learn; results go to cuts-output/
      gradcut show cuts-output                     thresholds, significance, cutflow
      gradcut apply cuts-output data.root:events --output skim.root

    Results go to standard output, everything else to standard error; --json makes results readable by
    machines. Exit codes: 0 done, 1 and 10 to 15 a mistake that is explained, 2 a wrong option, 130
    interrupted.
    """
