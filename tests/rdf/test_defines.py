from __future__ import annotations

import numpy as np
import pytest
from rdf_events import points_of, spec_of
from rdf_oracle import cut

from gradcut import Selection, _kernels
from gradcut.errors import DataError, DeclarationError, RootError
from gradcut.rdf import book_collect, define_fold, define_soft_weight, define_uniform

pytestmark = pytest.mark.root


@pytest.mark.parametrize(
    "columns", [[], ["x"], ["x", "y", "z"], ["x", "d", "i", "b", "y"], ["x", "y", "z"] * 5]
)
def test_soft_weight_is_the_product_of_the_memberships(events, frame, columns):
    kinds = (["above", "below", "window"] * 5)[: len(columns)]
    low, high, width = points_of(len(columns))
    for k, column in enumerate(columns):
        if column == "d":
            low[0, k] += 3e6
            high[0, k] += 3e6
    node = define_soft_weight(frame, "p", spec_of(kinds), columns, low, high, width)
    collected = book_collect(node, ["p", "x"]).value()
    expected = np.ones(len(events["x"]))
    for k, column in enumerate(columns):
        x = events[column].astype(float)
        expected *= cut("logistic", kinds[k], x, low[0, k], high[0, k], width[0, k])[0]
    np.testing.assert_allclose(collected["p"], expected, rtol=1e-12, atol=1e-15)


def test_soft_weight_at_several_points_is_refused(frame):
    low, high, width = points_of(1, n_points=2)
    with pytest.raises(DataError, match="one parameter point is needed, got 2"):
        define_soft_weight(frame, "p", spec_of(["above"]), ["x"], low, high, width)


def test_soft_weight_of_what_is_no_product_is_refused(frame):
    spec = Selection("x > ? || y > ?").kernel_spec()
    low, high, width = points_of(2)
    with pytest.raises(DeclarationError, match=r"(?s)a product of cuts.*column 'p'.*book_soft_moments"):
        define_soft_weight(frame, "p", spec, ["x", "y"], low, high, width)


@pytest.mark.parametrize("spelled", ["int", "unsigned int", "Long64_t", "ULong64_t", "long", "short", "bool"])
def test_uniform_equals_the_kernel(ROOT, spelled):  # noqa: N803
    frame = ROOT.RDataFrame(500).Define(
        "id", f"static_cast<{spelled}>(static_cast<Long64_t>(rdfentry_) - 250)"
    )
    frame = frame.Define("run", "static_cast<int>(rdfentry_ % 7)")
    node = define_uniform(frame, "u", ["id", "run"], seed=2**64 - 1)
    collected = book_collect(node, ["u", "id", "run"]).value()
    ids = [collected[c] for c in ("id", "run")]
    bits = [i.astype(np.int64).view(np.uint64) if i.dtype.kind == "i" else i.astype(np.uint64) for i in ids]
    assert np.array_equal(collected["u"], _kernels.event_hash(bits, 2**64 - 1))
    assert collected["u"].min() >= 0
    assert collected["u"].max() < 1


def test_folds_and_parts_follow_the_uniform_number(frame):
    node = define_uniform(frame, "u", ["event"], seed=5)
    node = define_fold(node, "fold", ["event"], seed=5, n_folds=3)
    node = define_fold(node, "part", ["event"], seed=5, edges=[0.5, 0.75])
    c = book_collect(node, ["u", "fold", "part"]).value()
    assert np.array_equal(c["fold"], np.floor(3 * c["u"]).astype(int))
    assert np.array_equal(c["part"], np.searchsorted([0.5, 0.75], c["u"], side="right"))
    assert np.bincount(c["part"]) == pytest.approx([2000, 1000, 1000], rel=0.1)


def test_wrong_identities_and_splits_are_refused(frame):
    with pytest.raises(
        DataError, match=r"column 'x' is of type .*the identity of an event is made of integers"
    ):
        define_uniform(frame, "u", ["event", "x"], seed=1)
    with pytest.raises(DataError, match="made of 1 to 4 columns, got 5"):
        define_uniform(frame, "u", ["event"] * 5, seed=1)
    with pytest.raises(DataError, match="unknown column 'evnt'"):
        define_uniform(frame, "u", ["evnt"], seed=1)
    with pytest.raises(DeclarationError, match=r"a seed is an integer.*\n.*-1"):
        define_uniform(frame, "u", ["event"], seed=-1)
    with pytest.raises(DeclarationError, match="either n_folds or edges"):
        define_fold(frame, "f", ["event"], seed=1)
    with pytest.raises(DataError, match="the number of folds must be positive, got 0"):
        define_fold(frame, "f", ["event"], seed=1, n_folds=0)
    with pytest.raises(DataError, match="the edges of the parts must increase from 0 to 1"):
        define_fold(frame, "f", ["event"], seed=1, edges=[0.7, 0.2])
    with pytest.raises(RootError, match=r"(?s)ROOT refuses this.*A column with that name is already present"):
        define_uniform(frame, "x", ["event"], seed=1)
