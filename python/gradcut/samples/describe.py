"""Declared samples as plain data, for the provenance of results."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from gradcut.samples.declared import text_of
from gradcut.samples.process import Process
from gradcut.samples.variations import Variation

__all__ = ["describe"]


def describe(
    processes: Iterable[Process], variations: Iterable[Variation]
) -> dict[str, list[dict[str, Any]]]:
    """Return what was declared, fit for JSON.

    Parameters
    ----------
    processes : iterable of Process
        Declared processes.
    variations : iterable of Variation
        Declared variations.

    Returns
    -------
    dict
        With the lists ``"processes"`` and ``"variations"``.
    """
    made = {
        "processes": [_process(process) for process in processes],
        "variations": [
            {
                "name": variation.name,
                "kind": variation.kind,
                "form": type(variation).__name__.removesuffix("Variation").lower(),
                "processes": None if variation.processes is None else sorted(variation.processes),
            }
            for variation in variations
        ],
    }
    # What a result holds is what its file will hold: lists for tuples, texts for what JSON has no words for.
    plain: dict[str, list[dict[str, Any]]] = json.loads(json.dumps(made, default=str))
    return plain


def _process(process: Process) -> dict[str, Any]:
    normalisation = process.normalisation
    return {
        "process": process.name,
        "channel": process.channel,
        "role": process.role,
        "weight": text_of(process.weight),
        "require": [text_of(part) for part in process.require],
        "xsec": normalisation.cross_section,
        "lumi": normalisation.luminosity,
        "sumw": normalisation.sum_of_weights,
        "norm_uncertainty": process.norm_uncertainty,
        "absent": sorted(process.absent),
        "source": process.source.describe().to_json(),
    }
