"""The events of the results that are tested."""

from __future__ import annotations

import numpy as np

from fitting.toy_samples import columns

SIGNAL = columns(1, 3000, 0.01, x=(1, 1), y=(-0.5, 1), noise=(0, 1))
BACKGROUND = columns(2, 5000, 0.3, x=(-1, 1), y=(0.5, 1), noise=(0, 1))
BACKGROUND["x"][::10] = np.nan
