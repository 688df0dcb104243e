"""What a result was made of: from itself where it is live, else from its file and the samples given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gradcut.errors import DeclarationError
from gradcut.fitting.refit import _of_file, _of_live

if TYPE_CHECKING:
    from gradcut.objectives import Objective
    from gradcut.results import CutResult
    from gradcut.samples import Folds, Samples, Split

__all__ = ["Origin", "check_fraction"]


@dataclass(frozen=True)
class Origin:
    """Events, objective and settings of a fit."""

    samples: Samples
    objective: Objective
    partition: Folds | Split
    fixed: Mapping[str, float]
    reader: Literal["auto", "root", "uproot"]

    @classmethod
    def of(
        cls, result: CutResult, samples: Samples | None, objective: Objective | None, method: str
    ) -> Origin:
        """Find what a result was made of.

        Parameters
        ----------
        result : CutResult
            The result.
        samples : Samples, optional
            Events; needed where the result is from a file.
        objective : Objective, optional
            Needed where it is a function of the user's own and the result is from a file.
        method : str
            What the user called.

        Raises
        ------
        DeclarationError
            If something is missing.
        """
        live = result.origin is not None
        found: dict[str, Any] = _of_live(result) if live else _of_file(result, objective is None)
        given = found.get("samples") if samples is None else samples
        if given is None:
            raise DeclarationError(
                "a result from a file does not have its samples", hint=f"result.{method}(samples=samples)"
            )
        return cls(
            samples=given,
            objective=found["objective"] if objective is None else objective,
            partition=found["folds"] if "folds" in found else found["split"],
            fixed=found["fix"],
            reader=found.get("reader", "auto"),
        )


def check_fraction(max_loss: object) -> float:
    """Return the fraction of the objective that may be lost, checked."""
    from gradcut.checks import is_number

    if not is_number(max_loss) or not 0 <= max_loss < 1:  # type: ignore[operator]
        raise DeclarationError(
            "max_loss is the fraction of the objective that may be lost",
            given=repr(max_loss),
            allowed="from 0 to below 1, such as 0.01",
        )
    return float(max_loss)  # type: ignore[arg-type]
