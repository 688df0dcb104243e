"""Learned bins as a C++ header that needs nothing but the standard library."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gradcut.binning.learned import LearnedEdges
from gradcut.binning.learned_mixture import LearnedMixture
from gradcut.binning.learned_softmax import LearnedSoftmax
from gradcut.errors import DeclarationError
from gradcut.expressions.text import describe

if TYPE_CHECKING:
    from gradcut.expressions.nodes import Expression
    from gradcut.results.binning_result import BinningResult

__all__ = ["header_text", "write_header"]


def write_header(result: BinningResult, path: str | os.PathLike[str], function: str) -> None:
    """See :meth:`gradcut.BinningResult.header`."""
    Path(path).write_text(header_text(result, function), encoding="utf-8")


def header_text(result: BinningResult, function: str) -> str:
    """Return the header.

    Raises
    ------
    DeclarationError
        If the function has no name of C++.
    """
    if not re.fullmatch(r"[A-Za-z_]\w*", function):
        raise DeclarationError("a function of C++ has a name", given=repr(function), hint="'gradcut_bin'")
    names = list(result.bins.expressions)
    arguments = ", ".join(f"double x{i}" for i in range(len(names)))
    body = (
        _mixture(result.bins, len(names))
        if isinstance(result.bins, LearnedMixture)
        else _softmax(result.bins, len(names))
        if isinstance(result.bins, LearnedSoftmax)
        else _edges(result.bins)
        if isinstance(result.bins, LearnedEdges)
        else []
    )
    guard = f"{function.upper()}_H"
    sentinels = [repr(float(value)) for value in result.provenance["sentinels"]]
    lost = [f"std::isnan(x{i})" for i in range(len(names))]
    lost += [f"x{i} == {value}" for i in range(len(names)) for value in sentinels]
    lines = [
        f"/// {result.n_bins} bins, learned by gradcut for {result.scores.name}.",
        *(f"/// \\param x{i} {_one_line(describe(one))}" for i, one in enumerate(_expressions(result))),
        "/// \\return number of the bin from 0 on, -1 for events in none",
        f"#ifndef {guard}",
        f"#define {guard}",
        "",
        "#include <cmath>",
        "#include <limits>",
        "",
        f"inline int {function}({arguments})",
        "{",
        f"   if ({' || '.join(lost)})",
        "      return -1;",
        *(f"   {line}" if line else "" for line in body),
        "}",
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def _expressions(result: BinningResult) -> list[Expression]:
    return list(result.bins.expressions.values())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _numbers(values: object) -> str:
    return ", ".join(repr(float(value)) for value in np.ravel(np.asarray(values)))


def _edges(bins: LearnedEdges) -> list[str]:
    lines = ["int bin = 0;"]
    for i, (axis, edges) in enumerate(zip(bins.binning.axes, bins.edges, strict=True)):
        if axis.flow != "open":
            low, high = float(edges[0]), float(edges[-1])
            lines += [f"if (!(x{i} >= {low!r} && x{i} < {high!r}))", "   return -1;"]
        inner = edges[1:-1]
        lines.append(f"int at{i} = 0;")
        if len(inner):
            lines += [
                f"static const double edges{i}[] = {{{_numbers(inner)}}};",
                f"for (double edge : edges{i})",
                f"   at{i} += x{i} >= edge;",
            ]
        lines.append(f"bin = bin * {len(edges) - 1} + at{i};")
    return [*lines, "return bin;"]


def _mixture(bins: LearnedMixture, d: int) -> list[str]:
    """The component of the largest logit, as the kernels compute it."""
    k = len(bins.log_weights)
    rows, columns = np.tril_indices(d)
    log_det = np.log(np.diagonal(bins.precisions, axis1=1, axis2=2)).sum(1)
    codes = bins.coordinate_codes([f"x{i}" for i in range(d)])
    return [
        f"const double x[] = {{{', '.join(codes)}}};",
        "for (double value : x)",
        "   if (!std::isfinite(value))",
        "      return -1;",
        f"static const double constant[] = {{{_numbers(bins.log_weights + log_det)}}};",
        f"static const double mean[][{d}] = {{{_rows(bins.means)}}};",
        "// Rows of the lower triangles A, for which A^T A is the inverse of the covariance.",
        f"static const double precision[][{len(rows)}] = {{{_rows(bins.precisions[:, rows, columns])}}};",
        "int best = 0;",
        "double largest = -std::numeric_limits<double>::infinity();",
        f"for (int k = 0; k < {k}; ++k) {{",
        "   double distance = 0.;",
        f"   for (int r = 0, at = 0; r < {d}; ++r) {{",
        "      double z = 0.;",
        "      for (int c = 0; c <= r; ++c, ++at)",
        "         z += precision[k][at] * (x[c] - mean[k][c]);",
        "      distance += z * z;",
        "   }",
        "   const double logit = constant[k] - 0.5 * distance;",
        "   if (logit > largest) {",
        "      largest = logit;",
        "      best = k;",
        "   }",
        "}",
        "return best;",
    ]


def _softmax(bins: LearnedSoftmax, d: int) -> list[str]:
    """The largest output with its bias, as the kernels compute it."""
    codes = bins.coordinate_codes([f"x{i}" for i in range(d)])
    return [
        f"const double y[] = {{{', '.join(codes)}}};",
        "if (std::isnan(y[0]))",
        "   return -1;",
        f"static const double bias[] = {{{_numbers(bins.biases)}}};",
        "int best = 0;",
        f"for (int k = 1; k < {len(bins.biases)}; ++k)",
        "   if (y[k] + bias[k] > y[best] + bias[best])",
        "      best = k;",
        "return best;",
    ]


def _rows(matrix: object) -> str:
    return ", ".join(f"{{{_numbers(row)}}}" for row in np.asarray(matrix))
