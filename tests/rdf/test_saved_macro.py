"""Saved observables and joint results in a ROOT macro, and in the C++ of the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from joint.toys import columns, simple
from macros.test_cxx_macros import run
from test_documentation import printed_by

# The fixture has the name that users know.
# ruff: noqa: N803
pytestmark = pytest.mark.root

HERE = Path(__file__).parent
#: A fit of x and abs(y) that was saved with torch.
OBSERVABLE = HERE.parent / "results" / "files" / "observable.json"


@pytest.fixture(scope="module")
def folder(ROOT: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events and both results in one folder."""
    made = tmp_path_factory.mktemp("macro")
    how: dict[str, Any] = {"starts": 2, "max_steps": 12, "turns": 1, "folds": 2}
    fit = gc.fit(gc.Selection("u > ?"), gc.Binning("t", 3), simple(1500, 3), **how)
    fit.save(made / "fit.json")
    (made / "observable.json").write_bytes(OBSERVABLE.read_bytes())
    given = columns(300, 20.0, 4, is_signal=True)
    given |= {"x": given["t"], "y": given["z"]}
    for name in ("x", "y", "u"):
        given[name] = np.where(np.arange(300) % 17 == 3, np.nan, given[name])
    ROOT.RDF.FromNumpy(given).Snapshot("events", str(made / "signal.root"))
    np.savez(made / "events.npz", **given)
    return made


def parts(folder: Path) -> tuple[gc.ObservableResult, gc.JointResult, dict[str, np.ndarray]]:
    given = dict(np.load(folder / "events.npz"))
    return gc.ObservableResult.load(OBSERVABLE), gc.JointResult.load(folder / "fit.json"), given


def test_a_macro_without_python_gives_the_numbers_of_python(ROOT: Any, folder: Path) -> None:
    observable, joint, given = parts(folder)
    files = [folder / name for name in ("signal.root", "observable.json", "fit.json")]
    arguments = ", ".join(f'"{path}"' for path in files)
    lines = [line.split() for line in run(ROOT, f"{HERE / 'savedResults.C'}({arguments})").splitlines()]
    events = [words[1:] for words in lines if words[:1] == ["event"]]
    np.testing.assert_array_equal([float(words[0]) for words in events], observable.values(given))
    np.testing.assert_array_equal([int(words[1]) for words in events], observable.index(given))
    np.testing.assert_array_equal([int(words[2]) for words in events], joint.index(given, folds=True))
    behind = [int(words[1]) for words in lines if words[:1] == ["behind"]]
    np.testing.assert_array_equal(behind, joint.index(given)[joint.cuts.mask(given)])
    number = observable.index(given)
    assert (number < 0).any()
    expected = np.bincount(number[number >= 0], given["weight"][number >= 0], observable.n_bins)
    yields = [[float(word) for word in words[1:]] for words in lines if words[:1] == ["bin"]]
    np.testing.assert_allclose(yields, np.stack([expected, expected], 1), rtol=1e-12)


@pytest.mark.parametrize("page", ["observables", "fit"])
def test_cpp_code_of_the_documentation_runs(
    ROOT: Any, folder: Path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    observable, joint, given = parts(folder)
    text = (HERE.parents[1] / "docs" / f"{page}.md").read_text()
    (block,) = re.findall(r"```cpp\n(.*?)```", text, re.S)
    printed = [float(word) for word in printed_by(ROOT, block, f"{page}Example")]
    number = observable.index(given) if page == "observables" else joint.index(given)
    expected = np.bincount(number[number >= 0], given["weight"][number >= 0], 3)
    repeated = np.repeat(expected, 2) if page == "observables" else expected
    np.testing.assert_allclose(printed, repeated, rtol=1e-5)
