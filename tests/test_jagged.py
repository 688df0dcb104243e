import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradcut.errors import DataError
from gradcut.jagged import Jagged

ROWS = [[1.0, 2.0], [], [3.0], [4.0, 5.0, 6.0]]


def test_from_lists_and_back():
    column = Jagged.from_lists(ROWS)
    assert [column[i].tolist() for i in range(len(column))] == ROWS
    assert column[-1].tolist() == ROWS[-1]
    assert column.lengths.tolist() == [2, 0, 1, 3]
    assert column.dtype == np.float64


def test_from_lists_without_objects_has_the_type_asked_for():
    assert Jagged.from_lists([[], []], np.float32).dtype == np.float32


@given(
    st.lists(st.lists(st.integers(0, 9), max_size=3), max_size=6),
    st.slices(6),
    st.data(),
)
def test_slices_masks_and_indices_equal_lists(rows, wanted, data):
    column = Jagged.from_lists(rows, np.float32)
    assert [list(objects) for objects in column[wanted]] == rows[wanted]
    mask = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    found = column[np.array(mask, dtype=bool)]
    assert [list(objects) for objects in found] == [row for row, keep in zip(rows, mask, strict=True) if keep]
    indices = data.draw(st.lists(st.integers(-len(rows), len(rows) - 1), max_size=8)) if rows else []
    found = column[np.array(indices)]
    assert [list(objects) for objects in found] == [rows[i] for i in indices]
    assert found.dtype == np.float32
    cut = data.draw(st.integers(0, len(rows)))
    assert Jagged.concatenate([column[:cut], column[cut:]]).identical(column)


def test_mask_of_another_length_is_refused():
    with pytest.raises(DataError, match="1 entries for 4 events"):
        Jagged.from_lists(ROWS)[np.array([True])]


def test_consecutive_events_share_the_values():
    column = Jagged.from_lists(ROWS)
    part = column[1:4]
    assert part == Jagged.from_lists(ROWS[1:])
    assert np.shares_memory(part.values, column.values)
    assert column[:].offsets is not None
    assert np.shares_memory(column[:].offsets, column.offsets)


def test_identical_knows_nan_and_types():
    one = Jagged.from_lists([[np.nan, 1.0], []])
    assert one.identical(Jagged.from_lists([[np.nan, 1.0], []]))
    assert one != Jagged.from_lists([[np.nan, 1.0], []])
    assert not one.identical(Jagged.from_lists([[np.nan, 1.0], []], np.float32))
    assert not one.identical(Jagged.from_lists([[np.nan], [1.0]]))
    assert not one.identical(Jagged.from_lists([[np.nan, 2.0], []]))


def test_other_values_of_the_same_objects():
    column = Jagged.from_lists(ROWS)
    twice = column.with_values(2 * column.values)
    assert twice.offsets is column.offsets
    assert column.repeat(np.arange(4)).tolist() == [0, 0, 2, 3, 3, 3]
    assert column.nbytes == 6 * 8 + 5 * 8


def test_numpy_does_not_take_it_for_an_array():
    with pytest.raises(TypeError, match="a vector column is no array"):
        np.asarray(Jagged.from_lists(ROWS))
    with pytest.raises(TypeError, match="__array_ufunc__"):
        np.abs(Jagged.from_lists(ROWS))


def test_event_out_of_range():
    with pytest.raises(IndexError, match="event 4 of a vector column of 4 events"):
        Jagged.from_lists(ROWS)[4]


@pytest.mark.parametrize(
    ("content", "offsets", "message"),
    [
        (np.ones((2, 2)), [0, 2], "one-dimensional array of numbers"),
        (np.array(["a"]), [0, 1], "one-dimensional array of numbers"),
        (np.ones(2), [0.0, 2.0], "n_events \\+ 1 integers"),
        (np.ones(2), [], "n_events \\+ 1 integers"),
        (np.ones(2), [1, 2], "begin at 0"),
        (np.ones(2), [0, 3], "0 to 3 for 2 objects"),
        (np.ones(2), [0, 2, 1, 2], "never decrease"),
    ],
)
def test_bad_parts_are_refused(content, offsets, message):
    with pytest.raises(DataError, match=message):
        Jagged(content, np.array(offsets))
