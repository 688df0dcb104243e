"""Which tree of a file is meant."""

from __future__ import annotations

from collections.abc import Iterable

from gradcut.errors import DataError, close_matches

__all__ = ["resolve_tree"]


def resolve_tree(wanted: str, trees: Iterable[str], file: str) -> str:
    """Return the name of the tree to read.

    Parameters
    ----------
    wanted : str
        The name that was given, or ``""`` for the only tree of the file.
    trees : iterable of str
        Names of the TTrees and RNTuples in the file.
    file : str
        Its name, for messages.

    Raises
    ------
    DataError
        If there is no such tree, none at all, or no name was given and there are several.
    """
    names = sorted(set(trees))
    if not names:
        raise DataError("no TTree and no RNTuple in the file", given=file)
    if wanted in names:
        return wanted
    if wanted:
        raise DataError(
            f"no tree '{wanted}' in the file",
            given=file,
            allowed=", ".join(names[:20]),
            hint=close_matches(wanted, names),
        )
    if len(names) > 1:
        raise DataError(
            "the file has several trees and none was named",
            given=file,
            allowed=", ".join(names[:20]),
            hint=f"write '{file}:{names[0]}'",
        )
    return names[0]
