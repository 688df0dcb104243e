"""How results show themselves: as text, in a notebook, on a page."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from gradcut.tables import Block, as_text

if TYPE_CHECKING:
    from pathlib import Path

    from gradcut.samples import Samples

__all__ = ["WIDTH", "Shown"]

#: Columns of text.
WIDTH = 110


class Shown(ABC):
    """What results have in common that can be looked at."""

    @abstractmethod
    def blocks(self) -> list[Block]:
        """What there is to say, as tables and paragraphs."""

    def __str__(self) -> str:
        return as_text(self.blocks(), WIDTH)

    def _repr_html_(self) -> str:
        """Tables and the main pictures, for notebooks."""
        from gradcut.report.page.notebook import notebook

        return notebook(self)

    def report(
        self, path: str | os.PathLike[str], samples: Samples | None = None, *, title: str | None = None
    ) -> Path:
        """Write everything there is to know of this result to one page; see :func:`gradcut.report.page`."""
        from gradcut.report.page import page

        return page(self, path, samples, title=title)
