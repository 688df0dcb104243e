"""Cuts on a cluster are those of the event loop: yields, derivatives, splits, variations, errors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from cluster import preparations
from engines import toy
from gradcut.cluster import runner as runner_module
from gradcut.engines import DaskEngine, EventLoopEngine
from gradcut.errors import DataError, DeclarationError, GradcutError
from gradcut.yields import Moments

pytestmark = [pytest.mark.root, pytest.mark.dask]

POINTS = np.array([toy.POINT, toy.POINT]) * np.array([[1.0], [1.01]])


def compare(selection: gc.Selection, samples: gc.Samples, points: np.ndarray, **settings: Any) -> DaskEngine:
    """Compare with the event loop to the last digits that another order of the sums leaves."""
    client, chunk = settings.pop("client"), settings.pop("chunk", 400)
    mine = DaskEngine(selection, samples, client=client, chunk=chunk, precision="float64", **settings)
    loop = EventLoopEngine(selection, samples, precision="float64", **settings)
    assert mine.layout.variations == loop.layout.variations
    for name in ("total_sum_w", "total_entries", "mean_weight", "largest_weight", "present"):
        np.testing.assert_allclose(getattr(mine.layout, name), getattr(loop.layout, name), rtol=1e-12)
    a, b = mine.evaluate(points), loop.evaluate(points)
    for x, y in zip(a.yields.moments, b.yields.moments, strict=True):
        assert y.any()
        np.testing.assert_allclose(x, y, rtol=1e-12)
    cotangents = Moments(*(np.random.default_rng(1).normal(size=m.shape) for m in a.yields.moments))
    expected = b.vjp(cotangents)
    np.testing.assert_allclose(a.vjp(cotangents), expected, rtol=1e-10, atol=1e-12 * abs(expected).max())
    hard = mine.hard_yields(points).moments, loop.hard_yields(points).moments
    for x, y in zip(*hard, strict=True):
        np.testing.assert_allclose(x, y, rtol=1e-12)
    return mine


def test_yields_and_derivatives_are_those_of_the_event_loop(client: Any, files: dict[str, str]) -> None:
    engine = compare(toy.SELECTION, toy.samples(files), POINTS, client=client)
    hard = engine.hard_yields(toy.POINT)
    for process, channel in (("susy", "SR"), ("ww", "CR"), ("top", "SR")):
        for variation in hard.layout.variations:
            got = hard.of(process, channel=channel, variation=variation)
            want = toy.slow_hard_yields(process, channel, variation, toy.VALUES)
            assert [float(m[0, 0]) for m in got] == pytest.approx(want, rel=1e-6)


def test_one_chunk_per_file_gives_the_bits_of_the_event_loop(client: Any, files: dict[str, str]) -> None:
    samples = toy.samples(files)
    for precision in ("float64", "float32"):
        mine = DaskEngine(toy.SELECTION, samples, client=client, precision=precision).evaluate(POINTS)
        loop = EventLoopEngine(toy.SELECTION, samples, precision=precision).evaluate(POINTS)
        for x, y in zip(mine.yields.moments, loop.yields.moments, strict=True):
            np.testing.assert_array_equal(x, y)
        cotangents = Moments(*(np.ones(m.shape) for m in mine.yields.moments))
        np.testing.assert_array_equal(mine.vjp(cotangents), loop.vjp(cotangents))


def test_parts_of_splits_are_the_same_parts(client: Any, files: dict[str, str]) -> None:
    samples = toy.samples(files)
    for split, part in (
        (gc.Split(train=0.5, select=0.2, test=0.3, seed=5), "train"),
        (gc.Split(by="event % 4", train=(0, 1), select=(), test=(2, 3)), "test"),
    ):
        compare(toy.SELECTION, samples, POINTS, client=client, split=split, part=part)


def test_prepared_samples_and_files_of_a_variation(client: Any, files: dict[str, str]) -> None:
    samples = gc.Samples(weight="weight", require="presel == 1 && met > 20", sentinels=[3])
    for name in ("susy", "ww"):
        role = "signal" if name == "susy" else "background"
        samples.add(name, files[name], role=role, prepare=preparations.scaled)
    samples.add("top", files["top"], role="background", absent=("scale",), xsec=2.0, lumi=300.0, sumw="auto")
    samples.vary("shower", files={"top": [files["ww"], files["susy"]]})
    selection = gc.Selection("met > ?", "n_jet < ?", sentinels=[3])
    engine = compare(selection, samples, np.array([[80.0, 3.5, 10, 0.4]]), client=client)
    assert set(engine.layout.variations) == {"nominal", "scale:up", "scale:down", "shower:up"}


def test_objects_weights_in_vectors_and_fixed_requirements(
    ROOT: Any,  # noqa: N803
    client: Any,
    tmp_path: Path,
) -> None:
    df = ROOT.RDataFrame(900).Define(
        "x",
        "ROOT::RVecD r; for (int i = 0; i < int(rdfentry_ % 5); ++i) "
        "r.push_back(std::fmod(rdfentry_ * 0.37 + i * 0.61, 2.0)); return r;",
    )
    df = df.Define("y", "std::fmod(rdfentry_ * 0.77, 1.0)").Define("w", "0.5 + y")
    df = df.Define("pdf", "ROOT::RVecD{w * 1.1, w * 0.9, w * (1 + 0.1 * y)}")
    df.Snapshot("events", str(tmp_path / "objects.root"), ["x", "y", "w", "pdf"])
    samples = gc.Samples(weight="w")
    for name, role, require in (("s", "signal", "y > 0.5"), ("b", "background", "y < 0.7")):
        samples.add(name, f"{tmp_path}/objects.root:events", role=role, require=require)
    samples.vary("pdf", weights="pdf")
    selection = gc.Selection("count(x > ?) >= 2", "y < ?", "y > 0.1")
    engine = compare(selection, samples, np.array([[0.4, 0.8, 0.1, 0.05]]), client=client, chunk=123)
    assert "pdf:2" in engine.layout.variations


def test_workers_are_asked_about_a_file_once_however_many_samples_read_it(
    client: Any, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, int]] = []
    run = runner_module.Tasks.run

    def watched(self: Any, function: Any, groups: Any) -> Any:
        seen.append((function.__name__, sum(len(tasks) for _, tasks in groups)))
        return run(self, function, groups)

    monkeypatch.setattr(runner_module.Tasks, "run", watched)
    engine = DaskEngine(toy.SELECTION, toy.samples(files), client=client, chunk=400)
    engine.evaluate(POINTS)
    # 700, 1500 and 900 events, the last two in both channels: each file is read once.
    assert seen == [("look_up", 3), ("count", 2 + 4 + 3), ("sum_up", 2 + 4 + 3)]


def test_what_cannot_travel_is_refused(ROOT: Any, client: Any, files: dict[str, str], tmp_path: Path) -> None:  # noqa: N803
    selection = gc.Selection("met > ?")

    def engine(source: Any, **more: Any) -> DaskEngine:
        samples = gc.Samples(weight="weight")
        samples.add("susy", files["susy"], role="signal")
        samples.add("other", source, role="background", **more)
        return DaskEngine(selection, samples, client=client)

    with pytest.raises(DeclarationError, match=r"(?s)cluster read files.*'other'.*arrays in memory"):
        engine(toy.columns(10, 1, 0.0))
    with pytest.raises(DeclarationError, match=r"(?s)read files.*'other'.*an RDataFrame node.*prepare="):
        engine(ROOT.RDataFrame("events", files["ww"].rpartition(":")[0]))
    with pytest.raises(DeclarationError, match=r"(?s)'prepare' function.*cannot be pickled.*no lambda"):
        engine(files["ww"], prepare=lambda df: df)
    preparations.OTHER[:] = [files["ww"].rpartition(":")[0]]
    with pytest.raises(DeclarationError, match=r"(?s)reads other events.*susy.root, entries 0 to 700"):
        engine(files["susy"], prepare=preparations.other_events)
    samples = {"ww": {"trees": ["events"], "files": [files["ww"].rpartition(":")[0]]}}
    (tmp_path / "spec.json").write_text(json.dumps({"samples": samples, "range": [0, 9]}))
    with pytest.raises(DeclarationError, match=r"(?s)friends or a range.*'other'.*range.*event-loop"):
        engine(str(tmp_path / "spec.json"))


def test_clients_and_chunks_that_cannot_be_are_refused(
    client: Any, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import distributed

    samples, selection = toy.samples(files), toy.SELECTION
    for chunk in (0, 1.5, True):
        with pytest.raises(DeclarationError, match=r"(?s)'chunk' is the number of entries.*1 or more"):
            DaskEngine(selection, samples, client=client, chunk=chunk)  # type: ignore[arg-type]
    with pytest.raises(DeclarationError, match=r"(?s)no client of Dask.*'tcp://nowhere'"):
        DaskEngine(selection, samples, client="tcp://nowhere")
    # The last one is taken.
    assert DaskEngine(selection, samples).layout.processes == ("susy", "ww", "top")

    def nobody() -> Any:
        raise ValueError("No clients found")

    monkeypatch.setattr(distributed, "default_client", nobody)
    with pytest.raises(DeclarationError, match=r"(?s)there is no Dask client.*Client\(cluster\)"):
        DaskEngine(selection, samples)


def test_a_worker_of_another_version_is_named(
    client: Any, files: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gradcut.cluster.versions import Versions

    monkeypatch.setattr(runner_module, "versions", lambda: Versions("0.0.1", "5.34/38", "3.11"))
    with pytest.raises(GradcutError, match=r"(?s)other versions.*worker inproc.*allowed: gradcut 0.0.1"):
        DaskEngine(toy.SELECTION, toy.samples(files), client=client)


def test_errors_of_workers_are_those_of_the_event_loop(ROOT: Any, client: Any, tmp_path: Path) -> None:  # noqa: N803
    bad = np.ones(500)
    bad[433] = np.nan
    for name, columns in (("bad", {"x": np.arange(500.0), "bad": bad}), ("none", {"x": np.zeros(0)})):
        ROOT.RDF.FromNumpy(columns).Snapshot("events", str(tmp_path / f"{name}.root"))
    nan = gc.Samples()
    nan.add("s", f"{tmp_path}/bad.root", role="signal")
    nan.vary("SF", weight=("bad", "2 * bad"))
    engine = DaskEngine(gc.Selection("x > ?"), nan, client=client, chunk=100)
    with pytest.raises(DataError, match=r"(?s)weights are NaN.*process 's'.*variation 'SF:up'"):
        engine.yields([0.0, 1.0])
    empty = gc.Samples()
    empty.add("s", f"{tmp_path}/none.root", role="signal")
    with pytest.raises(DataError, match=r"(?s)no events at all.*process 's'"):
        DaskEngine(gc.Selection("x > ?"), empty, client=client)
