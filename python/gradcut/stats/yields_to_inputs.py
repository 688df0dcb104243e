"""From the moments of yields to the numbers of a likelihood, with derivatives back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gradcut.errors import DeclarationError
from gradcut.stats.constraint_sizes import constraint_sizes
from gradcut.stats.rates_and_shapes import RatesAndShapes
from gradcut.stats.templates import Templates
from gradcut.yields import Moments

if TYPE_CHECKING:
    from gradcut.stats.build import Built
    from gradcut.stats.template_checks import Kept
    from gradcut.stats.template_rows import VariedRow
    from gradcut.stats.templates import TemplateMaker

__all__ = ["SamplePlaces", "YieldsToInputs"]

_Array = NDArray[np.float64]
#: Channel and process of a sample, and the name of its modifier for MC statistics, if it has one.
SamplePlaces = tuple[str, str, str | None]


class YieldsToInputs:
    """The numbers of a likelihood as a function of yields, for many points at once.

    :meth:`gradcut.stats.Model.from_yields` makes one (``model.yields_to_inputs``). Which modifiers there are
    was decided at one point; here only numbers change. All of it is linear in the yields, but for ratios
    (rates of ``"split"`` variations, relative MC uncertainties), spreads of replicas, and the floor.

    Parameters
    ----------
    maker : TemplateMaker
        Makes templates of moments.
    built : Built
        The likelihood, made at one point.
    places : sequence of SamplePlaces
        Where each sample is in it.
    kept : sequence of Kept
        What each variation became.
    poisson : bool
        Whether MC statistics are a shapesys of each sample, rather than a staterror of their sum.
    """

    def __init__(
        self,
        maker: TemplateMaker,
        built: Built,
        places: Sequence[SamplePlaces],
        kept: Sequence[Kept],
        *,
        poisson: bool,
    ) -> None:
        self._maker, self._constants, self._poisson = maker, built.inputs, poisson
        self._places, self._kept = tuple(places), tuple(kept)
        bins = np.arange(built.plan.samples[0, 1])
        self._nominal_at = np.array([built.nominal_at[place[:2]] for place in places])[:, None] + bins

        def start(row: VariedRow, kind: str) -> int:
            channel, process, _ = places[row.sample]
            return built.modifier_at[channel, process, kind, row.nuisance]

        self._variations = RatesAndShapes(maker.varied, kept, start, len(places), len(bins))
        names = [place[2] for place in places]
        constrained = list(dict.fromkeys(name for name in names if name is not None))
        self._width_at = (
            np.array([built.constraint_at[name] for name in constrained], dtype=np.intp)[:, None] + bins
        )
        #: Which samples share a constraint, shape (constraints, samples).
        self._sharing = np.array(
            [[name == one for name in names] for one in constrained], dtype=np.float64
        ).reshape(-1, len(names))
        self._onto_samples = np.ascontiguousarray(self._sharing.T)
        poissons = [row for row, (kind, _, _) in enumerate(built.plan.constraints) if kind == 1]
        self._aux_rows = np.array(poissons, dtype=np.intp)
        self._aux_inputs = built.plan.constraints[poissons, 2].astype(np.intp)
        self._auxdata = np.array([x for made in built.sets for x in made.auxdata])

    @property
    def n_inputs(self) -> int:
        """Length of the vector of inputs."""
        return len(self._constants)

    def without(self, names: Collection[str], built: Built) -> YieldsToInputs:
        """The same for the likelihood without some of the modifiers.

        Parameters
        ----------
        names : collection of str
            Names of modifiers.
        built : Built
            The likelihood without them.
        """
        places = [
            (channel, process, None if stat in names else stat) for channel, process, stat in self._places
        ]
        kept = [
            type(one)(False, False) if row.nuisance in names else one
            for row, one in zip(self._maker.varied, self._kept, strict=True)
        ]
        return YieldsToInputs(self._maker, built, places, kept, poisson=self._poisson)

    def inputs(self, moments: Moments) -> _Array:
        """Return the inputs, shape (points, n_inputs).

        Parameters
        ----------
        moments : Moments
            Moments of yields with the layout that the model was made of.
        """
        return self.linearised(moments)[0]

    def vjp(self, moments: Moments, cotangents: _Array, auxdata: _Array | None = None) -> Moments:
        """Pull cotangents of the inputs back to the moments.

        Parameters
        ----------
        moments : Moments
            Where.
        cotangents : ndarray, shape (points, n_inputs)
            Derivatives of a number in the inputs.
        auxdata : ndarray, shape (points, constraints), optional
            Its derivatives in the auxiliary measurements (:meth:`auxdata`), which follow the yields, too.

        Returns
        -------
        Moments
            Its derivatives in the moments.
        """
        _, pull_back = self.linearised(moments)
        return pull_back(cotangents, auxdata)

    def auxdata(self, inputs: _Array) -> _Array:
        """Auxiliary measurements, shape (points, constraints): of a Poisson one the factor ``tau`` itself."""
        made: _Array = np.broadcast_to(self._auxdata, (len(inputs), len(self._auxdata))).copy()
        made[:, self._aux_rows] = inputs[:, self._aux_inputs]
        return made

    def linearised(self, moments: Moments) -> tuple[_Array, Callable[..., Moments]]:
        """Return the inputs and :meth:`vjp` at these moments: one pass for both."""
        wanted = self._maker.shape
        if np.shape(moments.sum_w)[1:] != wanted:
            raise DeclarationError(
                "these yields have another layout than those of the model",
                given=f"shape {np.shape(moments.sum_w)[1:]}",
                allowed=f"{wanted} (channels, processes, variations, bins)",
            )
        templates, to_moments = self._maker.linearised(moments)
        nominal, variance = templates.nominal, templates.variance
        made = np.empty((len(nominal), len(self._constants)))
        made[:] = self._constants
        made[:, self._nominal_at] = nominal
        sides = templates.up, templates.down
        rates = self._variations.write(made, nominal, sides)
        # What a constraint is about: the sum of its samples, of a shapesys a single one.
        total, total_variance = self._sharing @ nominal, self._sharing @ variance
        made[:, self._width_at], of_sizes = constraint_sizes(total, total_variance, poisson=self._poisson)

        def pull_back(cotangents: _Array, auxdata: _Array | None = None) -> Moments:
            given = np.asarray(cotangents, dtype=np.float64)
            if auxdata is not None and len(self._aux_rows):
                given = given.copy()
                given[:, self._aux_inputs] += auxdata[:, self._aux_rows]
            d_sides, d_nominal = self._variations.pull_back(given, nominal, sides, rates)
            d_total, d_variance = of_sizes(given.take(self._width_at, 1))
            d_nominal = given.take(self._nominal_at, 1) + d_nominal + self._onto_samples @ d_total
            return to_moments(Templates(d_nominal, self._onto_samples @ d_variance, d_sides[0], d_sides[1]))

        return made, pull_back
