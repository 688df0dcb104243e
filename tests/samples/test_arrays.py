"""Arrays in memory, in every form that users have."""

from __future__ import annotations

import numpy as np
import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.jagged import Jagged
from gradcut.samples import Samples


class Frame:
    """As much of a data frame as is used: named columns."""

    def __init__(self, columns):
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name):
        return self._columns[name]


COLUMNS = {"x": np.array([1.0, 2.0, 3.0], dtype=np.float32), "n": np.array([1, 2, 3], dtype=np.int32)}


def table(source, features=("x", "n"), **settings):
    samples = Samples(**settings)
    samples.add("a", source, role="signal")
    return samples.collect(list(features))["all", "a"]


def structured():
    rows = np.zeros(3, dtype=[("x", np.float32), ("n", np.int32)])
    rows["x"], rows["n"] = COLUMNS["x"], COLUMNS["n"]
    return rows


@pytest.mark.parametrize(
    "source", [COLUMNS, structured(), Frame(COLUMNS)], ids=["dict", "structured", "frame"]
)
def test_arrays_of_every_form_give_the_same_events(source):
    x, n = table(source).features()
    np.testing.assert_array_equal(x, COLUMNS["x"])
    np.testing.assert_array_equal(n, COLUMNS["n"])
    assert (x.dtype, n.dtype) == (np.float32, np.int32)


@pytest.mark.uproot
def test_arrays_awkward_records_with_vectors():
    import awkward as ak

    records = ak.Array([{"x": 1.0, "v": [1.0, 5.0]}, {"x": 2.0, "v": []}, {"x": 3.0, "v": [7.0]}])
    x, count, total = table(records, ["x", "count(v > 2)", "sum(v)"]).features()
    assert x.tolist() == [1.0, 2.0, 3.0]
    assert count.tolist() == [1.0, 0.0, 1.0]
    assert total.tolist() == [6.0, 0.0, 7.0]


@pytest.mark.uproot
def test_arrays_awkward_with_none_is_refused():
    import awkward as ak

    with pytest.raises(DataError, match=r"(?s)column 'x' is no table of numbers.*fill_none"):
        table(ak.Array([{"x": 1.0}, {"x": None}]), ["x"])


def test_arrays_two_dimensional_and_jagged_columns_are_vectors():
    rows = {"v": np.array([[1.0, 2.0], [3.0, 4.0]]), "j": Jagged.from_lists([[1.0], []])}
    total, count = table(rows, ["sum(v)", "count(j > 0)"]).features()
    assert total.tolist() == [3.0, 7.0]
    assert count.tolist() == [1.0, 0.0]


def test_arrays_big_endian_become_native():
    (x,) = table({"x": np.array([1.0, 2.0], dtype=">f4")}, ["x"]).features()
    assert x.dtype == np.float32
    assert x.dtype.isnative


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(DataError, match=r"(?s)different lengths.*'x' has 3 events, 'y' has 2"):
        table({"x": np.zeros(3), "y": np.zeros(2)})


def test_arrays_without_columns_are_refused():
    with pytest.raises(DeclarationError, match="a table without columns"):
        table({})


def test_arrays_of_text_are_refused_where_they_are_used():
    with pytest.raises(DataError, match=r"(?s)column 'x' is not a number.*process 'a', channel 'all'"):
        table({"x": np.array(["a", "b"])}, ["x"])
    assert table({"x": np.array(["a", "b"]), "y": np.array([1.0, 2.0])}, ["y"]).n_events == 2


def test_source_that_is_none_is_refused():
    with pytest.raises(DeclarationError, match=r"(?s)this is no source of events.*given: int.*file names"):
        table(42)


def test_arrays_with_prepare_are_refused():
    with pytest.raises(DeclarationError, match="'prepare' goes with files"):
        Samples().add("a", COLUMNS, role="signal", prepare=lambda node: node)
