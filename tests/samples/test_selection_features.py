"""Features of a selection, collected: thresholds on them decide as the selection's own mask does."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcut.jagged import Jagged
from gradcut.samples import Samples
from gradcut.selection import Selection

NUMBER = st.one_of(st.sampled_from([-999.0, np.nan, np.inf, -np.inf, 25.0]), st.floats(-200, 200, width=32))
ROW = st.tuples(NUMBER, NUMBER, st.lists(NUMBER, max_size=4), st.integers(-999, 5))
SELECTION = Selection(
    "met > ?a",
    "abs(dphi) < ?b",
    "count(jet_pt > 25) >= ?c",
    "max(jet_pt) < ?d",
    "n - 1 > ?e",
    sentinels=[-999],
)


@settings(max_examples=100, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=12), st.tuples(*[st.floats(-50, 150)] * 5))
def test_features_with_hard_thresholds_equal_the_mask_of_the_selection(rows, thresholds):
    met, dphi, jets, n = zip(*rows, strict=True)
    columns = {
        "met": np.array(met, dtype=np.float32),
        "dphi": np.array(dphi, dtype=np.float64),
        "jet_pt": Jagged.from_lists(jets, dtype=np.float32),
        "n": np.array(n, dtype=np.int32),
    }
    samples = Samples()
    samples.add("a", columns, role="signal")
    tables = samples.collect(SELECTION.features, sentinels=SELECTION.sentinels)
    a, b, c, d, e = (feature.astype(np.float64) for feature in tables["all", "a"].features())
    low_a, high_b, low_c, high_d, low_e = thresholds
    passes = (a > low_a) & (b < high_b) & (c >= low_c) & (d < high_d) & (e > low_e)
    expected = SELECTION.mask(columns, dict(zip("abcde", thresholds, strict=True)))
    np.testing.assert_array_equal(passes, expected)
