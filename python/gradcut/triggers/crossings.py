"""From zero-bias events to a rate."""

from __future__ import annotations

from typing import Any

from gradcut.checks import is_number
from gradcut.errors import DeclarationError

__all__ = ["REVOLUTION", "crossings"]

#: Revolutions of a bunch of the LHC per second.
REVOLUTION = 11245.5


def crossings(bunches: float | None = None, *, rate: float | None = None) -> dict[str, Any]:
    """Arguments of :meth:`gradcut.Samples.add` that make the sum of weights of zero-bias events a rate.

    Parameters
    ----------
    bunches : float, optional
        Colliding bunches; each meets 11245.5 times per second.
    rate : float, optional
        Instead: bunch crossings per second, in Hz.

    Returns
    -------
    dict
        Weight 1, and the normalisation to that many crossings per second, over all events of the source.

    Examples
    --------
    >>> import gradcut as gc
    >>> gc.triggers.crossings(bunches=2340)["xsec"]
    26314470.0
    """
    given = [value for value in (bunches, rate) if value is not None]
    if len(given) != 1 or not is_number(given[0]) or not 0 < given[0] < float("inf"):
        raise DeclarationError(
            "crossings per second, or colliding bunches",
            given=f"bunches={bunches!r}, rate={rate!r}",
            allowed="one positive number: crossings(2340), or crossings(rate=30e6)",
        )
    return {"weight": 1.0, "xsec": bunches * REVOLUTION if bunches else rate, "lumi": 1.0, "sumw": "auto"}
