from __future__ import annotations

import numpy as np
import pytest
from rdf_events import N_EVENTS, make_events, points_of, spec_of, write_file
from rdf_oracle import moments

from gradcut.errors import DataError, DeclarationError
from gradcut.rdf import book_soft_moments, run

pytestmark = pytest.mark.root

KINDS = ["above", "below", "window", "veto"]
#: Relative to the largest number of a row: what single precision gives with sums in double.
TOLERANCE = {"float64": 1e-13, "float32": 2e-6}


def assert_close(got, expected, tolerance):
    scale = np.abs(expected).max(axis=-1, keepdims=True)
    assert np.all(np.abs(got - expected) <= tolerance * np.maximum(scale, 1e-300)), np.abs(
        got - expected
    ).max()


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("step", ["logistic", "gaussian"])
def test_value_and_every_derivative_equal_a_slow_loop(ROOT, events, file, step, precision):  # noqa: N803
    columns = ["x", "y", "z", "x"]
    low, high, width = points_of(4, n_points=3)
    node = ROOT.RDataFrame("events", file)
    booked = book_soft_moments(
        node, spec_of(KINDS, step), columns, "w", low, high, width, precision=precision, derivatives="all"
    )
    expected = moments([events[c] for c in columns], events["w"], KINDS, low, high, width, step)
    assert booked.value().shape == (3, 3, 13)
    assert_close(booked.value(), expected, TOLERANCE[precision])
    assert booked.spread() == (N_EVENTS, 1, 1)


@pytest.mark.parametrize("precision", TOLERANCE)
@pytest.mark.parametrize("columns", [["d"], ["d", "x"], ["i", "b", "x"], ["i", "d", "b", "event"]])
@pytest.mark.parametrize("weight", ["w", "wd", "i", None])
def test_columns_of_other_types_are_converted(ROOT, events, frame, columns, weight, precision):  # noqa: N803
    kinds = ["above"] * len(columns)
    centre = np.array([[float(np.median(events[c])) + 0.3 for c in columns]])
    width = np.full_like(centre, 0.7)
    booked = book_soft_moments(
        frame, spec_of(kinds), columns, weight, centre, centre, width, precision=precision, derivatives="all"
    )
    weights = np.ones(N_EVENTS) if weight is None else events[weight]
    expected = moments([events[c] for c in columns], weights, kinds, centre, centre, width)
    assert_close(booked.value(), expected, TOLERANCE[precision])


def test_single_precision_with_large_numbers_keeps_them_by_the_offset(ROOT, events, frame):  # noqa: N803
    low = np.array([[3e6 + 1.0], [3e6 - 1.0]])
    width = np.full_like(low, 0.01)
    spec = spec_of(["above"])
    default = book_soft_moments(frame, spec, ["d"], "w", low, low, width)
    given = book_soft_moments(frame, spec, ["d"], "w", low, low, width, offsets=[3e6])
    without = book_soft_moments(frame, spec, ["d"], "w", low, low, width, offsets=[0.0])
    expected = moments([events["d"]], events["w"], ["above"], low, low, width)[..., :2]
    assert_close(default.value()[..., :2], expected, 1e-4)
    assert_close(given.value()[..., :2], expected, 1e-4)
    assert (
        np.abs(without.value()[..., :2] - expected)[:, 1, 0].max() > 1
    )  # a float has a spacing of 0.25 there


def test_hard_step_equals_filters_of_rdataframe(ROOT, frame):  # noqa: N803
    low, high, width = points_of(3)
    spec = spec_of(["above", "below", "window"], "hard")
    for precision in TOLERANCE:
        low, high = (values.astype(np.float32).astype(float) for values in (low, high))
        booked = book_soft_moments(frame, spec, ["x", "y", "z"], "w", low, high, width, precision=precision)
        (c0, _, c2), (_, c1, c3) = low[0].tolist(), high[0].tolist()
        cuts = f"x > {c0!r} && y < {c1!r} && z > {c2!r} && z < {c3!r}"
        passed = frame.Filter(cuts).Define("double_w", "double(w)")
        assert booked.value()[0, 1, 0] == pytest.approx(
            passed.Sum("double_w").GetValue(), rel=1e-12 if precision == "float64" else 1e-7
        )
        assert booked.value()[0, 0, 0] == passed.Count().GetValue()


def test_hard_step_on_doubles_compares_doubles(ROOT, events, frame):  # noqa: N803
    threshold = events["d"][7]
    low = np.array([[threshold], [np.nextafter(threshold, 0)]])
    booked = book_soft_moments(frame, spec_of(["above"], "hard"), ["d"], None, low, low, np.ones_like(low))
    entries = booked.value()[:, 0, 0]
    assert entries.tolist() == [(events["d"] > c).sum() for c in low[:, 0]]
    assert entries[1] == entries[0] + 1


@pytest.mark.parametrize("derivatives", ["none", "thresholds"])
def test_derivatives_that_were_not_asked_for_are_zero(events, frame, derivatives):
    low, high, width = points_of(2)
    booked = book_soft_moments(
        frame, spec_of(["above", "window"]), ["x", "y"], "w", low, high, width, derivatives=derivatives
    )
    got = booked.value()[0, 1]
    assert np.all(got[5:] == 0)
    assert np.all(got[1:3] == 0) == (derivatives == "none")


@pytest.mark.parametrize("n_cuts", [0, 1, 11, 12, 16, 17, 21, 33, 40])
def test_number_of_cuts(events, frame, n_cuts):
    columns = [("x", "y", "z")[k % 3] for k in range(n_cuts)]
    kinds = [KINDS[k % 3] for k in range(n_cuts)]
    low, high, width = points_of(n_cuts)
    low, high, width = low - 2, high + 2, width
    booked = book_soft_moments(
        frame, spec_of(kinds), columns, "w", low, high, width, precision="float64", derivatives="all"
    )
    expected = moments([events[c] for c in columns], events["w"], kinds, low, high, width)
    assert_close(booked.value(), expected, 1e-12)


def test_bookings_are_lazy_and_share_one_loop(ROOT, tree):  # noqa: N803
    frame = ROOT.RDataFrame("events", tree)
    low, high, width = points_of(1)
    booked = [book_soft_moments(frame, spec_of([k]), ["x"], "w", low, high, width) for k in KINDS]
    own = frame.Filter("x > 0").Count()
    assert frame.GetNRuns() == 0
    run(*booked)
    assert own.IsReady()
    assert all(np.all(np.isfinite(b.value())) for b in booked)
    assert frame.GetNRuns() == 1


def test_run_computes_results_of_several_frames(ROOT, events, tree):  # noqa: N803
    low, high, width = points_of(1)
    frames = [ROOT.RDataFrame("events", tree) for _ in range(3)]
    booked = [book_soft_moments(f, spec_of(["above"]), ["x"], "w", low, high, width) for f in frames]
    run(*booked, booked[0])
    assert [f.GetNRuns() for f in frames] == [1, 1, 1]
    assert len({b.value().tobytes() for b in booked}) == 1


def test_no_events_give_zeros(ROOT, tmp_path):  # noqa: N803
    # A TTree only: ROOT 6.40 itself crashes on an RNTuple without entries, in Count() alone.
    path = write_file(ROOT, {k: v[:0] for k, v in make_events(10).items()}, tmp_path / "empty.root", "ttree")
    frame = ROOT.RDataFrame("events", path)
    low, high, width = points_of(1)
    booked = book_soft_moments(frame, spec_of(["above"]), ["x"], "w", low, high, width)
    assert np.all(booked.value() == 0)
    assert booked.spread() == (0, 0, 0)


def test_filter_that_nothing_passes_gives_zeros(frame):
    low, high, width = points_of(1)
    booked = book_soft_moments(frame.Filter("x > 1e9"), spec_of(["above"]), ["x"], "w", low, high, width)
    assert np.all(booked.value() == 0)


@pytest.mark.parametrize("precision", TOLERANCE)
def test_nan_and_infinity(ROOT, precision):  # noqa: N803
    x = np.array([np.nan, np.inf, -np.inf, 0.3, 1e30, -1e30], np.float32)
    w = np.array([1, 2, 4, 8, 16, -32], np.float32)
    frame = ROOT.RDF.FromNumpy({"x": x, "w": w})
    low, high, width = points_of(4)
    booked = book_soft_moments(
        frame, spec_of(KINDS), ["x"] * 4, "w", low, high, width, precision=precision, derivatives="all"
    )
    single = [
        book_soft_moments(frame, spec_of([k]), ["x"], "w", low[:, :1], high[:, :1], width[:, :1])
        for k in KINDS
    ]
    assert_close(booked.value(), moments([x] * 4, w, KINDS, low, high, width), TOLERANCE[precision])
    for kind, result in zip(KINDS, single, strict=True):
        expected = moments([x], w, [kind], low[:, :1], high[:, :1], width[:, :1])[:, :, :3]
        assert_close(result.value()[:, :, :3], expected, 2e-6)


def test_events_of_weight_zero_are_no_entries(ROOT):  # noqa: N803
    frame = ROOT.RDF.FromNumpy({"x": np.ones(3, np.float32), "w": np.array([0, 2, 0], np.float32)})
    booked = book_soft_moments(
        frame, spec_of([]), [], "w", np.empty((1, 0)), np.empty((1, 0)), np.empty((1, 0))
    )
    assert booked.value()[0, :, 0].tolist() == [1, 2, 4]


def test_chain_and_friends(ROOT, events, tmp_path):  # noqa: N803
    halves = {"b": slice(0, 1500), "a": slice(1500, None)}
    chain, friend = ROOT.TChain("events"), ROOT.TChain("events")
    for name, part in halves.items():
        main = {k: events[k][part] for k in ("x", "w")}
        chain.Add(write_file(ROOT, main, tmp_path / f"{name}.root", "ttree"))
        other = {"y": events["y"][part]}
        friend.Add(write_file(ROOT, other, tmp_path / f"{name}_friend.root", "ttree"))
    chain.AddFriend(friend, "other")
    frame = ROOT.RDataFrame(chain)
    low, high, width = points_of(2)
    booked = book_soft_moments(
        frame, spec_of(["above", "below"]), ["x", "other.y"], "w", low, high, width, precision="float64"
    )
    expected = moments([events["x"], events["y"]], events["w"], ["above", "below"], low, high, width)
    assert_close(booked.value()[..., :5], expected[..., :5], 1e-13)
    assert booked.spread() == (N_EVENTS, 2, 1)  # one sum per file


def test_defined_columns_and_aliases(events, frame):
    low, high, width = points_of(2)
    node = frame.Define("twice", "2 * x").Alias("other", "y")
    booked = book_soft_moments(
        node, spec_of(["above", "below"]), ["twice", "other"], "w", low, high, width, precision="float64"
    )
    columns = [2 * events["x"], events["y"]]
    expected = moments(columns, events["w"], ["above", "below"], low, high, width)
    assert_close(booked.value()[..., :5], expected[..., :5], 1e-12)


def test_no_just_in_time_compilation(ROOT, capfd, tree):  # noqa: N803
    ROOT.gInterpreter.Declare(
        """
        #include <ROOT/RLogger.hxx>
        #include <ROOT/RDF/Utils.hxx>
        void VerboseRDataFrame(bool on)
        {
           static std::unique_ptr<ROOT::RLogScopedVerbosity> verbose;
           verbose.reset();
           if (on)
              verbose = std::make_unique<ROOT::RLogScopedVerbosity>(ROOT::Detail::RDF::RDFLogChannel(),
                                                                    ROOT::ELogLevel::kInfo);
        }
        """
    )
    low, high, width = points_of(3)

    def log_of(node, columns):
        booked = book_soft_moments(node, spec_of(["above"] * 3), columns, "wd", low, high, width)
        capfd.readouterr()
        ROOT.VerboseRDataFrame(True)
        try:
            booked.value()
        finally:
            ROOT.VerboseRDataFrame(False)
        return capfd.readouterr().err

    phase = "Just-in-time compilation phase completed"
    assert phase not in log_of(ROOT.RDataFrame("events", tree), ["x", "d", "i"])
    # the log would have told
    assert phase in log_of(ROOT.RDataFrame("events", tree).Define("t", "x + 1"), ["t", "d", "i"])


def test_unknown_column_is_named_with_close_matches(frame):
    low, high, width = points_of(1)
    with pytest.raises(DataError, match=r"unknown column 'evnt'\n.*did you mean 'event'"):
        book_soft_moments(frame, spec_of(["above"]), ["evnt"], "w", low, high, width)
    with pytest.raises(DataError, match="unknown column 'weigth'"):
        book_soft_moments(frame, spec_of(["above"]), ["x"], "weigth", low, high, width)


def test_vector_column_is_refused(frame):
    low, high, width = points_of(1)
    node = frame.Define("jets", "ROOT::RVecF{x, y}")
    with pytest.raises(DataError, match=r"column 'jets' is of type .*RVec.*one number per event is needed"):
        book_soft_moments(node, spec_of(["above"]), ["jets"], "w", low, high, width)


def test_too_many_cuts_are_refused(frame):
    low, high, width = points_of(41)
    with pytest.raises(DataError, match="41 cuts, the compiled action takes 40"):
        book_soft_moments(frame, spec_of(["above"] * 41), ["x"] * 41, "w", low, high, width)


def test_wrong_declarations_are_refused(frame):
    low, high, width = points_of(2)
    spec = spec_of(["above", "window"])
    with pytest.raises(DataError, match="1 columns for 2 cuts"):
        book_soft_moments(frame, spec, ["x"], "w", low, high, width)
    with pytest.raises(DeclarationError, match=r"do not fit the selection\n.*\(1, 1\).*\n.*\(n_points, 2\)"):
        book_soft_moments(frame, spec, ["x", "y"], "w", low[:, :1], high, width)
    with pytest.raises(DeclarationError, match="cut 1, point 0: the window is reversed"):
        book_soft_moments(frame, spec, ["x", "y"], "w", high, low, width)
    with pytest.raises(DeclarationError, match="cut 0, point 0: the width must be positive"):
        book_soft_moments(frame, spec, ["x", "y"], "w", low, high, 0 * width)
    with pytest.raises(DeclarationError, match="the lower threshold is NaN"):
        book_soft_moments(frame, spec, ["x", "y"], "w", np.nan * low, high, width)
    with pytest.raises(
        DeclarationError, match=r"precision is not one of.*\n.*'half'\n.*\"float32\", \"float64\""
    ):
        book_soft_moments(frame, spec, ["x", "y"], "w", low, high, width, precision="half")
    with pytest.raises(DataError, match="3 offsets for 2 cuts"):
        book_soft_moments(frame, spec, ["x", "y"], "w", low, high, width, offsets=[1, 2, 3])
    with pytest.raises(DeclarationError, match="this is no RDataFrame"):
        book_soft_moments([1, 2], spec, ["x", "y"], "w", low, high, width)
    with pytest.raises(DeclarationError, match="run takes what the functions book_"):
        run(3)
