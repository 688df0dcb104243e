"""Thresholds that belong together: neighbours along a property, ordered or near each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gradcut.checks import is_number
from gradcut.errors import DeclarationError, SchemaError, close_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Chain", "check_chains", "from_json", "to_json"]

Monotone = Literal["rising", "falling"]


@dataclass(frozen=True)
class Chain:
    """Parameters in the order of something that they go with, such as categories or knots of a curve.

    Parameters
    ----------
    parameters : tuple of str
        At least two names, each once.
    monotone : {"rising", "falling"}, optional
        Whether no one may be lower, or higher, than the one before; by hard cuts as well.
    contraction : float, default 0
        Weight of the mean squared difference of neighbours, in widths of their feature (the contractive term
        of CABIN eq. 7); while fitting it is added to what is minimised. With it no exact hard steps are
        taken, which do not know it.

    Examples
    --------
    >>> import gradcut as gc
    >>> selection = gc.Selection(
    ...     "(region == 0 && met > ?barrel) || (region == 1 && met > ?endcap)",
    ...     chains=[gc.Chain(("barrel", "endcap"), monotone="rising")],
    ... )
    """

    parameters: tuple[str, ...]
    monotone: Monotone | None = None
    contraction: float = 0.0

    def __post_init__(self) -> None:
        names = tuple(self.parameters)
        object.__setattr__(self, "parameters", names)
        if len(names) < 2 or len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
            raise DeclarationError(
                "a chain has at least two parameters, each once",
                given=repr(self.parameters)[:80],
                allowed="gc.Chain(('first', 'second'))",
            )
        if self.monotone not in (None, "rising", "falling"):
            raise DeclarationError(
                "unknown 'monotone'", given=repr(self.monotone), allowed="None, 'rising', 'falling'"
            )
        if not is_number(self.contraction) or not 0 <= self.contraction < float("inf"):
            raise DeclarationError("a contraction is a number from 0 on", given=repr(self.contraction))


def check_chains(chains: Sequence[Chain], parameters: tuple[str, ...]) -> tuple[Chain, ...]:
    """Check that all parameters of chains exist, and that no parameter is in two."""
    seen: set[str] = set()
    for chain in chains:
        if not isinstance(chain, Chain):
            raise DeclarationError("this is no chain", given=repr(chain)[:80], allowed="gc.Chain((...))")
        for name in chain.parameters:
            if name not in parameters:
                raise DeclarationError(
                    f"unknown parameter '{name}' in a chain", hint=close_matches(name, parameters)
                )
            if name in seen:
                raise DeclarationError("a parameter is in two chains", given=name)
            seen.add(name)
    return tuple(chains)


def to_json(chains: Sequence[Chain]) -> list[dict[str, Any]]:
    """Return chains as plain values."""
    return [
        {"parameters": list(c.parameters), "monotone": c.monotone, "contraction": c.contraction}
        for c in chains
    ]


def from_json(obj: object) -> list[Chain]:
    """Make the chains, or raise a SchemaError."""
    if not isinstance(obj, list):
        raise SchemaError("'chains' of a selection is a list", given=repr(obj)[:80])
    found = []
    for one in obj:
        if not isinstance(one, dict) or set(one) != {"parameters", "monotone", "contraction"}:
            raise SchemaError("a chain has other entries", given=repr(one)[:80])
        if not isinstance(one["parameters"], list):
            raise SchemaError("the parameters of a chain are a list", given=repr(one["parameters"])[:80])
        try:
            found.append(Chain(tuple(one["parameters"]), one["monotone"], one["contraction"]))
        except DeclarationError as error:
            raise SchemaError(error.problem, given=error.given, where="chains") from error
    return found
