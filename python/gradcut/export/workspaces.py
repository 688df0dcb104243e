"""Models as workspaces of pyhf."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gradcut.errors import ExportError
from gradcut.export.notes import Content, Note

if TYPE_CHECKING:
    from gradcut.stats import Model

__all__ = ["content"]


def content(model: Model, *, observations: Any = None) -> Content:
    """Return the workspace, of which no bin is empty or negative: a fit would fail there, not the reading."""
    workspace = model.to_workspace(observations)
    for channel in workspace["channels"]:
        totals = [sum(bin) for bin in zip(*(sample["data"] for sample in channel["samples"]), strict=True)]
        for number, total in enumerate(totals):
            if total <= 0:
                raise ExportError(
                    "a bin in which nothing is expected",
                    given=f"{total:g} events",
                    where=f"channel '{channel['name']}', bin {number}",
                    hint="merge it with another one: gc.BinLimits(min_background=...) keeps bins filled",
                )
    note = Note("information", "a workspace of pyhf holds no edges of bins: they travel beside it")
    return Content(json.dumps(workspace, indent=1, allow_nan=False) + "\n", (note,))
