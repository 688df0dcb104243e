"""Pictures of learned bins: what is drawn, against counts made another way."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut import report
from gradcut.binning.choose import Choice
from gradcut.binning.learned import LearnedEdges
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.errors import DeclarationError
from gradcut.results import Scores
from gradcut.results.bin_rows import BinRow
from gradcut.results.binning_result import BinningResult
from report.test_figures import overlapping

pytestmark = pytest.mark.plot

EDGES = np.array([0.0, 0.5, 0.8, 1.0])
MASS = np.array([100.0, 130.0, 180.0])


def table(seed: int, n: int, low: float) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "score": rng.uniform(low, 1, n) ** (0.5 if low else 2.0),
        "mass": 100 + 80 * rng.uniform(0, 1, n),
        "w": rng.uniform(0.5, 1.5, n),
    }


TABLES = {"signal": table(1, 400, 0.5), "top": table(2, 900, 0.0), "ww": table(3, 600, 0.0)}


def samples() -> gc.Samples:
    made = gc.Samples(weight="w")
    for name, columns in TABLES.items():
        made.add(name, columns, role="signal" if name == "signal" else "background")
    return made


def rows(labels: list[str], **changes: Any) -> tuple[BinRow, ...]:
    made = []
    for k, label in enumerate(labels):
        given: dict[str, Any] = {
            "channel": "all",
            "bin": label,
            "signal": 10.0 + k,
            "background": 1000.0 / 8**k,
            "background_error": 3.0,
            "background_entries": 500.0,
            "unused_signal": 9.0,
            "unused_background": 900.0 / 8**k,
            "unused_error": 4.0,
            "soft_signal": 1.02 * (10 + k),
            "soft_background": 0.95 * 1000.0 / 8**k,
            "contribution": 0.5 * k,
        }
        made.append(BinRow(**{**given, **changes}))
    return tuple(made)


def result(bins: Any, labels: list[str], **changes: Any) -> BinningResult:
    history = tuple(
        {"task": f"{part}, {n} bins", "step": step, "width": 1.0 / step, "best": 1 + step / 10}
        for part in ("fold 0", "all events, fold 0", "all events")
        for n in (2, 3)
        for step in (10, 20)
    )
    given: dict[str, Any] = {
        "binning": bins.mixture if isinstance(bins, LearnedMixture) else bins.binning,
        "bins": bins,
        "scores": Scores("Z", "maximise", 3.0, 2.8, 2.9),
        "rows": rows(labels),
        "choices": (Choice((2,), 2.5, 2.4), Choice((3,), 3.0, 2.8), Choice((5,), None, None)),
        "starts": (2.9, 3.0),
        "folds": (),
        "missing": {},
        "status": "finished",
        "message": "",
        "warnings": (),
        "history": history,
        "provenance": {"sentinels": []},
    }
    return BinningResult(**{**given, **changes})


def one_axis(coordinates: Any = "quantile", **changes: Any) -> BinningResult:
    binning = gc.Binning("score", 3, range=(0, 1), coordinates=coordinates)
    return result(LearnedEdges(binning, (EDGES,)), ["0", "1", "2"], **changes)


def product(**changes: Any) -> BinningResult:
    binning = gc.Binning("score", 3) * gc.Binning("mass", edges=MASS.tolist(), flow="explicit")
    labels = [f"{i}.{j}" for i in range(3) for j in range(2)]
    choices = (Choice((2,), 2.5, 2.4), Choice((3,), 3.0, 2.8))
    return result(LearnedEdges(binning, (EDGES, MASS)), labels, **{"choices": choices, **changes})


def mixture(**changes: Any) -> BinningResult:
    declared = gc.MixtureBinning(["score", "mass"], 2)
    means = np.array([[0.2, 140.0], [0.8, 140.0]])
    bins = LearnedMixture(declared, np.zeros(2), means, np.array([np.diag([4.0, 0.03])] * 2))
    return result(bins, ["0", "1"], choices=(), **changes)


def drawn(function: str, given: BinningResult, *more: Any, module: str = "") -> Any:
    import importlib

    from gradcut.report.style import styled

    found = importlib.import_module(f"gradcut.report.{module or function}")
    with styled():
        return getattr(found, function)(given, *more)


def events(given: BinningResult) -> Any:
    from gradcut.report.bin_events import events_of

    return events_of(given, samples())


def test_yields_ratio_and_what_is_added_bin_by_bin() -> None:
    upper, ratio, adds = drawn("bin_rows_figure", one_axis()).axes
    background, band, signal = upper.patches
    assert background.get_data().values == pytest.approx([1000, 125, 15.625])
    assert band.get_data().values == pytest.approx([1003, 128, 18.625])
    assert band.get_data().baseline == pytest.approx([997, 122, 12.625])
    assert signal.get_data().values == pytest.approx([10, 11, 12])
    points, _, _ = upper.containers[0]
    assert points.get_ydata() == pytest.approx([900, 112.5, 14.0625])
    assert ratio.patches[0].get_data().values == pytest.approx([0.01, 0.088, 0.768])
    assert adds.patches[0].get_data().values == pytest.approx([0, 0.5, 1])
    assert upper.get_yscale() == ratio.get_yscale() == "log"
    assert [text.get_text() for text in adds.get_xticklabels()] == ["", "0.5", "0.8", ""]
    assert (upper.get_ylabel(), ratio.get_ylabel(), adds.get_ylabel()) == ("events", "s/b", "adds")
    assert adds.get_xlabel() == "score"


def test_channels_are_added_and_missing_numbers_left_out() -> None:
    two = one_axis()
    others = rows(["0", "1", "2"], channel="other", contribution=None, unused_background=None)
    figure = drawn("bin_rows_figure", replace(two, rows=(*two.rows, *others)))
    upper, ratio = figure.axes
    assert upper.patches[0].get_data().values == pytest.approx([2000, 250, 31.25])
    assert upper.patches[1].get_data().values[0] == pytest.approx(2000 + 3 * 2**0.5)
    assert not upper.containers
    assert ratio.get_ylabel() == "s/b"
    assert "2 channels together" in figure.texts[0].get_text()
    assert ratio.get_xlabel() == "score"


def test_edges_stand_over_the_events() -> None:
    given = one_axis()
    figure = drawn("bin_axis_figure", given, given.bins, 0, events(given))
    upper, ratio, adds = figure.axes
    assert [line.get_xdata()[0] for line in upper.lines] == [0.5, 0.8]
    assert ratio.patches[0].get_data().edges[1:-1] == pytest.approx([0.5, 0.8])
    assert adds.patches[0].get_data().values == pytest.approx([0, 0.5, 1])
    ww, top, _, signal = (patch.get_data() for patch in upper.patches)
    # Nothing is lost: what lies outside is in the end bins. The larger background is on top.
    for process, shape in (("ww", ww), ("top", top), ("signal", signal)):
        baseline = 0.0 if process == "signal" else shape.baseline
        assert (shape.values - baseline).sum() == pytest.approx(TABLES[process]["w"].sum())
    # Between two edges of the histogram, away from its ends, it holds what is there.
    at = int(np.searchsorted(signal.edges, 0.7))
    low, high = signal.edges[at : at + 2]
    inside = (TABLES["signal"]["score"] >= low) & (TABLES["signal"]["score"] < high)
    assert signal.values[at] == pytest.approx(TABLES["signal"]["w"][inside].sum())
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["signal", "top", "ww", "MC uncertainty", "edges"]


def test_an_axis_of_a_product_sums_over_the_other_one() -> None:
    given = product()
    upper, ratio, _ = drawn("bin_axis_figure", given, given.bins, 1, events(given)).axes
    assert [line.get_xdata()[0] for line in upper.lines] == [130.0]
    background = 1000.0 / 8.0 ** np.arange(6)
    signal = 10.0 + np.arange(6)
    wanted = [signal[j::2].sum() / background[j::2].sum() for j in range(2)]
    assert ratio.patches[0].get_data().values == pytest.approx(wanted)
    # Events outside of an explicit range are in no bin.
    narrow = product()
    bins = LearnedEdges(narrow.bins.binning, (EDGES, np.array([120.0, 130.0, 150.0])))  # type: ignore[attr-defined]
    upper, *_ = drawn("bin_axis_figure", narrow, bins, 1, events(narrow)).axes
    mass, w = TABLES["signal"]["mass"], TABLES["signal"]["w"]
    assert upper.patches[-1].get_data().values.sum() == pytest.approx(w[(mass >= 120) & (mass < 150)].sum())


def test_a_logit_axis_is_drawn_in_logits_with_ticks_of_the_column() -> None:
    given = one_axis("logit")
    upper, _, adds = drawn("bin_axis_figure", given, given.bins, 0, events(given)).axes
    assert [line.get_xdata()[0] for line in upper.lines] == pytest.approx([0.0, np.log(4)])
    labels = {text.get_text(): text.get_position()[0] for text in adds.get_xticklabels()}
    assert labels["0.9"] == pytest.approx(np.log(9))


@pytest.mark.parametrize("make", [product, mixture])
def test_regions_are_those_of_the_bins(make: Any) -> None:
    given = make()
    axes, bar = drawn("bin_regions_figure", given, events(given)).axes
    mesh = axes.collections[0]
    x, y = mesh.get_coordinates()[..., 0], mesh.get_coordinates()[..., 1]
    centres = [(a[:-1, :-1] + a[1:, 1:]).ravel() / 2 for a in (x, y)]
    shown = np.asarray(mesh.get_array()).ravel()
    if make is product:
        want = 2 * np.digitize(centres[0], EDGES[1:-1]) + np.digitize(centres[1], MASS[1:-1])
        inside = (centres[1] >= MASS[0]) & (centres[1] < MASS[-1])
    else:  # equal components: the nearer mean
        want = (centres[0] > 0.5).astype(int)
        inside = np.abs(centres[0] - 0.5) > 1e-6
    assert inside.mean() > 0.9
    assert (shown[inside] == want[inside]).all()
    assert set(shown[inside].tolist()) == set(range(given.n_bins))
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("score", "mass")
    legend = [text.get_text() for text in axes.figure.legends[0].get_texts()]
    assert legend == ["50% and 90% of the signal", "50% and 90% of the background"]
    assert len(bar.get_yticks()) == given.n_bins
    alone = drawn("bin_regions_figure", given, None)
    assert not alone.legends
    assert len(alone.axes[0].collections) == 1


def test_class_scores_are_drawn_as_logarithms_of_ratios() -> None:
    declared = gc.MixtureBinning(["score", "mass"], 2, coordinates="simplex")
    bins = LearnedMixture(declared, np.zeros(2), np.array([[1.0, 0], [0, 1.0]]), np.array([np.eye(2)] * 2))
    given = result(bins, ["0", "1"])
    axes = drawn("bin_regions_figure", given, None).axes[0]
    shown = np.asarray(axes.collections[0].get_array())
    assert (shown[0, -1], shown[-1, 0]) == (0, 1)
    # The boundary is the diagonal, seen from a range that is the same in both.
    assert axes.get_xlim() == axes.get_ylim() == pytest.approx((-2.74, 3.74))
    assert (np.triu(shown, 1) == 0).all()
    assert (np.tril(shown, -1) == np.tril(np.ones_like(shown), -1)).all()
    assert axes.get_xlabel() == "ln[score / (1 - score - mass)]"


def test_numbers_of_bins_that_were_tried() -> None:
    (axes,) = drawn("bin_choices_figure", one_axis()).axes
    learned, chosen, taken = axes.lines
    assert learned.get_xdata().tolist() == [2, 3, 5]
    assert learned.get_ydata()[:2].tolist() == [2.5, 3.0]
    assert chosen.get_ydata()[:2].tolist() == [2.4, 2.8]
    assert np.isnan(chosen.get_ydata()[2])
    assert taken.get_xdata()[0] == 3
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("bins", "Z")


def test_bias_at_the_end_of_the_fit() -> None:
    (axes,) = drawn("bin_bias_figure", one_axis()).axes
    signal, background, _ = axes.lines
    assert signal.get_ydata() == pytest.approx([2, 2, 2])
    assert background.get_ydata() == pytest.approx([-5, -5, -5])


def test_bias_against_the_width_is_that_of_smooth_steps() -> None:
    given = one_axis("linear")
    figure = drawn("bin_widths_figure", given, events(given), module="bin_bias_figure")
    panel = figure.axes[1]
    score, w = (np.concatenate([TABLES[name][column] for name in ("top", "ww")]) for column in ("score", "w"))
    bins = np.digitize(score, EDGES[1:-1])
    hard = np.bincount(bins, w, 3)
    for line, edges in zip(panel.lines[:3], ((-np.inf, 0.5), (0.5, 0.8), (0.8, np.inf)), strict=True):
        k = int(line.get_label())
        for at in (0, 6, 11):
            # One bin between two edges: all steps are as wide as a part of it.
            h = line.get_xdata()[at] * 0.3
            low, high = (1 / (1 + np.exp(-np.clip((score - e) / h, -500, 500))) for e in edges)
            soft = float((w * (low - high)).sum())
            assert line.get_ydata()[at] == pytest.approx(100 * (soft / hard[k] - 1), abs=1e-6)


def test_bias_of_a_mixture_falls_with_the_temperature() -> None:
    from gradcut.report.bin_bias import bias_against_width, widths_of

    given = mixture()
    bias = bias_against_width(given, events(given), "background")
    # Two components that differ in one column only: the logistic function of their distance.
    x = np.concatenate([TABLES[name]["score"] for name in TABLES])
    logits = -0.5 * 16 * ((x - 0.8) ** 2 - (x - 0.2) ** 2)
    temperature = widths_of(given.bins)[-1] * np.median(np.abs(logits))
    own = slice(len(TABLES["signal"]["w"]), None)
    w = np.concatenate([TABLES["top"]["w"], TABLES["ww"]["w"]])
    soft = (w / (1 + np.exp(-logits[own] / temperature))).sum()
    assert bias[-1, 1] == pytest.approx(soft / w[logits[own] > 0].sum() - 1, rel=1e-6)
    assert np.all(np.abs(bias[0]) < np.abs(bias[-1]))


def test_course_of_the_fit_tells_parts_from_the_whole() -> None:
    upper, _ = drawn("history_figure", one_axis()).axes
    labels = [text.get_text() for text in upper.get_legend().get_texts()]
    assert labels == [f"{part}, {n} bins" for part in ("fold 0", "all events") for n in (2, 3)] + [
        "parts of it"
    ]
    assert [line.get_linestyle() for line in upper.lines[:6]] == ["-", "-", ":", ":", "-", "-"]


def test_no_text_is_written_over_another() -> None:
    crowded, logit, two = many(), one_axis("logit"), product()
    found = events(crowded)
    figures = [
        drawn("bin_rows_figure", crowded),
        drawn("bin_bias_figure", crowded),
        drawn("bin_axis_figure", crowded, crowded.bins, 0, found),
        drawn("bin_widths_figure", crowded, found, module="bin_bias_figure"),
        drawn("bin_rows_figure", two),
        drawn("bin_axis_figure", logit, logit.bins, 0, events(logit)),
        drawn("bin_axis_figure", two, two.bins, 0, events(two)),
        drawn("bin_choices_figure", two),
        drawn("history_figure", logit),
        drawn("bin_regions_figure", two, events(two)),
    ]
    for figure in figures:
        assert overlapping(figure) == []


def many() -> BinningResult:
    edges = np.concatenate([[0.0], np.linspace(0.7001, 0.99, 29), [1.0]])
    binning = gc.Binning("score", 30, range=(0, 1))
    return result(LearnedEdges(binning, (edges,)), [str(k) for k in range(30)])


def test_files_from_a_file_without_events_root_or_torch(tmp_path: Path) -> None:
    made = gc.Samples(weight="w", event="event")
    for k, (name, columns) in enumerate(TABLES.items()):
        numbered = {**columns, "event": np.arange(len(columns["w"])) + 10_000 * k}
        made.add(name, numbered, role="signal" if name == "signal" else "background")
    fit = gc.fit_binning(gc.Binning("score", 3), made, folds=2, max_steps=6, starts=1)
    fit.save(tmp_path / "bins.json")
    code = (
        "import sys; sys.modules['torch'] = sys.modules['ROOT'] = None\n"
        "import gradcut as gc\n"
        f"fit = gc.BinningResult.load({str(tmp_path / 'bins.json')!r})\n"
        f"print(*(p.name for p in fit.plot({str(tmp_path / 'new')!r}, formats=('png', 'pdf'))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = ("bins", "bias", "history")
    assert done.stdout.split() == [f"{name}.{kind}" for kind in ("png", "pdf") for name in names]
    assert (tmp_path / "new" / "bins.png").read_bytes().startswith(b"\x89PNG")
    again = fit.plot(tmp_path / "with", made)
    assert [path.stem for path in again] == ["bins", "edges_score", "bias", "widths", "history"]


def test_a_product_has_a_picture_per_axis_and_the_same_files_each_time(tmp_path: Path) -> None:
    one = report.plot_bins(product(), tmp_path / "one", samples(), formats="svg")
    names = [path.stem for path in one]
    assert names == ["bins", "edges_score", "edges_mass", "regions", "choices", "bias", "widths", "history"]
    two = report.plot_bins(product(), tmp_path / "two", samples(), formats=["svg"])
    assert [a.read_bytes() for a in one] == [b.read_bytes() for b in two]


def test_bad_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"unknown format(.|\n)*'gif'"):
        one_axis().plot(tmp_path / "new", formats=("gif",))
    assert not (tmp_path / "new").exists()
