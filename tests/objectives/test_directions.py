"""Objectives know whether more is better, and add only where that makes sense."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest

from gradcut.errors import DeclarationError, GradcutError
from gradcut.objectives import AsimovSignificance, EfficiencyLoss, maximise, minimise
from objectives.toy_yields import tensors, yields


def test_maximised_and_minimised_do_not_add_and_the_form_that_does_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"do not add(.|\n)*Z - efficiency loss"):
        AsimovSignificance() + EfficiencyLoss(0.5)


def test_difference_adds_what_has_opposite_directions() -> None:
    given = yields([[[10.0, 60.0, 40.0]]], 4.0)
    z, loss = AsimovSignificance(0.2), EfficiencyLoss(0.5)
    both = z - 2 * loss
    assert both.direction == "maximise"
    assert both.name == "Z - 2 efficiency loss"
    assert both.hard(given) == pytest.approx(z.hard(given) - 2 * loss.hard(given))
    assert (-both).direction == "minimise"


@pytest.mark.torch
def test_sum_of_soft_values() -> None:
    given = yields([[[10.0, 60.0, 40.0]]], 4.0)
    z = AsimovSignificance(0.2)
    total = z + 0.5 * AsimovSignificance(0.1)
    assert total.soft(tensors(given)).numpy() == pytest.approx(total.hard(given), rel=1e-12)


def test_factor_of_zero_is_refused() -> None:
    with pytest.raises(DeclarationError, match="not zero"):
        0 * AsimovSignificance()


@pytest.mark.torch
def test_own_function_is_an_objective() -> None:
    def purity(given: Any) -> Any:
        s, b = (given.total(role).sum_w.sum((1, 2)) for role in ("signal", "background"))
        return s / (s + b)

    objective = maximise(purity)
    assert (objective.name, objective.direction) == ("purity", "maximise")
    assert objective.hard(yields([[[10.0, 60.0, 30.0]]])) == pytest.approx([0.1])
    assert minimise(purity, "impurity").direction == "minimise"


@pytest.mark.torch
def test_own_function_of_the_wrong_shape_is_said() -> None:
    objective = maximise(lambda given: given.moments.sum_w, "bad")
    with pytest.raises(DeclarationError, match=r"one number per point(.|\n)*'bad'(.|\n)*\(1, 1, 3, 1, 1\)"):
        objective.hard(yields([[[10.0, 60.0, 30.0]]]))


def test_own_function_without_torch_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(GradcutError, match=r"one's own needs torch(.|\n)*gradcut\[torch\]"):
        maximise(lambda given: given)
