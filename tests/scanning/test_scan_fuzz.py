"""Scans of random selections on random events: each ends in a result that numpy confirms, or in a message."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import gradcut as gc
from fitting.test_fuzz import FORMS, table
from fitting.toy_samples import samples
from gradcut.errors import DataError, DeclarationError, UnattainableError


@pytest.mark.fuzz
@pytest.mark.parametrize("seed", range(150))
def test_scan_ends_well_or_says_why_not(seed: int) -> None:
    rng = np.random.default_rng(1000 + seed)
    kinds = {
        f: (rng.integers(6), rng.choice([0.0, 0.0, np.nan, -999.0]), rng.random() < 0.15) for f in "abcd"
    }
    how = {"columns": kinds, "negative": 0.15 * (rng.random() < 0.3)}
    n = int(rng.choice([20, 60, 300, 3000]))
    tables = [table(rng, how, 1.0, n, 0.01), table(rng, how, 0.0, 2 * n, 0.1)]
    requirements = [form.format(f) for f in "abcd" if (form := str(rng.choice(FORMS)))]
    selection = gc.Selection(
        *requirements, "a > ?z", missing=str(rng.choice(["fail", "pass"])), sentinels=[-999]
    )  # type: ignore[arg-type]
    settings: dict[str, Any] = {
        "efficiencies": np.sort(rng.uniform(0.05, 0.95, rng.integers(1, 5))),
        "nested": bool(rng.random() < 0.4),
        "smoothness": 0.05 * (rng.random() < 0.4),
        "cut_size": 0.1 * (rng.random() < 0.2),
        "n_threads": 1,
        "starts": 3,
        "max_steps": 18,
        "seed": seed,
    }
    if rng.random() < 0.3 and len(selection.parameters) > 2:
        settings["fix"] = {str(rng.choice(selection.parameters)): float(rng.normal())}
    try:
        scan = gc.scan_cuts(selection, samples(*tables), folds=2, **settings)
    except (DataError, UnattainableError):
        return
    except DeclarationError as error:
        # The same threshold on the loose side of one cut and on the tight side of another.
        if "loosens one cut and tightens another" in str(error):
            return
        raise
    for point in scan:
        assert all(point.values[name] == value for name, value in settings.get("fix", {}).items())
        for role, given in zip(("signal", "background"), tables, strict=True):
            total = given["w"].sum()
            for passed, quoted in (
                (point.mask(given), point.used),
                (point.mask(given, folds=True), point.unused),
            ):
                kept = given["w"][passed].sum()
                assert getattr(quoted, role) * total == pytest.approx(
                    kept, abs=1e-9 * np.abs(given["w"]).sum()
                )
        certificate = point.certificate
        assert certificate is not None
        assert 0 <= certificate.gain < np.inf
        names = {certificate.loosened, certificate.tightened} - {None}
        assert len(names) == (2 if certificate.gain > 0 else 0)
        assert names <= set(selection.parameters) - set(settings.get("fix", {}))
    if settings["nested"]:
        for tight, loose in pairwise(scan.points):
            for given in tables:
                assert not (tight.mask(given) & ~loose.mask(given)).any()
