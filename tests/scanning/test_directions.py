"""The side to which each threshold keeps more."""

from __future__ import annotations

import pytest

import gradcut as gc
from gradcut.errors import DeclarationError
from gradcut.scanning.directions import loosening


def test_one_sign_per_parameter() -> None:
    selection = gc.Selection("x > ?", "y < ?", "? < z < ?", "!(? < v < ?)", "u > ?shared", "w > ?shared")
    assert loosening(selection.kernel_spec()).tolist() == [-1, 1, -1, 1, 1, -1, -1]


@pytest.mark.parametrize(
    "texts",
    [("x > ?c", "y < ?c"), ("?a < x < ?b", "?b < y < ?c"), ("!(?c < x < ?d)", "y > ?c")],
    ids=str,
)
def test_threshold_of_two_minds_is_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(DeclarationError, match=r"(?s)'[bc]' loosens one cut and tightens.*x, y.*fit_cuts"):
        loosening(gc.Selection(*texts).kernel_spec())
