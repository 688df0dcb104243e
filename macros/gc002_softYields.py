"""Soft yields of a search, in memory and in RDataFrame's event loop, and what their gradient is good for.

    python3 macros/gc002_softYields.py

Makes two samples with ROOT, declares a selection with three open numbers, and

1. compares the yields of the compiled kernels in memory with those of the event loop over the files;
2. follows the gradient of the significance (20% background uncertainty, MC statistics) on half of the events;
3. hands the cuts back as RDataFrame filters, whose counts are those of the engine's hard cuts.

Every number that it is about is asserted.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

import gradcut as gc
from gradcut import engines

UNCERTAINTY = 0.2  # of the background


def make_sample(path: Path, name: str, n: int, seed: int) -> None:
    """Events of a toy search: missing energy, an angle, a mass."""
    ROOT = gc.rdf.load()  # noqa: N806
    rng = np.random.default_rng(seed)
    signal = name == "signal"
    columns = {
        "met": rng.gamma(3.0 if signal else 2.0, 70.0, n).astype(np.float32),
        "dphi": rng.uniform(-np.pi, np.pi, n).astype(np.float32) * np.float32(0.6 if signal else 1.0),
        "mll": rng.normal(91.0, 3.0 if signal else 30.0, n).astype(np.float32),
        "weight": np.full(n, (200.0 if signal else 5_000.0) / n, dtype=np.float32),
        "event": np.arange(n),
    }
    ROOT.RDF.FromNumpy(columns).Snapshot("events", str(path))


def significance(yields: gc.Yields) -> tuple[np.ndarray, gc.Moments]:
    """Z at every point and its derivatives in the moments."""
    s, b = (yields.total(role).sum_w[:, 0, 0] for role in ("signal", "background"))
    roles = yields.layout.roles
    variance = yields.floored_variance()[:, 0, roles.index("background"), 0, 0]
    sigma = np.sqrt((UNCERTAINTY * b) ** 2 + variance)
    z = gc.stats.asimov_significance(s, b, sigma)
    cotangents = gc.Moments(*(np.zeros_like(m) for m in yields.moments))
    for process, role in enumerate(roles):
        if role == "signal":
            cotangents.sum_w[:, 0, process, 0, 0] = z.d_s
        else:
            cotangents.sum_w[:, 0, process, 0, 0] = z.d_b + z.d_sigma_b * UNCERTAINTY**2 * b / sigma
            cotangents.variance[:, 0, process, 0, 0] = z.d_sigma_b / (2 * sigma)
    return z.z, cotangents


def climb(engine: engines.Engine, start: np.ndarray, scales: np.ndarray, cut_of: list[int]) -> np.ndarray:
    """Follow the gradient with steps that shrink together with the widths, from broad to sharp."""
    thresholds, best, best_z = start, start, -np.inf
    for step in range(120):
        share = 0.5 * 0.1 ** (step / 120)
        point = np.concatenate([thresholds, share * scales])
        _, cotangents = significance(engine.yields(point))
        gradient = engine.vjp(cotangents)[0, : len(start)] * scales[cut_of]
        thresholds = thresholds + 0.3 * share * scales[cut_of] * gradient / np.linalg.norm(gradient)
        hard = float(significance(engine.hard_yields(np.concatenate([thresholds, scales])))[0][0])
        if hard > best_z:
            best, best_z = thresholds, hard
    return best


def main() -> None:
    """Run the three steps."""
    ROOT = gc.rdf.load()  # noqa: N806
    with tempfile.TemporaryDirectory() as folder:
        files = {}
        for seed, (name, n) in enumerate({"signal": 40_000, "background": 200_000}.items()):
            path = Path(folder) / f"{name}.root"
            make_sample(path, name, n, seed)
            files[name] = f"{path}:events"

        samples = gc.Samples(weight="weight", event="event")
        for name in files:
            samples.add(name, files[name], role=name)  # type: ignore[arg-type]
        selection = gc.Selection("met > ?", "abs(dphi) < ?", "? < mll < ?")
        spec = selection.kernel_spec()

        # 1. The same sums in memory and in the event loop.
        tables = engines.collect(selection, samples, split=gc.Split(train=0.5, select=0.0, test=0.5, seed=1))
        in_memory = engines.CpuEngine(spec, tables)
        start, scales = np.array([150.0, 2.0, 60.0, 120.0]), np.array([100.0, 1.0, 20.0])
        point = np.concatenate([start, 0.2 * scales])
        in_loop = engines.EventLoopEngine(selection, samples).yields(point)
        memory = in_memory.yields(point)
        print("soft yields            in memory    event loop   MC uncertainty")
        for name in files:
            a, b = memory.of(name), in_loop.of(name)
            print(
                f"  {name:18s} {a.sum_w[0, 0]:12.4f} {b.sum_w[0, 0]:12.4f} {np.sqrt(a.variance[0, 0]):12.4f}"
            )
            assert abs(a.sum_w[0, 0] / b.sum_w[0, 0] - 1) < 1e-6

        # 2. Thresholds from one half of the events, the number from the other half.
        train, test = (engines.CpuEngine(spec, tables.part(part)) for part in ("train", "test"))
        best = climb(train, start, scales, cut_of=[0, 1, 2, 2])
        values = dict(zip(selection.parameters, (float(x) for x in best), strict=True))
        types = dict.fromkeys(selection.columns, "float")
        values = selection.snap(values, types)
        learned = [*values.values(), *scales]
        before, after = (float(significance(test.hard_yields(p))[0][0]) for p in ([*start, *scales], learned))
        print(f"\nsignificance on the other half: {before:.3f} at the start, {after:.3f} learned")
        for name, value in values.items():
            print(f"  {name:10s} {value:10.3f}")
        assert after > 1.3 * before

        # 3. Back in RDataFrame.
        whole = in_memory.hard_yields(learned)
        print("\nfilters")
        for code, label in selection.filters(values, types):
            print(f"  {label:30s} {code}")
        for name, source in files.items():
            node = ROOT.RDataFrame("events", source.rpartition(":")[0])
            for code, label in selection.filters(values, types):
                node = node.Filter(code, label)
            count, total = node.Count(), node.Sum("weight")
            mine = whole.of(name)
            print(f"  {name:12s} {count.GetValue():7d} events, yield {total.GetValue():10.4f}")
            assert count.GetValue() == mine.entries[0, 0]
            assert abs(total.GetValue() / mine.sum_w[0, 0] - 1) < 1e-6


if __name__ == "__main__":
    main()
