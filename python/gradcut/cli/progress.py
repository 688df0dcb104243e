"""What a command is doing, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from gradcut.fitting import Progress
    from gradcut.triggers.learner import Progress as MenuProgress

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

    def learning(self, now: Progress | MenuProgress | str, step: int = 0, value: float = 0.0) -> None:
        """Show a step of a fit; scans tell task, step and value, menus have no steps."""
        task = now if isinstance(now, str) else now.task
        done: int | None = None
        of: int | None = None
        if isinstance(now, str):
            done, note = step, f"step {step}, background efficiency {value:.3g}"
        elif hasattr(now, "n_steps"):
            fit = cast("Progress", now)
            done, of, note = fit.step, fit.n_steps, f"{fit.step}/{fit.n_steps}, best {fit.best:.4f}"
        else:
            note = f"signal efficiency {now.value:.4f}"
        self._bar.update(self._task, description=f"learning: {task}", completed=done, total=of, note=note)
        self._bar.start()

    def close(self) -> None:
        """Take the line away."""
        self._bar.stop()
