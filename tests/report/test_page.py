"""The page of a result: everything in one file, nothing asked of a network, every text escaped."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.report.page import page
from gradcut.report.page.applied import python_code
from gradcut.report.page.markup import as_html, plain_data
from gradcut.tables import Facts, Paragraph, Table, Warned, as_text

pytest.importorskip("matplotlib", reason="matplotlib is not installed")

VOID = {"meta", "img", "br", "hr"}
LARGEST = 5_000_000


class Checked(HTMLParser):
    """Reads a page: open elements, links, what it would load, and its text by section."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.tags: set[str] = set()
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        self.loads += [given[name] for name in ("src", "data", "srcset", "poster", "action") if name in given]
        self.links += [given["href"]] if "href" in given else []
        self.anchors += [given["id"]] if "id" in given else []
        assert not any(name.startswith("on") for name in given)
        if tag == "img":
            assert given["alt"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open and "title" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """Everything that can be read."""
        return " ".join(" ".join(self.words).split())


def read(path: Path) -> Checked:
    """Read a page and check that it is complete in itself."""
    text = path.read_text(encoding="utf-8")
    assert len(text) < LARGEST
    found = Checked(text)
    assert found.tags.isdisjoint({"script", "link", "iframe", "object", "embed", "base", "form"})
    assert all(load.startswith("data:image/") for load in found.loads)
    assert all(link.startswith("#") and link[1:] in found.anchors for link in found.links)
    assert "http://" not in re.sub(r"data:[^\"]*", "", text)
    assert "https://" not in re.sub(r"data:[^\"]*", "", text)
    assert "default-src 'none'" in text
    return found


def toy(n: int = 4000, seed: int = 3) -> gc.Samples:
    """A search with a variation and a rate uncertainty."""
    random = np.random.default_rng(seed)
    made = gc.Samples(weight="w", event="event")
    for number, (name, role, shift, total) in enumerate(
        (("signal", "signal", 1.5, 30.0), ("<b>top</b>", "background", 0.0, 300.0))
    ):
        x = random.normal(shift, 1, n)
        columns = {"x": x, "x_up": x + 0.1, "x_down": x - 0.1, "w": np.full(n, total / n)}
        columns["event"] = np.arange(n) + number * 10**7
        made.add(name, columns, role=role, norm_uncertainty=None if role == "signal" else 0.1)
    made.vary("scale", suffix=("_up", "_down"))
    return made


def test_a_page_of_cuts_has_everything_in_itself(fit: gc.CutResult, tmp_path: Path) -> None:
    found = read(fit.report(tmp_path / "page.html", title="Cuts & <more>"))
    assert found.text.startswith("Cuts & <more>")
    assert {"result", "pictures", "how-to-apply-it", "provenance"} <= set(found.anchors)
    assert "cutflow" not in found.anchors
    assert len(found.loads) == 2 + len(fit.pictures)
    for row in fit.thresholds:
        assert row.name in found.text
    # What the terminal shows stands on the page, word by word.
    shown = str(fit).replace("warning:", "").replace("(the one to quote)", "the one to quote")
    assert set(shown.replace("-", " ").split()) <= set(found.text.replace("-", " ").split())
    assert fit.filter_string() in found.text


def test_with_samples_cutflow_variations_and_impacts_are_there(tmp_path: Path) -> None:
    samples = toy()
    fit = gc.fit_cuts(
        gc.Selection("x > ?"),
        samples,
        objective=gc.objectives.CLs(),
        starts=2,
        max_steps=20,
        folds=2,
        seed=1,
        n_threads=1,
    )
    found = read(page(fit, tmp_path / "page.html", samples))
    assert {"cutflow", "variations-and-fit"} <= set(found.anchors)
    assert "<b>top</b>" in found.text
    assert "b" not in found.tags
    flow = fit.cutflow(samples, folds=True)
    for cells in (row for one in flow.blocks() if isinstance(one, Table) for row in one.rows):
        assert all(" ".join(cell.split()) in found.text for cell in cells)
    model = gc.stats.Model.from_yields(fit.templates(samples, folds=True))
    z = gc.stats.hypotest(1.0, model, "asimov", test_statistic="q0").q ** 0.5
    assert f"significance {z:.4g}." in found.text
    assert "Impacts" in found.text


@pytest.mark.parametrize("kind", ["bins", "scan"])
def test_other_results_have_pages(kind: str, tmp_path: Path) -> None:
    samples = toy()
    result: Any
    if kind == "bins":
        result = gc.fit_binning(gc.Binning("x", 3), samples, objective=gc.objectives.CLs(), seed=1)
    else:
        result = gc.scan_cuts(gc.Selection("x > ?"), samples, efficiencies=[0.5, 0.8], seed=1)
    found = read(result.report(tmp_path / "page.html", samples))
    assert {"result", "pictures", "how-to-apply-it"} <= set(found.anchors)
    assert len(found.loads) >= 2


@pytest.mark.root
def test_the_code_on_the_page_applies_the_result(
    fit: gc.CutResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = pytest.importorskip("ROOT", reason="ROOT is not installed")
    random = np.random.default_rng(5)
    columns = {name: random.normal(0.5, 1, 500) for name in ("x", "y", "noise")}
    monkeypatch.chdir(tmp_path)
    root.RDF.FromNumpy(columns).Snapshot("events", "events.root")
    fit.save("fit.json")
    names: dict[str, Any] = {}
    exec(python_code(fit), names)
    assert names["selected"].Count().GetValue() == fit.mask(columns).sum() > 0


def test_notebooks_show_tables_and_the_overview(fit: gc.CutResult) -> None:
    shown = fit._repr_html_()
    found = Checked(shown)
    assert "table" in found.tags
    assert len(found.loads) == 1
    assert "cuts that did not see" in found.text


def test_blocks_as_html_are_escaped_and_say_what_the_text_says() -> None:
    blocks = [
        Paragraph("a < b & c"),
        Table(["<i>", "n"], [["x", "1"], ["y<2", "2"]], title="T & U", notes="a note"),
        Facts([("Z", "1.5", "quote"), ("p", "2", "")]),
        Warned(["careful <now>"]),
    ]
    found = Checked(as_html(blocks))
    assert found.tags.isdisjoint({"i", "now"})
    for word in as_text(blocks, 100).replace("warning:", "").replace("(quote)", "quote").split():
        assert word in found.text or set(word) == {"-"}
    assert Checked(plain_data({"a": [1, 2.5], "b": {"c": None, "d": [{"e": "<x>"}]}})).text == (
        "a 1, 2.5 b c - d e <x>"
    )


def test_a_page_ends_in_html(fit: gc.CutResult, tmp_path: Path) -> None:
    with pytest.raises(gc.DeclarationError, match=r"a page is HTML"):
        fit.report(tmp_path / "page.pdf")
    assert not list(tmp_path.iterdir())


def test_a_file_that_exists_is_replaced(fit: gc.CutResult, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    target.write_text("old")
    first = fit.report(target).read_text()
    assert first.startswith("<!DOCTYPE html>")
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]
