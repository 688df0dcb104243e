"""Pictures of a scan: what is drawn against the working points, and what bad input gets."""

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
from gradcut.errors import DeclarationError
from gradcut.results import FoldRow, ScanResult, WorkingPoint
from gradcut.results.scan_result import Efficiency
from report.test_figures import overlapping

pytestmark = pytest.mark.plot

INF = float("inf")
TARGETS = (0.2, 0.4, 0.6, 0.8, 0.95)
SELECTION = gc.Selection("met > ?", "abs(dphi) < ?", "? <= mll < ?", "!(? < dr < ?)")
VALUES = {
    "met": (500.0, 400.0, 300.0, 200.0, -INF),
    "abs(dphi)": (1.0, 1.4, 1.9, 2.6, INF),
    "mll:low": (80.0, 70.0, -INF, -INF, -INF),
    "mll:high": (100.0, 110.0, 130.0, 170.0, INF),
    "dr:low": (1.0, 1.2, 1.3, INF, INF),
    "dr:high": (2.0, 1.8, 1.5, INF, INF),
}
LABELS = {"met": r"$E_\mathrm{T}^\mathrm{miss}$ [GeV]"}


def efficiency(target: float, shift: float) -> Efficiency:
    return Efficiency(target + shift, 0.01, target**4 + shift, 0.005)


def scan(selection: gc.Selection = SELECTION, values: Any = None, judged: bool = True) -> ScanResult:
    values = VALUES if values is None else values
    points = []
    for at, target in enumerate(TARGETS):
        own = {name: column[at] for name, column in values.items()}
        moved = {name: value * 1.1 for name, value in own.items()}
        folds = (FoldRow(own, 0.1, "scan"), FoldRow(moved, 0.1, "scan")) if judged else ()
        unused = efficiency(target, 0.004) if judged else None
        points.append(WorkingPoint(selection, own, target, efficiency(target, 0.0), unused, folds, None, {}))
    return ScanResult(selection, tuple(points), "finished", (), {}, {})


def thresholds(given: ScanResult, **labels: str) -> Any:
    from gradcut.report.style import styled
    from gradcut.report.thresholds_figure import thresholds_figure

    with styled():
        return thresholds_figure(given, {**LABELS, **labels})


def of_scan(given: ScanResult, name: str) -> Any:
    import gradcut.report.efficiencies_figure as figures
    from gradcut.report.style import styled

    with styled():
        return getattr(figures, name)(given)


def test_every_cut_has_its_thresholds_those_of_the_folds_and_marks_where_it_is_open() -> None:
    met, dphi, mll, dr = thresholds(scan()).axes
    first, second, learned, opened = met.lines
    assert first.get_ydata()[:4].tolist() == list(VALUES["met"][:4])
    assert np.isnan(first.get_ydata()[4])
    assert second.get_ydata()[:4] == pytest.approx(1.1 * np.array(VALUES["met"][:4]))
    assert learned.get_xdata().tolist() == list(TARGETS)
    assert opened.get_xdata().tolist() == [0.95]
    assert opened.get_marker() == "v"
    assert opened.get_ydata()[0] < 0.1
    assert dphi.lines[-1].get_marker() == "^"
    assert dphi.lines[-1].get_ydata()[0] > 0.9
    low, high = mll.lines[3], mll.lines[7]
    assert (low.get_xdata().tolist(), high.get_xdata().tolist()) == ([0.6, 0.8, 0.95], [0.95])
    assert dr.lines[3].get_marker() == dr.lines[7].get_marker() == "^"


def kept(axes: Any, x: float, y: float) -> bool:
    from matplotlib.collections import FillBetweenPolyCollection

    shapes = [one for one in axes.collections if isinstance(one, FillBetweenPolyCollection)]
    return any(path.contains_point((x, y)) for shape in shapes for path in shape.get_paths())


def test_what_is_kept_is_shaded() -> None:
    met, dphi, mll, dr = thresholds(scan()).axes
    assert [kept(met, 0.4, y) for y in (390, 410)] == [False, True]
    assert [kept(dphi, 0.4, y) for y in (1.3, 1.5)] == [True, False]
    assert [kept(mll, 0.2, y) for y in (79, 90, 101)] == [False, True, False]
    assert [kept(mll, 0.6, y) for y in (75, 131)] == [True, False]
    assert [kept(dr, 0.2, y) for y in (0.95, 1.5, 2.05)] == [True, False, True]
    assert [kept(dr, 0.8, y) for y in (1.0, 1.5, 2.0)] == [True, True, True]
    # A target has half of the way to the next.
    assert [kept(met, x, 350) for x in (0.49, 0.51)] == [False, True]


def test_achieved_efficiencies_are_drawn_against_the_target() -> None:
    upper, lower = of_scan(scan(), "efficiencies_figure").axes
    lines = {line.get_label(): line for line in upper.lines}
    assert lines["signal, used events"].get_ydata() == pytest.approx(TARGETS)
    assert lines["background, used events"].get_ydata() == pytest.approx(np.array(TARGETS) ** 4)
    assert [bars.get_label() for bars in upper.containers] == [
        "signal, unused events",
        "background, unused events",
    ]
    points, _, (bars,) = upper.containers[0]
    assert points.get_ydata() == pytest.approx(np.array(TARGETS) + 0.004)
    assert [segment[1, 1] - segment[0, 1] for segment in bars.get_segments()] == pytest.approx([0.02] * 5)
    away, _, _ = lower.containers[0]
    assert away.get_ydata() == pytest.approx([0.004] * 5)
    bottom, top = lower.get_ylim()
    assert bottom < -0.014 < 0.014 < top < 0.03


@pytest.mark.parametrize(("power", "scale"), [(1, "linear"), (4, "log")])
def test_roc_is_logarithmic_where_the_background_spans_decades(power: int, scale: str) -> None:
    given = scan()
    points = tuple(replace(p, used=replace(p.used, background=p.target**power)) for p in given)
    judged = tuple(replace(p, unused=replace(p.used, background=p.target**power)) for p in points)  # type: ignore[type-var]
    (axes,) = of_scan(replace(given, points=judged), "roc_figure").axes
    assert axes.get_yscale() == scale
    assert axes.lines[0].get_xdata() == pytest.approx(TARGETS)
    assert axes.lines[0].get_ydata() == pytest.approx(np.array(TARGETS) ** power)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["used events", "unused events"]


def test_scan_that_nothing_judged_has_lines_only() -> None:
    given = scan(judged=False)
    upper, lower = of_scan(given, "efficiencies_figure").axes
    assert not upper.containers
    assert not lower.containers
    assert lower.get_ylim()[0] < 0 < lower.get_ylim()[1]
    (axes,) = of_scan(given, "roc_figure").axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["used events"]
    figure = thresholds(given)
    assert len(figure.axes[0].lines) == 2
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["learned", "kept", "open"]


def test_one_working_point_without_background_is_drawn() -> None:
    given = scan()
    point = replace(given.points[0], used=Efficiency(0.2, 0.01, 0.0, 0.0), unused=None, folds=())
    single = replace(given, points=(point,))
    assert of_scan(single, "roc_figure").axes[0].get_yscale() == "linear"
    assert len(of_scan(single, "efficiencies_figure").axes) == 2
    assert len(thresholds(single).axes) == 4


def many() -> ScanResult:
    names = [f"a feature with a rather long name number {k}" for k in range(9)]
    selection = gc.Selection(
        *(gc.Cut(f"f{k} * 123456789 + {k}", ">", f"?{{{n}}}") for k, n in enumerate(names))
    )
    return scan(selection, {name: tuple(1e6 * v for v in VALUES["abs(dphi)"]) for name in names})


@pytest.mark.parametrize("make", [scan, many])
def test_no_text_is_written_over_another(make: Any) -> None:
    given = make()
    assert overlapping(thresholds(given) if make is scan else _without_labels(given)) == []
    for name in ("efficiencies_figure", "roc_figure"):
        assert overlapping(of_scan(given, name)) == []


def _without_labels(given: ScanResult) -> Any:
    from gradcut.report.style import styled
    from gradcut.report.thresholds_figure import thresholds_figure

    with styled():
        return thresholds_figure(given, {})


def test_files_in_every_format_from_a_file_without_events_root_or_torch(tmp_path: Path) -> None:
    made = gc.Samples(event="event")
    rng = np.random.default_rng(1)
    for k, role in enumerate(("signal", "background")):
        made.add(role, {"x": rng.normal(1 - k, 1, 500), "event": np.arange(500) + 999 * k}, role=role)  # type: ignore[arg-type]
    result = gc.scan_cuts(gc.Selection("x > ?"), made, efficiencies=[0.3, 0.6, 0.9], max_steps=12)
    result.save(tmp_path / "scan.json")
    code = (
        "import sys; sys.modules['torch'] = sys.modules['ROOT'] = None\n"
        "import gradcut as gc\n"
        f"scan = gc.ScanResult.load({str(tmp_path / 'scan.json')!r})\n"
        f"print(*(p.name for p in scan.plot({str(tmp_path / 'new')!r}, formats=('png', 'pdf'))))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = [f"{name}.{kind}" for kind in ("png", "pdf") for name in ("thresholds", "efficiencies", "roc")]
    assert done.stdout.split() == names
    assert (tmp_path / "new" / "thresholds.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "new" / "roc.pdf").read_bytes().startswith(b"%PDF")


def test_single_pictures_are_the_same_each_time(tmp_path: Path) -> None:
    for draw in (report.plot_thresholds, report.plot_efficiencies, report.plot_roc):
        one = draw(scan(), tmp_path / "one.svg").read_bytes()
        assert draw(scan(), tmp_path / "two.svg").read_bytes() == one


def test_bad_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"unknown format(.|\n)*'gif'"):
        scan().plot(tmp_path, formats=("gif",))
    with pytest.raises(DeclarationError, match=r"label for no cut: 'mett'(.|\n)*did you mean 'met'"):
        scan().plot(tmp_path, labels={"mett": "$m$"})
    with pytest.raises(DeclarationError, match=r"suffix(.|\n)*roc.jpeg(.|\n)*\.png"):
        report.plot_roc(scan(), tmp_path / "roc.jpeg")
    assert list(tmp_path.iterdir()) == []


def test_other_curves_are_drawn_beside_the_points_in_order(tmp_path: Path) -> None:
    from gradcut.report.efficiencies_figure import roc_figure
    from gradcut.report.style import styled

    limit = (np.array([0.9, 0.3]), np.array([0.5, 1e-4]))
    with styled():
        figure = roc_figure(scan(), {"limit": limit, "other": limit})
    (axes,) = figure.axes
    lines = {line.get_label(): line for line in axes.lines}
    assert lines["limit"].get_xdata().tolist() == [0.3, 0.9]
    assert lines["limit"].get_ydata().tolist() == [1e-4, 0.5]
    assert lines["limit"].get_linestyle() != lines["other"].get_linestyle()
    # The axis reaches as far as the curves.
    assert axes.get_yscale() == "log"
    assert axes.get_ylim()[0] < 1e-4
    assert overlapping(figure) == []
    assert report.plot_roc(scan(), tmp_path / "roc.png", compare={"limit": limit}).exists()


@pytest.mark.parametrize(
    ("curve", "message"),
    [
        (([0.1, 0.2], [0.1]), r"as many signal as background(.|\n)*\(2,\) and \(1,\)"),
        (([], []), "as many signal as background"),
        ((["a"], [1.0]), "a pair of signal and background"),
        (3, "a pair of signal and background"),
    ],
)
def test_curve_that_is_none_is_refused(tmp_path: Path, curve: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        report.plot_roc(scan(), tmp_path / "roc.png", compare={"limit": curve})


def test_cut_that_is_open_everywhere_has_no_scale() -> None:
    given = scan(SELECTION, {**VALUES, "met": (-INF,) * len(TARGETS)})
    axes = {one.get_title(loc="left"): one for one in thresholds(given).axes}
    assert len(axes[LABELS["met"]].get_yticks()) == 0
    assert all(len(one.get_yticks()) for name, one in axes.items() if name != LABELS["met"])


def test_formula_is_not_broken_however_long_it_is() -> None:
    long = r"$\Delta\phi(\ell_1, E_\mathrm{T}^\mathrm{miss})$, in the transverse plane"
    titles = [axes.get_title(loc="left") for axes in thresholds(scan(), met=long).axes]
    assert long in titles
