"""The networks of CABIN against loops in numpy, and as a comparison."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut import cabin
from gradcut.cabin.events import StandardEvents
from gradcut.engines import collect
from gradcut.errors import DeclarationError
from scanning.scan_toys import samples, table

pytestmark = pytest.mark.torch

N = 3000
RNG = np.random.default_rng(1)
SIGNAL = table(0, x=RNG.normal(1.0, 1, N), y=RNG.normal(-0.8, 2, N))
BACKGROUND = table(10**7, x=RNG.normal(-1.0, 1, N), y=RNG.normal(0.8, 2, N))
SELECTION = gc.Selection("x > ?", "y < ?")
WHOLE = {"split": gc.Split(train=1, select=0, test=0)}


def events(signal: Any = SIGNAL, background: Any = BACKGROUND, selection: Any = SELECTION) -> StandardEvents:
    return StandardEvents.of(selection.kernel_spec(), collect(selection, samples(signal, background)))


def test_features_are_standardised_and_signed() -> None:
    found = events()
    x = np.concatenate([SIGNAL["x"], BACKGROUND["x"]])
    y = np.concatenate([SIGNAL["y"], BACKGROUND["y"]])
    assert found.mean == pytest.approx([x.mean(), y.mean()])
    assert found.width == pytest.approx([x.std(), y.std()])
    assert found.sign.tolist() == [1, -1]
    assert found.x[:, 1] == pytest.approx(-(y - y.mean()) / y.std())
    # A bias is a cut in units of the width, eq. 2; thresholds are in the units of the features.
    cuts = found.thresholds(np.array([0.5, 0.5]))
    assert cuts == pytest.approx([x.mean() - 0.5 * x.std(), y.mean() + 0.5 * y.std()])
    assert (found.x[:, 0] + 0.5 > 0).tolist() == (x > cuts[0]).tolist()
    assert (found.x[:, 1] + 0.5 > 0).tolist() == (y < cuts[1]).tolist()


def test_weights_are_repeated_events_and_missing_values_do_not_count() -> None:
    times = RNG.integers(1, 4, N)
    weighted = {**SIGNAL, "w": times.astype(float)}
    repeated = table(10**9, **{name: np.repeat(SIGNAL[name], times) for name in ("x", "y")})
    one, other = events(weighted), events(repeated)
    assert one.mean == pytest.approx(other.mean)
    assert one.width == pytest.approx(other.width)
    holed = table(
        10**9,
        x=np.append(SIGNAL["x"], [np.nan, np.inf]),
        y=np.append(SIGNAL["y"], SIGNAL["y"].mean() * np.ones(2)),
    )
    plain = events()
    assert events(holed).mean[0] == pytest.approx(plain.mean[0], abs=1e-3)
    assert np.isnan(events(holed).x).sum() == 1


def trained_by_a_loop(data: StandardEvents, targets: list[float], settings: cabin.Settings) -> np.ndarray:
    """The whole training in numpy: gradients of eqs. 5 to 7 by finite differences."""
    signal, background = data.normalised(True), data.normalised(False)
    both = (signal + background) / 2

    def loss(biases: np.ndarray) -> float:
        total = 0.0
        for target, row in zip(targets, biases, strict=True):
            score = (1 / (1 + np.exp(-settings.steepness * (data.x + row)))).prod(axis=1)
            total += settings.alpha * (target - (signal * score).sum()) ** 2
            total += settings.beta * (background * score).sum()
            total += settings.gamma * (row**2).mean()
            logs = np.where(data.is_signal, np.log(score), np.log1p(-np.minimum(score, 1 - 1e-7)))
            total -= settings.delta * (both * logs).sum()
        for at in range(1, len(targets) - 1):
            below, here, above = biases[at - 1 : at + 2]
            share = (targets[at] - targets[at - 1]) / (targets[at + 1] - targets[at - 1])
            away = here - below - share * (above - below)
            total += settings.epsilon * (away**2 / ((above - below) ** 2 + settings.rho)).sum()
        return total

    biases = np.zeros((len(targets), data.x.shape[1]))
    for _ in range(settings.epochs):
        gradient = np.zeros_like(biases)
        for index in np.ndindex(biases.shape):
            step = np.zeros_like(biases)
            step[index] = 1e-5
            gradient[index] = (loss(biases + step) - loss(biases - step)) / 2e-5
        biases -= settings.learning_rate * gradient
    return biases


def test_training_is_gradient_descent_on_the_sum_of_all_terms() -> None:
    from gradcut.cabin.training import one_to_one_biases

    few = slice(0, 300)
    cut = [{k: v[few] for k, v in t.items()} for t in (SIGNAL, BACKGROUND)]
    cut[1]["w"] = np.random.default_rng(3).uniform(-0.2, 2, 300)
    data = events(*cut)
    targets = [0.4, 0.5, 0.8]
    settings = cabin.Settings(epochs=6, gamma=0.01, delta=0.02, steepness=3.0)
    got, interrupted = one_to_one_biases(data, np.array(targets), settings)
    assert not interrupted
    assert np.abs(got).max() > 0.05
    assert got == pytest.approx(trained_by_a_loop(data, targets, settings), abs=1e-4)


def test_scan_has_cuts_near_its_targets_but_more_background_than_scan_cuts() -> None:
    given, targets = samples(SIGNAL, BACKGROUND), [0.3, 0.5, 0.7, 0.9]
    old = cabin.scan_cuts(SELECTION, given, efficiencies=targets, settings=cabin.STABLE, **WHOLE)  # type: ignore[arg-type]
    assert old.provenance["method"] == {"name": "CABIN", **cabin.STABLE.describe()}
    reached = old.roc(used=True)[0]
    assert reached == pytest.approx(targets, abs=0.03)
    assert [point.mask(SIGNAL).mean() for point in old] == pytest.approx(reached)
    missed = [warning for warning in old.warnings if "is missed" in warning]
    assert len(missed) == np.sum(np.abs(reached - targets) > 1 / N)
    # At the same signal efficiency, on these events, the boxes of scan_cuts keep no more background.
    same = gc.scan_cuts(SELECTION, given, efficiencies=list(reached), n_threads=1, **WHOLE)  # type: ignore[arg-type]
    for one, other in zip(same, old, strict=True):
        assert one.used.background <= 1.01 * other.used.background + 2 / N


def test_smoothness_of_table_1_overshoots_and_says_so() -> None:
    # Near coinciding cuts a step multiplies the sharpest bend by 1 - 8 lr epsilon / rho.
    for settings, grows in ((cabin.TABLE_1, True), (cabin.STABLE, False)):
        factor = 1 - 8 * settings.learning_rate * settings.epsilon / settings.rho
        assert (abs(factor) > 1) == grows
    targets = np.linspace(0.2, 0.9, 8)
    few = [{name: column[:800] for name, column in t.items()} for t in (SIGNAL, BACKGROUND)]
    scan = cabin.scan_cuts(SELECTION, samples(*few), efficiencies=targets, **WHOLE)  # type: ignore[arg-type]
    far = [p.target for p in scan if abs(p.used.signal - p.target) > 0.05]
    assert len(far) > 2
    assert sum("is missed" in warning for warning in scan.warnings) >= len(far)


def test_folds_judge_and_files_come_back(tmp_path: Path) -> None:
    quick = replace(cabin.TABLE_1, epochs=30)
    heard: list[tuple[str, int, float]] = []
    scan = cabin.scan_cuts(
        SELECTION,
        samples(SIGNAL, BACKGROUND),
        efficiencies=[0.5, 0.7],
        settings=quick,
        folds=2,
        progress=lambda *what: heard.append(what),
    )
    assert [name for name, epoch, _ in heard if epoch == 30] == ["all events", "fold 0", "fold 1"]
    for point in scan:
        assert point.unused is not None
        assert point.mask(SIGNAL, folds=True).mean() == pytest.approx(point.unused.signal)
    scan.save(tmp_path / "scan.json")
    assert gc.ScanResult.load(tmp_path / "scan.json") == scan


def test_interrupt_returns_what_there_is() -> None:
    def stop(name: str, epoch: int, background: float) -> None:
        if epoch == 5:
            raise KeyboardInterrupt

    scan = cabin.scan_cuts(SELECTION, samples(SIGNAL, BACKGROUND), efficiencies=[0.5], progress=stop)
    assert scan.status == "interrupted"
    assert scan.at(0.5).unused is None


def test_binary_cross_entropy_gives_one_working_point() -> None:
    slow = replace(cabin.BCE, learning_rate=0.1)
    scan = cabin.bce_cuts(SELECTION, samples(SIGNAL, BACKGROUND), settings=slow, folds=2)
    (point,) = scan
    assert point.target == point.used.signal == pytest.approx(point.mask(SIGNAL).mean())
    assert 0.5 < point.used.signal < 1
    assert point.used.background < 0.5
    # The least cross entropy of hard decisions is about the least number of wrong ones.
    wrong = 1 - point.used.signal + point.used.background
    grid = [
        1
        - SELECTION.mask(SIGNAL, {"x": a, "y": b}).mean()
        + SELECTION.mask(BACKGROUND, {"x": a, "y": b}).mean()
        for a in np.linspace(-2, 1, 13)
        for b in np.linspace(-1, 4, 11)
    ]
    assert wrong < min(grid) + 0.05
    assert scan.provenance["method"]["name"] == "CABIN, binary cross entropy"


def test_linear_network_is_close_to_the_best_linear_discriminant() -> None:
    score = cabin.linear_score(SELECTION, samples(SIGNAL, BACKGROUND), efficiencies=[0.5, 0.8], seed=2)
    # Fisher's discriminant for equal covariances: weights in units of the standardised features.
    want = np.array([2.0 / 1, -1.6 / 4]) * np.array(score.widths)
    got = np.array(score.weights)
    assert got / np.linalg.norm(got) == pytest.approx(want / np.linalg.norm(want), abs=0.05)
    for target, cut, used in zip(score.targets, score.cuts, score.used, strict=True):
        assert used[0] == pytest.approx(target, abs=1 / (0.75 * N))
        whole = [(score.score(t) > cut).mean() for t in (SIGNAL, BACKGROUND)]
        assert score.unused is not None
        assert whole[0] == pytest.approx(target, abs=0.03)
        assert whole[1] == pytest.approx(used[2], abs=0.02)
    signal, background = score.roc()
    assert signal == pytest.approx([0.5, 0.8], abs=0.05)
    assert score.roc(used=True)[0] == pytest.approx([0.5, 0.8], abs=1e-3)
    assert np.all(background < signal)


def test_linear_network_sees_missing_values_as_declared() -> None:
    holed = {**SIGNAL, "x": np.where(np.arange(N) % 5 == 0, -999.0, SIGNAL["x"])}
    for missing in ("fail", "pass"):
        selection = gc.Selection("x > ?", "y < ?", sentinels=[-999], missing=missing)  # type: ignore[arg-type]
        score = cabin.linear_score(selection, samples(holed, BACKGROUND), efficiencies=[0.6], **WHOLE)  # type: ignore[arg-type]
        got = score.score(holed)
        assert got[::5].max() == 0 if missing == "fail" else got[::5].min() > 0
        assert (got > score.cuts[0]).mean() == pytest.approx(0.6, abs=1 / N)
        assert score.used[0][0] == pytest.approx(0.6, abs=1 / N)
        with pytest.raises(DeclarationError, match=r"no events judged this score(.|\n)*used=True"):
            score.roc()


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (("? < x < ?",), r"one threshold per feature(.|\n)*window or veto of 'x'(.|\n)*gc.scan_cuts"),
        (("!(? < x < ?)",), r"one threshold per feature"),
        (("x > ?c", "y > ?c"), r"one threshold per feature(.|\n)*1 thresholds of 2 cuts"),
    ],
    ids=str,
)
def test_what_the_paper_does_not_have_is_refused(texts: tuple[str, ...], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        cabin.scan_cuts(gc.Selection(*texts), samples(SIGNAL, BACKGROUND), efficiencies=[0.5])


def test_settings_are_those_of_this_module() -> None:
    with pytest.raises(DeclarationError, match=r"settings are gc.cabin.Settings(.|\n)*TABLE_1"):
        cabin.bce_cuts(SELECTION, samples(SIGNAL, BACKGROUND), settings={"alpha": 1})  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match="divided in one way"):
        cabin.bce_cuts(SELECTION, samples(SIGNAL, BACKGROUND), folds=2, split=gc.Split())


def test_the_import_loads_no_torch_and_says_what_is_missing() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import importlib.util as u; find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'torch' else find(name, *a)\n"
        "import gradcut as gc; cabin = gc.cabin\n"
        "try:\n    cabin.scan_cuts(gc.Selection('x > ?'), gc.Samples(), efficiencies=[0.5])\n"
        "except gc.GradcutError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "gradcut.cabin needs torch" in done.stdout
    assert "gradcut[torch]" in done.stdout
