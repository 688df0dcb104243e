"""What is wrong with a configuration: all of it, each with file, line and key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gradcut.config.yaml_nodes import Located, Path
from gradcut.errors import DeclarationError, GradcutError

__all__ = ["Problems", "key_of"]

#: More are counted, not shown.
MOST_SHOWN = 20


@dataclass(frozen=True)
class _Problem:
    line: int
    where: str
    error: GradcutError


class Problems:
    """Collects errors with their places.

    Parameters
    ----------
    name : str
        Name of the file.
    located : Located
        Its content.
    """

    def __init__(self, name: str, located: Located) -> None:
        self.name, self._located = name, located
        self._found: list[_Problem] = []

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._found)

    def add(self, path: Path, error: GradcutError) -> None:
        """Add an error of what stands at a path."""
        line = self._located.place(path).line
        key = key_of(path)
        where = f"{self.name}:{line}" + (f", {key}" if key else "")
        problem = _Problem(line, where, error)
        if problem.where not in {known.where for known in self._found} or not path:
            self._found.append(problem)

    @contextmanager
    def at(self, *path: str | int) -> Iterator[None]:
        """Collect an error that is raised inside, and go on."""
        try:
            yield
        except GradcutError as error:
            self.add(path, error)

    def raise_if_any(self) -> None:
        """Raise what was found, if anything was: one error as it is, several as one."""
        if not self._found:
            return
        found = sorted(self._found, key=lambda problem: problem.line)
        if len(found) == 1:
            only = found[0].error
            where = found[0].where + (f" ({only.where})" if only.where else "")
            raise type(only)(
                only.problem, given=only.given, allowed=only.allowed, where=where, hint=only.hint
            ) from only
        lines = [f"{len(found)} things in {self.name} are wrong"]
        for problem in found[:MOST_SHOWN]:
            error = problem.error
            lines.append(f"  {problem.where}: {error.problem}")
            for label, text in (
                ("concerns", error.where),
                ("given", error.given),
                ("allowed", error.allowed),
                ("what to do", error.hint),
            ):
                lines += [f"    {label}: {text}"] if text else []
        if len(found) > MOST_SHOWN:
            lines.append(f"  ... and {len(found) - MOST_SHOWN} more")
        raise DeclarationError("\n".join(lines))


def key_of(path: Path) -> str:
    """Write a path as users do: ``samples.processes.ww.files[0]``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")
