"""What every engine of bins has to fulfil, on an analysis with variations, masks, factors and NaN."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engines import toy
from gradcut import Samples
from gradcut.binning.bins_spec import BinsSpec
from gradcut.engines import Engine
from gradcut.errors import DeclarationError
from gradcut.yields import Moments

#: Every kind: its features, the bins, and a point that divides the events of the toy.
KINDS: dict[str, tuple[list[str], BinsSpec, list[float]]] = {
    "axis": (["met"], BinsSpec("axes", "logistic", ("m",), (3,)), [60, 120, 200, 9]),
    "local": (
        ["met"],
        BinsSpec("axes", "gaussian", ("m",), (3,), local_width=True, reflect=True),
        [60, 120, 200, 0.2],
    ),
    "product": (
        ["met", "mass", "n_jet"],
        BinsSpec("axes", "logistic", ("m", "mass", "n"), (2, 2, 1)),
        [90, 170, 84.5, 97.25, 1.5, 8, 3, 0.4],
    ),
    "mixture": (
        ["met/100", "dphi"],
        BinsSpec("mixture", "logistic", ("m", "d"), n_components=3),
        [0, 0.3, -0.2, *(1, 0, 2, 1.5, 3, -1.5), *(2, 0.3, 1) * 3, 0.8],
    ),
    "softmax": (
        ["met/50", "abs(dphi)", "n_jet"],
        BinsSpec("softmax", "logistic", ("a", "b", "c"), n_components=3),
        [-2, 0.5, 0.2, 0.7],
    ),
}
PROCESSES = [
    (name, channel) for name in toy.PROCESSES for channel in ("SR", "CR") if (name, channel) != ("susy", "CR")
]


#: Engines in double precision by test class and kind: all tests of one use the same.
_made: dict[tuple[str, str], Engine] = {}


def slow_index(kind: str, x: list[np.ndarray]) -> np.ndarray:
    """Hard bin of every event from formulas of textbooks, -1 for NaN."""
    _, spec, point = KINDS[kind]
    if spec.kind == "axes":
        index, first = np.zeros(len(x[0]), dtype=np.int64), 0
        for column, n in zip(x, spec.n_edges, strict=True):
            index = index * (n + 1) + np.sum([column >= e for e in point[first : first + n]], axis=0)
            first += n
    elif spec.kind == "softmax":
        index = np.argmax([c + b for c, b in zip(x, point, strict=False)], axis=0)
    else:
        scores = []
        for k in range(3):
            a, b, c = point[9 + 3 * k : 12 + 3 * k]
            factor = np.array([[a, 0], [b, c]])
            z = np.stack(x) - np.array(point[3 + 2 * k : 5 + 2 * k])[:, None]
            inverse = factor.T @ factor
            scores.append(
                point[k] + np.log(np.linalg.det(inverse)) / 2 - np.einsum("in,ij,jn->n", z, inverse, z) / 2
            )
        index = np.argmax(np.nan_to_num(scores), axis=0)
    return np.where(np.isnan(x).any(axis=0), -1, index)


def slow_hard_yields(kind: str, name: str, channel: str, variation: str) -> np.ndarray:
    """Entries, yield and variance in every bin, shape (3, bins)."""
    c = {key: column.astype(np.float64) for key, column in toy.columns(*toy.PROCESSES[name]).items()}
    met = c["met" + variation.replace("JES:", "_JES_")] if variation.startswith("JES") else c["met"]
    varied = variation.startswith("SF") and name != "ww"
    weight = c[variation.replace("SF:", "sf_")] if varied else c["weight"]
    values = {**c, "met": met, "met/100": met / 100, "met/50": met / 50, "abs(dphi)": np.abs(c["dphi"])}
    index = slow_index(kind, [values[feature] for feature in KINDS[kind][0]])
    factor = 600.0 / c["weight"].sum() if name == "top" else 1.0
    passes = (c["presel"] == 1) & (c["region"] == (0 if channel == "SR" else 1))
    result = np.zeros((3, KINDS[kind][1].n_bins))
    for i in np.flatnonzero(passes & (index >= 0)):
        w = weight[i] * factor
        result[:, index[i]] += (w != 0, w, w * w)
    return result


class BinEngineContract:
    """Subclasses give ``make`` and inherit the tests; ``samples`` is a fixture with the toy."""

    def make(self, spec: BinsSpec, features: list[str], samples: Samples, precision: Any) -> Engine:
        raise AssertionError("a contract test needs an implementation")

    def engine(self, kind: str, samples: Samples, precision: str = "float64") -> Engine:
        features, spec, _ = KINDS[kind]
        return self.make(spec, features, samples, precision)

    def points(self, kind: str) -> np.ndarray:
        """Three points."""
        return np.array(KINDS[kind][2]) * np.array([[1.0], [1.03], [0.98]])

    @pytest.fixture(params=list(KINDS))
    def kind(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def double(self, kind: str, samples: Samples) -> Engine:
        key = type(self).__name__, kind
        if key not in _made:
            _made[key] = self.engine(kind, samples)
        return _made[key]

    def test_hard_yields_are_counts(self, kind: str, double: Engine) -> None:
        hard = double.hard_yields(KINDS[kind][2])
        for name, channel in PROCESSES:
            for variation in hard.layout.variations:
                got = np.stack([m[0] for m in hard.of(name, channel=channel, variation=variation)])
                want = slow_hard_yields(kind, name, channel, variation)
                np.testing.assert_allclose(got.reshape(want.shape), want, rtol=1e-6, atol=1e-9)

    def test_sharp_bins_reach_the_hard_limit(self, kind: str, double: Engine) -> None:
        sharp = np.array(KINDS[kind][2], dtype=np.float64)
        spec = KINDS[kind][1]
        sharp[-len(spec.n_edges) if spec.n_edges else -1 :] = 1e-9
        for soft, hard in zip(double.yields(sharp).moments, double.hard_yields(sharp).moments, strict=True):
            np.testing.assert_allclose(soft, hard, rtol=1e-9, atol=1e-7)

    def test_bins_share_every_event_out(self, kind: str, double: Engine) -> None:
        soft, hard = double.yields(self.points(kind)), double.hard_yields(self.points(kind))
        for a, b in zip(soft.moments, hard.moments, strict=True):
            np.testing.assert_allclose(a.sum(-1), b.sum(-1), rtol=1e-10)
        assert not np.allclose(soft.moments.sum_w, hard.moments.sum_w, rtol=1e-3)

    def test_gradient_equals_finite_differences_with_variations(self, kind: str, double: Engine) -> None:
        point = np.array(KINDS[kind][2])
        rng = np.random.default_rng(5)
        evaluation = double.evaluate(point)
        c = Moments(*(rng.normal(size=m.shape) for m in evaluation.yields.moments))
        step = 1e-5 * np.maximum(np.abs(point), 0.1)
        sides = [double.yields(point + sign * np.diag(step)) for sign in (1, -1)]
        difference = sum(
            (m * (a - b)).reshape(len(point), -1).sum(1)
            for m, a, b in zip(c, sides[0].moments, sides[1].moments, strict=True)
        )
        expected = difference / (2 * step)
        assert np.count_nonzero(np.abs(expected) > 1e-3) == len(point)
        np.testing.assert_allclose(evaluation.vjp(c)[0], expected, rtol=1e-5, atol=1e-5)

    def test_points_are_independent_and_the_way_back_stays_valid(self, kind: str, double: Engine) -> None:
        points = self.points(kind)
        together = double.evaluate(points)
        c = Moments(*(np.random.default_rng(6).normal(size=m.shape) for m in together.yields.moments))
        gradient = together.vjp(c)
        for i, point in enumerate(points):
            alone = double.evaluate(point)
            for a, b in zip(together.yields.moments, alone.yields.moments, strict=True):
                np.testing.assert_allclose(a[i], b[0], rtol=1e-12)
            np.testing.assert_allclose(
                gradient[i], alone.vjp(Moments(*(m[i : i + 1] for m in c)))[0], rtol=1e-9
            )
        np.testing.assert_array_equal(together.vjp(c), gradient)

    def test_variations_that_a_process_lacks_are_nominal(self, kind: str, double: Engine) -> None:
        yields = double.evaluate(self.points(kind)).yields
        layout = yields.layout
        up, ww = layout.variations.index("SF:up"), layout.processes.index("ww")
        assert not layout.present[0, ww, up]
        c = [np.zeros(m.shape) for m in yields.moments]
        for i, m in enumerate(yields.moments):
            np.testing.assert_array_equal(m[:, :, ww, up], m[:, :, ww, 0])
            c[i][:, 0, ww, up] = 1.0 + np.arange(m.shape[-1])
        evaluation = double.evaluate(self.points(kind))
        absent = evaluation.vjp(Moments(*c))
        nominal = evaluation.vjp(Moments(*(np.roll(m, -up, axis=3) for m in c)))
        assert nominal.any()
        np.testing.assert_array_equal(absent, nominal)

    def test_single_precision_is_close_to_double(self, kind: str, double: Engine, samples: Samples) -> None:
        single, points = self.engine(kind, samples, "float32"), self.points(kind)
        a, b = single.evaluate(points), double.evaluate(points)
        c = Moments(*(np.random.default_rng(7).normal(size=m.shape) for m in a.yields.moments))
        for x, y in zip(a.yields.moments, b.yields.moments, strict=True):
            size = np.maximum(b.yields.moments.entries, x).max()
            np.testing.assert_allclose(x, y, rtol=0, atol=2e-6 * size)
        one, other = a.vjp(c), b.vjp(c)
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4 * np.abs(other).max())

    def test_a_process_without_any_value_is_empty(self, samples: Samples) -> None:
        _, spec, point = KINDS["axis"]
        empty = self.make(spec, ["met + 0 / (region - region)"], samples, "float64")
        evaluation = empty.evaluate(point)
        for m in evaluation.yields.moments:
            assert m.shape[-1] == 4
            assert not m.any()
        gradient = evaluation.vjp(Moments(*(np.ones(m.shape) for m in evaluation.yields.moments)))
        np.testing.assert_array_equal(gradient, np.zeros((1, 4)))

    @pytest.mark.parametrize(
        ("kind", "at", "value", "message"),
        [
            ("axis", 1, np.nan, r"(?s)a parameter is not finite.*'m:2' at point 0"),
            ("axis", 1, 20, r"(?s)edges do not increase.*'m' at point 0.*60, 20, 200"),
            ("axis", -1, 0, r"(?s)width, temperature or precision is not positive.*'m:width'"),
            ("mixture", 11, -1, r"(?s)not positive.*'precision:0:1:1'"),
            ("softmax", -1, -1, r"(?s)not positive.*'temperature'"),
        ],
    )
    def test_bad_points_are_named(self, kind: str, at: int, value: float, message: str, samples: Any) -> None:
        engine, point = self.engine(kind, samples), np.array(KINDS[kind][2], dtype=float)
        point[at] = value
        with pytest.raises(DeclarationError, match=message):
            engine.yields(point)
        with pytest.raises(DeclarationError, match=r"wrong shape(?s:.*)points, "):
            engine.hard_yields(point[1:])

    def test_bins_that_cannot_be_are_refused(self, samples: Samples) -> None:
        for spec, message in (
            (BinsSpec("axes", "logistic", ("m",), (1,), reflect=True), "at least two edges"),
            (BinsSpec("softmax", "logistic", ("m",), n_components=2), "one column per bin"),
            (BinsSpec("mixture", "logistic", ("m",)), "there are no bins"),
        ):
            with pytest.raises(DeclarationError, match=message):
                self.make(spec, ["met"], samples, "float64")
