"""Pictures as files: what is written, without events, and what bad input gets."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from gradcut import report
from gradcut.errors import DataError, DeclarationError
from gradcut.results import CutResult
from report.drawn_results import HISTOGRAMS, picture, result, scan

pytestmark = pytest.mark.plot

MAGIC = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}


def test_one_picture_per_cut_an_overview_and_the_history_in_every_format(tmp_path: Path) -> None:
    two = replace(result(), pictures=result().pictures[:2])
    written = two.plot(tmp_path / "new" / "pictures", formats=("png", "pdf"))
    names = ("overview", "history", "cut_met", "cut_abs_mll")
    assert [path.name for path in written] == [f"{name}.{kind}" for kind in ("png", "pdf") for name in names]
    for path in written:
        assert path.read_bytes().startswith(MAGIC[path.suffix[1:]])


def test_single_pictures_take_the_format_from_the_suffix_and_are_the_same_each_time(tmp_path: Path) -> None:
    for kind in ("pdf", "svg", "png"):
        one = report.plot_cut(result(), "dr", tmp_path / f"one.{kind}").read_bytes()
        assert report.plot_cut(result(), "dr", tmp_path / f"two.{kind}").read_bytes() == one
    assert report.plot_history(result(), tmp_path / "h.png").exists()
    assert report.plot_overview(result(), str(tmp_path / "o.png")).exists()


def test_features_that_differ_in_signs_only_have_files_of_their_own(tmp_path: Path) -> None:
    fit = result()
    twins = (fit.pictures[0], replace(fit.pictures[3], cut="jet_pt"))
    selection = type(fit.selection)("met > ?", "jet_pt < ?", "jet-pt < ?")
    rows = (*fit.thresholds, replace(fit.thresholds[5], name="jet - pt", cut="jet - pt"))
    both = (*twins, replace(fit.pictures[3], cut="jet - pt", scans=(scan("jet - pt", 3),)))
    written = replace(fit, selection=selection, thresholds=rows, pictures=both).plot(tmp_path)
    assert [path.name for path in written][2:] == ["cut_met.png", "cut_jet_pt.png", "cut_jet_pt_2.png"]


def test_pictures_of_a_file_need_neither_events_nor_root_nor_torch(fit: CutResult, tmp_path: Path) -> None:
    fit.save(tmp_path / "cuts.json")
    code = (
        "import sys; sys.modules['torch'] = sys.modules['ROOT'] = None\n"
        "import gradcut as gc\n"
        f"print(len(gc.CutResult.load({str(tmp_path / 'cuts.json')!r}).plot({str(tmp_path)!r})))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(fit.pictures) + 2)]
    assert (tmp_path / "overview.png").stat().st_size > 10_000


def test_the_import_loads_no_matplotlib() -> None:
    code = "import sys, gradcut.report; assert not {'matplotlib', 'mplhep', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("module", ["matplotlib", "mplhep"])
def test_without_what_draws_the_extra_is_named(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        DeclarationError, match=r"need matplotlib and mplhep(.|\n)*pip install 'gradcut\[plot\]'"
    ):
        result().plot(tmp_path)


def test_bad_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"unknown format(.|\n)*'gif'(.|\n)*png, pdf, svg"):
        result().plot(tmp_path, formats=("png", "gif"))
    with pytest.raises(DeclarationError, match=r"suffix(.|\n)*met.jpeg(.|\n)*\.png"):
        report.plot_cut(result(), "met", tmp_path / "met.jpeg")
    with pytest.raises(DeclarationError, match=r"no cut is called 'mett'(.|\n)*did you mean 'met'"):
        report.plot_cut(result(), "mett", tmp_path / "met.png")
    with pytest.raises(DeclarationError, match=r"label for no cut: 'mll'"):
        result().plot(tmp_path, labels={"mll": "$m$"})
    with pytest.raises(DataError, match="nothing to draw"):
        replace(result(), pictures=()).plot(tmp_path)
    with pytest.raises(DataError, match="no history"):
        report.plot_history(replace(result(), history=()), tmp_path / "h.png")
    assert list(tmp_path.iterdir()) == []


def test_result_that_was_interrupted_at_once_is_drawn(tmp_path: Path) -> None:
    none = picture("met", "above", scan("met", 110, unused=False))
    empty = tuple(
        replace(h, others=(0.0,) * len(h.others), others_w2=(0.0,) * len(h.others)) for h in HISTOGRAMS
    )
    early = replace(result(), history=(), folds=(), pictures=(replace(none, histograms=empty),))
    early = replace(early, scores=replace(early.scores, unused=None, soft=None))
    assert [path.name for path in early.plot(tmp_path)] == ["overview.png", "cut_met.png"]
