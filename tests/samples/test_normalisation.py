"""Cross-section, luminosity, sum of weights."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.samples import Samples


def add(background, role="background", lumi_of_all=None, **settings):
    samples = Samples(weight="weight", require="njet >= 2", lumi=lumi_of_all)
    samples.add("ww", background, role=role, **settings)
    return samples


def test_auto_sum_is_over_all_events_before_the_requirement(background):
    table = add(background, xsec=5.0, lumi=2.0, sumw="auto").collect(["met"])["all", "ww"]
    weights = background["weight"].astype(float)
    factor = 10.0 / math.fsum(weights)
    assert table.normalisation == pytest.approx(factor, rel=1e-15)
    np.testing.assert_allclose(table.weights(), weights[background["njet"] >= 2] * factor, rtol=1e-15)
    assert table.before.sum_w == pytest.approx(10.0)
    assert table.before.sum_w2 == pytest.approx(math.fsum(weights**2) * factor**2)


def test_given_sum_and_common_luminosity(background):
    table = add(background, xsec=5.0, sumw=1e4, lumi_of_all=2.0).collect(["met"])["all", "ww"]
    assert table.normalisation == pytest.approx(1e-3)


def test_own_luminosity_goes_before_the_common_one(background):
    table = add(background, xsec=5.0, lumi=4.0, sumw=1e4, lumi_of_all=2.0).collect(["met"])["all", "ww"]
    assert table.normalisation == pytest.approx(2e-3)


def test_weights_as_they_are_without_cross_section(background):
    assert add(background, lumi_of_all=140e3).collect(["met"])["all", "ww"].normalisation == 1.0


def test_process_weight_replaces_the_common_one(background):
    table = add(background, weight="weight_sf_up").collect(["met"])["all", "ww"]
    np.testing.assert_array_equal(table.weights(), background["weight_sf_up"][background["njet"] >= 2])
    assert set(add(background, weight=2).collect(["met"])["all", "ww"].weights()) == {2.0}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"xsec": 1.0, "sumw": "auto"}, "a cross-section without a luminosity"),
        ({"xsec": 1.0, "lumi": 1.0}, r"(?s)without the sum of generated weights.*sumw='auto'"),
        ({"lumi": 1.0}, "lumi without a cross-section"),
        ({"sumw": "auto", "lumi": 2.0}, "lumi and sumw without a cross-section"),
        ({"xsec": -1.0, "lumi": 1.0, "sumw": 1.0}, r"(?s)'xsec' is a positive number.*process 'ww'.*-1\.0"),
        ({"xsec": 1.0, "lumi": "140", "sumw": 1.0}, "'lumi' is a positive number"),
        ({"xsec": 1.0, "lumi": math.inf, "sumw": 1.0}, "'lumi' is a positive number"),
        ({"xsec": 1.0, "lumi": 1.0, "sumw": 0.0}, "'sumw' is a positive number"),
        ({"xsec": 1.0, "lumi": 1.0, "sumw": "all"}, r"(?s)unknown 'sumw'.*'auto' or a number"),
        ({"norm_uncertainty": -0.1}, "'norm_uncertainty' is a non-negative number"),
        ({"norm_uncertainty": True}, "'norm_uncertainty' is a non-negative number"),
    ],
)
def test_incomplete_normalisation_is_refused(background, settings, message):
    with pytest.raises(DeclarationError, match=message):
        add(background, **settings)


@pytest.mark.parametrize(
    "settings", [{"xsec": 1.0}, {"lumi": 1.0}, {"sumw": "auto"}, {"norm_uncertainty": 0.1}]
)
def test_data_are_not_normalised(background, settings):
    with pytest.raises(DeclarationError, match="data are not normalised"):
        add(background, role="data", **settings)


def test_auto_sum_that_is_negative_is_refused():
    samples = Samples(weight="w")
    samples.add("a", {"w": np.array([-3.0, 1.0])}, role="signal", xsec=1.0, lumi=1.0, sumw="auto")
    with pytest.raises(DataError, match=r"(?s)not positive.*process 'a'.*-2 from 2 entries.*sumw=<number>"):
        samples.collect(["w"])
