"""Checks that objectives share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gradcut.errors import DeclarationError

if TYPE_CHECKING:
    from gradcut.yields import YieldsLayout

__all__ = ["check_roles", "declared_uncertainties", "total_yield"]


def check_roles(layout: YieldsLayout, name: str, *, ignores_systematics: bool = False) -> None:
    """Raise where there is no signal or no background, or declared uncertainties would be ignored.

    Parameters
    ----------
    layout : YieldsLayout
        The samples.
    name : str
        Name of the objective.
    ignores_systematics : bool, default False
        Whether it knows no normalisation uncertainties and variations.
    """
    for role in ("signal", "background"):
        if not layout.process_indices(role):
            raise DeclarationError(
                f"the objective '{name}' needs a {role}",
                given=", ".join(f"{p} ({r})" for p, r in zip(layout.processes, layout.roles, strict=True)),
                hint=f"samples.add(..., role='{role}')",
            )
    declared = declared_uncertainties(layout)
    if ignores_systematics and declared:
        raise DeclarationError(
            f"the objective '{name}' would ignore declared uncertainties",
            given=", ".join(declared),
            hint="CorrelatedSignificance() takes them, AsimovSignificance(..., systematics='sigma_b') in one "
            "bin; or leave them out of the samples",
        )


def declared_uncertainties(layout: YieldsLayout) -> list[str]:
    """Names of what is declared as uncertain."""
    declared = [
        f"norm_uncertainty of '{p}'"
        for p, u in zip(layout.processes, layout.norm_uncertainty, strict=True)
        if u
    ]
    names = dict.fromkeys(tag.rsplit(":", 1)[0] for tag in layout.variations[1:])
    return declared + [f"variation '{name}'" for name in names]


def total_yield(layout: YieldsLayout, role: str) -> float:
    """Yield of a role before the selection, of which an efficiency is a part.

    Raises
    ------
    DeclarationError
        If there is none, or it is not positive.
    """
    indices = layout.process_indices(role)
    total = float(layout.total_sum_w[:, indices].sum()) if indices else 0.0
    if total <= 0:
        raise DeclarationError(
            f"an efficiency needs a {role} with a positive yield",
            given=", ".join(f"{p} ({r})" for p, r in zip(layout.processes, layout.roles, strict=True)),
            hint=f"samples.add(..., role='{role}')",
        )
    return total
