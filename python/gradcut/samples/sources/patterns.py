"""File names as users write them: ``"tt_*.root:events"``, lists of them, paths."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Sequence
from pathlib import Path

from gradcut.errors import DataError, DeclarationError

__all__ = ["FileTree", "check_root_file", "expand", "is_url", "split_tree"]

#: A file and the name of its tree (``""``: the only one).
FileTree = tuple[str, str]

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def is_url(name: str) -> bool:
    """Whether a name is one of a file elsewhere, such as ``root://host//path``."""
    return _URL.match(name) is not None


def split_tree(text: str) -> FileTree:
    """Split ``"file.root:tree"``; the colons of URLs and ports do not count.

    Parameters
    ----------
    text : str
        A file name or URL, with or without ``:tree`` at its end.
    """
    head, colon, tail = text.rpartition(":")
    is_tree = bool(colon and head and tail) and not tail.startswith(("/", "\\"))
    # root://host:1094//path has a port, and no tree.
    if is_tree and is_url(text) and re.match(r"\d+/", tail):
        is_tree = False
    return (head, tail) if is_tree else (text.removesuffix(":"), "")


def expand(given: object) -> tuple[FileTree, ...]:
    """Return the files that a pattern, path, or sequence of them stands for, globs sorted by name.

    Raises
    ------
    DeclarationError
        If something is neither text nor path, or nothing was given.
    DataError
        If a pattern matches no file, or a file is there twice.
    """
    single = isinstance(given, (str, os.PathLike))
    items: Sequence[object] = [given] if single else list(given)  # type: ignore[call-overload]
    if not items:
        raise DeclarationError("a sample needs at least one file", given=repr(given))
    found: list[FileTree] = []
    for item in items:
        if not isinstance(item, (str, os.PathLike)):
            raise DeclarationError("a file name is text or a path", given=repr(item)[:80])
        found.extend(_expand_one(os.fspath(item)))
    seen: set[FileTree] = set()
    for file_tree in found:
        if file_tree in seen:
            raise DataError(
                "a file is there twice, so its events would count twice",
                given=file_tree[0],
                hint="make the patterns of the sample exclude each other",
            )
        seen.add(file_tree)
    return tuple(found)


def _expand_one(text: object) -> list[FileTree]:
    if not isinstance(text, str):
        raise DeclarationError("a file name is text", given=repr(text))
    name, tree = split_tree(text)
    if is_url(name):
        return [(name, tree)]
    if any(mark in name for mark in "*?[") and not Path(name).exists():
        matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207 (absolute patterns)
        if not matches:
            raise DataError("no file matches", given=name, where=f"folder {_folder(name)}")
        return [(match, tree) for match in matches]
    if not Path(name).is_file():
        raise DataError("no such file", given=name, where=f"folder {_folder(name)}")
    return [(name, tree)]


def _folder(name: str) -> str:
    folder = Path(name).parent
    return f"{folder} (which does not exist)" if not folder.is_dir() else str(folder)


def check_root_file(name: str) -> None:
    """Check from its first bytes that a local file is ROOT's and complete.

    ROOT itself would repair a truncated file as far as it goes, and so lose events with a warning only.

    Raises
    ------
    DataError
        If the file is not ROOT's, or is shorter than its header says.
    """
    if is_url(name):
        return
    try:
        with Path(name).open("rb") as file:
            head = file.read(20)
    except OSError as error:
        raise DataError("a file cannot be read", given=name, where=str(error)) from error
    if head[:4] != b"root" or len(head) < 20:
        raise DataError("not a ROOT file", given=name, hint="gradcut reads TTrees and RNTuples of ROOT files")
    # TFile header: magic, version, fBEGIN, fEND; fEND has 8 bytes in files above 2 GB (version >= 1000000).
    wide = int.from_bytes(head[4:8], "big") >= 1_000_000
    end = int.from_bytes(head[12:20] if wide else head[12:16], "big")
    size = Path(name).stat().st_size
    if size < end:
        raise DataError(
            "a ROOT file is truncated",
            given=f"{name}: {size} of {end} bytes",
            hint="copy it again; what is missing are events",
        )
