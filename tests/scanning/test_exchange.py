"""What exchanges of two thresholds would gain: brute force, known answers, what a scan does not allow."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.scanning.certify import Certification, Certifier
from gradcut.scanning.exchange import Exchanges
from gradcut.scanning.sides import Sides
from scanning.scan_toys import Toy, named, samples, table, toy

INF = float("inf")
NONE: dict[str, Any] = {"fixed": {}, "is_nested": False, "smoothness": 0.0, "cut_size": 0.0}


def free(made: Toy, *fixed: int) -> np.ndarray:
    return np.array([p not in fixed for p in range(len(made.selection.parameters))])


def sides(made: Toy, *fixed: int) -> Sides:
    return Sides(made.events, made.coordinates.loosening, free(made, *fixed))


def certifier(made: Toy, *fixed: int, **how: bool) -> Certifier:
    return Certifier(made.events, made.efficiencies, free(made, *fixed), **how)


def few(seed: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    rng = np.random.default_rng(seed)

    def one(n: int, shift: float) -> dict[str, np.ndarray]:
        columns = {
            "x": rng.normal(shift, 1, n),
            "y": rng.normal(shift, 1, n),
            "z": rng.normal(0, 1 - shift / 2, n),
        }
        return table(int(10**7 * shift), rng.choice([0.5, 1.0, 2.0], n), **columns)

    return one(30, 1.0), one(60, 0.0)


def weights_kept(made: Toy, values: np.ndarray) -> tuple[float, float]:
    masks = [made.events.mask(number, values) for number in range(2)]
    kept = [float(s.weights[m].sum()) for s, m in zip(made.events.segments, masks, strict=True)]
    return kept[0], kept[1]


@pytest.mark.parametrize("missing", ["pass", "fail"])
@pytest.mark.parametrize("seed", range(2))
def test_sides_say_what_an_event_passes(seed: int, missing: Any) -> None:
    rng = np.random.default_rng(seed)
    signal, background = few(seed)
    for columns in (signal, background):
        columns["y"][rng.random(len(columns["y"])) < 0.2] = np.nan
    selection = gc.Selection("x > ?", "y < ?", "? < z < ?", "!(? < x < ?)", missing=missing)
    made = toy(selection, signal, background)
    one = sides(made, 0)
    # The fixed threshold and the ends of the veto are none of its sides.
    assert [made.selection.parameters[p] for p in one.parameters] == ["y", "z:low", "z:high"]
    values = np.array([0.2, 0.9, -1.1, 0.8, 0.3, 1.0])
    passed = ~one.failed(values).any(axis=0) & one.alive(values)
    expected = np.concatenate([made.events.mask(number, values) for number in range(2)])
    assert passed.tolist() == expected.tolist()
    opened = np.array([0.2, INF, -INF, INF, 0.3, 1.0])
    assert not one.failed(opened).any()


def neighbours(made: Toy, p: int, sign: float, values: np.ndarray, looser: bool) -> list[float]:
    """Thresholds in the middle between signal events that only this side moves, as a slow loop."""
    inside, column = [], list(made.selection.parameters)[p].split(":")[0]
    opened = values.copy()
    opened[p] = sign * INF
    events, mask = made.events.segments[0], made.events.mask(0, opened)
    cut = list(made.events.spec.cuts).index(column)
    for x, kept in zip(events.columns[cut], mask, strict=True):
        if kept and (sign * float(x) < sign * values[p]) != looser:
            inside.append(sign * float(x))
    inside = sorted(inside, reverse=not looser)
    found = [sign * (a + b) / 2 for a, b in pairwise(inside)]
    return [*found, sign * np.nextafter(inside[-1], INF if looser else -INF)] if inside else []


@pytest.mark.parametrize("seed", range(6))
def test_best_exchange_is_that_of_brute_force(seed: int) -> None:
    signal, background = few(seed)
    signal["w"][:] = 1.0
    made = toy(gc.Selection("x > ?", "y > ?", "? < z < ?"), signal, background)
    sign = made.coordinates.loosening
    values, _ = made.target.meet(np.array([0.1, 0.3, -0.6, 0.7]), np.abs(sign) * sign, 0.5)
    before, best = weights_kept(made, values), 0.0
    for p in range(4):
        for q in range(4):
            if p == q:
                continue
            for place in neighbours(made, p, sign[p], values, looser=True):
                for other in neighbours(made, q, sign[q], values, looser=False):
                    trial = values.copy()
                    trial[p], trial[q] = place, other
                    after = weights_kept(made, trial)
                    if after[0] == before[0]:
                        best = max(best, 1 - after[1] / before[1])
    ranked = Exchanges(sides(made)).ranked(values)
    assert 1 - np.exp(-ranked[0].gain if ranked else 0.0) == pytest.approx(best, abs=2e-3)
    # The other threshold lies between events that came in, too: one event of the background more or less.
    (one,) = certifier(made).certificates(values[None])
    assert one.gain == pytest.approx(best, abs=1.01 * background["w"].max() / before[1])
    assert (one.gain > 0) == (one.loosened is not None)


def gaussians(n: int = 20_000) -> Toy:
    rng = np.random.default_rng(1)
    signal = table(0, x=rng.normal(1.5, 1, n), y=rng.normal(1.0, 1, n))
    background = table(10**7, x=rng.normal(0, 1, n), y=rng.normal(0, 1, n))
    return toy(gc.Selection("x > ?", "y > ?"), signal, background)


def test_exchange_that_helps_is_found_and_named() -> None:
    made = gaussians()
    (cut_y,) = certifier(made).certificates(
        made.target.meet(np.array([-1.5, 0.9]), np.array([0, -1.0]), 0.5)[0][None]
    )
    assert (cut_y.loosened, cut_y.tightened) == ("y", "x")
    # What the best cuts at that efficiency have, on a grid.
    levels = [
        made.target.meet(np.array([x, 0.0]), np.array([0.0, -1.0]), 0.5) for x in np.linspace(-1.5, 1.4, 80)
    ]
    rows = np.array([values for values, reached in levels if abs(reached - 0.5) < 1e-3])
    backgrounds = made.efficiencies.of(made.events.yields(rows), "background")
    first = made.target.meet(np.array([-1.5, 0.9]), np.array([0, -1.0]), 0.5)[0]
    now = made.efficiencies.of(made.events.yields(first[None]), "background")[0]
    assert cut_y.gain == pytest.approx(1 - backgrounds.min() / now, abs=0.01)


def test_nothing_is_gained_at_the_optimum_but_fluctuations() -> None:
    made = gaussians()
    result = gc.scan_cuts(
        made.selection,
        samples(*(dict(zip(("x", "y", "w", "event"), c, strict=True)) for c in _columns(made))),
        efficiencies=[0.3, 0.6, 0.9],
        n_threads=1,
        max_steps=60,
    )
    for point in result:
        assert point.certificate is not None
        assert 0 <= point.certificate.gain < 0.05
        assert (point.certificate.pairs, point.certificate.places) == (2, 24)


def _columns(made: Toy) -> Any:
    return [
        (*s.columns, s.weights, np.arange(s.n_events) + number * 10**7)
        for number, s in enumerate(made.events.segments)
    ]


def bad(made: Toy, *targets: float) -> np.ndarray:
    """Working points that use y alone."""
    return np.array(
        [made.target.meet(np.array([-9.0, 0.5]), np.array([0, -1.0]), target)[0] for target in targets]
    )


def test_what_the_scan_does_not_allow_is_no_exchange() -> None:
    made = gaussians(4000)
    values = bad(made, 0.5, 0.6)
    targets = np.array([0.5, 0.6])
    loose = certifier(made).certificates(values)
    assert all(one.gain > 0.1 for one in loose)
    # Nested, neither may leave the other: x is at the same place in both.
    nested = certifier(made, is_nested=True).certificates(values)
    assert nested[0].gain > 0.02
    assert nested[0].gain < loose[0].gain
    assert nested[1].gain == 0
    # A fixed threshold stays; an open one stays open where sides open together.
    assert certifier(made, 0).certificates(values)[0].gain == 0
    values[:, 0] = -INF
    assert certifier(made).certificates(values)[0].gain == pytest.approx(loose[0].gain, abs=1e-9)
    assert certifier(made, is_coupled=True).certificates(values)[0].gain == 0
    # What smoothness costs is taken off the gain.
    values = bad(made, 0.4, 0.5, 0.6)
    targets = np.array([0.4, 0.5, 0.6])
    free_, smooth, sized = (
        Certification(**{**NONE, **how})(made.events, values, targets)[1].gain
        for how in ({}, {"smoothness": 0.5}, {"cut_size": 0.5})
    )
    assert smooth < free_
    # Moving x to the middle is worth something by itself.
    assert sized > free_


def test_no_background_and_no_signal_have_nothing_to_exchange() -> None:
    made = gaussians(400)
    for values in ([9.0, -9.0], [2.9, 2.9]):
        (one,) = certifier(made).certificates(np.array([values]))
        assert (one.gain, one.loosened, one.tightened) == (0.0, None, None)


def test_target_is_met_where_features_have_few_values_and_weights_both_signs() -> None:
    rng = np.random.default_rng(3)
    n = 3000
    signal = table(0, rng.choice([1.0, 1.0, -0.5], n), k=rng.poisson(4, n), x=rng.normal(1, 1, n))
    background = table(10**7, rng.choice([1.0, 1.0, -0.5], n), k=rng.poisson(2, n), x=rng.normal(0, 1, n))
    made = toy(gc.Selection("k > ?", "x > ?"), signal, background)
    values, reached = made.target.meet(np.array([1.5, 0.9]), np.array([0.0, -1.0]), 0.6)
    one = certifier(made)
    (certificate,) = one.certificates(values[None])
    best = 0.0
    before = weights_kept(made, values)[1]
    for k in range(8):  # the best of all thresholds on the number, as an oracle
        other, there = made.target.meet(np.array([k - 0.5, 0.0]), np.array([0.0, -1.0]), reached)
        if abs(there - reached) <= made.target.event:
            best = max(best, 1 - weights_kept(made, other)[1] / before)
    assert certificate.gain == pytest.approx(best, abs=0.02)


def test_certificate_is_in_the_table_and_the_file_or_nowhere(tmp_path: Any) -> None:
    signal, background = few(1)
    how: dict[str, Any] = {"efficiencies": [0.5, 0.8], "n_threads": 1, "max_steps": 24, "starts": 2}
    given = samples(signal, background)
    result = gc.scan_cuts(gc.Selection("x > ?", "y > ?"), given, **how)
    assert "exchange: what loosening one threshold" in str(result)
    assert "(2 pairs, 24 places each)" in str(result)
    result.save(tmp_path / "scan.json")
    assert gc.ScanResult.load(tmp_path / "scan.json") == result
    without = gc.scan_cuts(gc.Selection("x > ?", "y > ?"), given, certificate=False, **how)
    assert [point.certificate for point in without] == [None, None]
    assert "exchange" not in str(without)
    assert [named(p.selection, p.values.values()) for p in without] == [
        named(p.selection, p.values.values()) for p in result
    ]
    without.save(tmp_path / "scan.json")
    assert gc.ScanResult.load(tmp_path / "scan.json") == without
    with pytest.raises(gc.errors.DeclarationError, match="certificate is True or False"):
        gc.scan_cuts(gc.Selection("x > ?"), given, certificate="yes", **how)  # type: ignore[arg-type]


def test_thresholds_of_alternatives_are_not_exchanged() -> None:
    signal, background = few(2)
    made = toy(gc.Selection("x > ? || y > ?", "z > ?", "x < ?"), signal, background)
    names = [made.selection.parameters[p] for p in sides(made).parameters]
    assert names == list(made.selection.parameters)[2:]
    values = np.array([0.4, 0.5, -0.8, 2.0])
    one = sides(made)
    passed = ~one.failed(values).any(axis=0) & one.alive(values)
    expected = np.concatenate([made.events.mask(number, values) for number in range(2)])
    assert passed.tolist() == expected.tolist()
