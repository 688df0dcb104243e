"""Tests and limits beside pyhf on random models and validation cases: how many are equal, why others differ.

    python benchmarks/stats_against_pyhf.py [--seeds 320] [--minutes 60] [--limit 120] [--out ...]

Validation cases, then models of ``tests/stats/random_models.py`` in the order of their seeds, until the time
is over: 1 to 50 bins, 1 to 3 channels, up to 80 parameters, every modifier, every third with the
interpolation codes 1 and 0. Each is tested at 1 by ``qmu_tilde``, and by ``q0`` (of every third model
``qmu``); then upper limits are compared as far as time allows, of validation cases and of random models from
small to large. pyhf fits with scipy, tolerance 1e-12 and the exact gradients of torch. Equal are ``q``, ``q``
of the Asimov data and Z (and limits) to 1e-6, relatively and, below one, absolutely. Where they are not,
pyhf's own ``logpdf`` is evaluated at the points of both sides, for all five fits of a test: ``lower_by`` is
by how much ours is lower in ``-log L``; differences below 1e-9 are calculated with 40 digits.

What is done is kept beside ``--out`` line by line (``.jsonl``): a run that was stopped goes on from there.
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
from stats.against_pyhf import Comparison, OutOfTimeError, compare, exact_pyhf, upper_limits
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
    """Name, workspace, interpolation and test statistics."""
    made = [(name, w, CODES[0], ("qmu_tilde", "qmu", "q0")) for name, w in WORKSPACES.items()]
    made += [(f"{name}, codes 1 and 0", w, CODES[2], made[0][3]) for name, w in WORKSPACES.items()]
    for seed in range(seeds):
        tests = ("qmu_tilde", "qmu" if seed % 3 == 0 else "q0")
        made.append((f"random {seed}", with_poi(random_workspace(seed)), CODES[seed % 3], tests))
    return made


def size(workspace: dict[str, Any]) -> int:
    """Number of parameters."""
    return len(Model.from_workspace(workspace).parameters)


def finite(numbers: dict[str, float]) -> dict[str, float | None]:
    """JSON knows no other numbers."""
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}


def line(name: str, model: Model, found: Comparison) -> dict[str, Any]:
    return {
        "kind": "test",
        "case": name,
        "parameters": len(model.parameters),
        "bins": model.n_bins,
        "statistic": found.statistic,
        "verdict": found.verdict,
        "ours": finite(found.ours),
        "pyhf": finite(found.theirs),
        "reasons": found.reasons,
        "lower_by": finite(found.lower_by),
        "seconds": found.seconds,
        **({"says": found.ours_failed} if found.ours_failed else {}),
    }


def limits_of(name: str, model: Model, theirs: Any, seconds: float) -> dict[str, Any]:
    made: dict[str, Any] = {"kind": "limits", "case": name, "parameters": len(model.parameters)}
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


def finished(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The result of all that is done."""
    tests = [one for one in lines if one["kind"] == "test"]
    limits = [one for one in lines if one["kind"] == "limits"]
    equal = [one for one in tests if one["verdict"] == "equal"]
    sizes = {one["case"]: one["parameters"] for one in tests if one["case"].startswith("random")}
    gaps = [
        abs(one["ours"][key] - one["pyhf"][key]) / max(1, abs(one["pyhf"][key]))
        for one in equal
        for key in ("q", "q_asimov", "z")
    ]
    made: dict[str, Any] = {"what": (__doc__ or "").split("\n\n")[2].replace("\n", " ")}
    made["random models"] = len(sizes)
    counts = sorted(sizes.values())
    made["parameters of the models"] = [counts[0], statistics.median(counts), counts[-1]] if counts else []
    made["with 30 to 80 parameters"] = sum(count >= 30 for count in counts)
    for what, some in (("tests", tests), ("upper limits (six each)", limits)):
        for which in ("random models", "validation cases"):
            mine = [one for one in some if one["case"].startswith("random") == (which == "random models")]
            made[f"{what} of {which}"] = {"all": len(mine), **counted(mine)}
    large = [one for one in tests if one["parameters"] >= 30]
    made["tests of models with 30 to 80 parameters"] = {"all": len(large), **counted(large)}
    made["ours worse"] = sum(any(why in one["verdict"] for why in OURS_WORSE) for one in lines)
    made["largest difference of equal ones"] = max(gaps, default=None)
    made["median of CPU seconds, ours and pyhf"] = [
        statistics.median(one["seconds"][side] for one in equal) if equal else None for side in (0, 1)
    ]
    for what, some in (("tests", tests), ("limits", limits)):
        made[f"{what} that differ"] = [
            {key: value for key, value in one.items() if key not in ("kind", "seconds")}
            for one in some
            if one["verdict"] != "equal"
        ]
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--seeds", type=int, default=320)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds of CPU for a test of pyhf")
    parser.add_argument("--limits-of-every", type=int, default=1, help="of the random models")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent / "results" / "stats_against_pyhf.json"
    )
    parser.add_argument("--again", action="store_true", help="repeat what is not equal")
    options = parser.parse_args()
    import torch

    torch.set_num_threads(1)
    end = time.monotonic() + 60 * options.minutes
    kept = options.out.with_suffix(".jsonl")
    lines = [json.loads(text) for text in kept.read_text().splitlines()] if kept.exists() else []
    if options.again:
        lines = [one for one in lines if one["verdict"] == "equal"]
        kept.write_text("".join(json.dumps(one) + "\n" for one in lines))
    done = {(one["kind"], one["case"], one.get("statistic")) for one in lines}

    def keep(one: dict[str, Any]) -> None:
        lines.append(one)
        with kept.open("a") as file:
            file.write(json.dumps(one) + "\n")
        print(one["case"], one["parameters"], one.get("statistic", "limits"), one["verdict"], flush=True)

    with exact_pyhf():
        tests_first = [("test", case) for case in cases(options.seeds)]
        # Limits take pyhf longest: last, and those of small models before others.
        limits_last = [("limits", case) for _, case in sorted(tests_first, key=lambda one: size(one[1][1]))]
        for kind, (name, workspace, (normsys, histosys), tests) in tests_first + limits_last:
            if time.monotonic() > end:
                break
            number = name.removeprefix("random ")
            wanted = not number.isdigit() or int(number) % options.limits_of_every == 0
            asked = tests if kind == "test" else (None,) * wanted
            missing = [statistic for statistic in asked if (kind, name, statistic) not in done]
            if not missing:
                continue
            codes = {"normsys": normsys, "histosys": histosys}
            model = Model.from_workspace(workspace, interpolation=codes)
            _, theirs = pyhf_model(workspace, normsys, histosys)
            for statistic in missing:
                if statistic is None:
                    keep(limits_of(name, model, theirs, 2 * options.limit))
                else:
                    keep(line(name, model, compare(model, theirs, statistic, 1.0, options.limit)))
    result = finished(lines)
    options.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({k: v for k, v in result.items() if "differ" not in k}, indent=1))


if __name__ == "__main__":
    main()
