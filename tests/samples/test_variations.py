"""Declared variations: what they read, and what is said where a process lacks one."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.jagged import Jagged
from gradcut.samples import Samples


def declare(signal, background, **add):
    samples = Samples(weight="weight", require="met > 60")
    samples.add("susy", signal, role="signal")
    samples.add("ww", background, role="background", **add)
    return samples


def without(events, *names):
    return {name: column for name, column in events.items() if name not in names}


def test_suffix_one_sided_has_one_tag(signal, background):
    samples = declare(signal, background)
    samples.vary("JES", suffix="_jes_up")
    tables = samples.collect(["met"])
    assert tables.variations == ("nominal", "JES:up")
    assert tables.groups[0].kind == "one-sided"
    np.testing.assert_array_equal(
        tables["all", "ww"].features("JES:up")[0], background["met_jes_up"][tables["all", "ww"].entries]
    )


def test_suffix_changes_expressions_requirement_and_weight():
    columns = {
        "x": np.array([1.0, 5.0]),
        "x_up": np.array([6.0, 5.0]),
        "w": np.array([1.0, 1.0]),
        "w_up": np.array([2.0, 3.0]),
    }
    samples = Samples(weight="2 * w", require="x > 4")
    samples.add("a", columns, role="signal")
    samples.vary("v", suffix="_up")
    table = samples.collect(["x * x"])["all", "a"]
    assert table.mask().tolist() == [False, True]
    assert table.mask("v:up").tolist() == [True, True]
    assert table.features("v:up")[0].tolist() == [36.0, 25.0]
    assert table.weights("v:up").tolist() == [4.0, 6.0]
    assert table.weights().tolist() == [0.0, 2.0]


def test_suffix_one_side_without_the_other_is_an_error_with_the_fix(signal, background):
    samples = declare(signal, without(background, "met_jes_down"))
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    with pytest.raises(DataError) as error:
        samples.collect(["met"])
    text = str(error.value)
    assert "column 'met' has only one side of the variation 'JES'" in text
    assert "'met_jes_up' is there, 'met_jes_down' is not" in text
    assert "suffix='_jes_up'" in text


def test_suffix_that_a_process_lacks_is_an_error_with_the_fix(signal, background):
    samples = declare(signal, without(background, "met_jes_up", "met_jes_down"))
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    with pytest.raises(DataError) as error:
        samples.collect(["met"])
    text = str(error.value)
    assert "a process lacks the variation 'JES'" in text
    assert "process 'ww', channel 'all'" in text
    assert "absent=('JES',)" in text


def test_suffix_declared_absent_leaves_the_process_nominal(signal, background):
    samples = declare(signal, without(background, "met_jes_up", "met_jes_down"), absent="JES")
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    tables = samples.collect(["met"])
    table = tables["all", "ww"]
    assert tables.variations == ("nominal", "JES:up", "JES:down")
    assert table.variations == ("nominal",)
    assert table.weights("JES:up") is table.weights()


def test_suffix_that_no_used_column_has_is_nominal(signal, background):
    # met_jes_up exists, so the variation does; njet does not depend on it.
    samples = Samples()
    samples.add("ww", background, role="background")
    samples.vary("JES", suffix=("_jes_up", "_jes_down"))
    table = samples.collect(["njet"])["all", "ww"]
    assert table.variations == ("nominal", "JES:up", "JES:down")
    assert table.features("JES:up")[0] is table.features()[0]


def test_variation_restricted_to_processes(signal, background):
    samples = declare(signal, without(background, "met_jes_up", "met_jes_down"))
    samples.vary("JES", suffix=("_jes_up", "_jes_down"), processes="susy")
    tables = samples.collect(["met"])
    assert tables["all", "ww"].variations == ("nominal",)
    assert tables["all", "susy"].variations == ("nominal", "JES:up", "JES:down")


def test_weight_relative_multiplies_the_nominal_one(background):
    samples = Samples(weight="weight")
    samples.add("ww", background, role="background")
    samples.vary("k", weight=("1 + 0.1 * njet", "1 - 0.1 * njet"), relative=True)
    table = samples.collect(["met"])["all", "ww"]
    factor = 1 + 0.1 * background["njet"].astype(float)
    np.testing.assert_array_equal(table.weights("k:up"), background["weight"].astype(float) * factor)


def test_weight_that_a_process_lacks_has_close_matches(signal, background):
    samples = declare(signal, without(background, "weight_sf_up"))
    samples.vary("SF", weight=("weight_sf_up", "weight_sf_down"))
    with pytest.raises(
        DataError, match=r"(?s)lacks the variation 'SF'.*no column 'weight_sf_up'; did you mean"
    ):
        samples.collect(["met"])


@pytest.mark.parametrize("kind", ["replicas", "envelope"])
def test_vector_of_weights_has_a_tag_per_element(background, kind):
    samples = Samples(weight="weight", require="met > 60")
    samples.add("ww", background, role="background")
    samples.vary("pdf", weights="pdf", relative=True, kind=kind)
    tables = samples.collect(["met"])
    table = tables["all", "ww"]
    assert tables.groups[0].tags == ("pdf:0", "pdf:1", "pdf:2", "pdf:3")
    assert tables.groups[0].kind == kind
    factors = background["pdf"].values.reshape(-1, 4).astype(float)[table.entries]
    for index in range(4):
        expected = background["weight"].astype(float)[table.entries] * factors[:, index]
        np.testing.assert_array_equal(table.weights(f"pdf:{index}"), expected)


def test_vector_of_weights_chosen_elements(background):
    samples = Samples()
    samples.add("ww", background, role="background")
    samples.vary("scale", weights="pdf", kind="envelope", indices=[3, 1])
    table = samples.collect(["met"])["all", "ww"]
    assert table.variations == ("nominal", "scale:3", "scale:1")
    np.testing.assert_array_equal(table.weights("scale:3"), background["pdf"].values.reshape(-1, 4)[:, 3])


def test_vector_of_weights_too_short_or_uneven_is_an_error(background):
    samples = Samples()
    samples.add("ww", background, role="background")
    samples.vary("pdf", weights="pdf", indices=[4])
    with pytest.raises(DataError, match=r"(?s)'pdf' has 4 weights.*index 4"):
        samples.collect(["met"])
    uneven = Samples()
    uneven.add("a", {"x": np.zeros(2), "v": Jagged.from_lists([[1.0], [1.0, 2.0]])}, role="signal")
    uneven.vary("v", weights="v")
    with pytest.raises(DataError, match=r"(?s)vector column 'v' has different lengths.*1 to 2 elements"):
        uneven.collect(["x"])


def test_vector_of_weights_that_is_no_vector_is_an_error(background):
    samples = Samples()
    samples.add("ww", background, role="background")
    samples.vary("pdf", weights="met")
    with pytest.raises(DataError, match=r"(?s)'met' of variation 'pdf' is not a vector of numbers"):
        samples.collect(["met"])


def test_files_have_events_of_their_own(signal, background):
    other = {name: column[:300] for name, column in background.items() if name not in ("jet_pt", "pdf")}
    samples = declare(signal, background)
    samples.vary("generator", files={"ww": other})
    tables = samples.collect(["met"])
    assert tables.variations == ("nominal", "generator:up")
    table = tables["all", "ww"]
    expected = np.count_nonzero(other["met"] > 60)
    assert len(table.weights("generator:up")) == len(table.features("generator:up")[0]) == expected
    assert table.n_events > expected
    assert tables["all", "susy"].weights("generator:up") is tables["all", "susy"].weights()


def test_files_are_normalised_by_their_own_sum(background):
    double = {"met": background["met"], "weight": background["weight"] * 7}
    samples = Samples(weight="weight", lumi=10.0)
    samples.add("ww", background, role="background", xsec=3.0, sumw="auto")
    samples.vary("generator", files={"ww": double})
    table = samples.collect(["met"])["all", "ww"]
    assert table.totals.sum_w == pytest.approx(30.0)
    assert table.totals_of("generator:up").sum_w == pytest.approx(30.0, rel=1e-6)


def test_files_with_a_given_sum_of_nominal_need_theirs(background):
    samples = Samples(weight="weight", lumi=10.0)
    samples.add("ww", background, role="background", xsec=3.0, sumw=1000.0)
    samples.vary("generator", files={"ww": background})
    with pytest.raises(DeclarationError, match=r"(?s)its own sum of generated weights.*sumw=\{'ww'"):
        samples.collect(["met"])
    again = Samples(weight="weight", lumi=10.0)
    again.add("ww", background, role="background", xsec=3.0, sumw=1000.0)
    again.vary("generator", files={"ww": background}, sumw={"ww": 2000.0})
    table = again.collect(["met"])["all", "ww"]
    assert table.totals_of("generator:up").sum_w == pytest.approx(table.totals.sum_w / 2)


def test_rate_variation_is_not_normalised_away(background):
    samples = Samples(weight="weight", lumi=10.0)
    samples.add("ww", background, role="background", xsec=3.0, sumw="auto")
    samples.vary("SF", weight=("weight_sf_up", "weight_sf_down"))
    table = samples.collect(["met"])["all", "ww"]
    assert table.totals_of("SF:up").sum_w / table.totals.sum_w == pytest.approx(1.1, rel=1e-6)


def test_suspicious_yield_of_a_weight_variation_is_logged(background, caplog):
    samples = Samples(weight="100 * weight")
    samples.add("ww", background, role="background")
    samples.vary("pdf", weights="pdf", indices=[0])
    with caplog.at_level(logging.WARNING):
        samples.collect(["met"])
    assert "variation 'pdf:0' has 0.01" in caplog.text
    assert "relative=True" in caplog.text


def test_names_that_do_not_exist_have_close_matches(signal, background):
    samples = declare(signal, background)
    samples.vary("JES", suffix=("_jes_up", "_jes_down"), processes=["wwww"])
    with pytest.raises(DeclarationError, match=r"(?s)unknown process 'wwww'.*variation 'JES'.*'ww'"):
        samples.collect(["met"])
    other = declare(signal, background, absent="JSE")
    other.vary("JES", suffix=("_jes_up", "_jes_down"))
    with pytest.raises(DeclarationError, match=r"(?s)unknown variation 'JSE' in 'absent'.*'JES'"):
        other.collect(["met"])


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("v", {}, r"(?s)exactly one form.*given: none"),
        ("v", {"suffix": "_a", "weight": "w"}, r"(?s)exactly one form.*suffix, weight"),
        ("a b", {"suffix": "_a"}, "cannot be the name of a variation"),
        ("nominal", {"suffix": "_a"}, "cannot be the name of a variation"),
        ("v", {"suffix": ("_a", "_b", "_c")}, "an up and a down side"),
        ("v", {"suffix": ("_a", "_a")}, "up and down are the same"),
        ("v", {"suffix": "_a b"}, "a suffix is text"),
        ("v", {"suffix": "_a", "relative": True}, r"(?s)'relative' does not go with 'suffix'"),
        ("v", {"weight": "w", "kind": "envelope"}, r"(?s)'kind' does not go with 'weight'"),
        ("v", {"weights": "w", "kind": "hessian"}, r"(?s)unknown kind.*'replicas', 'envelope'"),
        ("v", {"weights": "w", "indices": [1, 1]}, "'indices' are different element numbers"),
        ("v", {"files": {}}, "'files' maps each process to its samples"),
        ("v", {"files": {"a": {"x": np.zeros(1)}}, "processes": "a"}, "'files' names the processes already"),
        ("v", {"suffix": "_a", "processes": []}, "'processes' names at least one process"),
    ],
)
def test_vary_declared_wrongly_is_refused(name, arguments, message):
    with pytest.raises(DeclarationError, match=message):
        Samples().vary(name, **arguments)


def test_vary_twice_is_refused():
    samples = Samples()
    samples.vary("v", suffix="_a")
    with pytest.raises(DeclarationError, match="a variation is declared twice"):
        samples.vary("v", weight="w")


def test_rdf_variation_of_arrays_is_lacking(background):
    samples = Samples()
    samples.add("ww", background, role="background")
    samples.vary("jes", rdf=True)
    with pytest.raises(DataError, match=r"(?s)lacks the variation 'jes'.*no Vary of this name"):
        samples.collect(["met"])
