"""Arrays need nothing but numpy."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
import numpy as np
import gradcut as gc
samples = gc.Samples(event="n", require="x > 0")
samples.add("a", {"x": np.ones(8), "n": np.arange(8)}, role="signal")
samples.collect(["x * 2"], split=gc.Folds(2, by="n % 2")).part("test[1]")
print(sorted({"ROOT", "torch", "uproot", "awkward", "numba"} & set(sys.modules)))
"""


def test_collecting_arrays_imports_neither_root_nor_torch_nor_uproot():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
