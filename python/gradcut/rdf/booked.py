"""Booked results: lazy, computed together by one event loop."""

from __future__ import annotations

import abc
from typing import Any, Generic, TypeVar

from gradcut.errors import DeclarationError
from gradcut.rdf.library import load
from gradcut.rdf.nodes import translated

__all__ = ["Booked", "run"]

T = TypeVar("T")


class Booked(abc.ABC, Generic[T]):
    """A result that an event loop will compute.

    Nothing is read before :meth:`value`, :meth:`variations` or :func:`run`; the first of them computes
    everything that is booked on the same RDataFrame, the user's own actions included.
    """

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self._read: dict[str, T] = {}

    @abc.abstractmethod
    def _convert(self, variation: str) -> T:
        """Fetch one computed result from the C++ side."""

    @property
    def handle(self) -> Any:
        """The C++ object, a ``std::shared_ptr<GradCut::Booked>``."""
        return self._handle

    def book_variations(self) -> None:
        """Ask for the variations (``Vary``) too, so that the same loop computes them."""
        with translated("VariationsFor"):
            self._handle.BookVariations()

    def value(self) -> T:
        """Return the nominal result; runs the event loop if need be."""
        return self._get("nominal")

    def variations(self) -> dict[str, T]:
        """Return the results of all variations that this one depends on, "nominal" first.

        Works before and after the nominal loop ran; afterwards it takes another loop.
        """
        self.book_variations()
        run(self)
        return {name: self._get(name) for name in map(str, self._handle.Variations())}

    def _get(self, variation: str) -> T:
        if variation not in self._read:
            run(self)
            self._read[variation] = self._convert(variation)
        return self._read[variation]


def run(*booked: Booked[Any]) -> None:
    """Compute booked results, one event loop per RDataFrame; other Python threads run meanwhile.

    Parameters
    ----------
    *booked : Booked
        Results of one or several RDataFrames. With ``ROOT.EnableImplicitMT()`` their loops run concurrently.

    Raises
    ------
    RootError
        If ROOT stops a loop, for instance for a file that cannot be read.
    """
    root = load()
    results = root.GradCut.PythonSupport.Results()
    for result in booked:
        if not isinstance(result, Booked):
            raise DeclarationError(
                "run takes what the functions book_... returned",
                given=f"an object of type {type(result).__name__}",
            )
        results.Add(result.handle)
    with translated("event loop", "ROOT stopped the event loop"):
        root.GradCut.PythonSupport.Run(results)
