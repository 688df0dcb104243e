"""The code in the documentation runs and its assertions hold."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc

FOLDER = Path(__file__).parents[1]
PAGES = sorted((FOLDER / "docs").glob("*.md"))
BLOCKS = [
    pytest.param(page, re.findall(r"```python\n(.*?)```", page.read_text(), re.S), id=page.stem)
    for page in PAGES
]


def needs_torch(block: str) -> bool:
    return re.search(r"\btorch\b|fit_observable|gc\.Observable\(", block) is not None


def run_blocks(page: Path, blocks: list[str]) -> None:
    namespace: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, str(page), "exec"), namespace)


#: A page of which nothing is left without torch.
ALL_TORCH = "<!-- all of this page needs torch -->"


#: A page that only runs with ROOT and Dask, in a folder of its own.
ALL_ROOT = "<!-- all of this page needs ROOT and Dask -->"


def runs_anywhere(page: Path) -> bool:
    return not any(mark in page.read_text() for mark in (ALL_TORCH, ALL_ROOT))


@pytest.mark.parametrize(
    ("page", "blocks"), [b for b in BLOCKS if b.values[1] and runs_anywhere(b.values[0])]
)
def test_python_code_of_a_page_runs(page: Path, blocks: list[str]) -> None:
    assert any("assert" in block for block in blocks), page
    run_blocks(page, [block for block in blocks if not needs_torch(block)])


@pytest.mark.torch
@pytest.mark.parametrize(("page", "blocks"), [b for b in BLOCKS if any(map(needs_torch, b.values[1]))])
def test_python_code_of_a_page_runs_with_torch(page: Path, blocks: list[str]) -> None:
    run_blocks(page, blocks)


@pytest.mark.root
@pytest.mark.dask
@pytest.mark.parametrize(("page", "blocks"), [b for b in BLOCKS if ALL_ROOT in b.values[0].read_text()])
def test_python_code_of_a_page_runs_with_root_and_dask(
    page: Path, blocks: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert any("assert" in block for block in blocks), page
    run_blocks(page, blocks)


def test_links_of_the_documentation_exist() -> None:
    for page in [*PAGES, FOLDER / "README.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.fixture
def search(ROOT: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: N803
    """The files that the README speaks of, in the current folder."""
    rng = np.random.default_rng(1)
    monkeypatch.chdir(tmp_path)
    for name, n in (("signal", 3000), ("ww", 5000)):
        met = rng.gamma(3 if name == "signal" else 2, 120, n).astype(np.float32)
        columns = {
            "met": met,
            "met_JES_up": met * np.float32(1.03),
            "met_JES_down": met * np.float32(0.97),
            "dphi": rng.uniform(-3.1, 3.1, n).astype(np.float32),
            "mll": rng.normal(91, 8, n).astype(np.float32),
            "weight": rng.uniform(0.5, 1.5, n).astype(np.float32),
            "presel": np.ones(n, dtype=np.int32),
            "event": np.arange(n),
        }
        ROOT.RDF.FromNumpy(columns).Snapshot("events", f"{name}.root")
    return ROOT


def readme_blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (FOLDER / "README.md").read_text(), re.S)


def run_readme(root: Any) -> dict[str, Any]:
    namespace: dict[str, Any] = {"df": root.RDataFrame("events", "signal.root")}
    has_torch = importlib.util.find_spec("torch") is not None
    for block in readme_blocks("python"):
        if needs_torch(block) and not has_torch:
            continue
        exec(compile(block, "README.md", "exec"), namespace)
    return namespace


@pytest.mark.root
def test_python_code_of_the_readme_runs(search: Any) -> None:
    namespace = run_readme(search)
    df = namespace["df"]
    fit, scan = namespace["fit"], namespace["scan"]
    assert 0 < fit.scores.unused < 100
    columns = df.AsNumpy(list(fit.selection.columns))
    assert namespace["good"].Count().GetValue() == fit.mask(columns).sum()
    bins = namespace["bins"]
    counted = np.bincount(bins.index(df.AsNumpy(["met"])), df.AsNumpy(["weight"])["weight"], bins.n_bins)
    assert [namespace["hist"].GetBinContent(k + 1) for k in range(bins.n_bins)] == pytest.approx(
        counted, rel=1e-5
    )
    varied = namespace["templates"].of("ww", variation="JES:up").sum_w[0]
    assert varied.sum() > 0
    assert not np.allclose(varied, namespace["templates"].of("ww").sum_w[0], rtol=1e-3)
    best, model = namespace["best"], namespace["model"]
    assert gc.stats.sigma_mu(model) == pytest.approx(best.scores.unused, rel=1e-2)  # but for the floor
    assert {m["name"] for m in namespace["workspace"]["channels"][0]["samples"]} == {"susy", "ww"}
    assert namespace["tight"].Count().GetValue() == scan.at(0.5).mask(columns).sum()


def printed_by(root: Any, block: str, function: str, more: str = "") -> list[str]:
    """Compile code as a function, run it, and return the words that it prints."""
    lines = block.replace("std::cout <<", "out <<").splitlines()
    headers = "\n".join(line for line in lines if line.startswith("#include"))
    body = "\n".join(line for line in lines if not line.startswith("#include"))
    body = f"std::ostringstream out;\n{body}\n{more} return out.str();"
    assert root.gInterpreter.Declare(f"{headers}\n#include <sstream>\nstd::string {function}() {{ {body} }}")
    return str(getattr(root, function)()).split()


@pytest.mark.root
def test_cpp_code_of_the_readme_compiles_and_runs(search: Any, tmp_path: Path) -> None:
    readme = run_readme(search)
    fit, bins = readme["fit"], readme["bins"]
    (block,) = readme_blocks("cpp")
    more = 'out << *binned.Sum<int>("bin") << " " << *good.Count();'
    printed = printed_by(search, block, "readmeExample", more)
    hard, soft = (float(x) for x in printed[:2])
    columns = search.RDataFrame("events", "signal.root").AsNumpy(list(fit.selection.columns))
    assert int(printed[-1]) == fit.mask(columns).sum()
    assert int(printed[-2]) == bins.index(columns).sum()
    assert soft == pytest.approx(hard, rel=0.1)
    assert hard > 100


@pytest.mark.root
def test_cpp_code_of_bins_compiles_and_runs(search: Any, tmp_path: Path) -> None:
    made = gc.Samples(weight="weight", event="event")
    made.add("signal", "signal.root:events", role="signal")
    made.add("ww", "ww.root:events", role="background")
    fit = gc.fit_binning(gc.Binning("met", 4), made, method="exact", split=gc.Split(1, 0, 0))
    fit.save("bins.json")
    (block,) = re.findall(r"```cpp\n(.*?)```", (FOLDER / "docs" / "binning.md").read_text(), re.S)
    printed = printed_by(search, block, "binsExample")
    events = search.RDataFrame("events", "signal.root").AsNumpy(["met", "weight"])
    counted = np.bincount(fit.index(events), events["weight"], fit.n_bins)
    assert [float(word) for word in printed[0::4]] == pytest.approx(fit.edges[:-1], rel=1e-5)
    assert [float(word.rstrip(":")) for word in printed[2::4]] == pytest.approx(fit.edges[1:], rel=1e-5)
    assert [float(word) for word in printed[3::4]] == pytest.approx(counted.tolist(), rel=1e-5)


def test_commands_of_the_readme_are_those_that_ci_runs() -> None:
    text = (FOLDER / "README.md").read_text()
    for name in ("run", "test"):
        assert re.search(rf"<!-- {name} -->\n```bash\n(.*?)```", text, re.S)
    assert "readme_command test" in (FOLDER / ".ci" / "run").read_text()
