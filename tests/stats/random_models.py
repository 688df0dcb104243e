"""Random HistFactory models as workspaces of pyhf: every modifier, shared names, zeros, measurements."""

from __future__ import annotations

from typing import Any

import numpy as np

Workspace = dict[str, Any]


def random_workspace(seed: int, *, max_parameters: int = 80, max_bins: int = 50) -> Workspace:
    """A workspace with 1 to 3 channels, 1 to 50 bins in all and at most 80 parameters."""
    rng = np.random.default_rng(seed)
    while True:
        workspace = _draw(rng, max_bins)
        if _upper_count(workspace) <= max_parameters:
            return workspace


def random_parameters(seed: int, initial: Any, bounds: Any, fixed: Any, *, spread: float = 1.0) -> Any:
    """Parameters inside of their bounds, around where they start."""
    rng = np.random.default_rng(seed)
    low, high = np.asarray(bounds).T
    width = np.where(np.asarray(initial) == 0, 1.0, 0.3) * spread
    drawn = np.asarray(initial) + width * np.clip(rng.normal(size=len(low)), -2, 2)
    return np.where(fixed, initial, np.clip(drawn, low, high))


def random_data(seed: int, model: Any, expected: Any) -> Any:
    """Poisson counts of expected events, of which some are not whole, with the auxiliary data."""
    rng = np.random.default_rng(seed)
    main = rng.poisson(np.clip(expected[: model.n_bins], 0, None)).astype(float)
    main[::5] += 0.25 * (main[::5] > 0)
    return model.data(main)


def _draw(rng: np.random.Generator, max_bins: int) -> Workspace:
    n_channels = int(rng.integers(1, 4))
    # Small models as often as large ones.
    total = int(np.exp(rng.uniform(np.log(n_channels), np.log(max_bins))))
    cuts = np.sort(rng.choice(np.arange(1, total), n_channels - 1, replace=False)) if total > 1 else []
    sizes = np.diff([0, *cuts, total]).astype(int)
    shared = [f"syst{i}" for i in range(int(rng.integers(1, 9)))]
    has_lumi = rng.random() < 0.4
    names = [f"bkg{i}" for i in range(int(rng.integers(1, 4)))]
    poi_scaled = rng.random() < 0.9
    shapefactor = rng.random() < 0.25 and len(set(sizes)) == 1
    stat_once = rng.random() < 0.1
    channels = []
    for c, n in enumerate(sizes):
        scale = 10.0 ** rng.uniform(0, 3)
        staterror = rng.random() < 0.5
        samples = []
        if c == 0 or rng.random() < 0.8:
            samples.append(_sample(rng, "signal", n, 0.2 * scale, shared, has_lumi))
            samples[0]["modifiers"].append({"name": "mu", "type": "normfactor", "data": None})
        for i, name in enumerate(names):
            if i and rng.random() < 0.2:
                continue
            sample = _sample(rng, name, n, scale, shared, has_lumi)
            if i == 0:
                sample["data"] = (np.array(sample["data"]) + 0.5).tolist()
            modifiers = sample["modifiers"]
            if rng.random() < 0.3:
                modifiers.append({"name": f"free_{name}", "type": "normfactor", "data": None})
            data = np.array(sample["data"])
            if rng.random() < 0.3:
                width = data * rng.uniform(0, 0.4, n) * (rng.random(n) > 0.15)
                modifiers.append({"name": f"shape_{name}_{c}", "type": "shapesys", "data": width.tolist()})
            if staterror or stat_once:
                width = np.sqrt(data) * rng.uniform(0, 0.5) * (rng.random(n) > 0.1)
                modifiers.append(
                    {
                        "name": "staterror_all" if stat_once and len(names) == 1 else f"staterror_{c}",
                        "type": "staterror",
                        "data": width.tolist(),
                    }
                )
            if shapefactor and i == 0:
                modifiers.append({"name": "shape_free", "type": "shapefactor", "data": None})
            samples.append(sample)
        order = rng.permutation(len(samples))
        channels.append({"name": f"channel{'cab'[c]}", "samples": [samples[k] for k in order]})
    parameters: list[dict[str, Any]] = []
    if has_lumi:
        known = float(rng.choice([1.0, 0.98, 2.5]))
        parameters.append(
            {
                "name": "lumi",
                "auxdata": [known],
                "sigmas": [0.02 * known],
                "inits": [known],
                "bounds": [[0.8 * known, 1.2 * known]],
                **({"fixed": True} if rng.random() < 0.3 else {}),
            }
        )
    used = {m["name"]: m["type"] for ch in channels for s in ch["samples"] for m in s["modifiers"]}
    for name in shared:
        if name in used and rng.random() < 0.2:
            parameters.append({"name": name, "inits": [0.1], "bounds": [[-3.0, 4.0]], "auxdata": [0.2]})
    if rng.random() < 0.3:
        parameters.append({"name": "mu", "inits": [0.8], "bounds": [[-1.0, 20.0]]})
    if "staterror_0" in used and rng.random() < 0.3:
        n = int(sizes[0])
        parameters.append(
            {
                "name": "staterror_0",
                "sigmas": rng.uniform(0.05, 0.2, n).tolist(),
                "bounds": [[0.1, 4.0]] * n,
                "fixed": bool(rng.random() < 0.3),
            }
        )
    observations = [
        {
            "name": channel["name"],
            "data": rng.poisson(np.sum([s["data"] for s in channel["samples"]], axis=0))
            .astype(float)
            .tolist(),
        }
        for channel in channels
    ]
    config = {"poi": "mu" if poi_scaled else "", "parameters": parameters}
    return {
        "channels": channels,
        "measurements": [{"name": "random", "config": config}],
        "observations": observations,
        "version": "1.0.0",
    }


def _sample(
    rng: np.random.Generator, name: str, n: int, scale: float, shared: list[str], has_lumi: bool
) -> dict[str, Any]:
    data = scale * rng.gamma(2.0, 0.5, n) * (rng.random(n) > 0.1)
    modifiers: list[dict[str, Any]] = []
    for nuisance in shared:
        if rng.random() < 0.35:
            # One-sided and asymmetric ones are among them.
            up, down = 1 + rng.normal(0, 0.12, 2)
            modifiers.append(
                {"name": nuisance, "type": "normsys", "data": {"hi": max(up, 0.5), "lo": max(down, 0.5)}}
            )
        if rng.random() < 0.35:
            up, down = (data * (1 + rng.normal(0, 0.08) + rng.normal(0, 0.05, n)) for _ in range(2))
            modifiers.append(
                {
                    "name": nuisance,
                    "type": "histosys",
                    "data": {"hi_data": up.tolist(), "lo_data": down.tolist()},
                }
            )
    if has_lumi and rng.random() < 0.7:
        modifiers.append({"name": "lumi", "type": "lumi", "data": None})
    return {"name": name, "data": data.tolist(), "modifiers": modifiers}


def _upper_count(workspace: Workspace) -> int:
    counts: dict[str, int] = {}
    for channel in workspace["channels"]:
        for sample in channel["samples"]:
            for m in sample["modifiers"]:
                binned = m["type"] in ("shapesys", "staterror", "shapefactor")
                n = len(sample["data"]) if binned else 1
                counts[m["name"] + channel["name"] * binned] = n
    return sum(counts.values())
