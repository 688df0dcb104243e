"""From a configuration to ``gc.Samples``."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import Any

from gradcut.config.reading import Document
from gradcut.config.samples_model import Channel, Process
from gradcut.errors import DeclarationError, close_matches
from gradcut.samples import Samples
from gradcut.samples.sources.patterns import is_url, split_tree
from gradcut.triggers import crossings

__all__ = ["make_samples"]


def make_samples(document: Document) -> Samples | None:
    """Declare the samples; errors go to the document; None where the common part fails."""
    part, problems = document.analysis.samples, document.problems
    samples = None
    with problems.at("samples"):
        samples = Samples(
            weight=part.weight,
            event=part.event,
            require=part.require,
            lumi=part.lumi,
            sentinels=part.sentinels,
            missing=part.missing,
        )
    if samples is None:
        return None
    for name, process in part.processes.items():
        _add(samples, document, name, process)
    for name, variation in part.variations.items():
        with problems.at("samples", "variations", name):
            _check_processes(variation.processes, part.processes)
            samples.vary(
                name,
                suffix=variation.suffix,
                weight=variation.weight,
                weights=variation.weights,
                kind=variation.kind,
                indices=variation.indices,
                relative=variation.relative,
                processes=variation.processes,
            )
    return samples


def _check_processes(given: list[str] | None, known: dict[str, Process]) -> None:
    for name in given or ():
        if name not in known:
            raise DeclarationError(f"unknown process '{name}'", hint=close_matches(name, known))


def _add(samples: Samples, document: Document, name: str, process: Process) -> None:
    path = ("samples", "processes", name)
    problems, menu = document.problems, document.analysis.menu
    normalisation: dict[str, Any] = {"xsec": process.xsec, "lumi": process.lumi, "sumw": process.sumw}
    if menu is not None and menu.zero_bias == name and (menu.bunches or menu.crossings) is not None:
        with problems.at("menu"):
            given = [key for key, value in normalisation.items() if value is not None]
            if given or process.weight is not None:
                raise DeclarationError(
                    "zero-bias events are normalised by the crossings, or in another way",
                    given=", ".join(["bunches" if menu.bunches else "crossings", *given]),
                )
            normalisation = crossings(menu.bunches, rate=menu.crossings)
    if process.channels and (process.files is not None or process.channel != "all"):
        with problems.at(*path):
            raise DeclarationError(
                "a process has files for all channels, or in each of its channels",
                given="'channels' beside 'files' or 'channel'",
            )
    own: dict[str, tuple[tuple[str, ...], Channel]] = {process.channel: (path, process)}
    if process.channels:
        own = {key: ((*path, "channels", key), channel) for key, channel in process.channels.items()}
    for channel, (place, part) in own.items():
        with problems.at(*place):
            _check_variations(part.absent, document)
        with problems.at(*place, "files"):
            files = _sources(part, process, document)
            requirements = [
                text for text in {id(one): one.require for one in (process, part)}.values() if text
            ]
            weight = process.weight if part.weight is None else part.weight
            samples.add(
                name,
                files,
                role=process.role,
                channel=channel,
                require=" && ".join(f"({text})" for text in requirements) or None,
                norm_uncertainty=process.norm_uncertainty,
                absent=[*dict.fromkeys([*process.absent, *part.absent])],
                **{"weight": weight, **normalisation},
            )


def _check_variations(absent: list[str], document: Document) -> None:
    known = document.analysis.samples.variations
    for name in absent:
        if name not in known:
            raise DeclarationError(
                f"unknown variation '{name}'", where="absent", hint=close_matches(name, known)
            )


def _sources(part: Channel, process: Process, document: Document) -> list[str]:
    files = process.files if part.files is None else part.files
    if not files:
        raise DeclarationError("'files' is missing: a process has events", hint="files: ww_*.root")
    common = part.tree or process.tree or document.analysis.samples.tree or ""
    return [absolute(text, document.folder, common) for text in files]


def absolute(text: str, folder: Path, tree: str = "") -> str:
    """Write a file, pattern or URL so that it is found from anywhere.

    Parameters
    ----------
    text : str
        As the user wrote it, with or without ``:tree``.
    folder : Path
        What it is relative to.
    tree : str
        The tree where the text names none.
    """
    name, own = split_tree(text)
    tree = own or tree
    if not is_url(name):
        is_pattern = any(mark in name for mark in "*?[")
        # A folder may be called a[1]; that is no pattern.
        base = glob.escape(str(folder)) if is_pattern else str(folder)
        name = str(Path(base) / name)
    # The colon without a tree: other colons, of folders, are none of a tree.
    return f"{name}:{tree}"
