"""``gc.Observable``: a network of columns, and the histogram of its output."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from gradcut.binning.axis import Binning, column
from gradcut.binning.bins_spec import BinsSpec
from gradcut.checks import is_integer, is_number
from gradcut.errors import DeclarationError
from gradcut.expressions.json_form import from_json, to_json
from gradcut.expressions.text import describe

if TYPE_CHECKING:
    import torch

    from gradcut.expressions.nodes import Expression

__all__ = ["ACTIVATIONS", "HISTOGRAMS", "Histogram", "Missing", "Observable"]

Histogram = Literal["logistic", "gaussian", "softmax"]
HISTOGRAMS: tuple[Histogram, ...] = ("logistic", "gaussian", "softmax")
Missing = Literal["reject", "flag"]
#: Of the ready network; all of them can be written into ROOT, C++ and ONNX.
ACTIVATIONS = ("relu", "leaky_relu", "elu", "silu", "gelu", "tanh", "sigmoid", "softplus")
#: More bins than outputs of a softmax in the kernels.
MOST_BINS = 128


class Observable:
    """A neural observable: a network of columns whose output is filled into a histogram.

    Parameters
    ----------
    inputs : sequence of str or Expression, or mapping of names to them
        What the network sees: columns and expressions.
    bins : int, default 5
        Bins of the histogram.
    network : sequence of int, torch.nn.Module, or callable, default (64, 64)
        Sizes of the hidden layers of a ready network; a module of one's own, of which every seed trains a
        copy with parameters drawn anew; or a function that makes one, of the number of its inputs and
        outputs. A module takes standardised inputs of shape ``(events, inputs)`` and gives logits: one per
        event, or as many as bins with ``histogram="softmax"``. A batch normalisation in it has the statistics
        of a sample of all processes, drawn once.
    activation : str, default "relu"
        Of the hidden layers of the ready network.
    histogram : {"logistic", "gaussian", "softmax"}, default "logistic"
        How events are filled smoothly while the network learns. With the first two the observable is the
        sigmoid of the logit, between 0 and 1, and steps at the edges are logistic (CABIN eq. 3) or Gaussian
        (bKDE, thesis 7.2.3); with a softmax, an output is a bin (INFERNO).
    edges : "learned", "equal" or sequence of float, default "learned"
        Edges between 0 and 1: learned with the network; of equal width; or given, the inner ones only.
    width : float or "annealed", default "annealed"
        Width of the smooth steps, in mean widths of the bins: annealed from 0.5 to 0.1, or this one. Of a
        softmax, its temperature: annealed from 1 to 0.2, or this one.
    missing : {"reject", "flag"}, default "reject"
        What becomes of events with an input that is missing (NaN, or a declared sentinel): they are in no bin
        and counted, or the input is replaced by its median and the network told so by one more input.
    clip : float, default 10
        Standardised inputs are kept within plus or minus this.
    alongside : Binning, optional
        An axis with given edges beside the observable, such as the mass for
        :class:`gradcut.objectives.Decorrelated`.
    name : str, default "observable"
        Of the output.

    Notes
    -----
    Inputs are standardised by their weighted median and half of the distance between their 16% and 84%
    quantiles, of signal and background alike, before they become floats.

    References
    ----------
    neos: N. Simpson, L. Heinrich, arXiv:2203.05570; INFERNO: P. de Castro, T. Dorigo, arXiv:1806.04743.

    Examples
    --------
    >>> import gradcut as gc
    >>> gc.Observable(["met", "mt_l1", "abs(dphi)"], bins=5, network=(32, 32)).names
    ('met', 'mt_l1', 'abs(dphi)')
    """

    def __init__(
        self,
        inputs: Sequence[str | Expression] | Mapping[str, str | Expression],
        bins: int = 5,
        *,
        network: Sequence[int] | torch.nn.Module | Callable[[int, int], torch.nn.Module] = (64, 64),
        activation: str = "relu",
        histogram: Histogram = "logistic",
        edges: Literal["learned", "equal"] | Sequence[float] = "learned",
        width: float | Literal["annealed"] = "annealed",
        missing: Missing = "reject",
        clip: float = 10.0,
        alongside: Binning | None = None,
        name: str = "observable",
    ) -> None:
        where = "gc.Observable"
        if isinstance(inputs, str) or not len(inputs):
            raise DeclarationError(
                "an observable has a list of inputs",
                given=repr(inputs),
                allowed='["met", "mt_l1"]',
                where=where,
            )
        listed = inputs.values() if isinstance(inputs, Mapping) else inputs
        self.inputs: tuple[Expression, ...] = tuple(column(one, where) for one in listed)
        self.names = tuple(inputs) if isinstance(inputs, Mapping) else tuple(map(describe, self.inputs))
        if len(set(self.names)) != len(self.names):
            raise DeclarationError("every input is given once", given=", ".join(self.names), where=where)
        if not is_integer(bins) or not 2 <= bins <= MOST_BINS:
            raise DeclarationError(
                "the number of bins is an integer", given=repr(bins), allowed=f"2 to {MOST_BINS}", where=where
            )
        for what, value, known in (
            ("activation", activation, ACTIVATIONS),
            ("histogram", histogram, HISTOGRAMS),
            ("treatment of missing inputs", missing, ("reject", "flag")),
        ):
            if value not in known:
                raise DeclarationError(
                    f"unknown {what}", given=repr(value), allowed=", ".join(map(repr, known)), where=where
                )
        if not is_number(clip) or not clip > 0:
            raise DeclarationError("'clip' is a number above 0", given=repr(clip), where=where)
        self.n_bins = int(bins)
        self.network = _network(network, where)
        self.activation, self.histogram, self.missing, self.clip = activation, histogram, missing, float(clip)
        self.edges = self._edges(edges, where)
        self.width: float | Literal["annealed"] = "annealed" if width == "annealed" else _width(width, where)
        self.alongside = _alongside(alongside, where)
        self.name = name

    def _edges(
        self, edges: Literal["learned", "equal"] | Sequence[float], where: str
    ) -> Literal["learned", "equal"] | tuple[float, ...]:
        if isinstance(edges, str):
            if edges not in ("learned", "equal"):
                raise DeclarationError(
                    "unknown edges", given=repr(edges), allowed="'learned', 'equal', a list", where=where
                )
            return edges
        if self.histogram == "softmax":
            raise DeclarationError("the bins of a softmax have no edges", given=repr(edges), where=where)
        made = tuple(float(e) for e in edges)
        inside = all(0 < e < 1 for e in made) and all(a < b for a, b in itertools.pairwise(made))
        if len(made) != self.n_bins - 1 or not inside:
            raise DeclarationError(
                "inner edges increase between 0 and 1",
                given=", ".join(f"{e:g}" for e in made),
                allowed=f"{self.n_bins - 1} of them for {self.n_bins} bins",
                where=where,
            )
        return made

    @property
    def n_outputs(self) -> int:
        """Outputs that the network has to have."""
        return self.n_bins if self.histogram == "softmax" else 1

    @property
    def columns(self) -> dict[str, Expression]:
        """Everything that is read of an event: inputs, and what stands alongside."""
        found = dict(zip(self.names, self.inputs, strict=True))
        if self.alongside is not None:
            found.setdefault(f"alongside {self.alongside.name}", self.alongside.expression)
        return found

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """The same without names."""
        return tuple(self.columns.values())

    @property
    def spec(self) -> BinsSpec:
        """The columns, for what divides and counts events."""
        names = tuple(self.columns)
        return BinsSpec("axes", "logistic", names, (0,) * len(names))

    @property
    def shape(self) -> tuple[int, ...]:
        """Numbers of bins along the axes."""
        return (self.n_bins,) if self.alongside is None else (self.n_bins, self.alongside.n_bins)

    def describe(self) -> dict[str, Any]:
        """What was declared, as plain data; a module by its text."""
        network = list(self.network) if isinstance(self.network, tuple) else _text(self.network)
        return {
            "inputs": {name: describe(one) for name, one in zip(self.names, self.inputs, strict=True)},
            "bins": self.n_bins,
            "network": network,
            "activation": self.activation,
            "histogram": self.histogram,
            "edges": list(self.edges) if isinstance(self.edges, tuple) else self.edges,
            "width": self.width,
            "missing": self.missing,
            "clip": self.clip if math.isfinite(self.clip) else "inf",
            "alongside": None if self.alongside is None else repr(self.alongside),
            "name": self.name,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the declaration as plain data; of a module of one's own there is only the text."""
        return {
            "kind": "observable",
            **{key: value for key, value in self.describe().items() if key not in ("inputs", "alongside")},
            "names": list(self.names),
            "expressions": [to_json(one) for one in self.inputs],
            "alongside": None if self.alongside is None else self.alongside.to_json(),
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Observable:
        """Read what :meth:`to_json` gave; a module of one's own is not there any more."""
        inputs = {
            name: from_json(tree) for name, tree in zip(plain["names"], plain["expressions"], strict=True)
        }
        network = plain["network"]
        made = cls(
            inputs,
            plain["bins"],
            network=network if isinstance(network, list) else (),
            activation=plain["activation"],
            histogram=plain["histogram"],
            edges=plain["edges"],
            width=plain["width"],
            missing=plain["missing"],
            clip=float(plain["clip"]),
            alongside=None if plain["alongside"] is None else Binning.from_json(plain["alongside"]),
            name=plain["name"],
        )
        made.network = tuple(network) if isinstance(network, list) else network
        return made

    def __repr__(self) -> str:
        return f"Observable([{', '.join(self.names)}], bins={self.n_bins}, histogram={self.histogram!r})"


def _network(network: Any, where: str) -> Any:
    if callable(network):  # modules are, too
        return network
    sizes = tuple(network) if isinstance(network, Sequence) and not isinstance(network, str) else None
    if sizes is None or not all(is_integer(n) and 1 <= n <= 65536 for n in sizes):
        raise DeclarationError(
            "a network is given by the sizes of its hidden layers, or is a module",
            given=repr(network)[:80],
            allowed="such as (64, 64), a torch.nn.Module, or a function of the numbers of inputs and outputs",
            where=where,
        )
    return tuple(int(n) for n in sizes)


def _text(network: Any) -> str:
    # What a file says of it, a module, or a function; an address would make equal declarations differ.
    if isinstance(network, str) or hasattr(network, "parameters"):
        return str(network)
    return getattr(network, "__qualname__", type(network).__name__)


def _width(width: object, where: str) -> float:
    if not is_number(width) or not 0 < width < math.inf:  # type: ignore[operator]
        raise DeclarationError(
            "a width is a number above 0, in mean widths of the bins",
            given=repr(width),
            allowed="such as 0.45, or 'annealed'",
            where=where,
        )
    return float(width)  # type: ignore[arg-type]


def _alongside(binning: Binning | None, where: str) -> Binning | None:
    if binning is None:
        return None
    if not isinstance(binning, Binning) or binning.edges is None:
        raise DeclarationError(
            "an axis alongside an observable has given edges",
            given=repr(binning)[:80],
            allowed="gc.Binning('mass', edges=[...])",
            where=where,
        )
    return binning
