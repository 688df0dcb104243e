"""``gc.SoftmaxBinning``: one bin per output of a network."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from gradcut.binning.axis import Width, smoothness
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.mixture import LEAST_SCORE
from gradcut.binning.several_columns import SeveralColumns
from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.expressions.json_form import from_json, to_json
from gradcut.expressions.text import describe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.expressions.nodes import Expression

__all__ = ["SoftmaxBinning", "SoftmaxCoordinates"]

SoftmaxCoordinates = Literal["linear", "log"]
COORDINATES: tuple[SoftmaxCoordinates, ...] = ("linear", "log")
#: More outputs than a softmax in the kernels has.
MOST_OUTPUTS = 128


class SoftmaxBinning(SeveralColumns):
    """One bin per output of a network: an event is in the bin of its largest output (INFERNO).

    Parameters
    ----------
    columns : sequence of str or Expression
        The outputs, two or more; the bin of an event is the number of the largest one.
    biases : "learned" or sequence of float, default "learned"
        Numbers that are added to the outputs before they are compared: learned, or given, one per output
        (zeros for the bins that the network was trained with).
    temperature : "annealed", "learned" or float, default "annealed"
        What outputs are divided by in the smooth bins, ``softmax((y + bias) / T)``: it falls while biases are
        learned; is learned with them; or is this number, in the unit of the coordinates.
    coordinates : {"linear", "log"}, default "linear"
        What is compared: the columns as they are, such as logits; or logarithms of class scores.
    names : sequence of str, optional
        Names of the columns; default their texts.

    Notes
    -----
    Bins keep the order of the outputs. Outputs that no event is in, or that cannot be brought to the limits,
    are dropped: others take what was theirs. Events with an output that is not finite are in no bin.

    References
    ----------
    INFERNO: P. de Castro, T. Dorigo, arXiv:1806.04743.

    Examples
    --------
    >>> import gradcut as gc
    >>> gc.SoftmaxBinning(["y0", "y1", "y2"]).n_bins
    3
    """

    def __init__(
        self,
        columns: Sequence[str | Expression],
        *,
        biases: Literal["learned"] | Sequence[float] = "learned",
        temperature: Width = "annealed",
        coordinates: SoftmaxCoordinates = "linear",
        names: Sequence[str] | None = None,
    ) -> None:
        where = "gc.SoftmaxBinning"
        super().__init__(
            columns,
            names,
            what=("a softmax", "output"),
            count=(2, MOST_OUTPUTS),
            coordinates=(coordinates, COORDINATES),
        )
        self.counts = (len(self.names),)
        self.coordinates: SoftmaxCoordinates = coordinates
        self.biases = None if biases == "learned" else _biases(biases, len(self.names), where)
        self.temperature = smoothness(temperature, "a temperature", where)
        if self.biases is not None and temperature == "learned":
            raise DeclarationError(
                "a temperature is learned together with biases",
                given="biases that are given",
                where=where,
                hint="a number, or biases='learned'",
            )

    @property
    def annealed(self) -> bool:
        """Whether the temperature is annealed."""
        return self.temperature == "annealed"

    @property
    def spec(self) -> BinsSpec:
        """The outputs for the kernels."""
        return BinsSpec("softmax", "logistic", self.names, n_components=self.n_bins)

    def placed(self, values: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
        """Coordinates of values of all columns; missing everywhere where one of them is not finite."""
        import numpy as np

        wide = np.stack([np.asarray(x, dtype=np.float64) for x in values])
        known = np.isfinite(wide).all(0)
        if self.coordinates == "log":
            wide = np.log(np.maximum(wide, LEAST_SCORE))
        return [np.ascontiguousarray(np.where(known, x, np.nan)) for x in wide]

    def units(
        self, place: NDArray[np.float64], size: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centre and scale in which biases are learned: the scale is the typical lead of the largest output.

        Parameters
        ----------
        place : ndarray of shape (n_events, columns)
            Coordinates.
        size : ndarray of shape (n_events,)
            How much each counts.
        """
        import numpy as np

        from gradcut.binning.regions import typical_lead

        centre = np.asarray(size @ place)
        top = np.partition(place - centre, -2, axis=1)[:, -2:]
        lead = top[:, 1] - top[:, 0]
        typical = typical_lead(lead, size) or float(size @ lead)
        # What is rounding of the outputs is no lead.
        if typical <= 1e-12 * float(np.abs(place).max()):
            typical = 0.0
        return centre, np.full(len(centre), typical)

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "kind": "softmax",
            "expressions": [to_json(one) for one in self.expressions],
            "names": list(self.names),
            "biases": "learned" if self.biases is None else list(self.biases),
            "temperature": self.temperature,
            "coordinates": self.coordinates,
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> SoftmaxBinning:
        """Read what :meth:`to_json` gave."""
        return cls(
            [from_json(one) for one in plain["expressions"]],
            biases=plain["biases"],
            temperature=plain["temperature"],
            coordinates=plain["coordinates"],
            names=plain["names"],
        )

    def __repr__(self) -> str:
        columns = [describe(one) for one in self.expressions]
        biases = "'learned'" if self.biases is None else repr(list(self.biases))
        return (
            f"SoftmaxBinning({columns!r}, biases={biases}, temperature={self.temperature!r}, "
            f"coordinates={self.coordinates!r})"
        )


def _biases(given: Sequence[float], count: int, where: str) -> tuple[float, ...]:
    if isinstance(given, str) or not all(is_number(one) and math.isfinite(one) for one in given):
        raise DeclarationError(
            "biases are learned, or finite numbers", given=repr(given)[:80], allowed="'learned'", where=where
        )
    if len(given) != count:
        raise DeclarationError(
            "there is one bias per output", given=f"{len(given)} for {count} outputs", where=where
        )
    return tuple(float(one) for one in given)
