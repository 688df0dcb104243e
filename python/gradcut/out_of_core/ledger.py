"""Passes within a budget, every one of them kept: what was summed once is not summed again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.fitting.tasks import Progress
from gradcut.out_of_core.passes import Sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.fitting.journal import Journal
    from gradcut.out_of_core.passes import Passes, Request

__all__ = ["BUDGET", "Ledger"]

#: Passes of a fit over all events.
BUDGET = 15


class Ledger:
    """Runs passes, and writes what they found to the checkpoint before anything is made of it.

    A fit that is continued asks for the same again, since everything that it asks for follows from what it
    found before, and is answered from the checkpoint: it ends with the same bits.

    Parameters
    ----------
    passes : Passes
        The events.
    journal : Journal
        Keeps the sums.
    progress : callable, optional
        Called after every pass.
    budget : int, default 15
        Passes that may be made.
    """

    def __init__(
        self,
        passes: Passes,
        journal: Journal,
        progress: Callable[[Progress], object] | None,
        budget: int = BUDGET,
    ) -> None:
        self.passes, self.journal, self.budget = passes, journal, budget
        self.done = 0
        self._progress = progress

    @property
    def left(self) -> int:
        """Passes that may still be made."""
        return self.budget - self.done

    def run(self, requests: Sequence[Request], *, width: float, best: float) -> list[Sums]:
        """Make one pass.

        Parameters
        ----------
        requests : sequence of Request
            What is wanted of it.
        width, best : float
            For the report: width of what is looked at, in widths of the features, and the best value so far.
        """
        name, asked = f"pass {self.done + 1}", _digest(requests)
        record = self.journal.get(name, _Record.stored)
        if record is None or record.asked != asked:
            record = _Record(asked, self.passes.run(requests))
            self.journal.descents[name] = record
            self.journal.save()
        self.done += 1
        if self._progress is not None:
            self._progress(Progress(name, self.done, self.budget, width, best))
        return record.sums


@dataclass
class _Record:
    """What a pass found, in the form of a descent of the journal."""

    asked: str
    sums: list[Sums]

    @classmethod
    def stored(cls, arrays: Mapping[str, NDArray[np.float64]], plain: Mapping[str, Any]) -> _Record:
        sums = [
            Sums(arrays[f"moments {i}"], arrays.get(f"jacobian {i}")) for i in range(int(plain["requests"]))
        ]
        return cls(str(plain["asked"]), sums)

    def arrays(self) -> dict[str, NDArray[Any]]:
        found = {f"moments {i}": one.moments for i, one in enumerate(self.sums)}
        found.update((f"jacobian {i}", s.jacobian) for i, s in enumerate(self.sums) if s.jacobian is not None)
        return found

    def plain(self) -> dict[str, Any]:
        return {"step": 1, "requests": len(self.sums), "asked": self.asked}


def _digest(requests: Sequence[Request]) -> str:
    """Tell requests apart by everything that is in them."""
    found = hashlib.sha256()
    for request in requests:
        found.update(type(request).__name__.encode())
        for one in fields(request):
            value = getattr(request, one.name)
            for item in value if isinstance(value, tuple) else (value,):
                found.update(item.tobytes() if isinstance(item, np.ndarray) else repr(item).encode())
                found.update(b"|")
    return found.hexdigest()
