"""The command ``gradcut``."""

from __future__ import annotations

from typing import Any

import click

from gradcut.errors import GradcutError

__all__ = ["main"]


class _Group(click.Group):
    """A group that turns errors raised on purpose into a message and their exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GradcutError as error:
            click.echo(f"gradcut: {error}", err=True)
            ctx.exit(error.exit_code)


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


@main.command()
@click.option("--incdir", "what", flag_value="incdir", help="Folder of the C++ headers.")
@click.option("--libdir", "what", flag_value="libdir", help="Folder of the libraries.")
@click.option("--cmake", "what", flag_value="cmake", help="Option for CMake: -Dgradcut_DIR=...")
def config(what: str | None) -> None:
    """Say where the C++ headers and libraries are, for build systems and macros.

    For a CMake project:  cmake $(gradcut config --cmake) ..
    """
    from gradcut import paths

    if what is None:
        raise click.UsageError("one of --incdir, --libdir, --cmake is needed")
    folders = {"incdir": paths.include_dir, "libdir": paths.library_dir, "cmake": paths.cmake_dir}
    prefix = "-Dgradcut_DIR=" if what == "cmake" else ""
    click.echo(f"{prefix}{folders[what]()}")
