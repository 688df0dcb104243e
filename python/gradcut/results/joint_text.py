"""Learned cuts with bins, as text that fits a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.results.text import fold_tables, threshold_table
from gradcut.tables import Block

if TYPE_CHECKING:
    from gradcut.results.joint_result import JointResult

__all__ = ["blocks"]


def blocks(result: JointResult) -> list[Block]:
    """How a result was made, thresholds, then what there is of the bins."""
    first, *rest = result.inside.blocks()
    return [first, threshold_table(result), *rest, *fold_tables(result)]
