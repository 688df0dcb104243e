"""Variations by column suffix: which columns stand for which."""

from __future__ import annotations

from collections.abc import Sequence

from gradcut.errors import DataError
from gradcut.expressions import Expression, columns
from gradcut.samples.columns import Schema
from gradcut.samples.variations import SuffixVariation

__all__ = ["suffix_mapping"]


def suffix_mapping(
    variation: SuffixVariation, used: Sequence[Expression], schema: Schema
) -> tuple[dict[str, str], ...] | None:
    """Return, per tag, the columns that are replaced and by what.

    Parameters
    ----------
    variation : SuffixVariation
        The variation.
    used : sequence of Expression
        Features, weight and requirement.
    schema : Schema
        Columns of the source.

    Returns
    -------
    tuple of dict, or None
        None where the source has no column with a suffix of this variation at all. Empty dicts where it has
        some, but none that is used: the variation does not change this selection.

    Raises
    ------
    DataError
        If a used column has one side and not the other.
    """
    names = tuple(dict.fromkeys(name for expression in used for name in columns(expression)))
    mappings = tuple(
        {name: name + suffix for name in names if name + suffix in schema} for suffix in variation.suffixes
    )
    if len(mappings) == 2:
        for name in names:
            sides = [name in mapping for mapping in mappings]
            if any(sides) and not all(sides):
                there, lacking = (0, 1) if sides[0] else (1, 0)
                raise DataError(
                    f"column '{name}' has only one side of the variation '{variation.name}'",
                    given=f"'{name}{variation.suffixes[there]}' is there, "
                    f"'{name}{variation.suffixes[lacking]}' is not",
                    hint=f"a one-sided variation is declared with suffix='{variation.suffixes[there]}'",
                )
    if any(mappings):
        return mappings
    exists = any(
        name.endswith(suffix) and name.removesuffix(suffix) in schema
        for suffix in variation.suffixes
        for name in schema.names
    )
    return mappings if exists else None
