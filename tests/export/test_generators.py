"""Settings of generators: Pythia reads its own; those of MadGraph are compared with golden text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import gradcut as gc
from gradcut.errors import ExportError
from gradcut.export import ChosenCuts, export, render

VALUES = {"mll:low": 81.2, "mll:high": 101.7, "lep_pt": 31.5, "abs(lep_eta)": 2.4, "met": 123.4}
CUTS = ChosenCuts(gc.Selection("lep_pt > ?", "abs(lep_eta) < ?", "? < mll < ?", "met > ?"), VALUES)
MASS = ChosenCuts(gc.Selection("? < mll < ?"), {"mll:low": 81.2, "mll:high": 101.7})


@pytest.fixture(scope="module")
def pythia() -> Any:
    import pythia8mc

    return pythia8mc.Pythia("", False)


@pytest.mark.pythia
def test_pythia_takes_every_setting(pythia: Any) -> None:
    exported = render(MASS, "pythia", quantities={"mll": "mHat"})
    settings = [line for line in exported.text.splitlines() if not line.startswith("!")]
    assert settings == ["PhaseSpace:mHatMin = 81.2", "PhaseSpace:mHatMax = 101.7"]
    assert all(pythia.readString(line) for line in settings)
    assert pythia.settings.parm("PhaseSpace:mHatMin") == 81.2
    assert pythia.settings.parm("PhaseSpace:mHatMax") == 101.7
    assert {note.kind for note in exported.notes} == {"convention", "converted"}


@pytest.mark.pythia
def test_pythia_reads_the_file(pythia: Any, tmp_path: Path) -> None:
    exported = export(CUTS, tmp_path / "cuts.cmnd", quantities={"mll": "mHat"}, partial=True)
    assert pythia.readFile(str(tmp_path / "cuts.cmnd"))
    assert sum(note.kind == "missing" for note in exported.notes) == 3
    hooks = (tmp_path / "cuts.cmnd.UserHooks.h").read_text()
    assert "std::fabs(value_1) < 2.4" in hooks
    assert "mll" not in hooks


def test_pythia_drops_no_cut() -> None:
    with pytest.raises(ExportError, match="the format 'pythia' cannot say this cut"):
        render(CUTS, "pythia", quantities={"mll": "mHat"})
    with pytest.raises(ExportError, match="Pythia has no phase-space limit of this"):
        render(MASS, "pythia", quantities={"mll": "mll"})


def test_run_card_is_the_golden_one() -> None:
    names = {"lep_pt": "ptl", "lep_eta": "etal", "mll": "mmll", "met": "misset"}
    text = render(CUTS, "madgraph", quantities=names).text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert lines == [" 31.5 = ptl", " 2.4 = etal", " 81.2 = mmll", " 101.7 = mmllmax", " 123.4 = misset"]
    assert text.count("# convention: ") == 4


def test_run_card_takes_no_name_that_madgraph_would_ignore() -> None:
    with pytest.raises(ExportError, match="the LO card has no cut of this"):
        render(MASS, "madgraph", quantities={"mll": "mll"})
    with pytest.raises(ExportError, match="of the NLO card has only some ends"):
        render(MASS, "madgraph", quantities={"mll": "mll"}, card="NLO")
    bare = ChosenCuts(gc.Selection("lep_eta < ?"), {"lep_eta": 2.4})
    with pytest.raises(ExportError, match="has absolute values"):
        render(bare, "madgraph", quantities={"lep_eta": "etal"})
