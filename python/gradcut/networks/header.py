"""A trained network as a C++ header that needs nothing but the standard library."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.expressions.guards import sentinels_with_floats
from gradcut.expressions.text import describe

if TYPE_CHECKING:
    from gradcut.networks.layers import Dense
    from gradcut.networks.network import Network

__all__ = ["header_text", "write_header"]

#: Numbers on one line of the file.
_PER_LINE = 8
#: Activations of one number as C++; formulas: gradcut/kernels/Network.h.
_CODES = {
    "relu": "x > T(0) ? x : (std::isnan(x) ? x : T(0))",
    "leaky_relu": "x > T(0) ? x : T({slope}) * x",
    "elu": "x > T(0) ? x : T({slope}) * std::expm1(x)",
    "silu": "x / (T(1) + std::exp(-x))",
    "gelu": "T(0.5) * x * std::erfc(-x * T(0.70710678118654752440))",
    "gelu_tanh": "x / (T(1) + std::exp(-T(1.5957691216057308) * (x + T(0.044715) * x * x * x)))",
    "tanh": "std::tanh(x)",
    "sigmoid": "T(1) / (T(1) + std::exp(-x))",
    "softplus": "(x > T(0) ? x : T(0)) + std::log1p(std::exp(-std::fabs(x)))",
}
_SOFTMAX = """T largest = y[0], sum = T(0);
for (T x : y)
   largest = x > largest ? x : largest;
for (T &x : y)
   sum += x = std::exp(x - largest);
for (T &x : y)
   x /= sum;"""


def write_header(network: Network, path: str | os.PathLike[str], function: str = "gradcut_network") -> None:
    """Write a header; see :meth:`gradcut.networks.Network.header`."""
    Path(path).write_text(header_text(network, function), encoding="utf-8")


def header_text(network: Network, function: str) -> str:
    """Return the header.

    Parameters
    ----------
    network : Network
        The network.
    function : str
        Name of the function template, ``void function<T>(const double *inputs, T *outputs)``.

    Raises
    ------
    DeclarationError
        If the function has no name of C++.
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", function):
        raise DeclarationError("a function of C++ has a name", given=repr(function), hint="'gradcut_network'")
    guard = f"{function.upper()}_H"
    inputs = [" ".join(describe(one).split()) for one in network.expressions.values()]
    lines = [
        f"/// A network with {network.n_inputs} inputs and {network.n_outputs} outputs, trained by gradcut.",
        "/// \\tparam T double or float, the arithmetic of the layers; inputs are scaled in double",
        "/// \\param inputs NaN where missing:",
        *(f"///    [{i}] {text}" for i, text in enumerate(inputs)),
        f"/// \\param outputs {network.n_outputs} of them; NaN where an input is missing that has no flag",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <cmath>",
        "#include <limits>",
        "",
        "template <class T>",
        f"inline void {function}(const double *inputs, T *outputs)",
        "{",
        *(f"   {line}" if line else "" for line in _scaling(network)),
    ]
    for number, layer in enumerate(network.layers):
        lines += ["   {", *(f"      {line}" for line in _layer(layer, number)), "   }"]
    last = len(network.layers)
    lines += [
        f"   for (int k = 0; k < {network.n_outputs}; ++k)",
        f"      outputs[k] = isMissing ? std::numeric_limits<T>::quiet_NaN() : x{last}[k];",
        "}",
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _scaling(network: Network) -> list[str]:
    """What enters the first layer, and whether an input without a flag is missing."""
    n, flagged = network.n_inputs, network.flagged
    lost = ["std::isnan(value)"]
    lost += [f"value == {mark!r}" for mark in sentinels_with_floats(network.sentinels)]
    clip = [] if math.isinf(network.clip) else [f"z = z < -{network.clip!r} ? -{network.clip!r} : z;"]
    clip += [] if math.isinf(network.clip) else [f"z = z > {network.clip!r} ? {network.clip!r} : z;"]
    # Place of the flag of every input; 0 is the place of an input, so of no flag.
    places = [n + flagged.index(i) if i in flagged else 0 for i in range(n)]
    return [
        *_array("double", "centre", network.centre),
        *_array("double", "scale", network.scale),
        f"static const int flag[] = {{{', '.join(map(str, places))}}};",
        f"T x0[{n + len(flagged)}];",
        "bool isMissing = false;",
        f"for (int i = 0; i < {n}; ++i) {{",
        "   const double value = inputs[i];",
        f"   const bool isLost = {' || '.join(lost)};",
        "   double z = isLost ? 0. : (value - centre[i]) / scale[i];",
        *(f"   {line}" for line in clip),
        "   x0[i] = static_cast<T>(z);",
        "   if (flag[i] > 0)",
        "      x0[flag[i]] = isLost ? T(1) : T(0);",
        "   else",
        "      isMissing = isMissing || isLost;",
        "}",
        *(f"T x{number + 1}[{layer.n_out}];" for number, layer in enumerate(network.layers)),
    ]


def _layer(layer: Dense, number: int) -> list[str]:
    """One layer; weights stand ``[input][output]``, so that compilers vectorise the sum."""
    lines = [
        *_array("T", "weight", layer.weight.T),
        *_array("T", "bias", layer.bias),
        f"auto &y = x{number + 1};",
        f"for (int k = 0; k < {layer.n_out}; ++k)",
        "   y[k] = bias[k];",
        f"for (int i = 0; i < {layer.n_in}; ++i)",
        f"   for (int k = 0; k < {layer.n_out}; ++k)",
        f"      y[k] += weight[i * {layer.n_out} + k] * x{number}[i];",
    ]
    if layer.activation == "softmax":
        lines += _SOFTMAX.splitlines()
    elif layer.activation != "linear":
        code = _CODES[layer.activation].replace("{slope}", repr(layer.slope))
        lines += ["for (T &x : y)", f"   x = {code};"]
    return lines


def _array(kind: str, name: str, values: object) -> list[str]:
    numbers = [repr(float(value)) for value in np.ravel(np.asarray(values))]
    rows = [numbers[i : i + _PER_LINE] for i in range(0, len(numbers), _PER_LINE)]
    return [
        f"static const {kind} {name}[] = {{",
        *(f"   {', '.join(row)}," for row in rows),
        "};",
    ]
