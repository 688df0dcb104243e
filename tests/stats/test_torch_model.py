"""Models as functions of torch: values beside pyhf and numpy, gradients beside differences."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.objectives import CLs, minimise
from gradcut.stats import (
    Model,
    fisher_information,
    gaussianity,
    generalised_variance,
    hypotest,
    nuisance_constraint,
    sigma_mu,
    upper_limit,
)
from gradcut.yields import Moments, Yields
from stats.pyhf_reference import pyhf_model
from stats.varied_yields import varied_yields

torch = pytest.importorskip("torch", reason="torch is not installed")
pytestmark = pytest.mark.torch

SPACE: dict[str, Any] = {
    "channels": [
        {
            "name": "SR",
            "samples": [
                {
                    "name": "s",
                    "data": [5.0, 11.0, 2.0],
                    "modifiers": [{"name": "mu", "type": "normfactor", "data": None}],
                },
                {
                    "name": "b",
                    "data": [50.0, 40.0, 30.0],
                    "modifiers": [
                        {
                            "name": "JES",
                            "type": "histosys",
                            "data": {"hi_data": [55, 42, 29], "lo_data": [46, 37, 32]},
                        },
                        {"name": "norm", "type": "normsys", "data": {"hi": 1.1, "lo": 0.92}},
                        {"name": "staterror_SR", "type": "staterror", "data": [3.0, 2.0, 0.0]},
                    ],
                },
                {
                    "name": "c",
                    "data": [9.0, 8.0, 7.0],
                    "modifiers": [{"name": "staterror_SR", "type": "staterror", "data": [1.0, 1.5, 0.0]}],
                },
            ],
        },
        {
            "name": "CR",
            "samples": [
                {
                    "name": "b",
                    "data": [300.0, 200.0],
                    "modifiers": [
                        {
                            "name": "JES",
                            "type": "histosys",
                            "data": {"hi_data": [310, 205], "lo_data": [285, 196]},
                        },
                        {"name": "shape_CR", "type": "shapesys", "data": [12.0, 7.0]},
                    ],
                }
            ],
        },
    ],
    "observations": [{"name": "SR", "data": [61.0, 58.0, 35.0]}, {"name": "CR", "data": [310.0, 190.0]}],
    "measurements": [{"name": "m", "config": {"poi": "mu", "parameters": []}}],
    "version": "1.0.0",
}

#: Everything that can be replaced of it, with other numbers.
REPLACED: dict[tuple[str, str, str], Any] = {
    ("SR", "s", "nominal"): [4.0, 12.5, 3.0],
    ("SR", "b", "nominal"): [53.0, 37.0, 31.0],
    ("SR", "b", "histosys/JES:up"): [57.0, 40.0, 30.0],
    ("SR", "b", "histosys/JES:down"): [50.0, 33.0, 33.0],
    ("SR", "b", "normsys/norm:up"): 1.14,
    ("SR", "b", "normsys/norm:down"): 0.9,
    ("SR", "b", "staterror/staterror_SR"): [2.5, 2.2, 0.0],
    ("SR", "c", "nominal"): [8.0, 9.0, 6.0],
    ("SR", "c", "staterror/staterror_SR"): [0.8, 1.1, 0.0],
    ("CR", "b", "nominal"): [290.0, 210.0],
    ("CR", "b", "histosys/JES:up"): [305.0, 216.0],
    ("CR", "b", "histosys/JES:down"): [280.0, 203.0],
    ("CR", "b", "shapesys/shape_CR"): [11.0, 9.0],
}


def with_numbers(numbers: dict[tuple[str, str, str], Any]) -> dict[str, Any]:
    """The workspace with other numbers in it, by hand."""
    made = copy.deepcopy(SPACE)
    for (channel, sample, what), value in numbers.items():
        of_channel = next(c for c in made["channels"] if c["name"] == channel)
        of_sample = next(s for s in of_channel["samples"] if s["name"] == sample)
        if what == "nominal":
            of_sample["data"] = value
            continue
        kind, _, rest = what.partition("/")
        name, _, side = rest.partition(":")
        modifier = next(m for m in of_sample["modifiers"] if (m["type"], m["name"]) == (kind, name))
        if kind in ("staterror", "shapesys"):
            modifier["data"] = value
        else:
            ends = {"histosys": "_data", "normsys": ""}[kind]
            modifier["data"][{"up": "hi", "down": "lo"}[side] + ends] = value
    return made


def tensors(**settings: Any) -> dict[tuple[str, str, str], Any]:
    return {key: torch.tensor(value, dtype=torch.float64, **settings) for key, value in REPLACED.items()}


MODEL = Model.from_workspace(SPACE)
#: Number -> as a tensor, and as the function of numpy gives it for a model.
NUMBERS: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Model], float]]] = {
    "CLs": (lambda t, x: t.hypotest(1.3, x).cls, lambda m: hypotest(1.3, m).cls),
    "log CLs expected": (
        lambda t, x: t.hypotest(1.3, x, "asimov").log_cls,
        lambda m: hypotest(1.3, m, "asimov").log_cls,
    ),
    "p0": (
        lambda t, x: t.hypotest(0, x, test_statistic="q0").p0,
        lambda m: hypotest(0, m, test_statistic="q0").p0,
    ),
    "q": (lambda t, x: t.hypotest(1.3, x).q, lambda m: hypotest(1.3, m).q),
    "Z": (
        lambda t, x: t.hypotest(0, x, "asimov", test_statistic="q0").z,
        lambda m: hypotest(0, m, "asimov", test_statistic="q0").z,
    ),
    "band": (lambda t, x: t.hypotest(1.3, x).expected["+1"], lambda m: hypotest(1.3, m).expected["+1"]),
    "limit": (lambda t, x: t.upper_limit(x).observed, lambda m: upper_limit(m).observed),
    "expected limit": (lambda t, x: t.upper_limit(x).expected["-2"], lambda m: upper_limit(m).expected["-2"]),
    "sigma_mu": (lambda t, x: t.sigma_mu(x), sigma_mu),
    "fitted sigma_mu": (
        lambda t, x: t.sigma_mu(x, [310, 190, 61, 58, 35], fixed={"norm": 0.3}),
        lambda m: sigma_mu(m, data=m.data(), fixed={"norm": 0.3}),
    ),
    "volume": (lambda t, x: t.generalised_variance(x), generalised_variance),
    "constraint": (
        lambda t, x: t.nuisance_constraint(["JES", "shape_CR"], x),
        lambda m: nuisance_constraint(m, ["JES", "shape_CR"]),
    ),
    "Gaussianity": (lambda t, x: t.gaussianity(x), gaussianity),
    "-log L": (lambda t, x: t.nll({"mu": 0.7, "JES": 0.4}, x), lambda m: _nll(m, {"mu": 0.7, "JES": 0.4})),
    "rate": (lambda t, x: t.expected_data(None, x)[3], lambda m: m.expected_data()[3]),
    "fitted mu": (lambda t, x: t.fit(x)[MODEL.poi_index], lambda m: _fitted(m)),
    "information": (
        lambda t, x: t.fisher_information({"mu": 0.5}, x)[0, 2],
        lambda m: fisher_information(m, {"mu": 0.5})[0, 2],
    ),
}


def _nll(model: Model, parameters: dict[str, float]) -> float:
    from gradcut.stats.points import theta_of

    return -float(model.likelihood.logpdf(theta_of(model, parameters), model.inputs, model.data())[0])


def _fitted(model: Model) -> float:
    import gradcut as gc

    return float(gc.stats.fit(model).value("mu"))


@pytest.mark.parametrize("name", NUMBERS)
def test_value_is_that_of_a_workspace_with_these_numbers(name: str) -> None:
    of_torch, of_numpy = NUMBERS[name]
    found = of_torch(MODEL.torch(), tensors())
    assert found.shape == ()
    assert found.dtype == torch.float64
    assert found.item() == pytest.approx(of_numpy(Model.from_workspace(with_numbers(REPLACED))), rel=1e-9)
    assert found.item() != pytest.approx(of_numpy(MODEL), rel=1e-4)


@pytest.mark.parametrize("name", NUMBERS)
def test_gradient_is_that_of_differences(name: str) -> None:
    of_torch, _ = NUMBERS[name]
    bridge, given = MODEL.torch(), tensors(requires_grad=True)
    keys = list(given)
    # A bin without MC uncertainty stays one.
    moves = {key: (torch.tensor(REPLACED[key]) != 0) for key in keys}

    def number(*parts: Any) -> Any:
        kept = {key: torch.where(moves[key], part, 0.0) for key, part in zip(keys, parts, strict=True)}
        return of_torch(bridge, kept)

    assert torch.autograd.gradcheck(number, tuple(given.values()), eps=1e-5, atol=1e-7, rtol=1e-5)
    slopes = torch.autograd.grad(number(*given.values()), list(given.values()))
    assert any(slope.abs().max() > 1e-6 for slope in slopes)


@pytest.mark.pyhf
def test_likelihood_and_cls_are_those_of_pyhf_with_these_numbers() -> None:
    import pyhf

    _, theirs = pyhf_model(with_numbers(REPLACED))
    bridge, templates = MODEL.torch(), tensors()
    theta = torch.from_numpy(MODEL.initial + 0.1 * (np.arange(len(MODEL.initial)) % 3))
    main = np.array([310.0, 190.0, 61.0, 58.0, 35.0])
    data = [*main, *theirs.config.auxdata]
    assert -bridge.nll(theta, templates).item() == pytest.approx(
        float(theirs.logpdf(theta.numpy(), data)[0]), rel=1e-10
    )
    np.testing.assert_allclose(
        bridge.expected_data(theta, templates), theirs.expected_data(theta.numpy()), rtol=1e-12
    )
    pyhf.set_backend("numpy", pyhf.optimize.scipy_optimizer(tolerance=1e-12))
    try:
        cls, band = pyhf.infer.hypotest(1.3, data, theirs, test_stat="qtilde", return_expected_set=True)
    finally:
        pyhf.set_backend("numpy")
    found = bridge.hypotest(1.3, templates)
    assert found.cls.item() == pytest.approx(float(cls), rel=1e-5)
    assert [one.item() for one in found.expected.values()] == pytest.approx(
        [float(one) for one in band], rel=1e-5
    )


def test_gradient_in_data_parameters_and_the_tested_value_is_that_of_differences() -> None:
    bridge = MODEL.torch()
    main = torch.tensor([305.0, 195.0, 66.0, 55.0, 36.0], dtype=torch.float64, requires_grad=True)
    mu = torch.tensor([0.8, 1.6], dtype=torch.float64, requires_grad=True)
    theta = (torch.from_numpy(MODEL.initial) + 0.05).requires_grad_()

    def check(number: Callable[..., Any], *parts: Any) -> bool:
        return bool(torch.autograd.gradcheck(number, parts, eps=1e-5, atol=1e-7, rtol=1e-5))

    assert check(lambda data, mu: bridge.hypotest(mu, None, data).log_cls, main, mu)
    assert check(lambda data: bridge.upper_limit(None, data).observed, main)
    assert check(lambda data: bridge.sigma_mu(None, data, fixed={"norm": 0.0}), main)
    assert check(lambda theta, data: bridge.nll(theta, None, data), theta, main)
    assert check(lambda theta: bridge.fisher_information(theta), theta)
    assert check(lambda mu: bridge.nll({"mu": mu, "JES": 0.2}), mu)
    by_channel = {"SR": main[2:], "CR": main[:2]}
    assert bridge.nll(None, None, by_channel).item() == bridge.nll(None, None, main).item()
    whole = torch.cat([main, torch.from_numpy(MODEL.auxdata)])
    assert bridge.nll(None, None, whole).item() == bridge.nll(None, None, main).item()


def test_batches_are_their_models_one_by_one() -> None:
    bridge = MODEL.torch()
    rng = torch.Generator().manual_seed(3)
    b = torch.rand(2, 3, 3, generator=rng, dtype=torch.float64) * 20 + 30
    width = torch.rand(3, 2, generator=rng, dtype=torch.float64) * 5 + 5
    name, stat = ("SR", "b", "nominal"), ("CR", "b", "shapesys/shape_CR")
    tested = torch.tensor([0.5, 1.0, 2.0])
    together = bridge.hypotest(tested, {name: b, stat: width})
    assert together.cls.shape == (2, 3)
    assert bridge.fit({name: b}).shape == (2, 3, len(MODEL.initial))
    for i in range(2):
        for j in range(3):
            alone = bridge.hypotest(float(tested[j]), {name: b[i, j], stat: width[j]})
            assert together.cls[i, j].item() == pytest.approx(alone.cls.item(), rel=1e-12)
            assert together.expected["-1"][i, j].item() == pytest.approx(
                alone.expected["-1"].item(), rel=1e-12
            )


def test_gradients_have_the_precision_of_what_was_given_and_no_second_derivative() -> None:
    b = torch.tensor([50.0, 40.0, 30.0], dtype=torch.float32, requires_grad=True)
    found = MODEL.torch().sigma_mu({("SR", "b", "nominal"): b})
    (slope,) = torch.autograd.grad(found**2, b, create_graph=True)
    assert slope.dtype == torch.float32
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


@pytest.mark.cuda
def test_tensors_on_a_gpu_come_back_there() -> None:
    b = torch.tensor([50.0, 40.0, 30.0], device="cuda", requires_grad=True)
    found = MODEL.torch().hypotest(1.0, {("SR", "b", "nominal"): b}).cls
    found.backward()
    assert found.device.type == b.grad.device.type == "cuda"
    assert found.item() == pytest.approx(hypotest(1.0, MODEL).cls, rel=1e-6)


@pytest.mark.parametrize(
    "options", [{}, {"mc_stat": "shapesys", "variations": "split"}], ids=["lite", "full"]
)
def test_soft_yields_go_through_the_whole_model(options: dict[str, Any]) -> None:
    given = varied_yields(4, points=2)
    model = Model.from_yields(given, **options)
    bridge, start = model.torch(), torch.tensor(0.2, dtype=torch.float64, requires_grad=True)

    def number(strength: Any) -> Any:
        moved = (
            torch.from_numpy(m) * (1 + 0.3 * strength * torch.arange(5, dtype=torch.float64).cos())
            for m in given.moments
        )
        return bridge.hypotest(1.0, Yields(given.layout, Moments(*moved)), "asimov").log_cls

    assert torch.autograd.gradcheck(number, (start,), eps=1e-6, atol=1e-8, rtol=1e-5)
    still = number(torch.zeros(()))
    for point in range(2):
        alone = hypotest(1.0, Model.from_yields(given, point=point, **options), "asimov").log_cls
        assert still[point].item() == pytest.approx(alone, rel=1e-10)


def test_an_objective_of_ones_own_is_the_one_that_is_built_in() -> None:
    given = varied_yields(5, points=2)
    likelihood = Model.from_yields(given, floor="mc").torch()
    own = minimise(lambda yields: likelihood.hypotest(1.0, yields, "asimov").cls)
    (value, slopes), (wanted, others) = own.gradient(given), CLs().gradient(given)
    np.testing.assert_allclose(value, wanted, rtol=1e-10)
    for slope, other in zip(slopes, others, strict=True):
        np.testing.assert_allclose(slope, other, rtol=1e-7, atol=1e-12)


def test_what_does_not_fit_is_refused() -> None:
    bridge = MODEL.torch()
    assert bridge.numbers["SR", "b", "histosys/JES:up"] == 3
    assert bridge.numbers.keys() == REPLACED.keys()
    with pytest.raises(DeclarationError, match=r"no such numbers(.|\n)*SR, b, nominal"):
        bridge.inputs({("SR", "b", "nominl"): torch.ones(3)})
    with pytest.raises(DeclarationError, match=r"does not fit(.|\n)*SR, b, nominal(.|\n)*\(\.\.\., 3\)"):
        bridge.inputs({("SR", "b", "nominal"): torch.ones(2)})
    with pytest.raises(DataError, match=r"appear or vanish(.|\n)*staterror/staterror_SR in SR"):
        bridge.inputs({("SR", "b", "staterror/staterror_SR"): torch.ones(3)})
    with pytest.raises(DeclarationError, match="only a model of yields"):
        bridge.inputs(varied_yields(4))
    with pytest.raises(DeclarationError, match=r"what inputs\(\) has made(.|\n)*list"):
        bridge.inputs([1.0])
    with pytest.raises(DataError, match="observations are finite"):
        bridge.hypotest(1.0, None, -torch.ones(5))
    with pytest.raises(DataError, match="no upper limit"):
        bridge.upper_limit({("SR", "s", "nominal"): torch.zeros(3)})
    with pytest.raises(DataError, match=r"a fit ended(.|\n)*not finite"):
        bridge.hypotest(1.0, {("SR", "s", "nominal"): torch.full((3,), torch.nan)})


def test_widths_that_the_measurement_gives_stay() -> None:
    space = copy.deepcopy(SPACE)
    told = {"name": "shape_CR", "factors": [900.0, 700.0]}
    space["measurements"][0]["config"]["parameters"].append(told)
    model = Model.from_workspace(space)
    assert ("CR", "b", "shapesys/shape_CR") not in model.torch().numbers
    row = model.torch().inputs({("CR", "b", "nominal"): torch.tensor([290.0, 210.0])})
    changed = torch.nonzero(row != torch.from_numpy(model.inputs))
    assert row[changed].flatten().tolist() == [290.0, 210.0]
