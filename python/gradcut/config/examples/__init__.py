"""A commented configuration per use; the tests run every one of them on the sample of the demonstration."""

from __future__ import annotations

from importlib import resources

from gradcut.errors import DeclarationError, close_matches

__all__ = ["EXAMPLES", "example"]

#: Name -> what it is for.
EXAMPLES = {
    "cuts": "thresholds of a selection, for the best significance",
    "working-points": "cuts at several signal efficiencies",
    "bins": "edges of bins of one column",
    "observable": "a network and the bins of its output",
    "joint": "cuts, and bins of the events that pass them, together",
    "triggers": "a menu of trigger lines within one total rate",
}


def example(name: str) -> str:
    """Return the text of an example.

    Parameters
    ----------
    name : str
        One of ``EXAMPLES``.
    """
    if name not in EXAMPLES:
        raise DeclarationError(f"there is no example '{name}'", hint=close_matches(name, EXAMPLES))
    file = resources.files("gradcut.config.examples").joinpath(f"{name}.yaml")
    return file.read_text(encoding="utf-8")
