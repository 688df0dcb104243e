"""A selection, and the bins or the observable of the events that pass it, as one declaration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.binning.bins_spec import BinsSpec
from gradcut.engines.collected import features_of
from gradcut.engines.moments import objects_of
from gradcut.engines.segments import Segment
from gradcut.fitting import decisions
from gradcut.observables.observable import Observable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.binning.channels import OneBinning
    from gradcut.expressions.nodes import Expression
    from gradcut.kernel_spec import KernelSpec
    from gradcut.samples import EventTables, Samples
    from gradcut.selection import Selection

__all__ = ["Joint"]

#: What names of features of the selection begin with: bins may be of the same columns.
OF_SELECTION = "selection: "


@dataclass(frozen=True, eq=False)
class Joint:
    """What :func:`gradcut.fit` learns.

    Parameters
    ----------
    selection : Selection
        The cuts.
    what : Observable, Binning, ProductBinning, MixtureBinning or SoftmaxBinning
        What is filled with the events that pass.
    """

    selection: Selection
    what: Observable | OneBinning

    @cached_property
    def kernel(self) -> KernelSpec:
        """The selection as the kernels see it."""
        return self.selection.kernel_spec()

    @cached_property
    def what_columns(self) -> dict[str, Expression]:
        """What the bins, or the observable, are of."""
        if isinstance(self.what, Observable):
            return self.what.columns
        return dict(zip(self.what.spec.columns, self.what.expressions, strict=True))

    @property
    def n_what(self) -> int:
        """Number of columns of the bins or of the observable."""
        return len(self.what_columns)

    @property
    def spec(self) -> BinsSpec:
        """All columns but those of fixed requirements, for what divides and counts events."""
        names = (*self.what_columns, *(OF_SELECTION + name for name in self.kernel.columns))
        return BinsSpec("axes", "logistic", names, (0,) * len(names))

    def collect(self, samples: Samples, **how: Any) -> EventTables:
        """Read everything into memory: what is filled, what is cut on, then fixed requirements.

        Parameters
        ----------
        samples : Samples
            The events.
        **how
            As for :meth:`gradcut.Samples.collect`.
        """
        n = len(self.kernel.columns)
        of_selection = [
            (OF_SELECTION + name if i < n else name, expression)
            for i, (name, expression) in enumerate(features_of(self.selection, samples).items())
        ]
        return samples.collect(
            {**self.what_columns, **dict(of_selection)},
            sentinels=self.selection.sentinels,
            objects=[tuple(OF_SELECTION + name for name in names) for names in objects_of(self.kernel)],
            **how,
        )

    def point(self, values: Mapping[str, float]) -> NDArray[np.float64]:
        """Thresholds as an array, in the order of the parameters."""
        return np.array([values[name] for name in self.kernel.parameters], dtype=np.float64)

    def named(self, point: NDArray[np.float64]) -> dict[str, float]:
        """Thresholds by name."""
        return dict(zip(self.kernel.parameters, point.tolist(), strict=True))

    def passing(self, columns: Sequence[Any], point: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Say which events meet the requirements in which something is learned.

        Parameters
        ----------
        columns : sequence of ndarray or Jagged
            Those of the selection.
        point : ndarray of shape (parameters,)
            Thresholds; infinite ones are open.
        """
        n = len(columns[0])
        segment = Segment((0, 0, 0), tuple(columns), np.ones(n), 1.0)
        passed = np.ones(n, dtype=np.bool_)
        for _, met in decisions.passed_by_requirement(self.kernel, segment, point):
            passed &= met
        return passed
