"""What the demonstration needs of other packages, and what to do where one is missing."""

from __future__ import annotations

import importlib.util

from gradcut.errors import GradcutError

__all__ = ["has_uproot", "why_no_pictures", "why_no_root"]


def is_installed(module: str) -> bool:
    """Whether a module can be imported; it is not."""
    return importlib.util.find_spec(module) is not None


def why_no_root() -> str | None:
    """Say why the half with RDataFrame cannot run and what to do, or None where it can.

    Raises
    ------
    GradcutError
        If nothing here can read ROOT files.
    """
    from gradcut._build_info import ROOT_VERSION

    reason = None
    if not is_installed("ROOT"):
        reason = "ROOT is not installed (set it up, or: GRADCUT_ROOT=wheel pip install '.[root]')"
    elif not ROOT_VERSION:
        reason = "gradcut was built without ROOT (build it again where ROOT is found: pip install .)"
    if reason is not None and not has_uproot():
        raise GradcutError(
            "nothing here reads ROOT files",
            given=reason,
            allowed="ROOT, or uproot and awkward for the half without RDataFrame",
            hint="set up ROOT and install gradcut there, or: pip install 'gradcut[uproot]'",
        )
    return reason


def has_uproot() -> bool:
    """Whether files can be read without ROOT."""
    return is_installed("uproot") and is_installed("awkward")


def why_no_pictures() -> str | None:
    """Say why pictures cannot be drawn and what to do, or None where they can."""
    missing = [module for module in ("matplotlib", "mplhep") if not is_installed(module)]
    if not missing:
        return None
    return f"{' and '.join(missing)} not installed (pip install 'gradcut[plot]')"
