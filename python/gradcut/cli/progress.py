"""How far a fit is, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import TaskID

    from gradcut.fitting import Progress

__all__ = ["FitProgress"]


class FitProgress:
    """A bar for the task that a fit is at: on standard error, on terminals only, and gone in the end."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("learning {task.description:<16}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TextColumn("best so far {task.fields[best]:.4f}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task: TaskID | None = None

    def __call__(self, now: Progress) -> None:
        """Show a step."""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task(now.task, total=now.n_steps, best=now.best)
        self._bar.update(
            self._task, description=now.task, completed=now.step, total=now.n_steps, best=now.best
        )

    def close(self) -> None:
        """Take the bar away, before anything else is printed."""
        self._bar.stop()
