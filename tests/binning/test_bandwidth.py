"""The bandwidth rule: against the exact error for known densities, and histograms drawn many times."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcut.binning.bandwidth import bandwidth_rule
from gradcut.errors import DataError, DeclarationError

#: Means, widths and shares of Gaussians.
DENSITIES = {
    "normal": ([0.0], [1.0], [1.0]),
    "two peaks": ([-1.5, 1.5], [0.6, 0.8], [0.5, 0.5]),
    "falling": ([0.0, 0.5, 2.0], [0.3, 0.6, 1.2], [0.5, 0.3, 0.2]),
}
EDGES = np.array([-1.0, -0.3, 0.4, 1.2])


def density(of, x, widening=0.0):
    """Density, smeared by a Gaussian of some width."""
    total = np.zeros(np.shape(x))
    for mean, width, share in zip(*of, strict=True):
        s = math.hypot(width, widening)
        total += share * np.exp(-0.5 * ((x - mean) / s) ** 2) / (s * math.sqrt(2 * math.pi))
    return total


def exact_error(of, edges, n, h):
    """Mean squared error of the kernel estimate with a Gaussian kernel, summed over edges; no expansion."""
    smeared = density(of, edges, h)
    squares = density(of, edges, h / math.sqrt(2)) / (2 * math.sqrt(math.pi) * h)
    return float(((smeared - density(of, edges)) ** 2 + (squares - smeared**2) / n).sum())


def drawn(of, n, rng):
    chosen = rng.choice(len(of[0]), n, p=of[2])
    return rng.normal(np.array(of[0])[chosen], np.array(of[1])[chosen])


@pytest.mark.parametrize("n", [200, 2000, 20000])
@pytest.mark.parametrize("of", DENSITIES.values(), ids=DENSITIES)
def test_error_is_close_to_the_least_there_is(of, n):
    rng = np.random.default_rng(n)
    least = min(exact_error(of, EDGES, n, h) for h in np.geomspace(0.02, 1.5, 120))
    found = [bandwidth_rule(drawn(of, n, rng), np.ones(n), EDGES) for _ in range(10)]
    ratios = [exact_error(of, EDGES, n, h) / least for h in found]
    assert np.mean(ratios) < 1.4
    assert max(ratios) < 2


def test_it_falls_as_the_fifth_root_of_the_events():
    of, rng = DENSITIES["normal"], np.random.default_rng(1)
    small, large = (bandwidth_rule(drawn(of, n, rng), np.ones(n), EDGES) for n in (3000, 96_000))
    assert small / large == pytest.approx(2.0, rel=0.15)  # 32 times the events
    # The optimum of the expansion, with the density known.
    curvature = (EDGES**2 - 1) * density(of, EDGES)
    best = (0.5 / math.sqrt(math.pi) * density(of, EDGES).sum() / (curvature**2).sum() / 96_000) ** 0.2
    assert large == pytest.approx(best, rel=0.05)


def test_gradients_of_soft_histograms_drawn_many_times():
    # Of the bin from -0.5 to 0.5, in its two edges, by finite differences of Gaussian steps.
    rng, n, edges = np.random.default_rng(2), 400, np.array([-0.5, 0.5])
    of = DENSITIES["normal"]

    def yields(x, edge, h):
        return np.array([0.5 * math.erfc((edge - v) / (h * math.sqrt(2))) for v in x]).sum()

    errors = {}
    samples = [drawn(of, n, rng) for _ in range(25)]
    rule = np.mean([bandwidth_rule(x, np.ones(n), edges) for x in samples])
    for h in (rule / 3, rule, 3 * rule):
        slopes = [[(yields(x, e - 1e-4, h) - yields(x, e + 1e-4, h)) / 2e-4 for e in edges] for x in samples]
        errors[h] = np.mean((np.array(slopes) / n - density(of, edges)) ** 2)
        assert 2 * errors[h] == pytest.approx(exact_error(of, edges, n, h), rel=0.35)
    assert errors[rule] < 0.7 * errors[rule / 3]
    assert errors[rule] < 0.7 * errors[3 * rule]


def test_weights_count_as_the_entries_they_are_worth():
    rng = np.random.default_rng(3)
    x = drawn(DENSITIES["normal"], 20_000, rng)
    plain = bandwidth_rule(x, np.ones(len(x)), EDGES)
    assert bandwidth_rule(x, np.full(len(x), 0.01), EDGES) == pytest.approx(plain, rel=1e-9)
    # Half of the events with nine times the weight: worth 100/164 of the entries.
    weights = np.where(np.arange(len(x)) % 2, 9.0, 1.0)
    fewer = bandwidth_rule(x[:12195], np.ones(12195), EDGES)
    assert bandwidth_rule(x, weights, EDGES) == pytest.approx(fewer, rel=0.05)
    # A fifth of the weights negative: worth 0.36 of the entries.
    signs = np.where(np.arange(len(x)) % 5, 1.0, -1.0)
    assert bandwidth_rule(x, signs, EDGES) == pytest.approx(plain * 0.36**-0.2, rel=0.08)


def test_units_and_steps():
    rng = np.random.default_rng(4)
    x = drawn(DENSITIES["falling"], 3000, rng)
    plain = bandwidth_rule(x, np.ones(3000), EDGES)
    assert bandwidth_rule(50 * x + 7, np.ones(3000), 50 * EDGES + 7) == pytest.approx(50 * plain)
    # A logistic density of the same spread is wider by sqrt(3) / pi, and a little rougher.
    logistic = bandwidth_rule(x, np.ones(3000), EDGES, step="logistic")
    assert logistic == pytest.approx(plain * (2 * math.sqrt(math.pi) / 6 / (math.pi**2 / 3) ** 2) ** 0.2)


def test_without_curvature_it_is_that_of_the_smoothest_density():
    x = np.linspace(0, 1, 2001)
    found = bandwidth_rule(x, np.ones(2001), [0.5])
    assert found == pytest.approx(1.144 * 0.5 / 1.349 * 2001**-0.2, rel=0.3)
    far = bandwidth_rule(x, np.ones(2001), [100.0])
    assert far == pytest.approx(1.144 * np.std(x) * 2001**-0.2, rel=1e-6)


def test_bad_input_is_refused():
    x = np.arange(5.0)
    with pytest.raises(DeclarationError, match="finite edges"):
        bandwidth_rule(x, np.ones(5), [])
    with pytest.raises(DeclarationError, match="finite edges"):
        bandwidth_rule(x, np.ones(5), [np.inf])
    with pytest.raises(DeclarationError, match="unknown 'step'"):
        bandwidth_rule(x, np.ones(5), [1.0], step="hard")
    with pytest.raises(DataError, match="1 values are not finite"):
        bandwidth_rule(np.array([1.0, np.nan]), np.ones(2), [1.0])
    with pytest.raises(DataError, match="no positive sum"):
        bandwidth_rule(x, -np.ones(5), [1.0])
    with pytest.raises(DataError, match="all events have the same value"):
        bandwidth_rule(np.ones(5), np.ones(5), [1.0])
