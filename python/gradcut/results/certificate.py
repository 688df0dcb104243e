"""What is known about how good a working point is where it learned."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Certificate"]


@dataclass(frozen=True)
class Certificate:
    """What exchanges of two thresholds would still gain on the events that a working point learned from.

    In an exchange one threshold is loosened and another tightened by as much of the signal, within what the
    scan allows (nesting, smoothness). The gain is counted with hard cuts.

    Parameters
    ----------
    gain : float
        Fraction of the background that the best exchange would take off; zero where none takes off any.
    loosened, tightened : str or None
        Parameters of that exchange; None where there is none.
    pairs : int
        Pairs of thresholds that were looked at, either way round.
    places : int
        Places per pair to which one threshold was loosened; the other follows from the target to the event.
    """

    gain: float
    loosened: str | None
    tightened: str | None
    pairs: int
    places: int
