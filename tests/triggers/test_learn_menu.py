"""Menus learned within one total rate, from samples to files and filters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from gradcut.errors import DataError, DeclarationError, SchemaError, UnattainableError
from gradcut.triggers import Line, Menu, count_menu, crossings, learn_menu
from triggers.toy_menu import CROSSINGS, samples, toy

TABLES = toy(20_000, 1000)
LINES: dict[str, Any] = {
    "EG": gc.Selection("eg_pt > ?"),
    "MU": gc.Selection("mu_pt > ?"),
    "HT": Line(gc.Selection("ht > ?", "met > ?"), max_rate=150e3),
}
STEPS = {"EG.eg_pt": 0.5, "MU.mu_pt": 0.5, "HT.ht": 5.0, "HT.met": 1.0}
RATE = 600e3


@pytest.fixture(scope="module")
def menu() -> Menu:
    return learn_menu(LINES, samples(TABLES), rate=RATE, steps=STEPS, starts=2, seed=3)


def passed(one: dict[str, np.ndarray], values: dict[str, float]) -> np.ndarray:
    return np.array(
        [
            one["eg_pt"] > values["EG.eg_pt"],
            one["mu_pt"] > values["MU.mu_pt"],
            (one["ht"] > values["HT.ht"]) & (one["met"] > values["HT.met"]),
        ]
    )


def test_total_rate_is_kept_where_it_learned_and_counted_where_it_did_not(menu: Menu) -> None:
    assert menu.used.total.value <= RATE * (1 + 1e-9)
    # One step looser anywhere would exceed it, or be no better.
    assert menu.used.total.value > 0.97 * RATE
    assert menu.unused is not None
    assert menu.unused.total.value == pytest.approx(RATE, abs=5 * menu.unused.total.error)
    for name, value in menu.values.items():
        assert value / STEPS[name] == pytest.approx(round(value / STEPS[name]), abs=1e-9)
    assert menu.used.lines[2].total.value <= 150e3 * (1 + 1e-9)
    # Both together are all events: a quarter judged.
    whole = count_menu(LINES, samples(TABLES), menu.values)
    inside = passed(TABLES["zero bias"], dict(menu.values)).any(0).mean() * CROSSINGS
    assert whole.used.total.value == pytest.approx(inside)
    assert 0.75 * menu.used.total.value + 0.25 * menu.unused.total.value == pytest.approx(inside, rel=0.02)


def test_learned_menu_beats_equal_shares_on_unused_events(menu: Menu) -> None:
    zero = TABLES["zero bias"]
    rank = int(RATE / 3 / CROSSINGS * 20_000)
    equal = {
        "EG.eg_pt": float(np.sort(zero["eg_pt"])[-rank]),
        "MU.mu_pt": float(np.sort(zero["mu_pt"])[-rank]),
        "HT.ht": float(np.sort(zero["ht"])[-rank]),
        "HT.met": -1.0,
    }
    others = count_menu(LINES, samples(TABLES), equal)
    assert others.used.total.value <= RATE
    assert menu.counts.value > others.used.value


def test_prescale_of_a_useless_line_makes_room_for_the_others() -> None:
    lines = {"EG": gc.Selection("eg_pt > ?"), "RANDOM": Line(gc.Selection("met > 5"), prescale=100)}
    fixed = 0.01 * (TABLES["zero bias"]["met"] > 5).mean() * CROSSINGS
    menu = learn_menu(lines, samples(TABLES), rate=fixed + 200e3, starts=1)
    assert menu.used.lines[1].total.value == pytest.approx(fixed, rel=0.05)
    assert menu.used.lines[1].passed.value == pytest.approx(100 * menu.used.lines[1].total.value)
    tighter = learn_menu(
        {**lines, "RANDOM": Line(lines["RANDOM"].selection, prescale=70)},
        samples(TABLES),
        rate=fixed + 200e3,
        starts=1,
    )
    assert tighter.values["EG.eg_pt"] > menu.values["EG.eg_pt"]
    # Without steps a threshold lies between two events: the rate is used up to one event of the 15,000.
    assert fixed + 200e3 - menu.used.total.value < 1.5 * CROSSINGS / 15_000


def test_worst_signal_is_better_than_in_a_menu_for_the_mean(menu: Menu) -> None:
    worst = learn_menu(LINES, samples(TABLES), rate=RATE, steps=STEPS, combine="worst", starts=1, seed=3)

    def least(one: Menu) -> float:
        return min(row.efficiency.value for row in one.used.signals)

    assert least(worst) == worst.used.value
    assert least(worst) > least(menu)
    assert menu.used.value > np.mean([row.efficiency.value for row in worst.used.signals])


def test_weight_of_a_signal_draws_the_rate_to_it(menu: Menu) -> None:
    only = learn_menu(
        LINES,
        samples(TABLES),
        rate=RATE,
        steps=STEPS,
        weights={"h_mumu": 0, "susy": 0},
        starts=1,
        bounds={"MU.mu_pt": (2, 500)},
        fix={"HT.met": 10},
    )
    assert only.used.value == only.used.signals[0].efficiency.value > menu.used.signals[0].efficiency.value
    assert only.values["HT.met"] == 10
    assert only.values["MU.mu_pt"] >= 2


def test_lines_and_their_union_are_applied(menu: Menu) -> None:
    zero = TABLES["zero bias"]
    lines = passed(zero, dict(menu.values))
    assert (menu.mask(zero) == lines.any(0)).all()
    for number, name in enumerate(LINES):
        one = menu.line(name)
        assert (one.mask(zero) == lines[number]).all()
    assert menu.line("HT").prescale == 1
    assert menu.line("EG").filter_string() == f"eg_pt > {menu.values['EG.eg_pt']:g}"
    assert menu.filter_string().count("||") == 2
    assert "overlap" not in str(menu)
    assert "cumulative" in str(menu)
    with pytest.raises(DeclarationError, match=r"each line has its own(.|\n)*line\('EG'\)"):
        menu.cutflow(samples(TABLES))
    with pytest.raises(DeclarationError, match="no cuts for every fold"):
        menu.mask(zero, folds=True)
    final = menu.line("HT").cutflow(samples(TABLES)).of("zero bias").final
    assert final.sum_w == pytest.approx(lines[2].sum() * CROSSINGS / 20_000)


@pytest.mark.root
def test_rdataframe_accepts_the_same_events(menu: Menu, ROOT: Any) -> None:  # noqa: N803
    df = ROOT.RDF.FromNumpy(TABLES["zero bias"])
    assert menu.apply(df).Count().GetValue() == menu.mask(TABLES["zero bias"]).sum()
    muon = menu.line("MU")
    assert (
        muon.define(df, "mu_line").Filter("mu_line").Count().GetValue()
        == muon.mask(TABLES["zero bias"]).sum()
    )


def test_file_holds_the_menu(menu: Menu, tmp_path: Path) -> None:
    menu.save(tmp_path / "menu.json")
    loaded = Menu.load(tmp_path / "menu.json")
    assert loaded == menu
    assert str(loaded) == str(menu)
    assert loaded.lines["HT"].max_rate == 150e3
    document = json.loads((tmp_path / "menu.json").read_text())
    document["content"]["values"]["MU.mu_pt"] += 1
    (tmp_path / "menu.json").write_text(json.dumps(document))
    with pytest.raises(SchemaError, match="not those of the selection and its values"):
        Menu.load(tmp_path / "menu.json")
    document["content"]["lines"]["MU"]["prescale"] = 0
    (tmp_path / "menu.json").write_text(json.dumps(document))
    with pytest.raises(SchemaError, match="a prescale is a number from 1 on"):
        Menu.load(tmp_path / "menu.json")


def test_same_seed_gives_the_same_menu() -> None:
    one, other = (
        learn_menu({"EG": LINES["EG"], "MU": LINES["MU"]}, samples(TABLES), rate=RATE, starts=2, seed=3)
        for _ in range(2)
    )
    assert one == other


def test_interrupted_menu_is_within_its_rate() -> None:
    def stop(progress: object) -> None:
        raise KeyboardInterrupt

    menu = learn_menu(LINES, samples(TABLES), rate=RATE, progress=stop, starts=2)
    assert menu.status == "interrupted"
    assert 0 < menu.used.total.value <= RATE * (1 + 1e-9)


def test_missing_values_fail_or_pass_as_the_selection_says() -> None:
    tables = {name: {k: v.copy() for k, v in one.items()} for name, one in toy(2000, 200).items()}
    for one in tables.values():
        one["mu_pt"][::4] = np.nan
    for missing, want in (("fail", 0), ("pass", 500)):
        lines = {"MU": gc.Selection("mu_pt > ?", missing=missing)}  # type: ignore[arg-type]
        counted = count_menu(lines, samples(tables), {"MU.mu_pt": 1e9})
        assert counted.used.total.value == pytest.approx(want * CROSSINGS / 2000)
        assert counted.mask(tables["zero bias"]).sum() == want


def test_signal_of_few_events_is_not_divided_and_said() -> None:
    tables = toy(3000, 100)
    tables["susy"] = {k: v[:30] for k, v in tables["susy"].items()}
    menu = learn_menu({"EG": gc.Selection("eg_pt > ?")}, samples(tables), rate=2e6, starts=1)
    assert any("'susy' has fewer than 50 events" in warning for warning in menu.warnings)


def test_variations_that_do_not_enter_are_said() -> None:
    declared = samples(toy(500, 100))
    declared.vary("SCALE", weight=("1.1 * w", "0.9 * w"), processes="susy")
    counted = count_menu({"EG": gc.Selection("eg_pt > 10")}, declared)
    assert counted.warnings == ("rates and efficiencies are nominal, without the variations SCALE",)


def test_crossings() -> None:
    assert crossings(2000)["xsec"] == 2000 * 11245.5
    assert crossings(rate=40e6) == {"weight": 1.0, "xsec": 40e6, "lumi": 1.0, "sumw": "auto"}
    for wrong in ({}, {"bunches": 2, "rate": 1.0}, {"rate": -1}):
        with pytest.raises(DeclarationError, match="one positive number"):
            crossings(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("lines", "settings", "message"),
    [
        ({}, {}, "mapping of names to selections"),
        ({"A": "eg_pt > ?"}, {}, "a line is a gc.Selection"),
        ({"A": gc.Selection("eg_pt > 3")}, {}, "nothing is left open"),
        ({"A": gc.Selection("eg_pt > ? || mu_pt > ?")}, {}, r"simple cut(.|\n)*line 'A'"),
        ({"A": gc.Selection("? < eg_pt < ?")}, {}, r"one-sided(.|\n)*line 'A'"),
        (
            {"A": gc.Selection("eg_pt > ?t"), "B": gc.Selection("met < ?t")},
            {},
            "tightens one line and loosens",
        ),
        (LINES, {"rate": 0}, "positive number of Hz"),
        (LINES, {"starts": 0}, "integer from 1 on"),
        (LINES, {"combine": "best"}, "'mean', 'worst'"),
        (LINES, {"combine": "worst", "weights": {"susy": 1}}, "has no weights"),
        (LINES, {"weights": {"sus": 1}}, r"no signal is called 'sus'(.|\n)*susy"),
        (LINES, {"steps": {"EG.pt": 1}}, r"no threshold is called 'EG.pt'(.|\n)*EG.eg_pt"),
        (LINES, {"steps": {"EG.eg_pt": 0}}, "is a positive number"),
        (LINES, {"bounds": {"EG.eg_pt": (30, 20)}}, r"contradict each other(.|\n)*30 to 20"),
        (LINES, {"bounds": {"EG.eg_pt": 30}}, "two numbers"),
        (
            LINES,
            {"bounds": {"EG.eg_pt": (20.1, 20.4)}, "steps": {"EG.eg_pt": 0.5}},
            r"no step of 'EG.eg_pt'(.|\n)*20.1 to 20.4",
        ),
        (LINES, {"bounds": {"HT.met": (1, 2)}, "fix": {"HT.met": 10}}, "is fixed and has bounds"),
        ({"A": gc.Selection("eg_pt > ?")}, {"fix": {"A.eg_pt": 3}}, "all thresholds are fixed"),
    ],
)
def test_what_does_not_fit_together_is_said(lines: Any, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        learn_menu(lines, samples(toy(300, 60)), **{"rate": RATE, **settings})


def test_lines_are_checked() -> None:
    with pytest.raises(DeclarationError, match="a prescale is a number from 1 on"):
        Line(gc.Selection("x > ?"), prescale=0.5)
    with pytest.raises(DeclarationError, match="max_rate"):
        Line(gc.Selection("x > ?"), max_rate=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"rate": 500.0}, r"single zero-bias event(.|\n)*given: 500 Hz(.|\n)*from 20\d\d\.?\d* Hz"),
        (
            {"rate": 10e3, "bounds": {"EG.eg_pt": (1, 2)}},
            r"even the tightest thresholds exceed the total rate(.|\n)*EG.eg_pt at 2",
        ),
        (
            {"rate": 30e6, "bounds": {"HT.ht": (0, 20), "HT.met": (0, 1)}},
            r"exceed the max_rate of a line(.|\n)*line 'HT'(.|\n)*given: 150000 Hz",
        ),
    ],
)
def test_rate_that_cannot_be_kept_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UnattainableError, match=message):
        learn_menu(LINES, samples(TABLES), **{"rate": RATE, **settings})


def test_signal_that_passes_nothing_is_said() -> None:
    tables = {name: dict(one) for name, one in toy(2000, 200).items()}
    tables["susy"]["eg_pt"] = np.full(200, np.nan, dtype=np.float32)
    with pytest.raises(DataError, match=r"passes no line(.|\n)*'susy'"):
        learn_menu({"EG": gc.Selection("eg_pt > ?")}, samples(tables), rate=1e6)
    only = gc.Samples(weight="w", event="event")
    only.add("zero bias", tables["zero bias"], role="background", **crossings(rate=CROSSINGS))
    with pytest.raises(DeclarationError, match="a menu needs a signal"):
        learn_menu({"EG": gc.Selection("eg_pt > ?")}, only, rate=1e6)
