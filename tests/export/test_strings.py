"""ROOT reads the strings: the same events as the result's own mask."""

from __future__ import annotations

import itertools
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import gradcut as gc
from export.events import OBJECTS, TYPES, columns, cuts
from gradcut.errors import ExportError
from gradcut.export import ChosenCuts, export, render

QUICK = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def passing(tree: Any, ROOT: Any, text: str) -> np.ndarray:  # noqa: N803
    """Events that a formula of a tree passes, one by one."""
    formula = ROOT.TTreeFormula("formula", text, tree)
    assert formula.GetNdim() == 1, text
    found = []
    for entry in range(tree.GetEntries()):
        tree.GetEntry(entry)
        formula.GetNdata()
        found.append(formula.EvalInstance() != 0)
    return np.array(found)


@pytest.mark.root
@QUICK
@given(several=st.lists(cuts(extra=OBJECTS), min_size=5, max_size=5))
def test_rdataframe_passes_the_same_events(ROOT: Any, tree: Any, several: list[ChosenCuts]) -> None:  # noqa: N803
    # Many of them are compiled in little more time than one.
    node, counts = ROOT.RDataFrame(tree), []
    for i, chosen in enumerate(several):
        text = render(chosen, "rdataframe").text.strip()
        counts.append(node.Filter(text).Count())
        node = node.Define(f"passes{i}", f"bool({text})")
    found = node.AsNumpy([f"passes{i}" for i in range(len(several))])
    for i, chosen in enumerate(several):
        wanted = chosen.mask(columns())
        assert np.array_equal(found[f"passes{i}"].astype(bool), wanted)
        assert counts[i].GetValue() == wanted.sum()


@pytest.mark.root
@settings(QUICK, max_examples=40)
@given(chosen=cuts(extra=OBJECTS))
def test_a_tree_passes_the_same_events(ROOT: Any, tree: Any, chosen: ChosenCuts) -> None:  # noqa: N803
    text = render(chosen, "ttree").text.strip()
    assert np.array_equal(passing(tree, ROOT, text), chosen.mask(columns()))
    assert tree.GetEntries(ROOT.TCut(text).GetTitle()) == chosen.mask(columns()).sum()


_numbers = itertools.count()


@pytest.mark.root
@QUICK
@given(several=st.lists(cuts(extra=OBJECTS), min_size=5, max_size=5))
def test_a_header_passes_the_same_events(ROOT: Any, tree: Any, several: list[ChosenCuts]) -> None:  # noqa: N803
    node, names = ROOT.RDataFrame(tree), []
    for chosen in several:
        names.append(f"export_test_{next(_numbers)}")
        text = render(chosen, "cpp", function=names[-1]).text
        assert ROOT.gInterpreter.Declare(text)
        arguments = ", ".join(re.findall(r"column (\w+)", text))
        node = node.Define(f"by_{names[-1]}", f"{names[-1]}({arguments})")
    found = node.AsNumpy([f"by_{name}" for name in names])
    for name, chosen in zip(names, several, strict=True):
        assert np.array_equal(found[f"by_{name}"].astype(bool), chosen.mask(columns()))


def test_a_header_needs_only_a_compiler(tmp_path: Path) -> None:
    chosen = ChosenCuts(
        gc.Selection("x > ?", "? < y < ?", "min(x, y) < 3.5", sentinels=[-999]),
        {"x": 0.1, "y:low": -1.25, "y:high": 2.5},
        TYPES,
    )
    export(chosen, tmp_path / "keep.h")
    read = columns()
    rows = "\n".join(f"{float(x)!r} {float(y)!r}" for x, y in zip(read["x"], read["y"], strict=True))
    (tmp_path / "main.cpp").write_text("""
#include "keep.h"
#include <cstdio>
#include <cstdlib>
int main()
{
   char x[64], y[64];
   while (std::scanf("%63s %63s", x, y) == 2)
      std::putchar(keep(std::atof(x), std::atof(y)) ? '1' : '0');
}
""")
    command = ["c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-O2", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "main"], input=rows, capture_output=True, text=True, check=True)
    assert np.array_equal(np.array(list(done.stdout)) == "1", chosen.mask(read))
    assert 0 < done.stdout.count("1") < len(done.stdout)


@pytest.mark.root
def test_a_macro_copies_the_events_that_pass(ROOT: Any, tree: Any, tmp_path: Path) -> None:  # noqa: N803
    chosen = ChosenCuts(gc.Selection("x > ?", "count(v > 20) >= 1"), {"x": 0.25}, TYPES)
    export(chosen, tmp_path / "copyPassing.C")
    ROOT.gROOT.LoadMacro(str(tmp_path / "copyPassing.C"))
    ROOT.copyPassing(str(tree.path), "events", str(tmp_path / "passed.root"))
    kept = ROOT.RDataFrame("events", str(tmp_path / "passed.root")).AsNumpy(["y"])["y"]
    assert np.array_equal(kept, columns()["y"][chosen.mask(columns())], equal_nan=True)


def test_windows_are_never_chained() -> None:
    chosen = ChosenCuts(gc.Selection("? < mll < ?"), {"mll:low": 81.2, "mll:high": 101.7})
    for name in ("rdataframe", "ttree"):
        assert render(chosen, name).text == "81.2 < mll && mll < 101.7\n"


def test_numbers_read_back_to_the_same_double() -> None:
    value = 0.1 + 0.2
    text = render(ChosenCuts(gc.Selection("x > ?"), {"x": value}), "ttree").text
    assert float(text.split(">")[1]) == value


def test_an_open_cut_still_asks_for_a_value() -> None:
    opened = ChosenCuts(gc.Selection("x > ?"), {"x": -float("inf")})
    assert render(opened, "ttree").text == "x == x\n"
    assert render(opened, "rdataframe").text == "!std::isnan(x)\n"


def test_live_code_is_refused() -> None:
    chosen = ChosenCuts(gc.Selection(gc.Cpp("x > 1"), "y > ?"), {"y": 1.0})
    with pytest.raises(ExportError, match=r"gc\.Cpp cannot be exported"):
        render(chosen, "ttree")


def test_extremes_of_objects_are_refused_by_a_tree() -> None:
    with pytest.raises(ExportError, match="the format 'ttree' cannot say this"):
        render(ChosenCuts(gc.Selection("max(v) > ?"), {"max(v)": 30.0}), "ttree")


@pytest.mark.parametrize("name", ["1cut", "a b", "x();system"])
def test_functions_have_names_of_cpp(name: str) -> None:
    with pytest.raises(ExportError, match=r"a function of C\+\+ has a name"):
        render(ChosenCuts(gc.Selection("x > ?"), {"x": 1.0}), "cpp", function=name)
