"""Cuts at many signal efficiencies: gc.scan_cuts beside the limit, differential evolution, PRIM and cabin.

    python benchmarks/cuts_scan.py [--shared SHARED] [--sets susytoy gauss42 ...] [--methods plain prim ...]
        [--draws 10] [--first-draw 0] [--other-draws 3] [--cabin PYTHON] [--million]
        [--out benchmarks/results/cuts_scan.json]

Rows of other sets, draws and methods that the file already has stay: a part can be repeated, or added later.

``susytoy`` and ``gauss42`` are cut from the score files, 8000 events of signal and of background to learn
from per draw, all others of these files judge. The other sets are generated: windows, heavy tails with
integers, correlations, forty features; 200k + 200k events judge. ``paper`` is ``gradcut.cabin`` with its
settings STABLE, ``cabin`` the package of PyPI at the paper's Table 1.

``ratio`` is the background efficiency on the judging events over the limit at the signal efficiency that was
reached there (the limit's logarithm interpolated in the efficiency; beyond its ends with the slope there).
``to_evolution`` is the same with differential evolution's points of the same draw in place of the limit.
``miss`` is the largest distance from the target on the training events, in events. ``falls`` counts the steps
between neighbouring targets at which a cut tightens by more than one event in a thousand. CPU seconds are of
one thread, after imports and a first small scan; ``cpu`` learns from all events (as the peers do),
``cpu_with_folds`` also learns twice more to judge itself by cross-validation, which is the default.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import gradcut as gc
from scan_peers import Scores, cabin, count, evolution, listed, prim
from scan_sets import JUDGE, MADE, Draw, EventSet, from_files, interpolated, tails

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "nested": {"nested": True},
    "nested and smooth": {"nested": True, "smoothness": 0.05},
}
ALL = gc.Split(train=1, select=0, test=0)


def of_the_paper(selection: Any, samples: Any, *, n_threads: int, **how: Any) -> Any:
    """CABIN's equations in gradcut.cabin: Table 1 of the paper with a smoothness that converges."""
    import torch

    from gradcut import cabin

    torch.set_num_threads(n_threads)
    return cabin.scan_cuts(selection, samples, settings=cabin.STABLE, **how)


def by_gradcut(
    draw: Draw, targets: tuple[float, ...], scan: Any = gc.scan_cuts, **how: Any
) -> tuple[np.ndarray, float, np.ndarray]:
    """Lower thresholds on the columns, CPU seconds, and signal efficiencies on the training events."""
    samples = gc.Samples(event="event")
    m = draw.signal.shape[1]
    for number, (role, events) in enumerate((("signal", draw.signal), ("background", draw.background))):
        columns = {f"f{k}": events[:, k].astype(np.float32) for k in range(m)}
        samples.add(role, {**columns, "event": np.arange(len(events)) + number * 10**8}, role=role)
    above = draw.signs > 0
    texts = [f"f{k} > ?" if above[k] else f"f{k} < ?" for k in range(m)]
    selection = gc.Selection(*([f"? < f{k} < ?" for k in range(m)] if draw.two_sided else texts))
    began = time.process_time()
    result = scan(selection, samples, efficiencies=targets, n_threads=1, **how)
    cpu = time.process_time() - began
    found = result.thresholds()
    if draw.two_sided:
        rows = [found[f"f{k}:low"] for k in range(m)] + [-found[f"f{k}:high"] for k in range(m)]
    else:
        rows = [found[f"f{k}"] * draw.signs[k] for k in range(m)]
    return np.array(rows).T, cpu, np.array([point.used.signal for point in result])


def falls(columns: list[np.ndarray], low: np.ndarray) -> list[int]:
    """Steps at which a cut tightens, and all steps."""
    lost = np.array([[np.mean(column <= at) for column, at in zip(columns, row, strict=True)] for row in low])
    steps = np.diff(lost, axis=0)
    return [int((steps > 1e-3).sum()), int(steps.size)]


def ratios(row: dict[str, Any], targets: tuple[float, ...], limit: Any) -> list[float | None]:
    """Background over that of a limit at the same signal; None where not half of the target is kept."""
    points = zip(row["signal"], row["background"], targets, strict=True)
    return [b / limit(s) if s > target / 2 else None for s, b, target in points]


def one_draw(name: str, given: EventSet, number: int, method: str, python: Path | None) -> dict[str, Any]:
    """What one method makes of one draw."""
    draw, targets = given.draw(number), given.targets
    row: dict[str, Any] = {"set": name, "draw": number, "method": method}
    trained = {"seed": number, "split": ALL}
    # As gradcut sees them: features are float32.
    judges = [events.astype(np.float32) for events in (draw.judge_signal, draw.judge_background)]
    judge = [listed(draw.columns(events)) for events in judges]
    if method in VARIANTS:
        low, row["cpu"], reached = by_gradcut(draw, targets, **trained, **VARIANTS[method])
        row["miss"] = float(np.abs(reached - np.array(targets)).max() * len(draw.signal))
        if method == "plain":
            row["cpu_with_folds"] = by_gradcut(draw, targets, seed=number, folds=2)[1]
    elif method == "paper":
        low, row["cpu"], _ = by_gradcut(draw, targets, scan=of_the_paper, split=ALL)
    elif method == "cabin" and python is not None:
        low, row["cpu"] = cabin(python, draw, targets, number)
    else:
        scores = Scores(draw)
        judge = [scores.of(draw.judge_signal), scores.of(draw.judge_background)]
        low, row["cpu"] = prim(scores, targets) if method == "prim" else evolution(scores, targets, number)
    signal, background = (count(one, low) for one in judge)
    return {
        **row,
        "signal": signal.tolist(),
        "background": background.tolist(),
        "falls": falls(judge[0], low),
    }


def compared(rows: list[dict[str, Any]], given: EventSet) -> None:
    """Add to each row its background over the limit, and over differential evolution's of the same draw."""
    # Where differential evolution leaves none, one event: nothing can be divided by zero.
    points = {
        row["draw"]: (np.array(row["signal"]), np.maximum(row["background"], 1 / JUDGE))
        for row in rows
        if row["method"] == "evolution"
    }
    for row in rows:
        if given.limit is not None:
            row["ratio"] = ratios(row, given.targets, given.limit)
        if row["draw"] in points:
            known = points[row["draw"]]
            row["to_evolution"] = ratios(row, given.targets, lambda at, known=known: interpolated(at, *known))


def applies(given: EventSet, method: str, name: str, python: Path | None) -> bool:
    """Whether a method can do a set: the paper's has one threshold per feature, and forty leave it dead."""
    if method == "cabin" and python is None:
        return False
    if method in ("paper", "cabin"):
        return not given.two_sided and (name != "forty" or method == "cabin")
    return name != "forty" or method != "evolution"


def summary_of(rows: list[dict[str, Any]], targets: tuple[float, ...]) -> dict[str, Any]:
    """Median and worst over the draws, per target."""
    found: dict[str, Any] = {"draws": len(rows), "targets": list(targets)}
    for what in ("ratio", "to_evolution"):
        known = np.array([row[what] for row in rows if what in row], dtype=np.float64)
        if len(known):
            some = ~np.isnan(known).all(axis=0)
            for how, of in (("median", np.nanmedian), ("worst", np.nanmax)):
                numbers = np.full(len(targets), np.nan)
                numbers[some] = of(known[:, some], axis=0)
                found[f"{what}, {how}"] = [round(x, 4) if x == x else None for x in numbers.tolist()]
            found["without half of the signal"] = np.isnan(known).sum(axis=0).tolist()
    for what in ("cpu", "cpu_with_folds"):
        seconds = [row[what] for row in rows if what in row]
        if seconds:
            found[f"{what}, median"] = round(float(np.median(seconds)), 3)
    if "miss" in rows[0]:
        found["miss, largest"] = max(row["miss"] for row in rows)
    found["falls"] = np.sum([row["falls"] for row in rows], axis=0).tolist()
    return found


def million() -> dict[str, Any]:
    """Half a million events of signal and of background in seven features."""
    rng = np.random.default_rng(1)
    events = tails(500_000, rng)
    draw = Draw(*events, *events, two_sided=False)
    targets = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.93, 0.95)
    _, cpu, reached = by_gradcut(draw, targets, split=ALL)
    miss = float(np.abs(reached - np.array(targets)).max() * 500_000)
    return {"cpu": cpu, "miss": miss, "cpu_with_folds": by_gradcut(draw, targets, folds=2)[1]}


METHODS = (*VARIANTS, "paper", "cabin", "prim", "evolution")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    shared = os.environ.get("GRADCUT_SHARED", Path(__file__).parents[2] / "shared")
    parser.add_argument("--shared", type=Path, default=Path(shared))
    parser.add_argument("--sets", nargs="*", default=["susytoy", "gauss42", *MADE])
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--first-draw", type=int, default=0)
    parser.add_argument("--other-draws", type=int, default=3)
    parser.add_argument("--cabin", type=Path, help="python of an environment with cabin")
    parser.add_argument("--million", action="store_true")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "cuts_scan.json")
    args = parser.parse_args()
    report: dict[str, Any] = json.loads(args.out.read_text()) if args.out.exists() else {"rows": []}
    report.setdefault("summary", {})
    by_gradcut(MADE["tails"].draw(0), (0.5,))
    if "paper" in args.methods:
        by_gradcut(MADE["tails"].draw(0), (0.5,), scan=of_the_paper)
    for name in args.sets:
        given = MADE[name] if name in MADE else from_files(args.shared / "data" / "cuts", name)
        draws = args.other_draws if name in MADE else args.draws
        for method in args.methods:
            if not applies(given, method, name, args.cabin):
                continue
            for number in range(args.first_draw, args.first_draw + draws):
                row = one_draw(name, given, number, method, args.cabin)
                key = (name, number, method)
                others = [r for r in report["rows"] if (r["set"], r["draw"], r["method"]) != key]
                report["rows"] = [*others, row]
        rows = [row for row in report["rows"] if row["set"] == name]
        compared(rows, given)
        known = [m for m in METHODS if any(row["method"] == m for row in rows)]
        report["summary"][name] = {
            m: summary_of([r for r in rows if r["method"] == m], given.targets) for m in known
        }
        for method, numbers in report["summary"][name].items():
            print(name, method, json.dumps(numbers), flush=True)
        args.out.write_text(json.dumps(rounded(report)) + "\n")
    if args.million:
        report["summary"]["a million events in seven features"] = million()
        print(report["summary"]["a million events in seven features"], flush=True)
    args.out.write_text(json.dumps(rounded(report)) + "\n")


def rounded(value: Any) -> Any:
    """Six digits say enough."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def with_one_thread() -> None:
    """Start again where linear algebra may use several threads, which wait for each other."""
    one = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    if any(os.environ.get(name) != value for name, value in one.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **one})


if __name__ == "__main__":
    with_one_thread()
    main()
