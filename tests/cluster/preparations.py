"""Functions that samples are prepared with; a module that workers can import."""

from __future__ import annotations

from typing import Any


def scaled(df: Any) -> Any:
    return df.Define("met_twice", "2 * met").Vary(
        "met", "ROOT::RVecF{met * 1.2f, met * 0.8f}", ["up", "down"], "scale"
    )


def other_events(df: Any) -> Any:
    """Does not do what it is for: reads all events of a file, whatever it is given."""
    from gradcut.rdf import load

    return load().RDataFrame("events", OTHER[0])


#: The file that ``other_events`` reads.
OTHER: list[str] = []
