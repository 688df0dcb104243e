"""Which packages can read files here, found without importing them."""

from __future__ import annotations

import importlib.util

from gradcut.errors import DeclarationError, RootError
from gradcut.samples.sources.source import Reader

__all__ = ["READERS", "choose_file_reader", "root_is_there", "uproot_is_there"]


#: Who may be wanted for files.
READERS = ("auto", "root", "uproot")


def root_is_there() -> bool:
    """Whether ROOT is installed and gradcut was built with it."""
    from gradcut._build_info import ROOT_VERSION

    return bool(ROOT_VERSION) and importlib.util.find_spec("ROOT") is not None


def uproot_is_there() -> bool:
    """Whether uproot is installed."""
    return importlib.util.find_spec("uproot") is not None


def choose_file_reader(wanted: str, *, needs_root: str, where: str) -> Reader:
    """Return the reader for files.

    Parameters
    ----------
    wanted : str
        ``"auto"`` (ROOT where it is, else uproot), ``"root"`` or ``"uproot"``.
    needs_root : str
        Why only ROOT can read this sample, or ``""``.
    where : str
        The sample, for messages.

    Raises
    ------
    DeclarationError
        If uproot is wanted and cannot read the sample.
    RootError
        If ROOT is needed and not there, or nothing that reads ROOT files is.
    """
    if wanted == "uproot" and needs_root:
        raise DeclarationError(
            "uproot cannot read this sample", where=where, given=needs_root, hint="use reader='root'"
        )
    if wanted == "uproot" and not uproot_is_there():
        raise DeclarationError("uproot is not installed", where=where, hint="pip install 'gradcut[uproot]'")
    if wanted != "uproot" and root_is_there():
        return "root"
    if wanted == "root" or needs_root:
        raise RootError(
            "this sample needs ROOT, which is not installed or not the one that gradcut was built with",
            where=where,
            given=needs_root or "reader='root'",
            hint="install gradcut where ROOT is, or see 'gradcut config'",
        )
    if not uproot_is_there():
        raise RootError(
            "nothing here reads ROOT files",
            where=where,
            hint="install ROOT, or pip install 'gradcut[uproot]', or pass arrays",
        )
    return "uproot"
