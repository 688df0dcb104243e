"""Cuts whose threshold follows a property: the curve, its text, chains, and what is refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DeclarationError, SchemaError

KNOTS = [10.0, 20.0, 40.0]


def threshold(cut: gc.VaryingCut, values: dict[str, float], at: np.ndarray) -> np.ndarray:
    """Threshold at some values of the property, by what the mask decides: bisection."""
    selection = gc.Selection(cut)
    low, high = np.full(len(at), -1e3), np.full(len(at), 1e3)
    for _ in range(60):
        middle = (low + high) / 2
        passed = selection.mask({"x": middle, "p": at}, values)
        low, high = np.where(passed, low, middle), np.where(passed, middle, high)
    return (low + high) / 2


def test_straight_lines_go_through_the_knots_and_stay_beyond_them() -> None:
    cut = gc.VaryingCut("x", ">", "p", KNOTS, name="t")
    assert cut.parameters == ("t:0", "t:1", "t:2")
    at = np.array([-5.0, 10.0, 15.0, 20.0, 33.0, 40.0, 1e4])
    found = threshold(cut, {"t:0": 1.0, "t:1": 5.0, "t:2": 3.0}, at)
    np.testing.assert_allclose(found, np.interp(at, KNOTS, [1.0, 5.0, 3.0]), atol=1e-9)


def test_steps_have_one_threshold_per_range() -> None:
    cut = gc.VaryingCut("x", ">", "p", KNOTS, shape="steps", name="t")
    found = threshold(
        cut, {"t:0": 1.0, "t:1": 5.0, "t:2": 3.0, "t:3": -2.0}, np.array([0, 10, 19.9, 20, 39.9, 40, 99])
    )
    np.testing.assert_allclose(found, [1, 5, 5, 3, 3, -2, -2], atol=1e-9)


def test_spline_of_one_interval_is_a_parabola_of_bernstein() -> None:
    cut = gc.VaryingCut("x", ">", "p", [10, 30], shape="smooth", name="t")
    at = np.array([0.0, 10, 13, 20, 29, 30, 99])
    u = (np.clip(at, 10, 30) - 10) / 20
    found = threshold(cut, dict(zip(cut.parameters, [1.0, 4.0, 2.0], strict=True)), at)
    np.testing.assert_allclose(found, (1 - u) ** 2 + 8 * u * (1 - u) + 2 * u**2, atol=1e-9)


@pytest.mark.parametrize("power", [0, 1, 2])
def test_splines_make_all_parabolas_and_stay_beyond_the_knots(power: int) -> None:
    cut = gc.VaryingCut("x", ">", "p", KNOTS, shape="smooth", name="t")
    padded = [10, 10, 10, 20, 40, 40, 40]
    # The coefficients of 1, p and p^2 are their polar forms at neighbouring knots.
    polar = {0: lambda a, b: 1.0, 1: lambda a, b: (a + b) / 2, 2: lambda a, b: a * b}[power]
    coefficients = [polar(padded[i + 1] / 10, padded[i + 2] / 10) for i in range(4)]
    at = np.linspace(5, 45, 41)
    found = threshold(cut, dict(zip(cut.parameters, coefficients, strict=True)), at)
    np.testing.assert_allclose(found, (np.clip(at, 10, 40) / 10) ** power, atol=1e-9)


def test_every_spline_has_a_continuous_slope() -> None:
    cut = gc.VaryingCut("x", ">", "p", KNOTS, shape="smooth", name="t")
    at = 20 + np.array([-2e-3, -1e-3, 1e-3, 2e-3])
    for name in cut.parameters:
        found = threshold(cut, {**dict.fromkeys(cut.parameters, 0.0), name: 100.0}, at)
        assert (found[1] - found[0]) == pytest.approx(found[3] - found[2], abs=1e-4)


def test_ordered_coefficients_make_a_rising_curve() -> None:
    for shape in ("linear", "smooth", "steps"):
        cut = gc.VaryingCut("x", ">", "p", KNOTS, shape=shape, monotone="rising")
        values = dict(zip(cut.parameters, [1.0, 1.0, 3.0, 7.0], strict=False))
        found = threshold(cut, values, np.linspace(0, 50, 101))
        assert np.all(np.diff(found) >= -1e-9)
        assert found[-1] > found[0]


def test_chain_travels_with_the_selection() -> None:
    cut = gc.VaryingCut("x", "<", "abs(p)", KNOTS, monotone="falling", contraction=0.5)
    selection = gc.Selection(cut, "y > ?")
    assert selection.chains == (gc.Chain(("x:0", "x:1", "x:2"), "falling", 0.5),)
    again = gc.Selection.from_json(json.loads(json.dumps(selection.to_json())))
    assert again == selection
    assert again.chains == selection.chains
    spec = selection.kernel_spec()
    assert spec.chains[0].parameters == [0, 1, 2]
    assert spec.chains[0].sign == -1
    plain = selection.to_json()
    plain["chains"][0]["monotone"] = "up"
    with pytest.raises(SchemaError, match="unknown 'monotone'"):
        gc.Selection.from_json(plain)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gc.Selection(gc.VaryingCut("x", "window", "p", KNOTS)), "window is two of them"),
        (lambda: gc.Selection(gc.VaryingCut("x", ">", "p", [3, 2])), "rising numbers"),
        (lambda: gc.Selection(gc.VaryingCut("x", ">", "p", [3])), "at least 2 knots"),
        (lambda: gc.Selection(gc.VaryingCut("x", ">", "p", KNOTS, shape="cubic")), "unknown shape"),
        (lambda: gc.Selection(gc.VaryingCut("x > ?", ">", "p", KNOTS)), "has a '\\?'"),
        (lambda: gc.Selection("x > ?", chains=[gc.Chain(("x", "y"))]), "unknown parameter 'y'"),
        (lambda: gc.Chain(("x", "x")), "each once"),
        (lambda: gc.Chain(("x", "y"), "up"), "'rising', 'falling'"),
        (lambda: gc.Chain(("x", "y"), contraction=-1), "number from 0 on"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()
