"""Bins that are the regions of a Gaussian mixture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.learned_regions import LearnedRegions
from gradcut.binning.mixture import LEAST_SCORE
from gradcut.binning.mixture_means import outside_by
from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.mixture import MixtureBinning
    from gradcut.expressions.nodes import Expression

__all__ = ["LearnedMixture"]

#: By how much a mean may miss its range in the last digits.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class LearnedMixture(LearnedRegions):
    """A mixture whose components are bins; the first has the smallest part of signal.

    Parameters
    ----------
    mixture : MixtureBinning
        The declaration.
    log_weights : ndarray of float64, shape (bins,)
        ``log pi_k``.
    means : ndarray of float64, shape (bins, columns)
        In the coordinates of the mixture.
    precisions : ndarray of float64, shape (bins, columns, columns)
        Lower triangles ``A_k``: ``Sigma_k^-1 = A_k^T A_k``.
    """

    mixture: MixtureBinning
    log_weights: NDArray[np.float64]
    means: NDArray[np.float64]
    precisions: NDArray[np.float64]

    def __post_init__(self) -> None:
        k, d = len(self.log_weights), len(self.mixture.expressions)
        diagonal = (
            np.diagonal(self.precisions, axis1=1, axis2=2) if self.precisions.ndim == 3 else np.zeros(1)
        )
        if (
            self.means.shape != (k, d)
            or self.precisions.shape != (k, d, d)
            or not all(np.isfinite(a).all() for a in (self.log_weights, self.means, self.precisions))
            or not (diagonal > 0).all()
            or k == 0
        ):
            raise DeclarationError(
                "this is no mixture",
                given=f"shapes {self.log_weights.shape}, {self.means.shape}, {self.precisions.shape}",
                allowed=f"finite (bins,), (bins, {d}), (bins, {d}, {d}) with positive diagonals",
            )

        if (beyond := outside_by(self.mixture, self.means)) > ROUNDING:
            raise DeclarationError(
                "means are not where the declaration has them",
                given=f"{beyond:.3g} outside",
                allowed=f"means={self.mixture.means!r}"[:120],
            )

    @property
    def expressions(self) -> dict[str, Expression]:
        """What is binned, by name."""
        return dict(zip(self.mixture.names, self.mixture.expressions, strict=True))

    @property
    def covariances(self) -> NDArray[np.float64]:
        """Covariance of every component, shape (bins, columns, columns)."""
        return np.asarray(np.linalg.inv(np.swapaxes(self.precisions, 1, 2) @ self.precisions))

    @property
    def spec(self) -> BinsSpec:
        """The mixture for the kernels."""
        return BinsSpec("mixture", "hard", self.mixture.names, n_components=len(self.log_weights))

    @property
    def point(self) -> NDArray[np.float64]:
        """Parameters of the kernels, with temperature one."""
        lower = np.tril_indices(self.means.shape[1])
        packed = self.precisions[:, lower[0], lower[1]]
        return np.concatenate([self.log_weights, self.means.ravel(), packed.ravel(), [1.0]])

    def placed(self, values: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
        """Coordinates of values of all columns."""
        return self.mixture.placed(values)

    def logits(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Logits of the bins at coordinates of shape (columns, n), shape (bins, n)."""
        z = np.einsum("kij,kjn->kin", self.precisions, x[None] - self.means[:, :, None])
        log_det = np.log(np.diagonal(self.precisions, axis1=1, axis2=2)).sum(1)
        return np.asarray((self.log_weights + log_det)[:, None] - (z**2).sum(1) / 2)

    def defined(self, node: Any, name: str, read: Sequence[str]) -> Any:
        """Define the number of the bin on an RDataFrame node, of one column per expression."""
        from gradcut.rdf import define_bin

        columns = []
        for i, code in enumerate(self.coordinate_codes([f"double({column})" for column in read])):
            if code == f"double({read[i]})":
                columns.append(read[i])
                continue
            columns.append(f"_gradcut_{name}_coordinate{i}")
            node = node.Define(columns[-1], code)
        return define_bin(node, name, self.spec, columns, self.point)

    def coordinate_codes(self, values: Sequence[str]) -> list[str]:
        """C++ of the coordinates, of the C++ of the columns as doubles."""
        if self.mixture.coordinates == "linear":
            return list(values)
        if self.mixture.coordinates == "log":
            missing = "std::numeric_limits<double>::quiet_NaN()"
            return [f"{x} > 0. ? std::log({x}) : {missing}" for x in values]
        # NaN is not larger than anything, and so has to be what is compared.
        least = repr(LEAST_SCORE)
        rest = f"(1. - ({' + '.join(values)}))"
        return [
            f"std::log(({x} < {least} ? {least} : {x}) / ({rest} < {least} ? {least} : {rest}))"
            for x in values
        ]

    def declared_as(self, binning: MixtureBinning) -> LearnedMixture:
        """The same regions, of the columns of another declaration."""
        return replace(self, mixture=binning)

    def to_json(self) -> dict[str, Any]:
        """Return what has been learned as plain data."""
        return {
            "kind": "mixture",
            "log_weights": self.log_weights.tolist(),
            "means": self.means.tolist(),
            "precisions": self.precisions.tolist(),
        }

    @classmethod
    def from_json(cls, mixture: MixtureBinning, plain: Mapping[str, Any]) -> LearnedMixture:
        """Read what :meth:`to_json` gave."""
        arrays = (
            np.asarray(plain[name], dtype=np.float64) for name in ("log_weights", "means", "precisions")
        )
        return cls(mixture, *arrays)
