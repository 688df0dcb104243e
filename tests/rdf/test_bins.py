"""Histograms, soft and hard, booked on nodes: against kernels in memory, numpy loops, ROOT's own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from rdf_events import write_file

from gradcut import _kernels
from gradcut.binning.bins_spec import BINS_KINDS, BinsSpec
from gradcut.errors import DataError, DeclarationError
from gradcut.kernel_spec import STEPS
from gradcut.rdf import book_bin_moments, book_bin_vjp, book_collect, define_bin, run

pytestmark = pytest.mark.root

MIXTURE = BinsSpec("mixture", "logistic", ("x", "y"), n_components=3)
#: Bins, their columns and parameters at one point.
BINS = {
    "axis": (BinsSpec("axes", "gaussian", ("x",), (3,)), ["x"], [-1, 0.1, 0.6, 0.2]),
    "local": (BinsSpec("axes", "logistic", ("z",), (3,), local_width=True), ["z"], [-1, 0.1, 0.6, 0.3]),
    "far": (BinsSpec("axes", "logistic", ("d",), (2,), reflect=True), ["d"], [3e6 - 1, 3e6 + 2, 0.5]),
    "product": (
        BinsSpec("axes", "logistic", ("x", "i", "d"), (1, 2, 1)),
        ["x", "i", "d"],
        [0.2, 0.5, 4.5, 3e6, 0.3, 0.5, 0.7],
    ),
    "mixture": (MIXTURE, ["x", "y"], [0, 0.5, -0.5, *(-1, 0, 1, 0.5, 0, 1), *(1, 0.3, 2) * 3, 0.8]),
    "shifted": (MIXTURE, ["d", "y"], [0, 0.5, -0.5, *(3e6, 0, 3e6 + 1, 0.5, 3e6, 1), *(1, 0.3, 2) * 3, 0.8]),
    "softmax": (
        BinsSpec("softmax", "logistic", ("x", "y", "d"), n_components=3),
        ["x", "y", "d"],
        [0, 0.2, -3e6, 1],
    ),
}
SPEC, COLUMNS, POINT = BINS["axis"]


def in_memory(kernel, spec, columns, parameters, *more):
    """A kernel in double on arrays."""
    return getattr(_kernels, kernel)(
        [np.asarray(c, dtype=np.float64) for c in columns],
        *(np.asarray(array, dtype=np.float64) for array in more),
        kind=BINS_KINDS[spec.kind],
        step=STEPS[spec.step],
        n_edges=np.array(spec.n_edges, np.uint32),
        n_bins=spec.n_bins,
        local_width=spec.local_width,
        reflect=spec.reflect,
        parameters=np.atleast_2d(np.asarray(parameters, dtype=np.float64)),
    )


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("name", BINS)
def test_booked_sums_are_those_in_memory(events, frame, name, precision):
    spec, columns, point = BINS[name]
    weight = ["w", "wd", None][list(BINS).index(name) % 3]
    points = np.array([point, point])
    points[1, -1] *= 1.5
    cotangents = np.random.default_rng(1).normal(size=(2, 3, spec.n_bins))
    arrays = [events[c] for c in columns]
    w = np.ones(len(arrays[0])) if weight is None else events[weight]
    moments = book_bin_moments(frame, spec, columns, weight, points, precision=precision)
    gradient = book_bin_vjp(frame, spec, columns, weight, points, cotangents, precision=precision)
    run(moments, gradient)
    assert frame.GetNRuns() == 1
    tolerance = 1e-12 if precision == "float64" else 3e-6
    expected = in_memory("bins_moments", spec, arrays, points, w)
    assert moments.value().shape == expected.shape
    np.testing.assert_allclose(moments.value(), expected, rtol=0, atol=tolerance * np.abs(w).sum())
    expected = in_memory("bins_vjp", spec, arrays, points, w, cotangents)
    assert gradient.value().shape == expected.shape
    np.testing.assert_allclose(gradient.value(), expected, rtol=0, atol=30 * tolerance * np.abs(w).sum())


def test_booked_sums_are_a_loop(events, frame):
    got = book_bin_moments(frame, SPEC, COLUMNS, "w", POINT, precision="float64").value()
    expected = np.zeros((3, 4))
    for x, w in zip(events["x"], events["w"], strict=True):
        above = [1.0, *(0.5 * math.erfc(-(float(x) - e) / 0.2 / math.sqrt(2)) for e in POINT[:3]), 0.0]
        for b in range(4):
            expected[:, b] += np.array([1, float(w), float(w) ** 2]) * (above[b] - above[b + 1])
    np.testing.assert_allclose(got[0], expected, rtol=1e-11)


@pytest.mark.parametrize("column", ["d", "i"])
def test_hard_bins_are_the_histogram_of_root(ROOT, frame, column):  # noqa: N803
    edges = np.array([3e6 - 1, 3e6, 3e6 + 0.5] if column == "d" else [0.0, 1, 4])
    spec = BinsSpec("axes", "hard", (column,), (3,))
    booked = book_bin_moments(frame, spec, [column], "wd", [*edges, 1])
    histogram = frame.Histo1D(ROOT.RDF.TH1DModel("h", "", 2, edges), column, "wd")
    bins = range(4)
    np.testing.assert_allclose(booked.value()[0, 1], [histogram.GetBinContent(b) for b in bins], rtol=1e-12)
    errors = [histogram.GetBinError(b) ** 2 for b in bins]
    np.testing.assert_allclose(booked.value()[0, 2], errors, rtol=1e-12)
    assert booked.spread()[0] == booked.value()[0, 0].sum() == 4000


def test_a_variable_histogram_of_single_precision_columns(ROOT, frame):  # noqa: N803
    edges = np.array([-1.0, 0.1, 0.6])  # 0.1 is no float: both compare in double
    spec = BinsSpec("axes", "hard", ("x",), (3,))
    frame = frame.Define("close", "rdfentry_ % 2 ? 0.1f : std::nextafter(0.1f, 0.f)")
    booked = book_bin_moments(frame, spec, ["close"], None, [*edges, 1])
    histogram = frame.Histo1D(ROOT.RDF.TH1DModel("h", "", 2, edges), "close")
    np.testing.assert_array_equal(booked.value()[0, 0], [histogram.GetBinContent(b) for b in range(4)])
    assert np.count_nonzero(booked.value()[0, 0]) == 2


@pytest.mark.parametrize("name", BINS)
def test_defined_bins_are_those_in_memory(events, frame, name):
    spec, columns, point = BINS[name]
    node = define_bin(frame, "bin", spec, columns, point)
    assert str(node.GetColumnType("bin")) == "int"
    expected = in_memory("bins_index", spec, [events[c] for c in columns], point)[0]
    np.testing.assert_array_equal(book_collect(node, ["bin"]).value()["bin"], expected)
    assert len(np.unique(expected)) > 1


def test_missing_values_are_in_no_bin(ROOT):  # noqa: N803
    x = np.array([0.0, np.nan, 1.0, np.inf, -np.inf])
    frame = ROOT.RDF.FromNumpy({"x": x})
    for step in ("hard", "gaussian"):
        spec = replace(SPEC, step=step, n_edges=(1,))
        got = book_bin_moments(frame, spec, ["x"], None, [0.5, 0.01]).value()
        np.testing.assert_allclose(got[0, 0], [2, 2], atol=1e-30)
    node = define_bin(frame, "bin", spec, ["x"], [0.5, 0.01])
    assert book_collect(node, ["bin"]).value()["bin"].tolist() == [0, -1, 1, 1, 0]


@pytest.fixture(scope="module")
def objects(ROOT, tmp_path_factory):  # noqa: N803
    """A node with vectors, and the same flattened."""
    node = (
        ROOT.RDataFrame(700)
        .Define("n", "static_cast<int>(rdfentry_ * 7 % 5)")
        .Define(
            "v",
            "ROOT::RVecF r(n); for (int k = 0; k < n; ++k) r[k] = (rdfentry_ * 13 + k * 5) % 11; return r;",
        )
        .Define("vi", "ROOT::RVecI(v.begin(), v.end())")
        .Define("met", "double(rdfentry_ % 17)")
        .Define("w", "float(rdfentry_ % 4) - 0.5f")
        .Define("other", "ROOT::RVecF(n + 1)")
    )
    rows = book_collect(node, ["n", "met", "w"]).value()
    e = np.repeat(np.arange(700), rows["n"])
    k = np.concatenate([np.arange(n) for n in rows["n"]])
    flat = {
        "v": ((e * 13 + k * 5) % 11).astype(float),
        "met": rows["met"][e],
        "w": rows["w"][e],
        "n": rows["n"],
    }
    return node, flat


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("step", ["logistic", "hard"])
def test_vectors_fill_once_per_object(objects, step, precision):
    node, flat = objects
    for columns, edges, point in (
        (["v"], (3,), [2, 4, 7, 0.5]),
        (["met", "vi"], (1, 2), [8, 3, 6, 1.0, 0.5]),
    ):
        spec = BinsSpec("axes", step, tuple(columns), edges)
        arrays = [flat["v" if c == "vi" else c] for c in columns]
        got = book_bin_moments(node, spec, columns, "w", point, precision=precision)
        expected = in_memory("bins_moments", spec, arrays, point, flat["w"])
        np.testing.assert_allclose(got.value(), expected, rtol=1e-12 if precision == "float64" else 2e-5)
        assert got.spread()[0] == 700
        defined = define_bin(node, "bin", spec, columns, point)
        assert "RVec<int>" in str(defined.GetColumnType("bin"))
        values = book_collect(defined, ["bin"]).value()["bin"]
        assert np.diff(values.offsets).tolist() == flat["n"].tolist()
        np.testing.assert_array_equal(values.values, in_memory("bins_index", spec, arrays, point)[0])


def test_vectors_of_different_lengths_are_refused(objects):
    node, _ = objects
    spec = BinsSpec("axes", "logistic", ("v", "other"), (1, 1))
    booked = book_bin_moments(node, spec, ["v", "other"], None, [1, 1, 1, 1])
    with pytest.raises(DataError, match="'v' and 'other' have different numbers of objects"):
        booked.value()


def test_variations_take_one_loop(ROOT, events, tree):  # noqa: N803
    frame = ROOT.RDataFrame("events", tree)
    node = frame.Vary("x", "ROOT::RVecF{x - 0.5f, x + 0.5f}", ["down", "up"], "jes").Filter("x > -0.25f")
    booked = book_bin_moments(node, SPEC, COLUMNS, "w", POINT, precision="float64")
    ones = np.ones((3, 4))
    gradient = book_bin_vjp(node, SPEC, COLUMNS, "w", POINT, ones * np.arange(4), precision="float64")
    gradient.book_variations()
    results, gradients = booked.variations(), gradient.variations()
    for name, shift in (("nominal", 0.0), ("jes:down", -0.5), ("jes:up", 0.5)):
        x = events["x"] + np.float32(shift)
        w, x = events["w"][x > np.float32(-0.25)], x[x > np.float32(-0.25)]
        np.testing.assert_allclose(results[name], in_memory("bins_moments", SPEC, [x], POINT, w), rtol=1e-11)
        expected = in_memory("bins_vjp", SPEC, [x], POINT, w, (ones * np.arange(4))[None])
        np.testing.assert_allclose(gradients[name], expected, rtol=1e-10)
    hists = define_bin(node, "bin", SPEC, COLUMNS, POINT).Sum("bin")
    varied = ROOT.RDF.Experimental.VariationsFor(hists)
    x = events["x"] + np.float32(0.5)
    index = in_memory("bins_index", SPEC, [x[x > np.float32(-0.25)]], POINT)
    assert varied["jes:up"] == index.sum()


def test_events_of_no_entries(ROOT):  # noqa: N803
    frame = ROOT.RDataFrame(10).Define("x", "1.f").Filter("false")
    assert not book_bin_moments(frame, SPEC, ["x"], None, POINT).value().any()


def test_cxx_users_define_bins_of_edges(ROOT, events, frame):  # noqa: N803
    ROOT.gInterpreter.Declare("""
    #include <gradcut/RDF.hxx>
    ROOT::RDF::RNode ThreeBins(ROOT::RDF::RNode node)
    {
       return GradCut::DefineBin(node, "three", GradCut::SoftBins::Edges({{-0.5, 0.5}}), {"x"});
    }
    double SoftBin(ROOT::RDF::RNode node)
    {
       const auto bins = GradCut::SoftBins::Edges({{0.}}, {0.1});
       auto moments = GradCut::BookBinMoments(node, bins, {"x"}, "w");
       return moments->At(0, 1)[1];
    }
    """)
    node = ROOT.ThreeBins(ROOT.RDF.AsRNode(frame))
    three = book_collect(node, ["three"]).value()["three"]
    np.testing.assert_array_equal(three, np.digitize(events["x"], [-0.5, 0.5]))
    spec = BinsSpec("axes", "gaussian", ("x",), (1,))
    expected = in_memory("bins_moments", spec, [events["x"]], [0, 0.1], events["w"])[0, 1, 1]
    assert ROOT.SoftBin(ROOT.RDF.AsRNode(frame)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"parameters": [0, 1, 2]}, DeclarationError, r"(?s)parameters do not fit the bins.*\(n_points, 4\)"),
        ({"parameters": [0, 2, 1, 1]}, DeclarationError, "these are no bins: edges decrease"),
        ({"parameters": [0, 1, 2, 0]}, DeclarationError, "a width is not positive"),
        ({"columns": ["x", "y"]}, DataError, "2 columns for bins of 1"),
        ({"columns": ["q"]}, DataError, "unknown column 'q'"),
        ({"weight": "ww"}, DataError, "unknown column 'ww'"),
        ({"columns": ["text"]}, DataError, "one number per event is needed"),
        ({"columns": ["texts"]}, DataError, "one number per object is needed"),
        ({"precision": "half"}, DeclarationError, '"float32", "float64"'),
    ],
)
def test_what_does_not_fit_is_refused(frame, change, error, message):
    node = frame.Define("text", 'std::string("a")').Define("texts", 'ROOT::RVec<std::string>{"a"}')
    given = {"columns": COLUMNS, "weight": None, "parameters": POINT, "precision": "float32", **change}
    with pytest.raises(error, match=message):
        book_bin_moments(
            node, SPEC, given["columns"], given["weight"], given["parameters"], precision=given["precision"]
        )


def test_what_else_does_not_fit_is_refused(frame):
    with pytest.raises(DeclarationError, match=r"(?s)cotangents do not fit.*\(1, 3, 4\)"):
        book_bin_vjp(frame, SPEC, COLUMNS, None, POINT, np.ones((3, 5)))
    with pytest.raises(DataError, match="one parameter point is needed, got 2"):
        define_bin(frame, "bin", SPEC, COLUMNS, [POINT, POINT])
    wide = BinsSpec("softmax", "logistic", ("x",) * 41, n_components=41)
    with pytest.raises(DataError, match="41 columns, the compiled code takes 40"):
        book_bin_moments(frame, wide, ["x"] * 41, None, np.ones(42))


def test_softmax_of_many_outputs(ROOT, tmp_path):  # noqa: N803
    rng = np.random.default_rng(2)
    arrays = {f"o{k}": rng.normal(size=300).astype(np.float32) for k in range(20)}
    frame = ROOT.RDataFrame("events", write_file(ROOT, arrays, tmp_path / "outputs.root", "ttree"))
    spec = BinsSpec("softmax", "logistic", tuple(arrays), n_components=20)
    point = [*np.zeros(20), 0.5]
    got = book_bin_moments(frame, spec, list(arrays), None, point).value()
    expected = in_memory("bins_moments", spec, list(arrays.values()), point, np.ones(300))
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    node = define_bin(frame, "bin", spec, list(arrays), point)
    bins = book_collect(node, ["bin"]).value()["bin"]
    np.testing.assert_array_equal(bins, np.argmax(list(arrays.values()), axis=0))
