"""``gradcut config``."""

from __future__ import annotations

import click

__all__ = ["config"]


@click.command()
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
