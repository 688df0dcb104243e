import numpy as np
import pytest

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


@pytest.mark.parametrize("events", [[3, 0, 0, 1], [], [-1, 2]])
def test_take_indices_equals_loop(events):
    column = Jagged.from_lists(ROWS).take(np.array(events))
    assert [column[i].tolist() for i in range(len(column))] == [ROWS[i] for i in events]


def test_take_mask_equals_loop():
    column = Jagged.from_lists(ROWS).take(np.array([True, True, False, True]))
    assert column == Jagged.from_lists([ROWS[0], ROWS[1], ROWS[3]])
    with pytest.raises(DataError, match="1 entries for 4 events"):
        column.from_lists(ROWS).take(np.array([True]))


def test_slice_shares_the_content():
    column = Jagged.from_lists(ROWS)
    part = column.slice(1, 4)
    assert part == Jagged.from_lists(ROWS[1:])
    assert np.shares_memory(part.content, column.content)


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
