"""Numbers, data and parameters of a model as torch tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.errors import DataError, DeclarationError
from gradcut.stats.constraint_sizes import constraint_sizes
from gradcut.stats.numbers_by_name import NumbersByName
from gradcut.stats.points import indices_of
from gradcut.stats.torch_bridge import batched, compiled, device_of
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats.linearised import Linearised
    from gradcut.stats.model import Model
    from gradcut.stats.numbers_by_name import Key, StatConstraint

__all__ = ["TorchNumbers"]


class TorchNumbers:
    """What :class:`gradcut.stats.torch_model.TorchModel` is given, as rows of the likelihood.

    Parameters
    ----------
    model : Model
        The model.
    """

    def __init__(self, model: Model) -> None:
        self.model, self.names = model, NumbersByName(model)
        self._inputs = torch.from_numpy(model.inputs.copy())
        self._initial = torch.from_numpy(model.initial.copy())
        self._auxdata = torch.from_numpy(model.auxdata.copy())

    def inputs(self, templates: Any) -> torch.Tensor:
        """See :meth:`gradcut.stats.torch_model.TorchModel.inputs`."""
        if templates is None:
            return self._inputs
        if isinstance(templates, torch.Tensor):
            return _of_length(templates, len(self._inputs), "inputs")
        if isinstance(templates, Yields):
            return self._of_yields(templates)
        if not isinstance(templates, Mapping):
            raise DeclarationError(
                "templates are tensors by (channel, sample, what), Yields, or what inputs() has made",
                given=type(templates).__name__,
            )
        given: dict[Key, torch.Tensor] = {}
        sizes = self.names.sizes
        for name, numbers in templates.items():
            key = self.names.check(name)
            tensor = _double(numbers)
            if key[2].startswith("normsys/"):
                tensor = tensor[..., None]
            given[key] = _of_length(tensor, sizes[key], ", ".join(key))
        batch = np.broadcast_shapes(*(tensor.shape[:-1] for tensor in given.values()), ())
        made = self._inputs.expand((*batch, -1)).clone()
        for key, tensor in given.items():
            if key in self.names.at:
                made[..., self.names.at[key]] = tensor
        for constraint in self.names.constraints:
            if not given.keys().isdisjoint((*constraint.nominal, *constraint.uncertainties)):
                made[..., constraint.at] = self._sizes(constraint, given, made)
        return made.to(device_of(templates.values()))

    def data(self, data: Any, inputs: torch.Tensor) -> torch.Tensor:
        """Observed events with the auxiliary measurements behind them, shape (..., n_data)."""
        model = self.model
        on = device_of(data.values() if isinstance(data, Mapping) else [data])
        if isinstance(data, str):
            raise DeclarationError("these data are numbers", given=repr(data))
        if isinstance(data, Mapping) and all(channel.name in data for channel in model.channels):
            parts = [_double(data[c.name]) for c in model.channels]
            batch = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
            by_channel = {
                c.name: _of_length(part, c.n_bins, f"data of channel '{c.name}'").expand((*batch, -1))
                for c, part in zip(model.channels, parts, strict=True)
            }
            given = torch.cat(list(by_channel.values()), -1)
        elif isinstance(data, torch.Tensor):
            given = _double(data)
        else:
            given = torch.from_numpy(np.array(model.observed(data)))
        n_aux = len(self._auxdata)
        if given.ndim and given.shape[-1] == model.n_bins + n_aux and n_aux:
            return given.to(on)
        main = _of_length(given, model.n_bins, "data")
        if not (torch.isfinite(main).all() and (main >= 0).all()):
            raise DataError("observations are finite numbers from 0 on")
        poisson = [constraint for constraint in self.names.constraints if constraint.poisson]
        aux = self._auxdata
        if poisson:
            rows = _double(inputs)
            aux = aux.expand((*rows.shape[:-1], -1)).clone()
            for constraint in poisson:
                aux[..., constraint.aux] = rows[..., constraint.at]
        batch = np.broadcast_shapes(main.shape[:-1], aux.shape[:-1])
        return torch.cat([main.expand((*batch, -1)), aux.expand((*batch, -1))], -1).to(on)

    def parameters(self, parameters: Any) -> torch.Tensor:
        """All parameters, shape (..., parameters)."""
        if parameters is None:
            return self._initial
        if not isinstance(parameters, Mapping):
            return _of_length(torch.as_tensor(parameters), len(self._initial), "parameters")
        given = []
        for name, value in parameters.items():
            at, tensor = indices_of(self.model, name), _double(value)
            tensor = tensor[..., None] if len(at) == 1 else _of_length(tensor, len(at), f"'{name}'")
            given.append((at, tensor))
        batch = np.broadcast_shapes(*(tensor.shape[:-1] for _, tensor in given), ())
        made = self._initial.expand((*batch, -1)).clone()
        for at, tensor in given:
            made[..., torch.from_numpy(at)] = tensor
        return made.to(device_of(parameters.values()))

    def _of_yields(self, yields: Yields) -> torch.Tensor:
        to_inputs = self.model.yields_to_inputs
        if to_inputs is None:
            raise DeclarationError(
                "only a model of yields has its numbers from yields",
                hint="gc.stats.Model.from_yields(...); or templates by (channel, sample, what)",
            )
        tensors = [torch.as_tensor(moment) for moment in yields.moments]
        shape = tensors[0].shape

        def linearised(*rows: NDArray[np.float64]) -> Linearised:
            numbers, pull_back = to_inputs.linearised(Moments(*(row.reshape(shape) for row in rows)))
            return numbers, lambda cotangents: tuple(pull_back(cotangents))

        return batched(
            lambda *rows: compiled(linearised, *rows),
            *(tensor.reshape(len(tensor), -1) for tensor in tensors),
        )

    def _sizes(
        self, constraint: StatConstraint, given: Mapping[Key, torch.Tensor], made: torch.Tensor
    ) -> torch.Tensor:
        """Sizes of constraints of the new templates and uncertainties."""
        nominal = torch.stack([made[..., self.names.at[key]] for key in constraint.nominal]).sum(0)
        variances = [
            given[key] ** 2 if key in given else torch.from_numpy(self.names.uncertainties[key] ** 2)
            for key in constraint.uncertainties
        ]
        variance = torch.stack([one.expand(nominal.shape) for one in variances]).sum(0)
        known = (nominal > 0) & (variance > 0)
        if not bool((known == self._known(constraint)).all()):
            raise DataError(
                "MC uncertainties appear or vanish, and which parameters there are was decided for the model",
                where=", ".join(" in ".join((key[2], key[0])) for key in constraint.uncertainties),
                hint="templates and uncertainties above 0; or make the model of numbers like these",
            )

        def linearised(nominal: NDArray[np.float64], variance: NDArray[np.float64]) -> Linearised:
            sizes, pull_back = constraint_sizes(nominal, variance, poisson=constraint.poisson)
            return sizes, pull_back

        return batched(lambda *rows: compiled(linearised, *rows), nominal, variance)

    def _known(self, constraint: StatConstraint) -> torch.Tensor:
        """In which bins the model itself has MC uncertainties."""
        nominal = sum(self.model.inputs[self.names.at[key]] for key in constraint.nominal)
        variance = sum(self.names.uncertainties[key] ** 2 for key in constraint.uncertainties)
        return torch.as_tensor((nominal > 0) & (variance > 0))


def _double(numbers: Any) -> torch.Tensor:
    return torch.as_tensor(numbers).to("cpu", torch.float64)


def _of_length(tensor: torch.Tensor, length: int, what: str) -> torch.Tensor:
    if not tensor.ndim or tensor.shape[-1] != length:
        raise DeclarationError(
            "a tensor does not fit the model",
            where=what,
            given=f"shape {tuple(tensor.shape)}",
            allowed=f"(..., {length})",
        )
    return tensor
