"""numpy arrays over memory that the C++ side owns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["view"]


class _Memory:
    """What numpy asks for the place of the data; arrays made from it keep it, and so the owner, alive."""

    def __init__(self, address: int, shape: tuple[int, ...], dtype: np.dtype[Any], owner: object) -> None:
        self.owner = owner
        self.__array_interface__ = {
            "version": 3,
            "data": (address, False),
            "shape": shape,
            "typestr": dtype.str,
        }


def view(address: int, shape: tuple[int, ...], dtype: DTypeLike, *, owner: object) -> NDArray[Any]:
    """Return an array over foreign memory without a copy.

    Parameters
    ----------
    address : int
        Of the first element.
    shape : tuple of int
        Shape, C order.
    dtype : dtype_like
        Type of the elements.
    owner : object
        Kept alive as long as the array, or any view of it.

    Returns
    -------
    ndarray
        Writable: the owner holds the memory for whoever asked for it.
    """
    dtype = np.dtype(dtype)
    if 0 in shape:
        return np.empty(shape, dtype)
    return np.asarray(_Memory(address, shape, dtype, owner))
