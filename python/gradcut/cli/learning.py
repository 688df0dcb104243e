"""What ``learn``, ``scan`` and ``resume`` have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradcut.cli.group import INTERRUPTED
from gradcut.cli.output import echo_json, listed, plain_of

if TYPE_CHECKING:
    from gradcut.config.make_task import Task
    from gradcut.config.reading import Document
    from gradcut.config.running import Learned

__all__ = ["carry_out", "opened"]


def opened(path: Path, efficiencies: list[float] | None = None) -> tuple[Document, Task]:
    """Read a configuration and declare everything in it."""
    from gradcut.extras import need

    for package in ("pydantic", "yaml"):
        need(package, "reading configurations")
    from gradcut.config.make_task import make_task
    from gradcut.config.reading import read_analysis

    document = read_analysis(path)
    return document, make_task(document, efficiencies)


def carry_out(
    context: click.Context,
    document: Document,
    task: Task,
    folder: Path,
    *,
    as_json: bool,
    again: bool = False,
    resume: bool = False,
) -> None:
    """Learn, print the result, and say what was written or how to continue."""
    from gradcut.cli.progress import Activity
    from gradcut.config.running import learn

    activity = Activity()
    try:
        learned = learn(
            document,
            task,
            folder,
            again=again,
            resume=resume,
            progress=activity.learning,
            doing=activity.doing,
        )
    finally:
        activity.close()
    if as_json:
        result = plain_of(folder)
        echo_json(
            {
                "kind": learned.kind,
                "status": learned.result.status,
                "message": learned.result.message,
                "folder": str(folder),
                "files": {kind: [str(path) for path in paths] for kind, paths in learned.files.items()},
                "skipped": learned.skipped,
                "result": result["content"],
            }
        )
    else:
        click.echo(str(learned.result))
        click.echo(f"\nwritten:\n{listed(learned.files)}")
    _finish(context, learned)


def _finish(context: click.Context, learned: Learned) -> None:
    for line in learned.skipped:
        click.echo(f"gradcut: not written: {line}", err=True)
    if learned.interrupted:
        click.echo("gradcut: interrupted; what was learned so far is saved", err=True)
        how = "continue with" if "checkpoint" in learned.files else "begin anew with"
        click.echo(f"  {how}: gradcut resume {learned.folder}", err=True)
        context.exit(INTERRUPTED)
    if learned.skipped:
        context.exit(1)
