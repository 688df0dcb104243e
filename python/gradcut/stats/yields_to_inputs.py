"""From the moments of yields to the numbers of a likelihood, with derivatives back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DeclarationError
from gradcut.side_by_side import together, yields_apart
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from gradcut.stats.build import Built
    from gradcut.stats.part_to_inputs import PartToInputs
    from gradcut.yields import YieldsLayout

__all__ = ["YieldsToInputs"]

_Array = NDArray[np.float64]


class YieldsToInputs:
    """The numbers of a likelihood as a function of yields, for many points at once.

    :meth:`gradcut.stats.Model.from_yields` makes one (``model.yields_to_inputs``). Which modifiers there are
    was decided at one point; here only numbers change. All of it is linear in the yields, but for ratios
    (rates of ``"split"`` variations, relative MC uncertainties), spreads of replicas, and the floor.

    Parameters
    ----------
    layout : YieldsLayout
        Axes of the moments.
    parts : sequence of PartToInputs
        The numbers of channels with equal bins, in the order of :func:`gradcut.side_by_side.yields_apart`.
    built : Built
        The likelihood, made at one point.
    """

    def __init__(self, layout: YieldsLayout, parts: Sequence[PartToInputs], built: Built) -> None:
        self._layout, self._parts, self._constants = layout, tuple(parts), built.inputs
        poissons = [row for row, (kind, _, _) in enumerate(built.plan.constraints) if kind == 1]
        self._aux_rows = np.array(poissons, dtype=np.intp)
        self._aux_inputs = built.plan.constraints[poissons, 2].astype(np.intp)
        self._auxdata = np.array([x for made in built.sets for x in made.auxdata])

    @property
    def n_inputs(self) -> int:
        """Length of the vector of inputs."""
        return len(self._constants)

    def without(self, names: Collection[str], built: Built) -> YieldsToInputs:
        """The same for the likelihood without some of the modifiers.

        Parameters
        ----------
        names : collection of str
            Names of modifiers.
        built : Built
            The likelihood without them.
        """
        return YieldsToInputs(self._layout, [part.without(names, built) for part in self._parts], built)

    def inputs(self, moments: Moments) -> _Array:
        """Return the inputs, shape (points, n_inputs).

        Parameters
        ----------
        moments : Moments
            Moments of yields with the layout that the model was made of; those of yields by channel
            are side by side (:func:`gradcut.stats.joined_yields`).
        """
        return self.linearised(moments)[0]

    def vjp(self, moments: Moments, cotangents: _Array, auxdata: _Array | None = None) -> Moments:
        """Pull cotangents of the inputs back to the moments.

        Parameters
        ----------
        moments : Moments
            Where.
        cotangents : ndarray, shape (points, n_inputs)
            Derivatives of a number in the inputs.
        auxdata : ndarray, shape (points, constraints), optional
            Its derivatives in the auxiliary measurements (:meth:`auxdata`), which follow the yields, too.

        Returns
        -------
        Moments
            Its derivatives in the moments.
        """
        _, pull_back = self.linearised(moments)
        return pull_back(cotangents, auxdata)

    def auxdata(self, inputs: _Array) -> _Array:
        """Auxiliary measurements, shape (points, constraints): of a Poisson one the factor ``tau`` itself."""
        made: _Array = np.broadcast_to(self._auxdata, (len(inputs), len(self._auxdata))).copy()
        made[:, self._aux_rows] = inputs[:, self._aux_inputs]
        return made

    def linearised(self, moments: Moments) -> tuple[_Array, Callable[..., Moments]]:
        """Return the inputs and :meth:`vjp` at these moments: one pass for both."""
        wanted = self._layout.shape
        if np.shape(moments.sum_w)[1:] != wanted:
            raise DeclarationError(
                "these yields have another layout than those of the model",
                given=f"shape {np.shape(moments.sum_w)[1:]}",
                allowed=f"{wanted} (channels, processes, variations, bins)",
            )
        made = np.empty((len(moments.sum_w), len(self._constants)))
        made[:] = self._constants
        given = yields_apart(Yields(self._layout, moments))
        of_parts = [part.write(made, own.moments) for part, own in zip(self._parts, given, strict=True)]

        def pull_back(cotangents: _Array, auxdata: _Array | None = None) -> Moments:
            given = np.asarray(cotangents, dtype=np.float64)
            if auxdata is not None and len(self._aux_rows):
                given = given.copy()
                given[:, self._aux_inputs] += auxdata[:, self._aux_rows]
            found = [of_part(given) for of_part in of_parts]
            return Moments(*(together(one, self._layout) for one in zip(*found, strict=True)))

        return made, pull_back
