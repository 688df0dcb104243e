"""RDataFrame over the random columns: views of the numpy memory, so every type arrives as it is."""

from __future__ import annotations

import numpy as np
from expression_samples import TYPES

from gradcut.jagged import Jagged

_CODE = """
#ifndef GRADCUT_TEST_EXPRESSION_FRAMES
#define GRADCUT_TEST_EXPRESSION_FRAMES
template <typename T> T GradCutTestAt(unsigned long long content, unsigned long long entry)
{ return reinterpret_cast<const T *>(content)[entry]; }
template <typename T>
ROOT::RVec<T>
GradCutTestSlice(unsigned long long content, unsigned long long offsets, unsigned long long entry)
{
   auto first = reinterpret_cast<const T *>(content);
   auto offset = reinterpret_cast<const long long *>(offsets);
   return ROOT::RVec<T>(first + offset[entry], first + offset[entry + 1]);
}
#endif
"""


def frame(ROOT, columns, types=TYPES):  # noqa: N803 (the name users know)
    """Return a frame with these columns; they must stay alive as long as the frame."""
    ROOT.gInterpreter.Declare(_CODE)
    node = ROOT.RDataFrame(len(next(iter(columns.values()))))
    for name, column in columns.items():
        if isinstance(column, Jagged):
            element = types[name].split("<", 1)[1].removesuffix(">")
            content, offsets = column.values.ctypes.data, column.offsets.ctypes.data
            call = f"GradCutTestSlice<{element}>({content}ull, {offsets}ull"
        else:
            call = f"GradCutTestAt<{types[name]}>({column.ctypes.data}ull"
        node = node.Define(name, f"{call}, rdfentry_)")
    return node


def values(node, codes):
    """Return the value of every C++ expression as float64, from one event loop."""
    for index, code in enumerate(codes):
        node = node.Define(f"value{index}", f"double({code})")
    names = [f"value{index}" for index in range(len(codes))]
    result = node.AsNumpy(names)
    return [np.asarray(result[name], dtype=np.float64) for name in names]


def bits(array):
    """Return what must agree: all bits, except those of a NaN, and 0 and -0 are two numbers."""
    array = np.asarray(array, dtype=np.float64)
    return np.where(np.isnan(array), np.nan, array).view(np.uint64)
