"""The axes of yields."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gradcut.errors import DeclarationError
from objectives.toy_yields import layout

SIX = tuple("abcdef")


def test_bins_are_one_axis_unless_it_is_said() -> None:
    flat = layout(bins=SIX)
    assert flat.bin_shape == (6,)
    assert replace(flat, bins=("a", "b")).bin_shape == (2,)
    assert replace(flat, roles=("signal",) * 3).bin_shape == (6,)


def test_axes_of_a_product_are_kept_and_have_to_fit() -> None:
    product = replace(layout(bins=SIX), bin_shape=(2, 3))
    assert product.bin_shape == (2, 3)
    assert replace(product, roles=("signal",) * 3).bin_shape == (2, 3)
    assert replace(product, bins=("a",), bin_shape=()).bin_shape == (1,)
    with pytest.raises(DeclarationError, match=r"another number of bins(.|\n)*\(2, 3\), 2 bins"):
        replace(product, bins=("a", "b"))
