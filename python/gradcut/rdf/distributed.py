"""Nodes of ROOT's distributed RDataFrame: what is learned, as code that its workers compile.

Its nodes live on the client and take texts only, no compiled functors. So the code that is sent calls the
kernels, and every worker loads the library with them before it runs anything.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.errors import DeclarationError
from gradcut.kernel_spec import STEPS

if TYPE_CHECKING:
    from gradcut.binning.bins_spec import BinsSpec
    from gradcut.networks import Network

__all__ = ["DistributedNode", "is_distributed"]

_INCLUDES = [
    f"#include <{name}>" for name in ("gradcut/RDF.hxx", "gradcut/kernels/Hash.h", "ROOT/RVec.hxx", "cmath")
]


def is_distributed(node: object) -> bool:
    """Whether something is a node of a distributed RDataFrame."""
    return type(node).__module__.startswith("ROOT._distrdf")


class DistributedNode:
    """A node of a distributed RDataFrame that can be asked for its columns, as a local one can.

    Everything else (``Histo1D``, ``Sum``, ...) is that of the node.

    Parameters
    ----------
    node : ROOT.RDataFrame(..., executor=client), or what its Define, Filter, Vary return
        The events.
    """

    def __init__(self, node: Any) -> None:
        load_on_workers()
        self.node = node
        proxy = node.__dict__.get("_headproxy", node)
        # ROOT keeps a local twin of every node of the graph, for the types of its columns.
        self._local = proxy.proxied_node.rdf_node

    def __getattr__(self, name: str) -> Any:
        return getattr(self.node, name)

    def Filter(self, code: str, name: str = "") -> DistributedNode:  # noqa: N802 (the name of RDataFrame)
        """Filter events."""
        return DistributedNode(self.node.Filter(code, name) if name else self.node.Filter(code))

    def Define(self, name: str, code: str) -> DistributedNode:  # noqa: N802
        """Define a column."""
        return DistributedNode(self.node.Define(name, code))

    def HasColumn(self, name: str) -> bool:  # noqa: N802
        """Whether there is a column."""
        return bool(self._local.HasColumn(name))

    def GetColumnNames(self) -> list[str]:  # noqa: N802
        """Return the names of the columns."""
        return [str(name) for name in self._local.GetColumnNames()]

    def GetColumnType(self, name: str) -> str:  # noqa: N802
        """Return the type of a column."""
        return str(self._local.GetColumnType(name))

    def define_bin(
        self, name: str, spec: BinsSpec, columns: Sequence[str], parameters: Any
    ) -> DistributedNode:
        """Define the hard bin of every event; see :func:`gradcut.rdf.define_bin`."""
        from gradcut.binning.bins_spec import BINS_KINDS

        point = np.ravel(np.asarray(parameters, np.float64))
        arguments = [f"x{i}" for i in range(len(columns))]
        sizes = (len(columns), "nEdges", spec.n_bins, int(spec.local_width), int(spec.reflect))
        ends = (1, len(point), "parameters")
        kinds = f"GradCutBinsKind({BINS_KINDS[spec.kind]}), GradCutStep({STEPS[spec.step]})"
        body = [
            f"static const double parameters[] = {{{_numbers(point)}}};",
            f"static const uint32_t nEdges[] = {{{', '.join(map(str, spec.n_edges or (0,)))}}};",
            f"static const GradCutBins bins{{{', '.join([kinds, *map(str, (*sizes, *ends))])}}};",
            f"const double *const x[] = {{{', '.join('&' + one for one in arguments)}}};",
            "int32_t bin = -1;",
            "GradCutBinsIndexF64(&bins, 1, x, &bin);",
            "return bin;",
        ]
        function = _declared("bin", "int", [f"double {one}" for one in arguments], body)
        return self.Define(name, self._call(function, columns))

    def define_network(
        self, name: str, network: Network, columns: Sequence[str], *, is_double: bool, largest: bool
    ) -> DistributedNode:
        """Define outputs of a network, or which is the largest; see :func:`gradcut.rdf.define_network`."""
        from gradcut.networks.header import header_text

        number, n = "double" if is_double else "float", network.n_outputs
        evaluated = _named("network", header_text(network, "gradcut_network"))
        _declare(header_text(network, evaluated))
        arguments = [f"x{i}" for i in range(len(columns))]
        body = [
            f"const double inputs[] = {{{', '.join(arguments)}}};",
            f"{number} y[{n}];",
            f"{evaluated}<{number}>(inputs, y);",
        ]
        kind = "int" if largest else "double" if n == 1 else "ROOT::VecOps::RVec<double>"
        if largest:
            body += [
                "int best = y[0] == y[0] ? 0 : -1;",
                f"for (int k = 1; best >= 0 && k < {n}; ++k)",
                "   best = y[k] > y[best] ? k : best;",
                "return best;",
            ]
        else:
            body.append("return y[0];" if n == 1 else f"return ROOT::VecOps::RVec<double>(y, y + {n});")
        function = _declared("outputs", kind, [f"double {one}" for one in arguments], body)
        return self.Define(name, self._call(function, columns))

    def define_uniform(self, name: str, id_columns: Sequence[str], seed: int) -> DistributedNode:
        """Define a number from the identity of the event; see :func:`gradcut.rdf.define_uniform`."""
        arguments = [f"id{i}" for i in range(len(id_columns))]
        body = [
            f"const uint64_t *const ids[] = {{{', '.join('&' + one for one in arguments)}}};",
            "double uniform = 0.;",
            f"GradCutEventHash(1, {len(arguments)}, ids, {seed}ull, &uniform);",
            "return uniform;",
        ]
        function = _declared("uniform", "double", [f"uint64_t {one}" for one in arguments], body)
        call = ", ".join(f"static_cast<uint64_t>({column})" for column in id_columns)
        return self.Define(name, f"{function}({call})")

    def _call(self, function: str, columns: Sequence[str]) -> str:
        for column in columns:
            kind = self.GetColumnType(column)
            if "Vec<" in kind or "vector<" in kind:
                raise DeclarationError(
                    "bins and networks of vectors are not there in a distributed RDataFrame",
                    given=f"column '{column}', {kind}",
                    hint="define the number per event that is meant, or use a local RDataFrame",
                )
        return f"{function}({', '.join(f'static_cast<double>({column})' for column in columns)})"


def _numbers(values: Any) -> str:
    found = [repr(float(value)) for value in values]
    infinite = {"inf": "HUGE_VAL", "-inf": "-HUGE_VAL"}
    return ", ".join(infinite.get(one, one) for one in found)


def _declared(what: str, returns: str, arguments: Sequence[str], body: Sequence[str]) -> str:
    """Declare a function here and on the workers, named after what it does, and return its name."""
    lines = [f"({', '.join(arguments)})", "{", *(f"   {line}" for line in body), "}"]
    name = _named(what, "\n".join(lines))
    _declare("\n".join([*_INCLUDES, f"inline {returns} {name}{lines[0]}", *lines[1:]]))
    return name


def _named(what: str, code: str) -> str:
    return f"gradcut_{what}_{hashlib.sha256(code.encode()).hexdigest()[:16]}"


def _declare(code: str) -> None:
    from gradcut.rdf.library import load

    load().RDF.Distributed.DistributeCppCode(code)


@functools.lru_cache(maxsize=1)
def load_on_workers() -> None:
    """Have every worker load the library first, then do what the user had it initialised with."""
    from gradcut.rdf.library import load

    root = load()
    # What the user has it initialised with can be asked for nowhere else.
    backends = importlib.import_module("ROOT._distrdf.Backends.Base")
    root.RDF.Distributed.initialize(_Both(backends.BaseBackend.initialization))


class _Both:
    """Loads the library, and calls another function."""

    def __init__(self, other: Any) -> None:
        self._other = other

    def __call__(self) -> None:
        from gradcut.rdf.library import load

        load()
        self._other()
