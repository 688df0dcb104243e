"""A search, once from its files to learned cuts and back: what ``gradcut demo`` shows.

The sample ships with the package (``data/README.md`` says what it is). Nothing here prints:
:func:`demonstrate` hands every section of text to a function as soon as it is there, and returns all numbers.
"""

from __future__ import annotations

from gradcut.demo.run import Demonstration, demonstrate
from gradcut.demo.search import sample_folder, samples, selection

__all__ = ["Demonstration", "demonstrate", "sample_folder", "samples", "selection"]
