"""Counts of objects booked on a node, against a loop over events and objects."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rdf_events import spec_of

from gradcut.errors import DataError, DeclarationError
from gradcut.kernel_spec import NODES, KernelSpec
from gradcut.rdf import book_soft_moments

pytestmark = pytest.mark.root

N = 600
LOW, HIGH, WIDTH = np.array([[4.0, 0.3]]), np.array([[4.0, 0.3]]), np.array([[1.5, 0.2]])
#: At least two objects above the first cut that pass a given condition, and the event above the second.
NODE_LIST = [("leaf", 0), ("given", 2), ("all", 2), ("count", 2), ("leaf", 1), ("all", 2)]


def tree_spec(step="logistic", collections=(0, -1, 0)) -> KernelSpec:
    none = np.empty(0, np.int32)
    # What the kernels read of a ``TreeSpec``.
    tree = SimpleNamespace(
        nodes=np.array([NODES[name] for name, _ in NODE_LIST], np.uint8),
        arguments=np.array([argument for _, argument in NODE_LIST], np.int32),
        upper=np.full(len(NODE_LIST), -1, np.int32),
        collections=np.array(collections, np.int32),
        columns=("given",),
        term_cuts=none,
        term_columns=none,
    )
    return replace(spec_of(["above", "above"], step), tree=tree)


@pytest.fixture(scope="module")
def objects(ROOT: Any) -> tuple[Any, list[tuple[list[float], list[bool], float, float]]]:  # noqa: N803
    """A node with vectors and numbers of several types, and its events as lists."""
    node = (
        ROOT.RDataFrame(N)
        .Define("n", "static_cast<int>(rdfentry_ * 7 % 5)")
        .Define(
            "v",
            "ROOT::RVecI r(n); for (int k = 0; k < n; ++k) r[k] = (rdfentry_ * 13 + k * 5) % 11; return r;",
        )
        .Define("vd", "ROOT::RVecD(v.begin(), v.end())")
        .Define("vf", "ROOT::RVecF(v.begin(), v.end())")
        .Define("far", "vd + 3e6")
        .Define("good", "ROOT::RVecB r(n); for (int k = 0; k < n; ++k) r[k] = v[k] % 3 != 0; return r;")
        .Define("goodf", "ROOT::RVecF(good.begin(), good.end())")
        .Define("x", "float(rdfentry_ % 17) / 16.f")
        .Define("xd", "double(x)")
        .Define("w", "float(rdfentry_ % 4) - 0.5f")
    )
    rows = []
    for entry in range(N):
        values = [float((entry * 13 + k * 5) % 11) for k in range(entry * 7 % 5)]
        rows.append((values, [value % 3 != 0 for value in values], entry % 17 / 16, entry % 4 - 0.5))
    return node, rows


def slow(rows) -> np.ndarray:
    """Moments and their derivatives in the two thresholds."""
    found = np.zeros((3, 3))
    for values, good, x, w in rows:
        p = [
            1 / (1 + math.exp(-(v - LOW[0, 0]) / WIDTH[0, 0])) * g for v, g in zip(values, good, strict=True)
        ]
        none = math.prod(1 - q for q in p)
        one = sum(q * math.prod(1 - r for j, r in enumerate(p) if j != k) for k, q in enumerate(p))
        s = 1 / (1 + math.exp(-(x - LOW[0, 1]) / WIDTH[0, 1]))
        slope = 0.0
        for k, q in enumerate(p):
            # The object decides where exactly one other passes.
            others = [r for j, r in enumerate(p) if j != k]
            exactly = sum(
                r * math.prod(1 - t for i, t in enumerate(others) if i != j) for j, r in enumerate(others)
            )
            slope -= exactly * q * (1 - q if good[k] else 0) / WIDTH[0, 0]
        row = np.array([(1 - none - one) * s, slope * s, -(1 - none - one) * s * (1 - s) / WIDTH[0, 1]])
        found += np.outer([w != 0, w, w * w], row)
    return found


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize(
    "columns", [("vf", "x", "goodf"), ("vd", "xd", "vd"), ("v", "x", "good"), ("vf", "xd", "good")]
)
def test_counts_equal_a_loop_whatever_the_types(objects, columns, precision):
    node, rows = objects
    if columns[2] == "vd":
        rows = [(values, [value != 0 for value in values], x, w) for values, _, x, w in rows]
    booked = book_soft_moments(node, tree_spec(), columns, "w", LOW, HIGH, WIDTH, precision=precision)
    got = booked.value()
    assert got.shape == (1, 3, 7)
    np.testing.assert_allclose(got[0, :, :3], slow(rows), rtol=1e-12 if precision == "float64" else 1e-5)


def test_objects_far_from_zero_keep_their_digits_in_single_precision(objects):
    node, rows = objects
    low = LOW + np.array([3e6, 0.0])
    booked = book_soft_moments(node, tree_spec(), ["far", "xd", "good"], "w", low, low, WIDTH)
    np.testing.assert_allclose(booked.value()[0, :, :3], slow(rows), rtol=1e-5)


def test_trees_written_in_cpp_are_the_same(ROOT, objects):  # noqa: N803
    node, rows = objects
    ROOT.gInterpreter.Declare(
        """
        double CountInCpp(ROOT::RDF::RNode node)
        {
           GradCut::SoftSelection cuts;
           cuts.Above(4., 1.5).Above(0.3, 0.2);
           GradCut::SoftTree tree;
           tree.Columns({0, -1, 0}).Leaf(0).Given(2).AllOf(2).AtLeast(2).Leaf(1).AllOf(2);
           GradCut::SoftMomentsOptions options;
           options.fPrecision = GradCut::EPrecision::kDouble;
           return GradCut::BookSoftMoments(node, cuts, tree, {"v", "x", "good"}, "w", options)->Yield();
        }
        """
    )
    found = ROOT.CountInCpp(ROOT.RDF.AsRNode(node))
    assert found == pytest.approx(slow(rows)[1, 0], rel=1e-12)


def test_hard_counts_equal_a_filter(objects):
    node, _ = objects
    booked = book_soft_moments(
        node, tree_spec(step="hard"), ["v", "x", "good"], "w", LOW, HIGH, WIDTH, derivatives="none"
    )
    kept = node.Filter("Sum(v > 4 && good) >= 2 && x > 0.3f")
    assert booked.value()[0, :2, 0].tolist() == [kept.Count().GetValue(), kept.Sum("w").GetValue()]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (["v", "x"], "2 columns for 3 columns of the tree"),
        (["x", "x", "good"], r"column 'x' is of type float, but one number per object is needed"),
        (["v", "vf", "good"], r"column 'vf' is of type .*RVec.*but one number per event is needed"),
        (["v", "y", "good"], r"unknown column 'y'"),
    ],
)
def test_columns_that_do_not_fit_the_tree_are_refused(objects, columns, message):
    with pytest.raises(DataError, match=message):
        book_soft_moments(objects[0], tree_spec(), columns, "w", LOW, HIGH, WIDTH)


def test_trees_that_make_no_sense_are_refused(objects):
    mixed = tree_spec(collections=(0, 0, 0))
    with pytest.raises(DataError, match=r"GradCut::SoftTree: the children of a node differ"):
        book_soft_moments(objects[0], mixed, ["v", "v", "good"], "w", LOW, HIGH, WIDTH)
    with pytest.raises(DeclarationError, match=r"(?s)values of terms do not fit.*\(1, 1\).*\(1, 0\)"):
        book_soft_moments(objects[0], tree_spec(), ["v", "x", "good"], "w", LOW, HIGH, WIDTH, terms=[1.0])
