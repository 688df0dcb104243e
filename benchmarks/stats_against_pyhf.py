"""Tests and limits beside pyhf on random models and validation cases: how many are equal, why others differ.

    python benchmarks/stats_against_pyhf.py [--seeds 320] [--minutes 20] [--limit 30] [--out ...]

Models of ``tests/stats/random_models.py``, small ones first, until the time is over (limits have a quarter
of it after the tests): 1 to 50 bins, 1 to 3
channels, up to 80 parameters, every modifier, every third with the interpolation codes 1 and 0. Each is
tested at 1 by ``qmu_tilde``, and by ``q0`` (of every third model ``qmu``). pyhf fits with scipy, tolerance
1e-12 and the exact gradients of torch. Equal are ``q``, ``q`` of the Asimov data and Z to 1e-6, relatively
and, below one, absolutely. Where they are not, pyhf's own ``logpdf`` is evaluated at the points of both
sides, for all five fits of a test: ``lower_by`` is by how much ours is lower in ``-log L``.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from gradcut.stats import Model
from stats.against_pyhf import Comparison, OutOfTimeError, compare, exact_pyhf, same, upper_limits
from stats.pyhf_reference import pyhf_model
from stats.random_models import random_workspace
from stats.validation_workspaces import WORKSPACES

CODES = (("code4", "code4p"), ("code4", "code4p"), ("code1", "code0"))
OURS_WORSE = ("ours worse", "ours failed", "not explained")


def with_poi(workspace: dict[str, Any]) -> dict[str, Any]:
    """Every random model has a strength; of some the measurement does not name it."""
    config = workspace["measurements"][0]["config"]
    config["poi"] = config["poi"] or "mu"
    return workspace


def cases(seeds: int) -> list[tuple[str, dict[str, Any], tuple[str, str], tuple[str, ...]]]:
    """Name, workspace, interpolation and test statistics: validation cases, then random models by size."""
    made = [(name, w, CODES[0], ("qmu_tilde", "qmu", "q0")) for name, w in WORKSPACES.items()]
    made += [(f"{name}, codes 1 and 0", w, CODES[2], made[0][3]) for name, w in WORKSPACES.items()]
    drawn = [(seed, with_poi(random_workspace(seed))) for seed in range(seeds)]
    drawn.sort(key=lambda one: len(Model.from_workspace(one[1]).parameters))
    for seed, workspace in drawn:
        tests = ("qmu_tilde", "qmu" if seed % 3 == 0 else "q0")
        made.append((f"random {seed}", workspace, CODES[seed % 3], tests))
    return made


def finite(numbers: dict[str, float]) -> dict[str, float | None]:
    """JSON knows no other numbers."""
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}


def line(name: str, model: Model, found: Comparison) -> dict[str, Any]:
    return {
        "case": name,
        "parameters": len(model.parameters),
        "bins": model.n_bins,
        "statistic": found.statistic,
        "verdict": found.verdict,
        "ours": finite(found.ours),
        "pyhf": finite(found.theirs),
        "reasons": found.reasons,
        "lower_by": finite(found.lower_by),
        **({"says": found.ours_failed} if found.ours_failed else {}),
    }


def limits_of(name: str, model: Model, theirs: Any, seconds: float) -> dict[str, Any]:
    made: dict[str, Any] = {"case": name, "parameters": len(model.parameters)}
    try:
        ours, yours, verdicts = upper_limits(model, theirs, seconds)
    except OutOfTimeError:
        return made | {"verdict": "pyhf out of time"}
    except Exception as error:  # whatever it is, it is to be reported
        return made | {"verdict": f"no comparison: {type(error).__name__}: {str(error)[:150]}"}
    if not verdicts:
        return made | {"verdict": "equal"}
    return made | {"verdict": "; ".join(sorted(set(verdicts))), "ours": ours, "pyhf": yours}


def counted(lines: list[dict[str, Any]]) -> dict[str, int]:
    return dict(Counter(one["verdict"].split(": ")[0] for one in lines).most_common())


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for what, is_random in (("tests of random models", True), ("tests of validation cases", False)):
        mine = [one for one in lines if one["case"].startswith("random") == is_random]
        made[what] = {"all": len(mine), **counted(mine)}
    return made | {"ours worse": sum(any(why in one["verdict"] for why in OURS_WORSE) for one in lines)}


def judged_again(path: Path, seconds: float) -> None:
    """Repeat the tests that differ of a result, after fits have changed."""
    result = json.loads(path.read_text())
    known = {name: rest for name, *rest in cases(320)}
    again = []
    with exact_pyhf():
        for one in result["tests that differ"]:
            workspace, codes, _ = known[one["case"]]
            model = Model.from_workspace(
                workspace, interpolation=dict(zip(("normsys", "histosys"), codes, strict=True))
            )
            theirs = pyhf_model(workspace, *codes)[1]
            again.append(line(one["case"], model, compare(model, theirs, one["statistic"], 1.0, seconds)))
            print(one["case"], one["statistic"], one["verdict"], "->", again[-1]["verdict"], flush=True)
    for what in ("tests of random models", "tests of validation cases"):
        mine = [one for one in again if one["case"].startswith("random") == ("random" in what)]
        n = result[what]["all"]
        counts = counted(mine)
        counts["equal"] = n - len(mine) + counts.get("equal", 0)
        result[what] = {"all": n, **dict(sorted(counts.items(), key=lambda item: -item[1]))}
    result["ours worse"] = summary(again)["ours worse"]
    result["tests that differ"] = [one for one in again if one["verdict"] != "equal"]
    result["judged again"] = "tests that differed were repeated after a change of the fits"
    path.write_text(json.dumps(result, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=320)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--limit", type=float, default=30.0, help="seconds of CPU for a test of pyhf")
    parser.add_argument(
        "--limits", type=int, default=20, help="random models whose upper limits are compared"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / "stats_against_pyhf.json"
    )
    parser.add_argument("--again", action="store_true", help="repeat the tests that differ of --out")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    if options.again:
        judged_again(options.out, options.limit)
        return
    end = time.monotonic() + 60 * options.minutes
    lines: list[dict[str, Any]] = []
    limits: list[dict[str, Any]] = []
    waiting: list[tuple[str, Model, Any]] = []
    worst = 0.0
    seconds: list[tuple[float, float]] = []
    sizes: list[int] = []
    left_out = n_random = 0
    with exact_pyhf():
        for name, workspace, (normsys, histosys), tests in cases(options.seeds):
            is_random = name.startswith("random")
            if time.monotonic() > end:
                left_out += 1
                continue
            codes = {"normsys": normsys, "histosys": histosys}
            model = Model.from_workspace(workspace, interpolation=codes)
            _, theirs = pyhf_model(workspace, normsys, histosys)
            n_random += is_random
            sizes.append(len(model.parameters))
            for statistic in tests:
                found = compare(model, theirs, statistic, 1.0, options.limit)
                lines.append(line(name, model, found))
                print(name, len(model.parameters), statistic, found.verdict, flush=True)
                if found.verdict == "equal":
                    names = ("q", "q_asimov", "z")
                    assert all(same(found.ours[k], found.theirs[k]) for k in names)
                    gaps = [
                        abs(found.ours[k] - found.theirs[k]) / max(1, abs(found.theirs[k])) for k in names
                    ]
                    worst = max(worst, *gaps)
                    seconds.append(found.seconds)
            if not is_random or len(waiting) < 2 * len(WORKSPACES) + options.limits:
                waiting.append((name, model, theirs))
        for name, model, theirs in waiting:
            if time.monotonic() > end + 15 * options.minutes:
                break
            limits.append(limits_of(name, model, theirs, 4 * options.limit))
            print(name, "limits", limits[-1]["verdict"], flush=True)
    result = {
        "what": (__doc__ or "").split("\n\n")[2].replace("\n", " "),
        "random models": n_random,
        "left out, for time": left_out,
        "parameters of the models": [min(sizes), statistics.median(sizes), max(sizes)],
        **summary(lines),
        "largest difference of equal ones": worst,
        "median of CPU seconds, ours and pyhf": [
            statistics.median(column) for column in zip(*seconds, strict=True)
        ],
        "upper limits (six each)": {"all": len(limits), **counted(limits)},
        "tests that differ": [one for one in lines if one["verdict"] != "equal"],
        "limits that differ": [one for one in limits if one["verdict"] != "equal"],
    }
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({k: v for k, v in result.items() if "differ" not in k}, indent=1))


if __name__ == "__main__":
    main()
