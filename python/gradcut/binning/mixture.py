"""``gc.MixtureBinning``: bins of several columns as the regions of a Gaussian mixture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from gradcut.binning.axis import counts_of
from gradcut.binning.bins_spec import BinsSpec
from gradcut.binning.several_columns import SeveralColumns
from gradcut.checks import is_number
from gradcut.errors import DeclarationError
from gradcut.expressions.json_form import from_json, to_json
from gradcut.expressions.text import describe

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gradcut.expressions.nodes import Expression

__all__ = ["LEAST_SCORE", "MixtureBinning", "MixtureCoordinates", "MixtureMeans"]

MixtureMeans = Literal["free", "simplex"] | Sequence[tuple[float, float]]
MixtureCoordinates = Literal["linear", "simplex", "log"]
COORDINATES: tuple[MixtureCoordinates, ...] = ("linear", "simplex", "log")
#: Scores count as no smaller than this, so that those rounded to zero or one have a logarithm.
LEAST_SCORE = 1e-9
#: More columns than a mixture in the kernels has.
MOST_COLUMNS = 16


class MixtureBinning(SeveralColumns):
    """Bins of several columns: an event belongs to the component of a mixture that is most likely there.

    Parameters
    ----------
    columns : sequence of str or Expression
        What is divided, one column or several.
    bins : int or sequence of int
        Number of components; of several the best is chosen on events that were not learned from. Components
        that no event belongs to are dropped.
    coordinates : {"linear", "simplex", "log"}, default "linear"
        What the Gaussians are of: the columns as they are; for class scores, the logarithms of their ratios
        to what is left to one; or logarithms of positive columns.
    means : {"free", "simplex"} or sequence of (float, float), default "free"
        Where the means of the Gaussians may be, with linear coordinates: anywhere; on the simplex, where
        columns are positive and at most one together (class scores, one of which is left out); or in a range
        per column. They are there by construction: a softmax, or a logistic function, of free numbers.
    names : sequence of str, optional
        Names of the columns; default their texts.

    Notes
    -----
    Covariances are full. Regions are those of ``log pi_k + log N(x; mu_k, Sigma_k)``; while learning, events
    belong to all of them in proportion to a softmax of it, whose temperature falls.

    Examples
    --------
    >>> import gradcut as gc
    >>> gc.MixtureBinning(["p_ggf", "p_vbf"], 5, coordinates="simplex").n_bins
    5
    """

    def __init__(
        self,
        columns: Sequence[str | Expression],
        bins: int | Sequence[int],
        *,
        coordinates: MixtureCoordinates = "linear",
        means: MixtureMeans = "free",
        names: Sequence[str] | None = None,
    ) -> None:
        where = "gc.MixtureBinning"
        super().__init__(
            columns,
            names,
            what=("a mixture", "column"),
            count=(1, MOST_COLUMNS),
            coordinates=(coordinates, COORDINATES),
        )
        self.coordinates: MixtureCoordinates = coordinates
        self.counts = counts_of(bins, where)
        self.means = _means(means, len(self.names), where)
        if self.means != "free" and coordinates != "linear":
            raise DeclarationError(
                "means are restricted in the columns themselves",
                given=f"means={means!r}, coordinates={coordinates!r}"[:120],
                where=where,
                hint="coordinates='linear'; in those of the simplex every mean is on the simplex",
            )

    #: Temperatures of mixtures fall: a constant one is a factor of the logits, which are learned.
    temperature: Literal["annealed"] = "annealed"
    annealed = True

    @property
    def spec(self) -> BinsSpec:
        """The mixture for the kernels."""
        return BinsSpec("mixture", "logistic", self.names, n_components=self.n_bins)

    def placed(self, values: Sequence[NDArray[Any]]) -> list[NDArray[np.float64]]:
        """Coordinates of values of all columns; missing where they have none."""
        import numpy as np

        wide = [np.ascontiguousarray(x, dtype=np.float64) for x in values]
        if self.coordinates == "linear":
            return wide
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.coordinates == "log":
                return [np.asarray(np.where(x > 0, np.log(x), np.nan)) for x in wide]
            rest = np.maximum(1.0 - sum(wide[1:], wide[0]), LEAST_SCORE)
            return [np.asarray(np.log(np.maximum(x, LEAST_SCORE) / rest)) for x in wide]

    def units(
        self, place: NDArray[np.float64], size: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centre and scale in which a mixture is learned: mean and standard deviation of every coordinate.

        Parameters
        ----------
        place : ndarray of shape (n_events, columns)
            Coordinates.
        size : ndarray of shape (n_events,)
            How much each counts.
        """
        import numpy as np

        centre = np.asarray(size @ place)
        return centre, np.asarray(np.sqrt(size @ (place - centre) ** 2))

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "kind": "mixture",
            "expressions": [to_json(one) for one in self.expressions],
            "names": list(self.names),
            "bins": list(self.counts),
            "coordinates": self.coordinates,
            "means": self.means if isinstance(self.means, str) else [list(one) for one in self.means],
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> MixtureBinning:
        """Read what :meth:`to_json` gave."""
        return cls(
            [from_json(one) for one in plain["expressions"]],
            plain["bins"],
            coordinates=plain["coordinates"],
            means=plain.get("means", "free"),  # files that were written before there were others
            names=plain["names"],
        )

    def __repr__(self) -> str:
        bins = self.counts[0] if len(self.counts) == 1 else self.counts
        columns = [describe(one) for one in self.expressions]
        means = "" if self.means == "free" else f", means={self.means!r}"
        return f"MixtureBinning({columns!r}, {bins!r}, coordinates={self.coordinates!r}{means})"


def _means(
    given: MixtureMeans, count: int, where: str
) -> Literal["free", "simplex"] | tuple[tuple[float, float], ...]:
    if isinstance(given, str):
        if given in ("free", "simplex"):
            return given
        raise DeclarationError(
            "unknown means", given=repr(given), allowed="'free', 'simplex', or ranges", where=where
        )
    pairs = [tuple(one) if isinstance(one, Sequence) else () for one in given]
    good = all(len(one) == 2 and all(is_number(x) and math.isfinite(x) for x in one) for one in pairs)
    if len(pairs) != count or not good or not all(low < high for low, high in pairs):
        raise DeclarationError(
            "means have a range (low, high) per column",
            given=repr(given)[:80],
            allowed=f"{count} pairs of finite numbers, the first one smaller",
            where=where,
        )
    return tuple((float(low), float(high)) for low, high in pairs)
