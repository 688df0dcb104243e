"""A likelihood model as functions of torch tensors, with gradients."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch

from gradcut.stats import linearised
from gradcut.stats.curvature import over_constraint, sigma, volume
from gradcut.stats.gaussianity import distance_from_normal
from gradcut.stats.information import constrained_indices
from gradcut.stats.kinks import check_interpolation
from gradcut.stats.points import box_of, poi_of
from gradcut.stats.result_numbers import LimitNumbers, TestNumbers
from gradcut.stats.torch_bridge import batched, compiled
from gradcut.stats.torch_numbers import TorchNumbers

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from gradcut.stats.compiled_test import Statistic
    from gradcut.stats.curvature import Number
    from gradcut.stats.model import Model
    from gradcut.stats.numbers_by_name import Key
    from gradcut.yields import Yields

    Templates = Mapping[Key, ArrayLike | torch.Tensor] | Yields | torch.Tensor | None
    Data = ArrayLike | torch.Tensor | Mapping[str, ArrayLike | torch.Tensor] | Literal["asimov"] | None
    Parameters = Mapping[str, ArrayLike | torch.Tensor] | ArrayLike | torch.Tensor | None
    Fixed = Mapping[str, ArrayLike] | None

__all__ = ["TorchLimits", "TorchModel", "TorchTest"]


@dataclass(frozen=True, eq=False)
class TorchTest(TestNumbers[torch.Tensor]):
    """Numbers of hypothesis tests as tensors with gradient, of the shape of the batch.

    Parameters
    ----------
    outputs : Tensor, shape (..., 20)
        All numbers, see the properties.
    """

    outputs: torch.Tensor

    def at(self, position: int) -> torch.Tensor:
        """See the base class."""
        return self.outputs[..., position]


@dataclass(frozen=True, eq=False)
class TorchLimits(LimitNumbers[torch.Tensor]):
    """Upper limits as tensors with gradient, of the shape of the batch.

    Parameters
    ----------
    limits : Tensor, shape (..., 6)
        Observed, then expected ones, see the properties.
    """

    limits: torch.Tensor

    def at(self, position: int) -> torch.Tensor:
        """See the base class."""
        return self.limits[..., position]


class TorchModel:
    """A model as functions of torch tensors: :meth:`gradcut.stats.Model.torch` makes one.

    Everything is what the function of the same name in :mod:`gradcut.stats` gives for the model of a
    workspace with the given numbers in it. Inside, it is the compiled likelihood in double precision on the
    CPU; results are float64 tensors on the device of what was given, and gradients go back to it, in its
    precision. Leading axes of tensors are a batch of models, fitted in one call. First derivatives only;
    torch says so where second ones are asked for.

    Parameters
    ----------
    model : Model
        The model: which modifiers and parameters there are, and all numbers that are not replaced.

    Notes
    -----
    *Templates* are one of

    * a mapping from ``(channel, sample, what)`` to the numbers there, where ``what`` is ``"nominal"``,
      ``"histosys/JES:up"`` or ``":down"`` (templates), ``"normsys/ww_norm:up"`` (the factor, one number, no
      axis of its own), ``"staterror/staterror_SR"`` or ``"shapesys/..."`` (absolute uncertainties); see
      :attr:`numbers`. Others are those of the model. As in a workspace, templates and uncertainties are
      absolute: varied ones do not follow a nominal one that is replaced, while relative MC uncertainties are
      those of the new numbers, unless the measurement says how large constraints are;
    * :class:`gradcut.Yields` with torch moments, for a model of :meth:`gradcut.stats.Model.from_yields`;
    * what :meth:`inputs` has made of them, so that several numbers share that step;
    * None: the model's own.

    *Data* are observed events of all bins, shape (..., bins), or by channel; ``"asimov"`` what is expected at
    the start of fits, without a signal (for ``"q0"`` with one); None is as in :mod:`gradcut.stats`: the
    model's observations for fits, tests and limits, expected data for uncertainties. Auxiliary measurements
    are the model's, those of a shapesys follow its numbers.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._numbers = TorchNumbers(model)

    @property
    def numbers(self) -> dict[Key, int]:
        """What templates can replace, and how many numbers each is."""
        return self._numbers.names.sizes

    def inputs(self, templates: Templates) -> torch.Tensor:
        """The numbers of the likelihood, shape (..., inputs), connected to templates.

        Parameters
        ----------
        templates
            See :class:`TorchModel`.

        Raises
        ------
        DeclarationError
            If a name is not known or a shape does not fit.
        DataError
            If MC uncertainties appear or vanish: which parameters there are was decided for the model.
        """
        return self._numbers.inputs(templates)

    def parameters(self, parameters: Parameters = None) -> torch.Tensor:
        """All parameters, shape (..., parameters): initial ones, but for those given by name."""
        return self._numbers.parameters(parameters)

    def nll(self, parameters: Parameters, templates: Templates = None, data: Data = None) -> torch.Tensor:
        """Negative logarithm of the likelihood, with gradients in parameters, templates and data."""
        inputs = self.inputs(templates)
        theta, observed = self.parameters(parameters), self._numbers.data(data, inputs)
        return self._call(linearised.nll, theta, inputs, observed)

    def expected_data(self, parameters: Parameters = None, templates: Templates = None) -> torch.Tensor:
        """Expected events of all bins, then expected auxiliary measurements, shape (..., data)."""
        return self._call(linearised.expected, self.parameters(parameters), self.inputs(templates))

    def fisher_information(self, parameters: Parameters = None, templates: Templates = None) -> torch.Tensor:
        """The Fisher information in all parameters, shape (..., parameters, parameters)."""
        check_interpolation(self.model)
        return self._call(linearised.information, self.parameters(parameters), self.inputs(templates))

    def fit(self, templates: Templates = None, data: Data = None, *, fixed: Fixed = None) -> torch.Tensor:
        """Fitted parameters, shape (..., parameters), with the derivative of where the fit ends.

        Raises
        ------
        DataError
            If a fit does not end in a minimum that determines all free parameters.
        """
        inputs, box = self.inputs(templates), box_of(self.model, fixed)
        return self._call(
            lambda likelihood, *rows: linearised.best_fits(likelihood, box, *rows),
            inputs,
            self._numbers.data(data, inputs),
        )

    def hypotest(
        self,
        mu: float | torch.Tensor,
        templates: Templates = None,
        data: Data = None,
        *,
        test_statistic: Statistic = "qmu_tilde",
        fixed: Fixed = None,
    ) -> TorchTest:
        """Test a value of the parameter of interest; see :func:`gradcut.stats.hypotest`.

        Parameters
        ----------
        mu : float or Tensor
            The tested value, or one per model.
        templates, data
            See :class:`TorchModel`.
        test_statistic, fixed
            As for :func:`gradcut.stats.hypotest`.

        Returns
        -------
        TorchTest
            ``cls``, ``p0``, ``z``, ``q``, ``log_cls``, ... as tensors. Backward fits once more.
        """
        model, inputs = self.model, self.inputs(templates)
        box, poi = box_of(model, fixed), poi_of(model)
        tested = torch.as_tensor(mu, dtype=torch.float64 if isinstance(mu, (int, float)) else None)

        def rows(likelihood: Any, tested: Any, inputs: Any, data: Any = None) -> linearised.Linearised:
            return linearised.tests(likelihood, box, poi, test_statistic, tested[:, 0].copy(), inputs, data)

        return TorchTest(self._call(rows, tested[..., None], inputs, *self._observed(data, inputs)))

    def upper_limit(
        self,
        templates: Templates = None,
        data: Data = None,
        *,
        level: float = 0.05,
        test_statistic: Statistic = "qmu_tilde",
        fixed: Fixed = None,
    ) -> TorchLimits:
        """Upper limits on the parameter of interest; see :func:`gradcut.stats.upper_limit`.

        Parameters
        ----------
        templates, data
            See :class:`TorchModel`.
        level, test_statistic, fixed
            As for :func:`gradcut.stats.upper_limit`.

        Returns
        -------
        TorchLimits
            ``observed`` and ``expected["median"]``, ... as tensors. Backward fits once more.
        """
        inputs, box, poi = self.inputs(templates), box_of(self.model, fixed), poi_of(self.model)

        def rows(likelihood: Any, inputs: Any, data: Any = None) -> linearised.Linearised:
            return linearised.limits(likelihood, box, poi, test_statistic, level, inputs, data)

        return TorchLimits(self._call(rows, inputs, *self._observed(data, inputs)))

    def sigma_mu(
        self,
        templates: Templates = None,
        data: Data = None,
        *,
        poi: str | None = None,
        fixed: Fixed = None,
    ) -> torch.Tensor:
        """Uncertainty of the signal strength, everything profiled; see :func:`gradcut.stats.sigma_mu`."""
        return self._of_curvature(sigma(poi_of(self.model, poi)), templates, data, fixed)

    def generalised_variance(
        self, templates: Templates = None, data: Data = None, *, fixed: Fixed = None
    ) -> torch.Tensor:
        """Determinant of the covariance; see :func:`gradcut.stats.generalised_variance`."""
        return self._of_curvature(volume, templates, data, fixed)

    def nuisance_constraint(
        self, names: Sequence[str], templates: Templates = None, data: Data = None
    ) -> torch.Tensor:
        """How strongly nuisances are constrained; see :func:`gradcut.stats.nuisance_constraint`."""
        number = over_constraint(constrained_indices(self.model, names))
        return self._of_curvature(number, templates, data, None)

    def gaussianity(
        self, templates: Templates = None, data: Data = None, *, fixed: Fixed = None
    ) -> torch.Tensor:
        """How far the likelihood is from a Normal distribution; see :func:`gradcut.stats.gaussianity`."""
        return self._of_curvature(distance_from_normal, templates, data, fixed)

    def _of_curvature(self, number: Number, templates: Templates, data: Data, fixed: Fixed) -> torch.Tensor:
        check_interpolation(self.model)
        inputs, box = self.inputs(templates), box_of(self.model, fixed)

        def rows(likelihood: Any, inputs: Any, data: Any = None) -> linearised.Linearised:
            return linearised.of_curvature(likelihood, box, number, inputs, data)

        return self._call(rows, inputs, *self._observed("asimov" if data is None else data, inputs))

    def _observed(self, data: Data, inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Data, or nothing where they are expected ones."""
        return () if isinstance(data, str) and data == "asimov" else (self._numbers.data(data, inputs),)

    def _call(self, function: Callable[..., linearised.Linearised], *tensors: torch.Tensor) -> torch.Tensor:
        likelihood = self.model.likelihood
        return batched(lambda *rows: compiled(lambda *arrays: function(likelihood, *arrays), *rows), *tensors)
