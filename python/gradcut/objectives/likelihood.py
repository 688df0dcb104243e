"""Objectives that are made of a HistFactory likelihood of the yields."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.checks import is_number
from gradcut.errors import DataError, DeclarationError
from gradcut.objectives.base import Objective
from gradcut.objectives.model_memory import ModelMemory
from gradcut.objectives.roles import check_roles
from gradcut.side_by_side import yields_apart
from gradcut.stats.optima import Optima
from gradcut.stats.pruning import negligible, without
from gradcut.stats.template_options import LEAST_EVENTS, TemplateOptions, options_of
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.stats import Model, YieldsToInputs
    from gradcut.stats.curvature import Slopes
    from gradcut.yields import Yields, YieldsLayout

__all__ = ["LikelihoodObjective"]

#: What a value that does not exist counts as while learning, away from the better direction.
WORST = 1e12
#: Hard values are calculated of so many points at a time; there may be thousands, with a matrix each.
CHUNK = 256


class LikelihoodObjective(Objective):
    """A number made of the likelihood of all channels and bins, with all uncertainties as parameters.

    Every declared uncertainty enters: variations as histosys, normalisation uncertainties as normsys, MC
    statistics of the backgrounds as staterror. Derived classes say which number by
    :meth:`value_and_slopes`, for many models at once; nothing else is theirs.

    Parameters
    ----------
    options : TemplateOptions, optional
        How yields become templates. Default: ``TemplateOptions(floor="mc")``, which keeps a fit from
        running to where the simulation has run out of background.
    prune : float, default 0
        While learning, nuisances are left out that together change ``sigma_mu`` by less than this part of it
        at the first points of the fit; hard values have all of them.
    steady : bool, default True
        While edges of an axis are learned by descent, smooth the noise of variations along it away, as far
        as their scatter says that it is noise (:func:`gradcut.binning.steadied.steadied`). Without it a fit
        finds the bins in which noise looks like an effect that constrains a nuisance, or like none. Hard
        values have variations as they are.
    **settings
        Fields of :class:`gradcut.stats.TemplateOptions` one by one, instead of ``options``.

    Raises
    ------
    DeclarationError
        If a setting is not known, or templates were to be pruned: which uncertainties there are must not
        depend on the cuts that are being learned.

    Notes
    -----
    Yields that are learned on see the templates' floor. A signal of which nothing is left has no value.
    Where bins are learned by channel, the likelihood has these channels, with the bins of each.
    """

    def __init__(
        self,
        options: TemplateOptions | None = None,
        *,
        prune: float = 0.0,
        steady: bool = True,
        **settings: Any,
    ) -> None:
        if not is_number(prune) or not 0 <= prune < 1:
            raise DeclarationError(
                "'prune' is a part of sigma_mu", given=repr(prune), allowed="a number from 0 on, below 1"
            )
        self.prune, self._steady = float(prune), bool(steady)
        self.options = _options(options, settings)
        self._models = ModelMemory(self.options)

    #: Nuisances that the number is about, which are not left out.
    needed: tuple[str, ...] = ()

    @property
    @abc.abstractmethod
    def kind(self) -> str:
        """Name in descriptions."""

    @abc.abstractmethod
    def value_and_slopes(self, model: Model, inputs: NDArray[np.float64]) -> Slopes:
        """The number of every model, with derivatives.

        Parameters
        ----------
        model : Model
            Its plan, parameters and bounds; its own inputs mean nothing.
        inputs : ndarray, shape (points, n_inputs)
            Numbers of the likelihood at every point.

        Returns
        -------
        Slopes
            Infinite values where the number does not exist, with derivatives of zero. Derivatives in the data
            are of the auxiliary measurements ``model.yields_to_inputs.auxdata(inputs)``; observed events
            follow the inputs, as Asimov data do, and have none of their own.
        """

    def values(self, model: Model, inputs: NDArray[np.float64]) -> NDArray[np.float64]:
        """The number of every model without its derivatives, infinite where it does not exist.

        Parameters
        ----------
        model, inputs
            See :meth:`value_and_slopes`.
        """
        return self.value_and_slopes(model, inputs).value

    def own_settings(self) -> dict[str, Any]:
        """Settings of the derived class as plain data."""
        return {}

    def describe(self) -> dict[str, Any]:
        """See :meth:`Objective.describe`."""
        own = {**self.own_settings(), **({"prune": self.prune} if self.prune else {})}
        own |= {} if self._steady else {"steady": False}
        return {"kind": self.kind, **own, **_changed(self.options)}

    def check(self, layout: YieldsLayout) -> None:
        """See :meth:`Objective.check`."""
        check_roles(layout, self.name)
        self.check_model(self._models.of(layout))

    def check_model(self, model: Model) -> None:
        """Raise if a model of these samples cannot have this number."""
        del model

    @property
    def steadies(self) -> bool:
        """See :attr:`Objective.steadies`."""
        return self._steady

    @property
    def ties(self) -> str:
        """See :meth:`Objective.ties`."""
        return "nuisance parameters tie its bins together"

    def gradient(self, yields: Yields) -> tuple[NDArray[np.float64], Moments]:
        """See :meth:`Objective.gradient`."""
        model = self._model_to_learn_with(yields)
        inputs, pull_back = _to_inputs(model).linearised(_numbers(yields))
        found = self.value_and_slopes(model, inputs)
        exists = np.isfinite(found.value)
        value = np.where(exists, found.value, -self.sign * WORST)
        n_aux = len(model.plan.constraints)
        return value, pull_back(found.d_inputs, found.d_data[:, found.d_data.shape[1] - n_aux :])

    def hard(self, yields: Yields) -> NDArray[np.float64]:
        """See :meth:`Objective.hard`."""
        model = self._models.of(yields.layout)
        inputs = _to_inputs(model).inputs(_numbers(yields))
        parts = np.split(inputs, range(CHUNK, len(inputs), CHUNK))
        found = np.concatenate([self.values(model, part) for part in parts])
        exists = np.isfinite(found) & self._has_signal(yields)
        return np.where(exists, found, -self.sign * np.inf)

    def check_final(self, yields: Yields) -> None:
        """See :meth:`Objective.check_final`."""
        if np.isfinite(self.hard(yields)).all():
            return
        raise DataError(
            f"the objective '{self.name}' does not exist for the selected events",
            given="no signal is left in any bin"
            if not self._has_signal(yields).all()
            else "the likelihood does not determine its parameters",
            hint="more events, or fewer cuts or bins",
        )

    def model(self, yields: Yields, point: int = 0) -> Model:
        """The likelihood of yields at a point, as :meth:`hard` sees it."""
        from gradcut.stats import Model

        return Model.from_yields(yields, self.options, point=point)

    def learned_with(self, layout: YieldsLayout) -> Model | None:
        """The model that a fit learns with, by the layout of its yields; None before its first points."""
        return self._models.reduced(layout) if self.prune else self._models.of(layout)

    def _model_to_learn_with(self, yields: Yields) -> Model:
        known = self.learned_with(yields.layout)
        if known is not None:
            return known
        full = self._models.of(yields.layout)
        inputs = _to_inputs(full).inputs(_numbers(yields))
        optima = Optima.of_asimov(full.likelihood, inputs, full.initial, full.fixed)
        covariances, exists = optima.covariances()
        if not exists.any():
            return full
        made = without(full, negligible(full, covariances[exists], self.prune, self.needed))
        self._models.reduce(yields.layout, made)
        return made

    def _has_signal(self, yields: Yields) -> NDArray[np.bool_]:
        layout, signals = yields.layout, self.options.signals
        scaled = [
            p for p in layout.process_indices("signal") if signals is None or layout.processes[p] in signals
        ]
        bins = slice(None) if self.options.bins is None else list(self.options.bins)
        nominal = [np.asarray(part.moments.sum_w)[:, :, scaled, 0] for part in yields_apart(yields)]
        found = [(one[..., bins] > LEAST_EVENTS).any((1, 2, 3)) for one in nominal]
        return np.asarray(np.any(found, axis=0))


def _to_inputs(model: Model) -> YieldsToInputs:
    found = model.yields_to_inputs
    assert found is not None  # models of layouts are made of yields
    return found


def _numbers(yields: Yields) -> Moments:
    return Moments(*(np.asarray(m, dtype=np.float64) for m in yields.moments))


def _options(options: TemplateOptions | None, settings: dict[str, Any]) -> TemplateOptions:
    made = options_of(options, settings, floor="mc")
    if made.prune or made.prune_significance:
        raise DeclarationError(
            "templates are not pruned while cuts or bins are learned",
            given=f"prune={made.prune:g}, prune_significance={made.prune_significance:g}",
            hint="gc.stats.Model.from_yields(..., prune=...) prunes those of a result",
        )
    return made


def _changed(options: TemplateOptions) -> dict[str, Any]:
    """Settings that are not the defaults of objectives, as plain data."""
    default = TemplateOptions(floor="mc")
    names = options.__dataclass_fields__
    given = {name: _plain(getattr(options, name)) for name in names}
    return {name: value for name, value in given.items() if value != _plain(getattr(default, name))}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "items"):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else value
