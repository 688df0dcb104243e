"""What the pictures show, read back from the figures, and that nothing is written over anything else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from gradcut.results import CutResult
from report.drawn_results import EDGES, HISTOGRAMS, picture, result, scan

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

pytestmark = pytest.mark.plot

LABELS = {"met": r"$E_\mathrm{T}^\mathrm{miss}$ [GeV]"}


@pytest.fixture(autouse=True)
def _style() -> Iterator[None]:
    from gradcut.report.style import styled

    with styled():
        yield


def figure_of(fit: CutResult, cut: str, **labels: str) -> Figure:
    from gradcut.report.cut_figure import cut_figure

    return cut_figure(fit, next(one for one in fit.pictures if one.cut == cut), {**LABELS, **labels})


def stairs(axes: Axes) -> list[Any]:
    from matplotlib.patches import StepPatch

    return [patch for patch in axes.patches if isinstance(patch, StepPatch)]


def lines(axes: Axes) -> list[float]:
    return [line.get_xdata()[0] for line in axes.lines if len(set(line.get_xdata())) == 1]


@pytest.mark.parametrize(("panel", "which"), [(0, "before"), (1, "others")])
def test_backgrounds_are_stacked_and_the_signal_is_scaled_over_them(panel: int, which: str) -> None:
    axes = figure_of(result(), "met").axes[panel]
    small, large, band, signal = (patch.get_data() for patch in stairs(axes))

    def inside(process: int, suffix: str = "") -> np.ndarray:
        sums = np.array(getattr(HISTOGRAMS[process], which + suffix))
        sums[1] += sums[0]
        sums[-2] += sums[-1]
        return sums[1:-1]

    # The smaller process lies below, in both panels.
    assert small.values == pytest.approx(inside(2))
    assert large.baseline == pytest.approx(inside(2))
    assert large.values == pytest.approx(inside(1) + inside(2))
    error = np.sqrt(inside(1, "_w2") + inside(2, "_w2"))
    assert band.values - band.baseline == pytest.approx(2 * error)
    (title,) = [
        text.get_text() for text in axes.get_children() if "signal" in getattr(text, "get_text", str)()
    ]
    factor = float(title.split("\u00d7")[1])
    assert signal.values == pytest.approx(factor * inside(0))
    assert 0.3 * large.values.max() < signal.values.max() <= 1.01 * large.values.max()
    assert list(signal.edges) == list(EDGES)


def test_thresholds_are_where_they_were_learned_with_arrows_to_what_is_kept() -> None:
    for cut, at, sides in (
        ("met", [110], [1]),
        ("abs(mll)", [60, 160], [1, -1]),
        ("dr", [90], [1]),
        ("jet_pt", [], []),
    ):
        figure = figure_of(result(), cut)
        for axes in figure.axes:
            assert lines(axes) == at
        arrows = [text for text in figure.axes[1].texts if hasattr(text, "arrow_patch")]
        assert [np.sign(a.xy[0] - a.xyann[0]) for a in arrows] == sides
        assert [a.xyann[0] for a in arrows] == at


def test_interval_is_shaded_up_to_the_ends_of_the_axes() -> None:
    from matplotlib.patches import Rectangle

    figure = figure_of(result(), "abs(mll)")
    spans = [p for p in figure.axes[2].patches if isinstance(p, Rectangle)]
    assert [(s.get_x(), s.get_x() + s.get_width()) for s in spans] == [(0, 70), (150, 200)]


def test_scan_shows_used_and_unused_events_and_stops_where_there_is_no_objective() -> None:
    axes = figure_of(result(), "met").axes[2]
    used, unused = (line for line in axes.lines if len(line.get_xdata()) == 60)
    values = np.array(result().pictures[0].scans[0].used)
    assert np.asarray(used.get_ydata())[:-3] == pytest.approx(values[:-3])
    assert np.isnan(np.asarray(used.get_ydata(), dtype=float)[-3:]).all()
    assert np.asarray(unused.get_ydata())[:-3] == pytest.approx(0.9 * values[:-3])
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["used events", "unused events"]
    assert axes.get_ylim()[0] == 0


def test_scan_of_what_is_minimised_shows_what_the_cut_is_worth() -> None:
    fit = result()
    steep = tuple(1000.0 * (i / 60) ** 2 - 2 for i in range(60))
    flat = replace(fit.pictures[0].scans[0], used=steep, unused=None)
    scores = replace(fit.scores, name="efficiency loss", direction="minimise", used=-2.0)
    rows = (replace(fit.thresholds[0], without=3.0, alone=1.0), *fit.thresholds[1:])
    fit = replace(fit, scores=scores, thresholds=rows, pictures=(replace(fit.pictures[0], scans=(flat,)),))
    low, high = figure_of(fit, "met").axes[2].get_ylim()
    assert low < -2
    assert 8 <= high < 12


@pytest.mark.parametrize(
    ("cut", "title"),
    [
        ("met", r"$E_\mathrm{T}^\mathrm{miss}$ > 110"),
        ("abs(mll)", "60 <= abs(mll) < 160"),
        ("dr", "dr >= 90"),
        ("jet_pt", "jet_pt: open"),
    ],
)
def test_title_says_what_is_kept(cut: str, title: str) -> None:
    assert figure_of(result(), cut).texts[0].get_text() == title


def test_both_ends_of_a_veto_are_in_its_title() -> None:
    fit = result()
    rows = tuple(replace(one, learned=20.0) if one.name == "dr:low" else one for one in fit.thresholds)
    assert figure_of(replace(fit, thresholds=rows), "dr").texts[0].get_text() == "dr <= 20 or >= 90"


def test_unit_of_the_label_is_that_of_the_bins() -> None:
    figure = figure_of(result(), "met")
    assert figure.axes[0].get_ylabel() == "Events / 10 GeV"
    assert figure.axes[2].get_xlabel() == LABELS["met"]
    assert figure_of(result(), "dr").axes[0].get_ylabel() == "Events / 10"


def test_channels_are_added_up_and_missing_values_told() -> None:
    fit = result()
    twice = tuple(replace(h, channel=c, missing=(h.before[5], 0.0)) for h in HISTOGRAMS for c in ("SR", "CR"))
    fit = replace(fit, pictures=(replace(fit.pictures[0], histograms=twice),))
    figure = figure_of(fit, "met")
    small = stairs(figure.axes[0])[0].get_data().values
    assert small[5] == pytest.approx(2 * HISTOGRAMS[2].before[6])
    assert "2 channels together" in figure.axes[0].get_title(loc="left")
    assert "Without a value: " in figure.texts[-1].get_text()
    assert "% of the signal" in figure.texts[-1].get_text()


def test_logarithmic_where_bins_differ_much_and_linear_with_negative_ones() -> None:
    fit = result()
    steep = replace(HISTOGRAMS[1], before=tuple(1e4 * 0.5**i for i in range(22)))
    negative = replace(HISTOGRAMS[1], others=tuple(-1.0 if i == 5 else 2.0 for i in range(22)))
    drawn = (HISTOGRAMS[0], replace(negative, before=steep.before))
    fit = replace(fit, pictures=(replace(fit.pictures[0], histograms=drawn),))
    upper, lower = figure_of(fit, "met").axes[:2]
    assert upper.get_yscale() == "log"
    assert lower.get_yscale() == "linear"
    assert lower.get_ylim()[0] < -1


def texts_of(figure: Figure) -> list[tuple[str, Any]]:
    """Every text that is drawn, with its box in pixels."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    hidden: set[Any] = set()
    for axes in figure.axes:
        for axis, limits in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                outside = not limits[0] <= tick.get_loc() <= limits[1]
                hidden |= {label for label in (tick.label1, tick.label2) if outside}
    texts = [one for one in figure.findobj(Text) if one.get_visible() and one not in hidden]
    boxes = ((one.get_text(), one.get_window_extent(canvas.get_renderer())) for one in texts)
    return [(text, box) for text, box in boxes if text.strip()]


def overlapping(figure: Figure) -> list[tuple[str, str]]:
    boxes = texts_of(figure)
    return [
        (one, other)
        for i, (one, box) in enumerate(boxes)
        for other, another in boxes[i + 1 :]
        if min(box.x1, another.x1) - max(box.x0, another.x0) > 1
        and min(box.y1, another.y1) - max(box.y0, another.y0) > 1
    ]


def crowded() -> CutResult:
    """Many processes with long names, and cuts in number."""
    histograms = (
        *HISTOGRAMS,
        replace(HISTOGRAMS[0], process="another signal of mass 500 GeV"),
        *(replace(HISTOGRAMS[1], process=f"background number {i} of many") for i in range(7)),
    )
    fit = result()
    pictures = tuple(replace(one, histograms=histograms) for one in fit.pictures)
    return replace(fit, pictures=pictures)


@pytest.mark.parametrize(
    ("make", "cut"), [(result, "met"), (result, "dr"), (crowded, "abs(mll)"), (crowded, "jet_pt")]
)
def test_no_text_of_a_cut_is_written_over_another(make: Any, cut: str) -> None:
    figure = figure_of(make(), cut)
    assert overlapping(figure) == []
    width, height = figure.canvas.get_width_height()
    outside = [
        name
        for name, box in texts_of(figure)
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    assert outside == []


@pytest.mark.parametrize(("make", "count"), [(crowded, 1), (crowded, 2), (result, 4)])
def test_no_text_of_the_overview_is_written_over_another(make: Any, count: int) -> None:
    from gradcut.report.overview_figure import overview_figure

    fit = make()
    figure = overview_figure(replace(fit, pictures=fit.pictures[:count]), LABELS)
    assert len(figure.axes) == 2 * count
    assert overlapping(figure) == []
    assert "2.7 on unused, 3 on used events" in figure.texts[0].get_text()


def test_overview_of_many_cuts_stays_in_order() -> None:
    from gradcut.report.overview_figure import overview_figure

    fit = result()
    nine = tuple(fit.pictures[i % 4] for i in range(9))
    figure = overview_figure(replace(fit, pictures=nine), LABELS)
    assert len(figure.axes) == 18
    assert overlapping(figure) == []


def test_history_has_a_line_per_task() -> None:
    from gradcut.report.history_figure import history_figure

    figure = history_figure(result())
    upper, lower = figure.axes
    assert [line.get_label() for line in upper.lines] == ["fold 0", "fold 1", "all events"]
    assert list(upper.lines[0].get_ydata()) == pytest.approx([10**0.5, 20**0.5, 30**0.5])
    assert list(lower.lines[2].get_ydata()) == pytest.approx([0.8, 0.4, 8 / 30])
    assert overlapping(figure) == []


def test_history_of_many_folds_has_a_legend_of_their_number_and_fits() -> None:
    from gradcut.report.history_figure import history_figure

    tasks = [f"fold {i}{part}" for i in range(10) for part in (", half 0", ", half 1", "")]
    records = ({"task": task, "step": s, "width": 8 / s, "best": s} for task in tasks for s in (10, 20))
    figure = history_figure(replace(result(), history=tuple(records)))
    labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert labels == [*(f"fold {i}" for i in range(10)), "parts of it"]
    assert overlapping(figure) == []
    assert min(box.y0 for _, box in texts_of(figure)) > 0


def test_colours_of_backgrounds_differ_from_those_of_signals() -> None:
    from gradcut.report.stack import colours_of

    colours = colours_of(crowded().pictures[0])
    assert len(set(colours.values())) >= 10
    backgrounds = {colours[h.process] for h in crowded().pictures[0].histograms if h.role == "background"}
    signals = {colours[h.process] for h in crowded().pictures[0].histograms if h.role == "signal"}
    assert not backgrounds & signals


def test_a_scan_of_one_event_set_has_one_line() -> None:
    fit = result(pictures=(picture("met", "above", scan("met", 110, unused=False)),))
    axes = figure_of(fit, "met").axes[2]
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["used events"]
