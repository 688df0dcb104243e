"""Bins that are the largest of several outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.learned_regions import LearnedRegions
from gradcut.binning.mixture import LEAST_SCORE
from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.softmax import SoftmaxBinning
    from gradcut.expressions.nodes import Expression

__all__ = ["LearnedSoftmax"]


@dataclass(frozen=True, eq=False)
class LearnedSoftmax(LearnedRegions):
    """Outputs that are bins, in the order in which they were declared.

    Parameters
    ----------
    softmax : SoftmaxBinning
        The declaration.
    outputs : tuple of int
        Numbers of the outputs that are left: bin ``i`` is that of output ``outputs[i]``.
    biases : ndarray of float64, shape (bins,)
        What is added to each.
    temperature : float or None, default None
        The temperature of the smooth bins, in the unit of the coordinates, where it was given or learned.
    """

    softmax: SoftmaxBinning
    outputs: tuple[int, ...]
    biases: NDArray[np.float64]
    temperature: float | None = None

    def __post_init__(self) -> None:
        count = len(self.softmax.names)
        if (
            not self.outputs
            or list(self.outputs) != sorted(set(self.outputs))
            or not all(0 <= i < count for i in self.outputs)
            or self.biases.shape != (len(self.outputs),)
            or not np.isfinite(self.biases).all()
            or not (self.temperature is None or 0 < self.temperature < np.inf)
        ):
            raise DeclarationError(
                "these are no outputs with biases",
                given=f"outputs {self.outputs}, biases {self.biases}, temperature {self.temperature}",
                allowed=f"different outputs below {count} in order, as many finite biases",
            )

    @property
    def expressions(self) -> dict[str, Expression]:
        """What is binned, by name."""
        return dict(zip(self.softmax.names, self.softmax.expressions, strict=True))

    @property
    def bin_names(self) -> tuple[str, ...]:
        """Names of the outputs that are bins."""
        return tuple(self.softmax.names[i] for i in self.outputs)

    @property
    def spec(self) -> BinsSpec:
        """The outputs that are left, for the kernels."""
        return BinsSpec("softmax", "hard", self.bin_names, n_components=len(self.outputs))

    @property
    def point(self) -> NDArray[np.float64]:
        """Parameters of the kernels, with temperature one."""
        return np.concatenate([self.biases, [1.0]])

    def placed(self, values: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
        """Coordinates of the outputs that are left, of values of all of them."""
        every = self.softmax.placed(values)
        return [every[i] for i in self.outputs]

    def logits(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits of the bins at coordinates of shape (bins, n), shape (bins, n)."""
        return np.asarray(x + self.biases[:, None])

    def defined(self, node: Any, name: str, read: Sequence[str]) -> Any:
        """Define the number of the bin on an RDataFrame node, of one column per expression."""
        from gradcut.rdf import define_bin

        columns = []
        for i, code in zip(
            self.outputs, self.coordinate_codes([f"double({column})" for column in read]), strict=True
        ):
            columns.append(f"_gradcut_{name}_output{i}")
            node = node.Define(columns[-1], code)
        return define_bin(node, name, self.spec, columns, self.point)

    def coordinate_codes(self, values: Sequence[str]) -> list[str]:
        """C++ of the coordinates of the outputs that are left, of the C++ of all columns as doubles."""
        known = " && ".join(f"std::isfinite({x})" for x in values)
        kept = [values[i] for i in self.outputs]
        if self.softmax.coordinates == "log":
            kept = [f"std::log({x} < {LEAST_SCORE!r} ? {LEAST_SCORE!r} : {x})" for x in kept]
        # One that is missing is enough.
        missing = "std::numeric_limits<double>::quiet_NaN()"
        return [f"({known}) ? {kept[0]} : {missing}", *kept[1:]]

    def declared_as(self, binning: SoftmaxBinning) -> LearnedSoftmax:
        """The same biases, of the columns of another declaration."""
        return replace(self, softmax=binning)

    def to_json(self) -> dict[str, Any]:
        """Return what has been learned as plain data."""
        return {
            "kind": "softmax",
            "outputs": list(self.outputs),
            "biases": self.biases.tolist(),
            "temperature": self.temperature,
        }

    @classmethod
    def from_json(cls, softmax: SoftmaxBinning, plain: Mapping[str, Any]) -> LearnedSoftmax:
        """Read what :meth:`to_json` gave."""
        biases = np.asarray(plain["biases"], dtype=np.float64)
        return cls(softmax, tuple(plain["outputs"]), biases, plain["temperature"])
