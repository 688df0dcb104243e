"""Trigger menus: rates of lines, alone and together, and thresholds of all lines within one total rate.

Zero-bias events are declared as a background of which the sum of weights is a rate in Hz
(:func:`crossings`), signals as signals. A line is a selection with a prescale (:class:`Line`).
"""

from __future__ import annotations

from gradcut.triggers.count import count_menu
from gradcut.triggers.crossings import crossings
from gradcut.triggers.learn import learn_menu
from gradcut.triggers.lines import Line
from gradcut.triggers.menu import Menu

__all__ = ["Line", "Menu", "count_menu", "crossings", "learn_menu"]
