"""A HistFactory model: who has which parameters, and the numbers of its likelihood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DataError, GradcutError, located
from gradcut.extras import need
from gradcut.stats.build import CODES, Built, build, interpolation_codes, ordered
from gradcut.stats.observations import all_bins
from gradcut.stats.spec import Channel, ParameterConfig
from gradcut.stats.spec_checks import check_channels, check_poi
from gradcut.stats.workspace import read_workspace, written

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gradcut.stats.compiled import CompiledLikelihood
    from gradcut.stats.notes import TemplateNote
    from gradcut.stats.parameters import ParameterSet
    from gradcut.stats.plan import LikelihoodPlan
    from gradcut.stats.pruning import PrunedModel
    from gradcut.stats.template_options import TemplateOptions
    from gradcut.stats.torch_model import TorchModel
    from gradcut.stats.yields_to_inputs import YieldsToInputs
    from gradcut.yields import Yields

__all__ = ["Model"]


@dataclass(frozen=True, eq=False, repr=False)  # arrays of all templates are no description
class Model:
    """A binned likelihood with systematic uncertainties, as HistFactory and pyhf define it.

    Make one with :meth:`from_workspace` or :meth:`from_yields`. Channels, samples and parameters stand in
    pyhf's order, so that vectors of parameters and of data are those of ``pyhf.Model``.

    Parameters
    ----------
    channels : sequence of Channel
        Channels with their samples and modifiers; ordered by name.
    poi : str, optional
        The parameter of interest.
    configs : mapping of str to ParameterConfig, optional
        What the measurement says of parameters instead of their defaults.
    interpolation : mapping of str to str, optional
        How variations are interpolated: ``{"normsys": "code4", "histosys": "code4p"}`` (default, as in pyhf);
        ``"code1"`` for a normsys, ``"code0"`` or ``"code2"`` for a histosys.
    observations : mapping of str to array_like, optional
        Observed events per channel and bin.
    measurement : str, default "measurement"
        Its name in a workspace.
    notes : tuple of TemplateNote, optional
        What was done to templates and what is suspicious about them; see :attr:`warnings`.
    yields_to_inputs : YieldsToInputs, optional
        Of a model from yields: how its numbers follow from yields, with derivatives.

    Raises
    ------
    DataError, DeclarationError
        If the parts do not fit together; the message says where.
    """

    channels: tuple[Channel, ...]
    poi: str | None = None
    configs: Mapping[str, ParameterConfig] = field(default_factory=dict)
    interpolation: Mapping[str, str] = field(default_factory=dict)
    observations: Mapping[str, ArrayLike] | None = None
    measurement: str = "measurement"
    notes: tuple[TemplateNote, ...] = ()
    yields_to_inputs: YieldsToInputs | None = None

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        check_channels(self.channels)
        set_field(self, "channels", ordered(self.channels))
        set_field(self, "configs", MappingProxyType(dict(self.configs)))
        set_field(self, "interpolation", MappingProxyType(interpolation_codes(self.interpolation)))
        if self.observations is not None:
            counts = self.by_channel(self.observed(self.observations))
            set_field(self, "observations", MappingProxyType(counts))
        if self.poi is not None:
            check_poi(self.poi, self.parameter_sets)

    def __repr__(self) -> str:
        bins = ", ".join(f"'{channel.name}': {channel.n_bins}" for channel in self.channels)
        free = len(self.fixed) - int(self.fixed.sum())
        return f"Model(bins of {bins}; {free} free parameters of {len(self.fixed)}; poi={self.poi!r})"

    def __reduce__(self) -> tuple[object, ...]:
        # Views of dictionaries do not go into pickles; what was derived from the rest is made again.
        values = [getattr(self, name) for name in self.__dataclass_fields__]
        return type(self), tuple(dict(v) if isinstance(v, MappingProxyType) else v for v in values)

    @classmethod
    def from_workspace(
        cls,
        workspace: Mapping[str, Any] | str | Path,
        measurement: str | None = None,
        *,
        patches: Sequence[Any] = (),
        interpolation: Mapping[str, str] | None = None,
    ) -> Model:
        """Read a workspace of pyhf (format 1.0.0); pyhf itself is not needed.

        Parameters
        ----------
        workspace : mapping, str or Path
            The workspace, or its file.
        measurement : str, optional
            Which measurement; the first where none is named.
        patches : sequence, optional
            JSON patches, each a list of operations on the workspace or an entry of a patch set
            (``{"metadata": ..., "patch": [...]}``), applied in turn. Needs ``jsonpatch``, which the extra
            ``pyhf`` brings.
        interpolation : mapping of str to str, optional
            Interpolation codes, see :class:`Model`; workspaces do not say them.

        Raises
        ------
        SchemaError
            If it is not a workspace of this format.
        DataError
            If its numbers cannot be used, its parts do not fit together, or a patch does not fit it.
        DeclarationError
            If there is no such measurement or interpolation code.
        """
        content = read_workspace(workspace, measurement, patches)
        try:
            return cls(
                content.channels,
                content.poi,
                content.configs,
                interpolation or {},
                content.observations,
                content.measurement,
            )
        except GradcutError as error:
            raise located(error, content.where) from error

    @classmethod
    def from_yields(
        cls,
        yields: Yields | Mapping[str, Yields],
        options: TemplateOptions | None = None,
        *,
        point: int = 0,
        **settings: Any,
    ) -> Model:
        """Make a model of yields with their variations.

        Parameters
        ----------
        yields : Yields, or mapping of str to Yields
            Templates of all processes and variations. Of channels with different bins those of one channel
            each, by its name: they share parameters of equal names.
        options : TemplateOptions, optional
            How variations become modifiers.
        point : int, default 0
            The parameter point that the model is made at. Which modifiers there are is decided there;
            ``model.yields_to_inputs`` gives the numbers at any other, with derivatives.
        **settings
            Fields of :class:`TemplateOptions`, instead of ``options``.

        Returns
        -------
        Model
            With ``notes`` of what was pruned, mirrored or looks wrong.

        Raises
        ------
        DeclarationError
            If a setting names something that the yields do not have, or there is no signal.
        DataError
            If yields are not finite, or a channel has no background.
        """
        from gradcut.side_by_side import joined_yields
        from gradcut.stats.from_yields import model_of_yields
        from gradcut.stats.template_options import options_of

        given = joined_yields(yields) if isinstance(yields, Mapping) else yields
        return model_of_yields(given.at(point), options_of(options, settings))

    def to_workspace(self, observations: ArrayLike | Mapping[str, ArrayLike] | None = None) -> dict[str, Any]:
        """Return the model as a workspace of pyhf, ready for ``json.dump``.

        Parameters
        ----------
        observations : array_like or mapping, optional
            Observed events as in :meth:`data`; default those of the model.

        Raises
        ------
        DataError
            If there are none, or they do not fit the bins.

        Notes
        -----
        The format has no place for edges of bins and interpolation codes: they travel beside it.
        """
        return written(self, self.observed(observations))

    @cached_property
    def _built(self) -> Built:
        codes = {kind: CODES[kind][code] for kind, code in self.interpolation.items()}  # type: ignore[index]
        return build(self.channels, self.configs, codes)

    @property
    def plan(self) -> LikelihoodPlan:
        """The likelihood without its numbers."""
        return self._built.plan

    @property
    def inputs(self) -> NDArray[np.float64]:
        """Its numbers, shape (n_inputs,)."""
        return self._built.inputs

    @property
    def parameter_sets(self) -> tuple[ParameterSet, ...]:
        """Parameters by modifier."""
        return self._built.sets

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of all parameters."""
        return self.plan.parameters

    @property
    def n_bins(self) -> int:
        """Bins of all channels together."""
        return self.plan.n_bins

    @cached_property
    def initial(self) -> NDArray[np.float64]:
        """Where fits start, shape (parameters,)."""
        return np.array([x for made in self.parameter_sets for x in made.initial])

    @cached_property
    def bounds(self) -> NDArray[np.float64]:
        """Lower and upper bound of each parameter, shape (parameters, 2)."""
        return np.array([x for made in self.parameter_sets for x in made.bounds])

    @cached_property
    def fixed(self) -> NDArray[np.bool_]:
        """Whether fits leave a parameter where it starts, shape (parameters,)."""
        return np.array([x for made in self.parameter_sets for x in made.fixed], dtype=np.bool_)

    @cached_property
    def auxdata(self) -> NDArray[np.float64]:
        """Auxiliary measurements, shape (constraints,)."""
        return np.array([x for made in self.parameter_sets for x in made.auxdata])

    @property
    def poi_index(self) -> int | None:
        """Position of the parameter of interest."""
        if self.poi is None:
            return None
        return next(i for i, name in enumerate(self.parameters) if name in (self.poi, f"{self.poi}[0]"))

    @cached_property
    def likelihood(self) -> CompiledLikelihood:
        """The compiled likelihood."""
        from gradcut.stats.compiled import CompiledLikelihood

        return CompiledLikelihood(self.plan)

    def torch(self) -> TorchModel:
        """The model as functions of torch tensors, with gradients.

        Returns
        -------
        gradcut.stats.torch_model.TorchModel
            ``hypotest``, ``upper_limit``, ``sigma_mu``, ``nll``, ``fit``, ... of templates, data, parameters
            that are tensors, in batches, on any device.

        Raises
        ------
        GradcutError
            If torch is not installed.
        """
        need("torch", "model.torch()")
        from gradcut.stats.torch_model import TorchModel

        return TorchModel(self)

    def expected_data(
        self, parameters: Mapping[str, ArrayLike] | ArrayLike | None = None
    ) -> NDArray[np.float64]:
        """Expected events of all bins with the expected auxiliary measurements behind them.

        Parameters
        ----------
        parameters : mapping of str to float, or array_like, optional
            Values by name, others are initial; or all of them.
        """
        from gradcut.stats.points import expected_at, theta_of

        return expected_at(self, theta_of(self, parameters))

    def asimov(
        self, mu: float = 1.0, *, data: ArrayLike | None = None, **parameters: ArrayLike
    ) -> NDArray[np.float64]:
        """Data that are what is expected for a parameter of interest.

        Parameters
        ----------
        mu : float, default 1
            The parameter of interest.
        data : array_like, optional
            Others are fitted to these data under it. Default: initial ones.
        **parameters
            Values of other parameters.
        """
        from gradcut.stats.points import asimov_data

        return asimov_data(self, mu, data, parameters)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What looks wrong about the templates, in words."""
        return tuple(str(note) for note in self.notes if note.is_warning)

    def data(self, observations: ArrayLike | Mapping[str, ArrayLike] | None = None) -> NDArray[np.float64]:
        """Observed events with the auxiliary measurements behind them, what the likelihood takes.

        Parameters
        ----------
        observations : array_like or mapping of str to array_like, optional
            Events per bin: a mapping with the bins of every channel, or all bins in the order of the
            channels, shape (..., n_bins). Default: the observations of the model.

        Returns
        -------
        ndarray, shape (..., n_bins + constraints)
            The data.

        Raises
        ------
        DataError
            If there are no observations, channels are missing, or numbers are negative or not finite.
        """
        main = self.observed(observations)
        aux = np.broadcast_to(self.auxdata, (*main.shape[:-1], len(self.auxdata)))
        return np.concatenate([main, aux], axis=-1)

    def observed(
        self, observations: ArrayLike | Mapping[str, ArrayLike] | None = None
    ) -> NDArray[np.float64]:
        """Observed events of all bins, channel after channel; arguments and errors as in :meth:`data`."""
        given = self.observations if observations is None else observations
        if given is None:
            raise DataError("the model has no observations", hint="give them: model.data({'channel': [...]})")
        return all_bins(self.channels, given)

    def by_channel(self, main: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """All bins taken apart by channel."""
        ends = np.cumsum([channel.n_bins for channel in self.channels])[:-1]
        parts = np.split(main, ends, axis=-1)
        return {channel.name: part for channel, part in zip(self.channels, parts, strict=True)}

    def with_observations(self, observations: ArrayLike | Mapping[str, ArrayLike]) -> Model:
        """The same model with other observations."""
        return replace(self, observations=self.by_channel(self.observed(observations)))

    def with_poi(self, poi: str | None) -> Model:
        """The same model with another parameter of interest."""
        return replace(self, poi=poi)

    def pruned(self, tolerance: float = 0.01) -> PrunedModel:
        """Leave out nuisances that together change ``sigma_mu`` by less than this part of it.

        Parameters
        ----------
        tolerance : float, default 0.01
            The part, for Asimov data.
        """
        from gradcut.stats.pruning import pruned

        return pruned(self, tolerance)
