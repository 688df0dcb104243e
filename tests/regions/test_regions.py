"""Regions learned together: disjoint, with thresholds of their own and shared ones."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.engines import CpuEngine, collect
from gradcut.errors import DataError, DeclarationError, SchemaError
from gradcut.fitting.events import HardEvents
from gradcut.regions import Regions
from gradcut.regions.json_form import selection_from_json

QUICK: dict[str, Any] = {"starts": 3, "max_steps": 30, "n_threads": 1}
#: All events are learned from.
ALL: dict[str, Any] = {"split": gc.Split(1.0, 0.0, 0.0), **QUICK}
REGIONS = Regions(
    {
        "SR1": gc.Selection("njet == 1", "met > ?met", "mt > ?"),
        "SR2": gc.Selection("njet >= 2", "met > ?met", "? < mll < ?"),
    },
    disjoint=True,
)


def table(seed: int, n: int, weight: float, signal: bool) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "met": rng.gamma(3 if signal else 1.5, 60, n).astype(np.float32),
        "mt": np.where(rng.random(n) < 0.1, np.nan, rng.gamma(3 if signal else 2, 40, n)).astype(np.float32),
        "mll": rng.normal(91 if signal else 100, 8 if signal else 30, n).astype(np.float32),
        "njet": rng.poisson(1.5 if signal else 1.2, n).astype(np.int32),
        "w": weight * rng.uniform(0.5, 1.5, n),
        "event": np.arange(n) + 10**6 * seed,
    }


TABLES = {"susy": table(1, 2000, 0.015, signal=True), "ww": table(2, 4000, 0.75, signal=False)}


def samples(tables: dict[str, dict[str, np.ndarray]] | None = None) -> gc.Samples:
    made = gc.Samples(weight="w", event="event")
    for name, one in (tables or TABLES).items():
        made.add(name, one, role="signal" if name == "susy" else "background")
    return made


def passed(one: dict[str, np.ndarray], values: dict[str, float]) -> dict[str, np.ndarray]:
    """The regions by a slow and obvious reading of their declaration."""
    with np.errstate(invalid="ignore"):
        return {
            "SR1": (one["njet"] == 1) & (one["met"] > values["met"]) & (one["mt"] > values["SR1.mt"]),
            "SR2": (one["njet"] >= 2)
            & (one["met"] > values["met"])
            & (one["mll"] > values["SR2.mll:low"])
            & (one["mll"] < values["SR2.mll:high"]),
        }


def test_names_are_shared_where_they_are_given_and_belong_to_a_region_elsewhere() -> None:
    assert REGIONS.parameters == ("met", "SR1.mt", "SR2.mll:low", "SR2.mll:high")
    assert REGIONS.names["SR2"] == {"met": "met", "mll:low": "SR2.mll:low", "mll:high": "SR2.mll:high"}
    assert REGIONS.columns == ("njet", "met", "mt", "mll")
    assert REGIONS.kernel_spec().parameters == REGIONS.parameters
    assert REGIONS.region_of_cut == ("SR1", "SR1", "SR2", "SR2")


@pytest.mark.parametrize("seed", range(3))
def test_hard_yields_of_every_region_are_those_of_a_slow_loop(seed: int) -> None:
    tables = collect(REGIONS, samples())
    assert tables.channels == ("SR1", "SR2")
    rng = np.random.default_rng(seed)
    low = rng.uniform(60, 100)
    values = dict(
        zip(
            REGIONS.parameters,
            [rng.uniform(50, 300), rng.uniform(20, 150), low, low + rng.uniform(1, 60)],
            strict=True,
        )
    )
    point = np.array([list(values.values())])
    yields = HardEvents(REGIONS.kernel_spec(), tables).yields(point)
    widths = np.full((1, 4), 10.0)
    by_engine = CpuEngine(REGIONS.kernel_spec(), tables).hard_yields(np.hstack([point, widths]))
    for p, one in enumerate(TABLES.values()):
        for c, inside in enumerate(passed(one, values).values()):
            want = inside.sum(), one["w"][inside].sum(), (one["w"][inside] ** 2).sum()
            for found in (yields, by_engine):
                assert [float(m[0, c, p, 0, 0]) for m in found.moments] == pytest.approx(want)


def test_smooth_cuts_of_other_regions_do_nothing() -> None:
    tables = collect(REGIONS, samples())
    engine = CpuEngine(REGIONS.kernel_spec(), tables, precision="float64")
    one = engine.yields([150.0, 80.0, 70.0, 110.0, 20.0, 10.0, 20.0, 5.0]).moments.sum_w
    other = engine.yields([150.0, 99.0, 70.0, 110.0, 20.0, 30.0, 20.0, 5.0]).moments.sum_w
    assert (one[:, 1] == other[:, 1]).all()
    assert (one[:, 0] > other[:, 0]).all()
    alone = gc.Selection("met > ?", "mt > ?")
    susy = {k: v[TABLES["susy"]["njet"] == 1] for k, v in TABLES["susy"].items()}
    ww = {k: v[TABLES["ww"]["njet"] == 1] for k, v in TABLES["ww"].items()}
    single = CpuEngine(
        alone.kernel_spec(), collect(alone, samples({"susy": susy, "ww": ww})), precision="float64"
    )
    assert one[0, 0, :, 0, 0] == pytest.approx(
        single.yields([150.0, 80.0, 20.0, 10.0]).moments.sum_w[0, 0, :, 0, 0]
    )


def test_fit_of_regions_adds_their_significances_in_quadrature() -> None:
    objective = gc.objectives.AsimovSignificance(0.2)
    fit = gc.fit_cuts(REGIONS, samples(), objective=objective, folds=2, **QUICK)
    total = 0.0
    for region, inside in zip(
        REGIONS.selections,
        zip(*(passed(t, fit.values).values() for t in TABLES.values()), strict=True),
        strict=True,
    ):
        s, b = (t["w"][i].sum() for t, i in zip(TABLES.values(), inside, strict=True))
        w = TABLES["ww"]["w"]
        mean = w[(TABLES["ww"]["njet"] == 1) if region == "SR1" else (TABLES["ww"]["njet"] >= 2)].mean()
        variance = (0.2 * b) ** 2 + max((w[inside[1]] ** 2).sum(), (1.1479 * mean) ** 2)
        total += float(gc.stats.asimov_significance(s, b, np.sqrt(variance)).z) ** 2
        cuts = fit.region(region)
        for one, own in zip(TABLES.values(), inside, strict=True):
            assert (cuts.mask(one) == own).all()
        rows = {row.process: row for row in cuts.processes}
        assert rows["susy"].used == pytest.approx(s)
        assert rows["ww"].used == pytest.approx(b)
        # With folds each event is selected by the cuts that did not see it.
        entries = [int(cuts.mask(one, folds=True).sum()) for one in TABLES.values()]
        assert [row.unused_entries for row in cuts.processes] == entries
    assert fit.scores.used == pytest.approx(np.sqrt(total), rel=1e-4)
    assert fit.scores.used > 1.3 * start_of(objective)
    for one in TABLES.values():
        assert (fit.mask(one) == np.any(list(passed(one, fit.values).values()), axis=0)).all()
    missing = np.isnan(np.concatenate([t["mt"] for t in TABLES.values()]))
    in_sr1 = np.concatenate([t["njet"] == 1 for t in TABLES.values()])
    assert fit.threshold("SR1.mt").missing == (missing & in_sr1).sum()
    assert fit.threshold("SR2.mll:low").missing == 0
    assert "SR2" in str(fit)


def start_of(objective: gc.objectives.Objective) -> float:
    events = HardEvents(REGIONS.kernel_spec(), collect(REGIONS, samples()))
    return float(objective.hard(events.yields(np.array([[-np.inf, -np.inf, -np.inf, np.inf]])))[0])


def test_shared_threshold_is_as_good_as_trying_all() -> None:
    rng = np.random.default_rng(3)
    tables = {}
    for name, n, weight, p in (("susy", 1500, 0.02, 0.6), ("ww", 3000, 0.5, 0.4)):
        made = {f: rng.binomial(9, p, n).astype(np.float32) for f in ("met", "mt")}
        tables[name] = {**made, "njet": rng.integers(1, 3, n), "w": np.full(n, weight), "event": np.arange(n)}
    regions = Regions(
        {f"SR{k}": gc.Selection(f"njet == {k}", "met > ?met", "mt > ?") for k in (1, 2)}, disjoint=True
    )
    objective = gc.objectives.AsimovSignificance(0.2)
    fit = gc.fit_cuts(regions, samples(tables), objective=objective, folds=2, n_threads=1)
    events = HardEvents(regions.kernel_spec(), collect(regions, samples(tables)))
    grid = [-np.inf, *np.arange(0.5, 9)]
    best = objective.hard(events.yields(np.array(list(product(grid, repeat=3))))).max()
    assert fit.scores.used >= 0.97 * best


def test_regions_of_channels_read_the_events_of_their_channel() -> None:
    made = gc.Samples(weight="w", event="event")
    for name, one in TABLES.items():
        for channel, inside in (("SR1", one["njet"] == 1), ("SR2", one["njet"] >= 2)):
            # mt is a column of one channel, mll of the other.
            absent = "mll" if channel == "SR1" else "mt"
            columns = {k: v[inside] for k, v in one.items() if k != absent}
            made.add(name, columns, role="signal" if name == "susy" else "background", channel=channel)
    whole, parts = collect(REGIONS, samples()), collect(REGIONS, made)
    point = np.array([[120.0, 60.0, 75.0, 105.0]])
    one, other = (HardEvents(REGIONS.kernel_spec(), t).yields(point) for t in (whole, parts))
    for first, second in zip(one.moments, other.moments, strict=True):
        assert first == pytest.approx(second)
    assert one.layout.total_sum_w == pytest.approx(other.layout.total_sum_w)
    with pytest.raises(DeclarationError, match=r"same names(.|\n)*A, SR2(.|\n)*channels SR1, SR2"):
        collect(Regions({"A": REGIONS["SR1"], "SR2": REGIONS["SR2"]}), made)


def test_efficiencies_are_over_the_events_of_all_regions() -> None:
    fit = gc.fit_cuts(REGIONS, samples(), objective=gc.objectives.EfficiencyLoss(0.5), **ALL)
    susy = TABLES["susy"]
    total = susy["w"][susy["njet"] >= 1].sum()
    assert 0.5 <= susy["w"][fit.mask(susy)].sum() / total < 0.502


def test_direction_of_a_cut_is_learned_in_a_region() -> None:
    regions = Regions(
        {
            "SR1": gc.Selection("njet == 1", gc.Cut("met", "either")),
            "SR2": gc.Selection("njet >= 2", gc.Cut("mt", "either"), "met > ?"),
        }
    )
    fit = gc.fit_cuts(regions, samples(), split=gc.Split(0.5, 0.25, 0.25), **QUICK)
    for low, high in (("SR1.met:low", "SR1.met:high"), ("SR2.mt:low", "SR2.mt:high")):
        assert fit.values[high] == np.inf
        assert fit.values[low] < np.inf


def test_correlated_significance_takes_regions_together() -> None:
    declared = gc.Samples(weight="w", event="event")
    declared.add("susy", TABLES["susy"], role="signal")
    declared.add("ww", TABLES["ww"], role="background", norm_uncertainty=0.3)
    objective = gc.objectives.CorrelatedSignificance(mc_stat=False)
    fit = gc.fit_cuts(REGIONS, declared, objective=objective, **ALL)
    s, b = (
        np.array([one["w"][inside].sum() for inside in passed(one, fit.values).values()])
        for one in TABLES.values()
    )
    covariance = np.diag(b) + 0.3**2 * np.outer(b, b)
    assert fit.scores.used == pytest.approx(np.sqrt(s @ np.linalg.solve(covariance, s)), rel=1e-6)


def test_budget_of_all_regions_together() -> None:
    objective = gc.objectives.SignalEfficiency().within(max_background=60)
    fit = gc.fit_cuts(REGIONS, samples(), objective=objective, **ALL)
    ww = TABLES["ww"]
    assert 55 < ww["w"][fit.mask(ww)].sum() <= 60


def test_events_in_two_regions_are_counted_where_regions_are_to_be_disjoint() -> None:
    overlapping = {"A": gc.Selection("njet >= 1", "met > ?"), "B": gc.Selection("njet <= 2", "mt > ?")}
    both = {name: int(((t["njet"] >= 1) & (t["njet"] <= 2)).sum()) for name, t in TABLES.items()}
    with pytest.raises(DataError, match=rf"'A' and 'B'(.|\n)*{both['susy']} of 'susy', {both['ww']} of 'ww'"):
        collect(Regions(overlapping, disjoint=True), samples())
    assert collect(Regions(overlapping), samples()).channels == ("A", "B")


@pytest.mark.parametrize(
    ("low", "high", "disjoint"),
    [("met > ?m", "met <= ?m", True), ("met >= ?m", "met < ?m", True), ("met >= ?m", "met <= ?m", False)],
)
def test_one_threshold_from_both_sides_parts_regions(low: str, high: str, disjoint: bool) -> None:
    regions = Regions({"A": gc.Selection(low), "B": gc.Selection(high, "mt > ?")}, disjoint=True)
    if not disjoint:
        with pytest.raises(DataError, match="in two regions"):
            collect(regions, samples())
        return
    fit = gc.fit_cuts(regions, samples(), **ALL)
    for one in TABLES.values():
        assert not (fit.region("A").mask(one) & fit.region("B").mask(one)).any()


def test_file_holds_the_regions(tmp_path: Path) -> None:
    fit = gc.fit_cuts(REGIONS, samples(), folds=2, **QUICK)
    fit.save(tmp_path / "fit.json")
    loaded = gc.CutResult.load(tmp_path / "fit.json")
    assert loaded == fit
    assert str(loaded) == str(fit)
    assert loaded.selection.disjoint
    assert loaded.region("SR1").filter_string() == fit.region("SR1").filter_string()
    again = loaded.refit(samples=samples())
    assert again.values == fit.values
    rounded = fit.rounded(max_loss=0.05)
    assert rounded.scores.used >= 0.95 * fit.scores.used


def test_variations_are_those_of_every_region() -> None:
    tables = {name: dict(one) for name, one in TABLES.items()}
    for one in tables.values():
        one["met_up"], one["w_up"] = one["met"] * np.float32(1.2), one["w"] * 1.1
        one["njet_up"] = one["njet"] + (one["event"] % 3 == 0)  # moves between the regions
    made = samples(tables)
    made.vary("JES", suffix="_up")
    values = {"met": 120.0, "SR1.mt": 60.0, "SR2.mll:low": 75.0, "SR2.mll:high": 105.0}
    events = HardEvents(REGIONS.kernel_spec(), collect(REGIONS, made))
    sums = events.yields(np.array([list(values.values())])).moments.sum_w
    for p, one in enumerate(tables.values()):
        varied = {**one, **{k[:-3]: v for k, v in one.items() if k.endswith("_up")}}
        for v, table_ in enumerate((one, varied)):
            for c, inside in enumerate(passed(table_, values).values()):
                assert sums[0, c, p, v, 0] == pytest.approx(table_["w"][inside].sum())


def test_bootstrap_resamples_the_events_of_regions() -> None:
    fit = gc.fit_cuts(REGIONS, samples(), folds=2, starts=2, max_steps=12, n_threads=1)
    stability = fit.bootstrap(2, seed=1)
    assert not stability.failures
    assert [replica.values.keys() for replica in stability.replicas] == 2 * [fit.values.keys()]
    assert stability.replicas[0].values != stability.replicas[1].values


def test_cutflow_is_that_of_a_region() -> None:
    fit = gc.fit_cuts(REGIONS, samples(), split=gc.Split(0.5, 0.25, 0.25), **QUICK)
    for region in ("SR1", "SR2"):
        final = fit.region(region).cutflow(samples()).of("ww").final
        inside = passed(TABLES["ww"], fit.values)[region]
        assert final.entries == inside.sum()
        assert final.sum_w == pytest.approx(TABLES["ww"]["w"][inside].sum())
    with pytest.raises(DeclarationError, match=r"each region has its own(.|\n)*region\('SR1'\)"):
        fit.cutflow(samples())


@pytest.mark.root
def test_rdataframe_selects_the_same_events(ROOT: Any, tmp_path: Path) -> None:  # noqa: N803
    fit = gc.fit_cuts(REGIONS, samples(), folds=2, **QUICK)
    df = ROOT.RDF.FromNumpy(TABLES["ww"])
    assert fit.apply(df).Count().GetValue() == fit.mask(TABLES["ww"]).sum()
    assert fit.apply(df, folds=True).Count().GetValue() == fit.mask(TABLES["ww"], folds=True).sum()
    fit.save(tmp_path / "regions.json")
    loaded = ROOT.GradCut.LoadCuts(str(tmp_path / "regions.json"))  # without Python
    assert loaded.Apply(ROOT.RDF.AsRNode(df)).Count().GetValue() == fit.mask(TABLES["ww"]).sum()
    sr2 = fit.region("SR2")
    assert sr2.apply(df).Count().GetValue() == sr2.mask(TABLES["ww"]).sum()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Regions({}), "mapping of names to selections"),
        (lambda: Regions({"a b": gc.Selection("x > ?")}), "a word"),
        (lambda: Regions({"A": "x > ?"}), "is a gc.Selection"),
        (
            lambda: Regions({"A": gc.Selection("x > ?"), "B": gc.Selection("x > ?", missing="pass")}),
            "'missing' is the same in all",
        ),
        (
            lambda: Regions({"A": gc.Selection("x > ? || y > ?")}).kernel_spec(),
            "every requirement is a simple cut",
        ),
        (
            lambda: Regions({"A": gc.Selection("count(x > ?) >= 2")}).kernel_spec(),
            "every requirement is a simple cut",
        ),
        (lambda: Regions({"A": gc.Selection("x > 1")}).kernel_spec(), "nothing is left open"),
        (lambda: REGIONS["SR3"], r"no region 'SR3'(.|\n)*SR1"),
    ],
)
def test_what_cannot_be_declared_is_said(make: Any, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        make()


def test_other_bad_input_is_said() -> None:
    nothing = Regions({"A": gc.Selection("njet >= 1", "met > ?"), "B": gc.Selection("njet > 99", "met > ?")})
    with pytest.raises(DataError, match=r"no event of the signal(.|\n)*region 'B'(.|\n)*njet > 99"):
        collect(nothing, samples())
    with pytest.raises(DeclarationError, match="working points are those of one selection"):
        gc.scan_cuts(REGIONS, samples(), efficiencies=[0.5])
    plain = gc.fit_cuts(gc.Selection("met > ?"), samples(), **ALL)
    with pytest.raises(DeclarationError, match="has no regions"):
        plain.region("SR1")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"disjoint": "yes"}, "true or false"),
        ({"more": 1}, "other entries"),
        ({"regions": {"a b": gc.Selection("x > ?").to_json()}}, "a word"),
        ({"regions": {"A": {}}}, "another version"),
    ],
)
def test_damaged_file_is_refused(change: dict[str, object], message: str) -> None:
    assert selection_from_json(REGIONS.to_json()) == REGIONS
    with pytest.raises(SchemaError, match=message):
        selection_from_json({**REGIONS.to_json(), **change})
