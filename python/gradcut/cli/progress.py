"""What a command is doing, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradcut.fitting import Progress

__all__ = ["Activity"]


class Activity:
    """One line that says what is being done, with a bar while a fit learns.

    It stands on standard error, on terminals only, and is taken away before anything is printed.
    """

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True)
        self._bar = Bar(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TextColumn("{task.fields[note]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            refresh_per_second=5,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, note="", start=True)

    def doing(self, what: str) -> None:
        """Say what is being done, of which nobody knows how long it takes."""
        self._bar.update(self._task, description=what, total=None, note="")
        self._bar.start()

    def learning(self, now: Progress) -> None:
        """Show a step of a fit."""
        note = f"{now.step}/{now.n_steps}, best {now.best:.4f}"
        what = f"learning: {now.task}"
        self._bar.update(self._task, description=what, completed=now.step, total=now.n_steps, note=note)
        self._bar.start()

    def close(self) -> None:
        """Take the line away."""
        self._bar.stop()
