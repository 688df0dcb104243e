"""The union over variations of RDataFrame's Vary, against dictionaries of entries."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcut.jagged import Jagged
from gradcut.samples.readers.plan import RawEvents, RawTotals
from gradcut.samples.resolve import Universe
from gradcut.samples.union import union_of_variations

ROW = st.tuples(st.sampled_from([0.0, 1.0, np.nan]), st.integers(-2, 2))
#: Entry -> (feature, weight) in nominal and in two variations.
UNIVERSES = st.lists(st.dictionaries(st.integers(0, 12), ROW, max_size=8), min_size=3, max_size=3)


def raw_of(rows, **varied):
    entries = np.array(sorted(rows), dtype=np.int64)
    return RawEvents(
        quantities=[
            np.array([rows[entry][0] for entry in entries], dtype=np.float32),
            np.array([rows[entry][1] for entry in entries], dtype=np.int32),
        ],
        vectors={},
        masks=[np.ones(len(entries), dtype=bool)],
        entries=entries,
        before=RawTotals(13, 13.0, 13.0),
        varied=varied,
    )


@settings(max_examples=200, deadline=None)
@given(UNIVERSES)
def test_union_has_every_entry_of_every_variation(universes):
    nominal, up, down = universes
    raw = raw_of(nominal, **{"v:up": raw_of(up), "v:down": raw_of(down)})
    merged, found = union_of_variations(raw, [Universe("nominal", (0,), (1,), 0)])
    assert [universe.tag for universe in found] == ["nominal", "v:up", "v:down"]
    assert merged.entries.tolist() == sorted({*nominal, *up, *down})
    assert not merged.varied
    for universe, rows in zip(found, universes, strict=True):
        mask = merged.masks[universe.requirement]
        assert merged.entries[mask].tolist() == sorted(rows)
        features, weights = merged.quantities[universe.features[0]], merged.quantities[universe.weights[0]]
        assert (features.dtype, weights.dtype) == (np.float32, np.int32)
        np.testing.assert_array_equal(
            features[mask], np.array([rows[e][0] for e in sorted(rows)], np.float32)
        )
        assert weights[mask].tolist() == [rows[entry][1] for entry in sorted(rows)]


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.integers(0, 12), ROW, min_size=1, max_size=8))
def test_union_of_equal_variations_shares_everything(rows):
    raw = raw_of(rows, **{"v:up": raw_of(rows)})
    merged, (nominal, up) = union_of_variations(raw, [Universe("nominal", (0,), (1,), 0)])
    assert (up.features, up.weights, up.requirement) == (
        nominal.features,
        nominal.weights,
        nominal.requirement,
    )
    assert len(merged.quantities) == 2


def test_union_without_vary_is_what_was_read():
    raw = raw_of({1: (0.0, 1)})
    merged, found = union_of_variations(raw, [Universe("nominal", (0,), (1,), 0)])
    assert merged is raw
    assert len(found) == 1


OBJECTS = st.lists(st.sampled_from([0.0, 1.0, np.nan]), max_size=3)
#: Entry -> objects in nominal and in two variations; a variation may change how many there are.
OBJECT_UNIVERSES = st.lists(st.dictionaries(st.integers(0, 8), OBJECTS, max_size=6), min_size=3, max_size=3)


@settings(max_examples=200, deadline=None)
@given(OBJECT_UNIVERSES)
def test_union_of_objects_has_those_of_every_variation(universes):
    def raw_objects(rows, **varied):
        events = raw_of(dict.fromkeys(rows, (0.0, 1)), **varied)
        events.quantities.append(Jagged.from_lists([rows[e] for e in sorted(rows)], np.float32))
        return events

    nominal, up, down = universes
    raw = raw_objects(nominal, **{"v:up": raw_objects(up), "v:down": raw_objects(down)})
    merged, found = union_of_variations(raw, [Universe("nominal", (0, 2), (1,), 0)])
    for universe, rows in zip(found, universes, strict=True):
        column = merged.quantities[universe.features[1]]
        mask = merged.masks[universe.requirement]
        assert len(column) == len(merged.entries)
        expected = Jagged.from_lists([rows[entry] for entry in sorted(rows)], np.float32)
        assert column[mask].identical(expected)
    same = [rows == nominal for rows in universes]  # NaN is one object here, so the same as itself
    for universe, is_same in zip(found, same, strict=True):
        if is_same:
            assert universe.features[1] == found[0].features[1]
