"""From generated events to expected events.

``factor = cross-section x luminosity / sum of weights``, or 1 for weights that count expected events already.
It is fixed once per sample from the nominal weights. A sample of its own (a variation by files) has its own
sum; a variation by suffix or weight never has: dividing by its sum would erase what it does to the rate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from gradcut.errors import DataError, DeclarationError
from gradcut.samples.declared import check_number
from gradcut.samples.readers.plan import RawTotals

__all__ = ["Normalisation", "declare_normalisation"]


@dataclass(frozen=True, slots=True)
class Normalisation:
    """How a sample is normalised.

    Parameters
    ----------
    cross_section : float or None
        In any unit of area; None: weights count expected events.
    luminosity : float or None
        In the inverse of that unit.
    sum_of_weights : float, "auto" or None
        Sum of weights of everything that was generated; ``"auto"``: of the whole source, before any
        requirement of gradcut.
    """

    cross_section: float | None = None
    luminosity: float | None = None
    sum_of_weights: float | Literal["auto"] | None = None

    def with_sum(self, value: float) -> Normalisation:
        """Return the same for another sample with another sum of weights."""
        return replace(self, sum_of_weights=value)

    def factor(self, before: RawTotals, *, where: str) -> float:
        """Return what every weight of the sample is multiplied with.

        Parameters
        ----------
        before : RawTotals
            Sums over the whole source.
        where : str
            The sample, for messages.

        Raises
        ------
        DataError
            If the sum of weights is to be taken from the source and is not positive or not finite.
        """
        if self.cross_section is None or self.luminosity is None or self.sum_of_weights is None:
            return 1.0
        total = before.sum_w if self.sum_of_weights == "auto" else self.sum_of_weights
        if not 0 < total < float("inf"):
            raise DataError(
                "the sum of weights that normalises a sample is not positive",
                where=where,
                given=f"{total:g} from {before.entries} entries",
                hint="give the generated sum of weights as sumw=<number>",
            )
        return self.cross_section * self.luminosity / total


def declare_normalisation(
    *, xsec: object, lumi: object, sumw: object, common_lumi: float | None, role: str, where: str
) -> Normalisation:
    """Check the arguments of ``Samples.add`` and return what they mean.

    Raises
    ------
    DeclarationError
        If one is given without the others it needs, is no positive number, or the sample is data.
    """
    given = [name for name, value in (("xsec", xsec), ("lumi", lumi), ("sumw", sumw)) if value is not None]
    if role == "data" and given:
        raise DeclarationError("data are not normalised", where=where, given=", ".join(given))
    if not given:
        return Normalisation()
    if xsec is None:
        raise DeclarationError(
            f"{' and '.join(given)} without a cross-section",
            where=where,
            allowed="xsec, lumi and sumw together, or none of them for weights that count expected events",
        )
    if lumi is None and common_lumi is None:
        raise DeclarationError(
            "a cross-section without a luminosity",
            where=where,
            hint="add lumi=, here or once in gc.Samples(lumi=...)",
        )
    if sumw is None:
        raise DeclarationError(
            "a cross-section without the sum of generated weights",
            where=where,
            hint="sumw='auto' sums the weights of the whole source; sumw=<number> where events were skimmed",
        )
    if isinstance(sumw, str) and sumw != "auto":
        raise DeclarationError("unknown 'sumw'", where=where, given=repr(sumw), allowed="'auto' or a number")
    return Normalisation(
        check_number(xsec, "xsec", where=where),
        common_lumi if lumi is None else check_number(lumi, "lumi", where=where),
        "auto" if isinstance(sumw, str) else check_number(sumw, "sumw", where=where),
    )
