"""RDataFrame: compiled actions and Defines as free functions on nodes.

ROOT is loaded by the first call that needs it, not by the import.
"""

from __future__ import annotations

from gradcut.rdf.bins import BookedBins, book_bin_moments, book_bin_vjp, define_bin
from gradcut.rdf.booked import Booked, run
from gradcut.rdf.collect import BookedColumns, book_collect
from gradcut.rdf.defines import define_fold, define_soft_weight, define_uniform
from gradcut.rdf.library import load
from gradcut.rdf.moments import BookedMoments, book_soft_moments
from gradcut.rdf.networks import book_network_moments, define_network

__all__ = [
    "Booked",
    "BookedBins",
    "BookedColumns",
    "BookedMoments",
    "book_bin_moments",
    "book_bin_vjp",
    "book_collect",
    "book_network_moments",
    "book_soft_moments",
    "define_bin",
    "define_fold",
    "define_network",
    "define_soft_weight",
    "define_uniform",
    "load",
    "run",
]
