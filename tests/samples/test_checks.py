"""What bad samples get: the message says what, where and what to do."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError, GradcutError
from gradcut.expressions import Cpp
from gradcut.samples import Samples


def one(columns, features=("x",), **settings):
    samples = Samples(**settings)
    samples.add("ww", columns, role="background", channel="SR")
    return samples.collect(list(features))


WHERE = r"(?s){}.*process 'ww', channel 'SR'"


def match(problem, then=""):
    return WHERE.format(problem) + (f".*{then}" if then else "")


def test_unknown_feature_has_close_matches():
    with pytest.raises(DeclarationError, match=match("unknown column 'mett'", "did you mean 'met'")):
        one({"met": np.zeros(1)}, ["mett > 3"])


def test_unknown_column_in_requirement_and_weight():
    with pytest.raises(DeclarationError, match=match("unknown column 'y'")):
        one({"x": np.zeros(1)}, require="y > 3")
    with pytest.raises(DeclarationError, match=match("unknown column 'w'")):
        one({"x": np.zeros(1)}, weight="w")


def test_vector_without_reducer_is_refused(background):
    with pytest.raises(DeclarationError, match=match("vector column.*'jet_pt'", r"count\(\.\.\.\)")):
        one(background, ["jet_pt"])


def test_text_column_is_refused():
    with pytest.raises(DataError, match=match("column 'x' is not a number")):
        one({"x": np.array(["a"])})


def test_empty_sample_is_refused():
    with pytest.raises(DataError, match=match("a sample has no events at all")):
        one({"x": np.zeros(0)})


def test_nothing_passes_is_refused():
    with pytest.raises(DataError, match=match("no event passes the requirement", "0 of 0")):
        one({"x": np.zeros(3)}, require="x > 1")


def test_nothing_passes_in_nominal_is_refused_though_a_variation_passes():
    samples = Samples(require="x > 1")
    samples.add("ww", {"x": np.zeros(3), "x_up": np.full(3, 2.0)}, role="background", channel="SR")
    samples.vary("v", suffix="_up")
    with pytest.raises(DataError, match=match("no event passes the requirement", "0 of 3")):
        samples.collect(["x"])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_bad_weight_names_count_and_first_entry(bad):
    weights = np.array([bad, 1.0, 1.0, bad, bad])
    columns = {"x": np.array([0.0, 1.0, 1.0, 1.0, 1.0]), "w": weights}
    with pytest.raises(DataError, match=match("weights are NaN or infinite", "2 of 4 events.*entry 3")):
        one(columns, weight="w", require="x > 0")
    columns["w"] = np.array([bad, 1.0, 1.0, 1.0, 1.0])
    # Events that fail may have any weight.
    assert one(columns, weight="w", require="x > 0")["SR", "ww"].totals.sum_w == 4.0


def test_bad_weight_of_a_variation_is_refused():
    samples = Samples()
    samples.add("ww", {"x": np.zeros(2), "w": np.array([1.0, np.nan])}, role="background", channel="SR")
    samples.vary("v", weight="w")
    with pytest.raises(DataError, match=match("weights are NaN or infinite", "entry 1")):
        samples.collect(["x"])


def test_all_zero_weights_are_refused():
    with pytest.raises(DataError, match=match("all weights are zero", "3 events")):
        one({"x": np.zeros(3)}, weight=0)


def test_negative_total_is_refused_and_negative_weights_are_not():
    with pytest.raises(
        DataError, match=match("total weight of a process is not positive", "-1 from 2 events")
    ):
        one({"x": np.zeros(2), "w": np.array([1.0, -2.0])}, weight="w")
    tables = one({"x": np.zeros(2), "w": np.array([3.0, -2.0])}, weight="w")
    assert tables["SR", "ww"].totals.max_abs_w == 3.0


def test_cpp_without_root_is_refused():
    with pytest.raises(DeclarationError, match=match("gc.Cpp needs ROOT")):
        one({"x": np.zeros(2)}, [Cpp("x + 1")])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": " "}, "the name of a process is text"),
        ({"channel": 3}, "the name of a channel is text"),
        ({"role": "sig"}, r"(?s)unknown role.*'sig'.*signal, background, data"),
        ({"require": "x > ?"}, r"(?s)a '\?' in the requirement of a sample.*selection"),
        ({"weight": "w * ("}, r"\("),
    ],
)
def test_add_declared_wrongly_is_refused(arguments, message):
    settings = {"name": "a", "source": {"x": np.zeros(1)}, "role": "signal", **arguments}
    with pytest.raises(DeclarationError, match=message):
        Samples().add(settings.pop("name"), settings.pop("source"), **settings)


def test_add_twice_or_with_another_role_is_refused():
    samples = Samples()
    samples.add("a", {"x": np.zeros(1)}, role="signal", channel="SR")
    with pytest.raises(DeclarationError, match="a process is there twice"):
        samples.add("a", {"x": np.zeros(1)}, role="signal", channel="SR")
    with pytest.raises(DeclarationError, match=r"(?s)same role in every channel.*background, and signal"):
        samples.add("a", {"x": np.zeros(1)}, role="background", channel="CR")


def test_collect_without_samples_or_only_blinded_data():
    with pytest.raises(DeclarationError, match="no samples to read"):
        Samples().collect(["x"])
    samples = Samples()
    samples.add("data", {"x": np.zeros(1)}, role="data")
    with pytest.raises(DeclarationError, match="only blinded data"):
        samples.collect(["x"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"event": ["a", "b", "c", "d", "e"]}, r"(?s)'event' names the columns.*one to 4 integer columns"),
        ({"event": [1]}, "'event' names the columns"),
        ({"lumi": -1}, "'lumi' is a positive number"),
        ({"missing": "keep"}, "unknown 'missing'"),
        ({"sentinels": [np.nan]}, "a sentinel is a finite number"),
        ({"weight": ["a"]}, "the weight is an expression, as text"),
        ({"require": 3}, "the requirement is an expression, as text"),
    ],
)
def test_samples_declared_wrongly_are_refused(arguments, message):
    with pytest.raises(DeclarationError, match=message):
        Samples(**arguments)


def test_features_given_as_text_are_refused():
    samples = Samples()
    samples.add("a", {"x": np.zeros(1)}, role="signal")
    with pytest.raises(DeclarationError, match=r"(?s)features are a sequence.*given: 'x'"):
        samples.collect("x")


def test_unknown_table_lists_those_there_are():
    with pytest.raises(KeyError, match=r"(?s)no events of this channel.*\('CR', 'ww'\).*\('SR', 'ww'\)"):
        one({"x": np.ones(1)})["CR", "ww"]


def test_role_of_an_unknown_process_has_close_matches():
    samples = Samples()
    samples.add("ttbar", {"x": np.ones(1)}, role="background")
    assert samples.role("ttbar") == "background"
    with pytest.raises(DeclarationError, match=r"(?s)unknown process 'tbar'.*'ttbar'"):
        samples.role("tbar")


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (
            lambda s: s.add("b", {"x": np.ones(1)}, role="signal", absent=3),
            "'absent' is a name or a sequence",
        ),
        (lambda s: s.add("b", "nowhere.root", role="signal"), "(?s)no such file.*process 'b'"),
        (lambda s: s.add("b", {"x": np.ones(1)}, role="signal", weight="x >> 3"), "(?s)'>>'.*process 'b'"),
        (lambda s: s.vary("J", weights="x", indices=3), "different element numbers"),
        (lambda s: s.vary("J", weights="x", indices=["a"]), "different element numbers"),
        (lambda s: s.vary("J", suffix="_u", processes=3), "'processes' is a name or a sequence"),
        (lambda s: s.vary("J", files={"a": {"x": np.ones(1)}}, sumw=3), "'sumw' maps each process"),
        (lambda s: s.collect(["x"], split=0.5), "(?s)this is no split.*gc.Folds"),
        (lambda s: s.collect(["x"], reader="roto"), "(?s)unknown reader.*'roto'.*'uproot'"),
        (lambda s: s.collect(None), "features are a sequence"),
        (lambda s: s.collect(["x", " x"]), "(?s)a feature is there twice.*x"),
    ],
)
def test_wrong_arguments_say_what_is_allowed(declare, message):
    samples = Samples()
    samples.add("a", {"x": np.ones(3)}, role="signal")
    with pytest.raises(GradcutError, match=message):
        declare(samples)
