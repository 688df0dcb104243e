"""Learned cuts with bins, as text that fits a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.results.text import fold_blocks, threshold_lines

if TYPE_CHECKING:
    from gradcut.results.joint_result import JointResult

__all__ = ["text"]


def text(result: JointResult) -> str:
    """Render a result: how it was made, thresholds, then what there is of the bins."""
    first, rest = str(result.inside).split("\n\n", 1)
    blocks = [first, "\n".join(threshold_lines(result)), rest]
    if result.folds:
        blocks += ["\n".join(lines) for lines in fold_blocks(result)]
    return "\n\n".join(blocks)
