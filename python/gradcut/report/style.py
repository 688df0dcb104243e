"""How pictures look: one place for colours, fonts and ticks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = [
    "BACKGROUNDS",
    "INTERVAL",
    "SIGNALS",
    "THRESHOLD",
    "UNUSED",
    "USED",
    "label_of",
    "styled",
    "unit_of",
]

# Ten colours that people with every kind of colour vision tell apart: M. Petroff, arXiv:2107.02270.
#: Backgrounds, in turn.
BACKGROUNDS = (
    "#3f90da",
    "#ffa90e",
    "#94a4a2",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
#: Signals, in turn.
SIGNALS = ("#bd1f01", "#832db6")
THRESHOLD = "black"
INTERVAL = "#94a4a2"
#: Lines of the scans, each for the lower or only, and the upper end of a cut.
USED, UNUSED = ("#7a21dd", "#b79aee"), ("#00876c", "#7cc8b4")

#: On top of mplhep's style of ROOT, which is made for one histogram on a slide.
_SETTINGS: Any = {
    "figure.figsize": (7.4, 6.0),
    "font.size": 12,
    "axes.linewidth": 1.0,
    "axes.labelsize": 13,
    "axes.titlesize": 11,
    # A title that looks for its place draws all ticks twice more.
    "axes.titley": 1.0,
    "axes.titlepad": 5,
    "legend.fontsize": 11,
    "legend.title_fontsize": 11,
    "legend.frameon": False,
    "legend.labelspacing": 0.35,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "xtick.major.size": 7,
    "xtick.minor.size": 3.5,
    "ytick.major.size": 7,
    "ytick.minor.size": 3.5,
    # Small ticks take most of the time of a picture.
    "xtick.minor.ndivs": 2,
    "ytick.minor.ndivs": 2,
    "xtick.major.pad": 5,
    "hatch.linewidth": 0.6,
    "savefig.dpi": 150,
    # Text in PDF stays text.
    "pdf.fonttype": 42,
    "svg.hashsalt": "gradcut",
}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Set the look for the pictures that are drawn inside."""
    import matplotlib
    import mplhep

    with matplotlib.rc_context({**mplhep.style.ROOT, **_SETTINGS}):
        yield


def label_of(cut: str, labels: Mapping[str, str]) -> str:
    """Text for a feature."""
    return labels.get(cut, cut.replace("$", r"\$"))


def unit_of(label: str) -> str:
    """Unit in brackets at the end of a label, empty where there is none."""
    return label[label.rindex("[") + 1 : -1].strip() if label.endswith("]") and "[" in label else ""
