"""Makes the sample that ``gradcut demo`` ships with, from the reference data ``slepton``.

    python3 tools/make_demo_sample.py <folder with signal.root, ww.root, ttbar.root> <output folder>

For maintainers; needs ROOT. What it does and why stands in ``python/gradcut/demo/data/README.md``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import gradcut as gc
from gradcut.samples.identity import event_uniform

#: Process -> weight, in events of 140/fb, below which events of small missing energy are thinned out.
HEAVY = {"signal": 0.018, "ww": 0.25, "ttbar": 0.58}
#: Missing energy in GeV above which, in any variation, every event is kept.
TAIL = 300.0
FEATURES = ("met", "jet_pt", "dphi_l1_met", "dphi_l2_met", "mt_l1", "mt_l2", "dr_ll")
VARIATIONS = ("JES_up", "JES_down", "SOFT_up", "SOFT_down")
WEIGHTS = ("weight_LEPSF_up", "weight_LEPSF_down")
#: Bits of the mantissas that are kept: features to 0.05%, weights to 0.01%.
FEATURE_BITS, WEIGHT_BITS = 10, 12
SEED = 140


def rounded(values: NDArray[np.float32], bits: int) -> NDArray[np.float32]:
    """Round to so many bits of the mantissa; the others become zero, which compresses well."""
    dropped = 23 - bits
    pattern = values.astype(np.float32).view(np.uint32).astype(np.uint64)
    pattern = (pattern + (1 << (dropped - 1))) >> dropped << dropped
    return pattern.astype(np.uint32).view(np.float32)


def thinned(columns: dict[str, NDArray], heavy: float) -> dict[str, NDArray]:
    """Keep the tail, and of the bulk events in proportion to their weight, which then stand for all of them.

    The nominal yield after the preselection stays exactly what it was.
    """
    weight = columns["weight"].astype(np.float64)
    tail = np.max([columns[name] for name in columns if name.startswith("met")], axis=0) > TAIL
    probability = np.where(tail, 1.0, np.minimum(1.0, weight / heavy))
    uniform = event_uniform((columns["event"].astype(np.uint64),), SEED)
    kept = uniform < probability
    selected = columns["presel"] == 1
    bulk = selected & ~tail
    factor = weight[bulk].sum() / (weight / probability)[bulk & kept].sum()
    scale = np.where(tail, 1.0, factor / probability)[kept]
    result = {name: values[kept] for name, values in columns.items()}
    for name in ("weight", *WEIGHTS):
        result[name] = rounded((result[name] * scale).astype(np.float32), WEIGHT_BITS)
    for name in result:
        if name.startswith(FEATURES):
            result[name] = rounded(result[name], FEATURE_BITS)
    return result


def main(source: Path, target: Path) -> None:
    """Thin out, round and write the three samples."""
    ROOT = gc.rdf.load()  # noqa: N806
    options = ROOT.RDF.RSnapshotOptions()
    options.fCompressionAlgorithm = ROOT.RCompressionSetting.EAlgorithm.kLZMA
    options.fCompressionLevel = 9
    for process, heavy in HEAVY.items():
        frame = ROOT.RDataFrame("events", str(source / f"{process}.root"))
        known = [str(name) for name in frame.GetColumnNames()]
        varied = [f"{name}_{tag}" for name in ("presel", *FEATURES) for tag in VARIATIONS]
        names = [
            "event",
            "weight",
            *WEIGHTS,
            "presel",
            *FEATURES,
            *(name for name in varied if name in known),
        ]
        columns = {name: np.asarray(values) for name, values in frame.AsNumpy(names).items()}
        result = thinned(columns, heavy)
        path = target / f"{process}.root"
        ROOT.RDF.FromNumpy(result).Snapshot("events", str(path), names, options)
        selected = result["presel"] == 1
        w = result["weight"][selected].astype(np.float64)
        size, passed = path.stat().st_size, int(selected.sum())
        print(f"{process}: {len(selected)} events in {size} bytes, {passed} after the preselection,")
        print(f"    yield {w.sum():.2f}, effective entries {w.sum() ** 2 / (w**2).sum():.0f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
