"""Results as files of other programs: :func:`export`, and :func:`formats` that there are.

A file says what the result says: what is rounded, in another unit, or means something else at a threshold is
told in notes; what cannot be said is an error.
"""

from gradcut.export.chosen import ChosenCuts
from gradcut.export.formats import Format, formats
from gradcut.export.notes import Exported, Note
from gradcut.export.run import export, render

__all__ = ["ChosenCuts", "Exported", "Format", "Note", "export", "formats", "render"]
