"""``gradcut config``."""

from __future__ import annotations

import click

from gradcut.cli.options import as_json
from gradcut.cli.output import echo_json

__all__ = ["config"]


@click.command(short_help="Say where headers, libraries and the sample are.")
@click.option("--incdir", "what", flag_value="incdir", help="Folder of the C++ headers.")
@click.option("--libdir", "what", flag_value="libdir", help="Folder of the libraries.")
@click.option("--cmake", "what", flag_value="cmake", help="Option for CMake: -Dgradcut_DIR=...")
@click.option("--sample", "what", flag_value="sample", help="Folder of the sample that the examples read.")
@as_json
def config(what: str | None, as_json: bool) -> None:
    """Say where the C++ headers, libraries and the sample are, for build systems and macros.

    \b
    Example, for a CMake project:
      cmake $(gradcut config --cmake) ..
    """
    from gradcut import paths

    folders = {
        "incdir": paths.include_dir,
        "libdir": paths.library_dir,
        "cmake": paths.cmake_dir,
        "sample": paths.sample_dir,
    }
    if as_json:
        wanted = folders if what is None else {what: folders[what]}
        echo_json({name: str(folder()) for name, folder in wanted.items()})
        return
    if what is None:
        raise click.UsageError("one of --incdir, --libdir, --cmake, --sample is needed")
    prefix = "-Dgradcut_DIR=" if what == "cmake" else ""
    click.echo(f"{prefix}{folders[what]()}")
