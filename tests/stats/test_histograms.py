"""Yields of histograms that somebody else has filled."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DataError, DeclarationError

ONE: dict[str, Any] = {"susy": [5.0, 11.0], "ww": [50.0, 40.0], "top": [3.0, 4.0]}


def test_model_of_histograms_has_their_numbers() -> None:
    yields = gc.stats.yields_from_histograms(
        ONE,
        signals=["susy"],
        errors={"ww": [2.0, 3.0]},
        variations={"JES": {"ww": ([55, 47], [46, 38]), "susy": ([5.5, 12], None)}},
        norm_uncertainty={"top": 0.3},
    )
    model = gc.stats.Model.from_yields(yields)
    assert set(model.parameters) == {"mu", "JES", "top_norm", "staterror_channel[0]", "staterror_channel[1]"}
    nominal = model.expected_data(model.initial)
    assert nominal[:2] == pytest.approx([58, 55])
    up = model.initial.copy()
    up[model.parameters.index("JES")] = 1.0
    assert model.expected_data(up)[:2] == pytest.approx([5.5 + 55 + 3, 12 + 47 + 4])
    widths = yields.moments.variance[0, 0, :, 0]
    assert widths[1].tolist() == [4, 9]
    assert not widths[[0, 2]].any()


def test_channels_points_and_histograms_of_libraries() -> None:
    class Filled:
        def __init__(self, values: Any, variances: Any) -> None:
            self._values, self._variances = np.array(values), np.array(variances)

        def values(self) -> Any:
            return self._values

        def variances(self) -> Any:
            return self._variances

    both = {
        "SR": {
            "susy": [[5.0, 11.0], [6.0, 12.0]],
            "ww": Filled([50.0, 40.0], [4.0, 9.0]),
            "seen": [55.0, 50.0],
        },
        "CR": {"ww": [100.0, 90.0], "seen": [99.0, 93.0]},
    }
    yields = gc.stats.yields_from_histograms(
        both, signals=["susy"], data=["seen"], variations={"JES": {"CR": {"ww": ([110, 95], [90, 85])}}}
    )
    assert yields.n_points == 2
    assert yields.layout.roles == ("signal", "background", "data")
    assert yields.of("susy", channel="SR").sum_w.tolist() == [[5, 11], [6, 12]]
    assert yields.of("ww", channel="SR").variance.tolist() == [[4, 9]] * 2
    assert yields.of("ww", channel="SR", variation="JES:up").sum_w.tolist() == [[50, 40]] * 2
    assert yields.of("ww", channel="CR", variation="JES:up").sum_w.tolist() == [[110, 95]] * 2
    assert yields.of("susy", channel="CR").sum_w.tolist() == [[0, 0]] * 2


def test_numbers_of_a_point_do_not_depend_on_the_other_points() -> None:
    background, sigma = np.array([[23.0], [41.0], [49.0]]), np.array([[12.6], [0.9], [0.9]])

    def p0(chosen: list[int]) -> Any:
        yields = gc.stats.yields_from_histograms(
            {"susy": np.full((len(chosen), 1), 20.0), "ww": background[chosen]},
            signals=["susy"],
            errors={"ww": sigma[chosen]},
        )
        return gc.objectives.DiscoveryP0(mc_stat="shapesys").hard(yields)

    alone = np.array([p0([i])[0] for i in range(3)])
    for order in ([0, 1, 2], [2, 1, 0], [1, 0, 2]):
        np.testing.assert_allclose(p0(order), alone[order], rtol=1e-10)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"signals": ["suzy"]}, DeclarationError, r"nothing is called 'suzy'.*'susy'"),
        ({"errors": {"w": [1, 1]}}, DeclarationError, r"errors in channel"),
        ({"variations": {"JES": {"ww": [1, 2, 3]}}}, DeclarationError, "a histogram up and one down"),
        ({"variations": {"JES": {"wv": ([1, 2], [1, 2])}}}, DeclarationError, "variation 'JES'"),
        ({"variations": {"JES": {"ww": ([1, 2, 3], [1, 2])}}}, DataError, "different numbers of bins"),
        ({"errors": {"ww": [1, 2, 3]}}, DataError, "one number per bin"),
        ({"histograms": {"susy": [1, np.nan], "ww": [1, 2]}}, DataError, "finite"),
        ({"histograms": {"SR": {"susy": [1, 2]}, "ww": [1, 2]}}, DeclarationError, "not both"),
    ],
)
def test_what_does_not_fit_is_said(change: Any, error: Any, message: str) -> None:
    given = {"histograms": ONE, "signals": ["susy"], **change}
    with pytest.raises(error, match=r"(?s)" + message):
        gc.stats.yields_from_histograms(given.pop("histograms"), **given)
