"""What the compiled likelihood needs to know of a model: flat arrays, names for parameters only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CONSTRAINTS", "MODIFIERS", "LikelihoodPlan"]

#: Codes of ``GradCutModifierKind`` in ``gradcut/kernels/Likelihood.h``.
MODIFIERS = {"factor": 0, "normsys": 1, "histosys": 2, "bin_factor": 3}
#: Codes of ``GradCutConstraintKind``.
CONSTRAINTS = {"gaussian": 0, "poisson": 1}


@dataclass(frozen=True, eq=False)
class LikelihoodPlan:
    """A HistFactory likelihood, without its numbers.

    Numbers are *inputs*, one flat vector: nominal templates, variations, widths of constraints. What is
    observed is *data*, another one: bins of all channels, then one auxiliary measurement per constraint.
    Rates are ``nu_b = sum_samples prod_factors (nominal_b + sum_histosys delta_b)``.

    Parameters
    ----------
    parameters : tuple of str
        Names of the parameters; those of a modifier with one parameter per bin are neighbours.
    n_bins : int
        Bins of all channels together.
    n_inputs : int
        Length of the vector of inputs.
    samples : ndarray of int32, shape (samples, 3)
        First bin, number of bins, and where the nominal template starts in the inputs. A sample is one of one
        channel.
    modifiers : ndarray of int32, shape (modifiers, 5)
        Kind (:data:`MODIFIERS`), sample, parameter, where its inputs start, and interpolation code.
        Of a ``factor`` (normfactor, lumi) the parameter multiplies the sample. A ``normsys`` has two inputs,
        the factor at +1 and that at -1; codes 1 and 4. A ``histosys`` has the template at +1, then that at
        -1; codes 0, 2, 4 for 4p. Of a ``bin_factor`` (shapefactor, shapesys, staterror) as many parameters as
        the sample has bins multiply one bin each, ``parameter + i`` the ``i``-th.
    constraints : ndarray of int32, shape (constraints, 3)
        Kind (:data:`CONSTRAINTS`), parameter, and where its number is in the inputs: the standard deviation
        of a Gaussian auxiliary measurement of the parameter, or the factor ``tau`` of a Poisson one of mean
        ``tau`` times the parameter.
    """

    parameters: tuple[str, ...]
    n_bins: int
    n_inputs: int
    samples: NDArray[np.int32]
    modifiers: NDArray[np.int32]
    constraints: NDArray[np.int32]

    @property
    def n_data(self) -> int:
        """Length of the vector of data."""
        return self.n_bins + len(self.constraints)
