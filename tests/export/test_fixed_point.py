"""Thresholds in fixed point, compiled with the header of ap_fixed that hls4ml brings."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import ExportError
from gradcut.export import ChosenCuts, export, render

CUTS = ChosenCuts(
    gc.Selection("pt >= ?", "abs(eta) < ?", "!(? < z < ?)"),
    {"pt": 22.3, "abs(eta)": 2.4, "z:low": -1.0, "z:high": 1.25},
)
STEPS = {"pt": 0.5, "eta": 0.0435, "z": 0.25}


@pytest.mark.hls
def test_ap_fixed_decides_as_was_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    n = 3000
    events = {"pt": rng.exponential(30, n), "eta": rng.uniform(-3, 3, n), "z": rng.normal(0, 2, n)}
    events["pt"][:4] = [22.25, 22.5, 22.3, 1e6]
    exported = export(CUTS, tmp_path / "cuts.h", "fixed", steps=STEPS, bits=10, columns=events)
    (tmp_path / "main.cpp").write_text("""
#include "cuts.h"
#include <cstdio>
int main()
{
   double pt, eta, z;
   while (std::scanf("%lf %lf %lf", &pt, &eta, &z) == 3)
      std::putchar(gradcut_pass(pt / 0.5, eta / 0.0435, z / 0.25) ? '1' : '0');
}
""")
    package = Path(importlib.util.find_spec("hls4ml").origin).parent  # type: ignore[union-attr, arg-type]
    headers = package / "templates" / "vivado" / "ap_types"
    command = ["c++", "-std=c++17", "-w", f"-I{headers}", "main.cpp", "-o", "main"]
    subprocess.run(command, cwd=tmp_path, check=True)
    rows = "\n".join(" ".join(repr(float(events[name][i])) for name in STEPS) for i in range(n))
    done = subprocess.run([tmp_path / "main"], input=rows, capture_output=True, text=True, check=True)
    passed = np.array(list(done.stdout)) == "1"
    assert 0.05 < passed.mean() < 0.95
    price = next(str(note) for note in exported.notes if "events" in str(note))
    differ = int((passed != CUTS.mask(events)).sum())
    assert f"{passed.mean():.6g} the quantised ones; {differ} are decided otherwise" in price
    assert differ > 0


def test_thresholds_move_to_the_tighter_side() -> None:
    text = render(CUTS, "fixed", steps=STEPS).text
    assert "'pt >= 22.3' is at 22.5, in steps of 0.5" in text
    assert "pt >= 45" in text
    assert "<= 55" in text  # 2.3925
    assert "!(z >= -4 && z <= 5)" in text


def test_numbers_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ExportError, match="a threshold that the number of bits cannot hold"):
        render(CUTS, "fixed", steps={**STEPS, "pt": 0.01}, bits=8)
    with pytest.raises(ExportError, match="no step of this column"):
        render(CUTS, "fixed", steps={"pt": 0.5})
