"""Bindings of the kernel library; formulas and conventions are in the headers gradcut/kernels/*.h."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Real = TypeVar("_Real", np.float32, np.float64)

def selection_moments(
    columns: Sequence[NDArray[_Real]],
    weights: NDArray[_Real],
    *,
    step: int,
    kinds: NDArray[np.uint8],
    flags: NDArray[np.uint8],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    width: NDArray[np.float64],
    derivatives: int = 1,
) -> NDArray[np.float64]: ...
def selection_vjp(
    columns: Sequence[NDArray[_Real]],
    weights: NDArray[_Real],
    *,
    step: int,
    kinds: NDArray[np.uint8],
    flags: NDArray[np.uint8],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    width: NDArray[np.float64],
    cotangents: NDArray[np.float64],
    derivatives: int = 1,
) -> NDArray[np.float64]: ...
def selection_membership(
    columns: Sequence[NDArray[_Real]],
    n_events: int,
    *,
    step: int,
    kinds: NDArray[np.uint8],
    flags: NDArray[np.uint8],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    width: NDArray[np.float64],
) -> NDArray[_Real]: ...
def tree_moments(
    columns: Sequence[NDArray[_Real]],
    offsets: Sequence[NDArray[np.int64]],
    weights: NDArray[_Real],
    *,
    step: int,
    kinds: NDArray[np.uint8],
    flags: NDArray[np.uint8],
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    width: NDArray[np.float64],
    nodes: NDArray[np.uint8],
    arguments: NDArray[np.int32],
    upper: NDArray[np.int32],
    collections: NDArray[np.int32],
    term_cuts: NDArray[np.int32],
    term_columns: NDArray[np.int32],
    term_values: NDArray[np.float64],
    derivatives: int = 1,
) -> NDArray[np.float64]: ...
def bins_membership(
    columns: Sequence[NDArray[_Real]],
    *,
    kind: int,
    step: int,
    n_edges: NDArray[np.uint32],
    n_bins: int,
    local_width: bool,
    reflect: bool,
    parameters: NDArray[np.float64],
) -> NDArray[_Real]: ...
def bins_membership_vjp(
    columns: Sequence[NDArray[_Real]],
    cotangents: NDArray[_Real],
    *,
    kind: int,
    step: int,
    n_edges: NDArray[np.uint32],
    n_bins: int,
    local_width: bool,
    reflect: bool,
    parameters: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def bins_moments(
    columns: Sequence[NDArray[_Real]],
    weights: NDArray[_Real],
    *,
    kind: int,
    step: int,
    n_edges: NDArray[np.uint32],
    n_bins: int,
    local_width: bool,
    reflect: bool,
    parameters: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def bins_vjp(
    columns: Sequence[NDArray[_Real]],
    weights: NDArray[_Real],
    cotangents: NDArray[np.float64],
    *,
    kind: int,
    step: int,
    n_edges: NDArray[np.uint32],
    n_bins: int,
    local_width: bool,
    reflect: bool,
    parameters: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def bins_index(
    columns: Sequence[NDArray[np.float32]] | Sequence[NDArray[np.float64]],
    *,
    kind: int,
    step: int,
    n_edges: NDArray[np.uint32],
    n_bins: int,
    local_width: bool,
    reflect: bool,
    parameters: NDArray[np.float64],
) -> NDArray[np.int32]: ...
def network_outputs(
    inputs: Sequence[NDArray[np.float64]],
    *,
    centre: NDArray[np.float64],
    scale: NDArray[np.float64],
    clip: float,
    flagged: NDArray[np.uint32],
    weights: Sequence[NDArray[np.float64]],
    biases: Sequence[NDArray[np.float64]],
    activations: Sequence[int],
    slopes: Sequence[float],
    single: bool,
) -> NDArray[np.float64]: ...
def asimov_significance(
    s: NDArray[_Real], b: NDArray[_Real], sigma_b: NDArray[_Real]
) -> tuple[NDArray[_Real], NDArray[_Real], NDArray[_Real], NDArray[_Real]]: ...
def libm(name: str, x: NDArray[np.float64], y: NDArray[np.float64] | None = None) -> NDArray[np.float64]: ...
def event_hash(ids: Sequence[NDArray[np.uint64]], seed: int) -> NDArray[np.float64]: ...
def instruction_sets() -> list[str]: ...
def instruction_set() -> str: ...
def use_instruction_set(name: str) -> None: ...

class Likelihood:
    def __init__(
        self,
        n_parameters: int,
        n_bins: int,
        n_inputs: int,
        samples: NDArray[np.int32],
        modifiers: NDArray[np.int32],
        constraints: NDArray[np.int32],
    ) -> None: ...
    def expected_data(
        self, theta: NDArray[np.float64], inputs: NDArray[np.float64]
    ) -> NDArray[np.float64]: ...
    def expected_data_vjp(
        self, theta: NDArray[np.float64], inputs: NDArray[np.float64], cotangents: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
    def value(
        self, theta: NDArray[np.float64], inputs: NDArray[np.float64], data: NDArray[np.float64]
    ) -> NDArray[np.float64]: ...
    def evaluate(
        self, theta: NDArray[np.float64], inputs: NDArray[np.float64], data: NDArray[np.float64]
    ) -> tuple[
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.float64],
    ]: ...
    def hessian_vector(
        self,
        theta: NDArray[np.float64],
        inputs: NDArray[np.float64],
        data: NDArray[np.float64],
        direction: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
    def hessian_form(
        self,
        theta: NDArray[np.float64],
        inputs: NDArray[np.float64],
        data: NDArray[np.float64],
        direction: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
    def fit(
        self,
        inputs: NDArray[np.float64],
        data: NDArray[np.float64],
        start: NDArray[np.float64],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        fixed: NDArray[np.uint8],
    ) -> tuple[
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.uint8],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.int32],
    ]: ...
    def fit_vjp(
        self,
        inputs: NDArray[np.float64],
        data: NDArray[np.float64],
        theta: NDArray[np.float64],
        active: NDArray[np.uint8],
        cotangents: NDArray[np.float64],
        matrices: NDArray[np.float64] | None = None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
    def hessian_vjp(
        self,
        theta: NDArray[np.float64],
        inputs: NDArray[np.float64],
        data: NDArray[np.float64],
        matrices: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
    def hypotest(
        self,
        inputs: NDArray[np.float64],
        data: NDArray[np.float64] | None,
        start: NDArray[np.float64],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        fixed: NDArray[np.uint8],
        poi: int,
        statistic: int,
        mu: NDArray[np.float64],
        cotangents: NDArray[np.float64] | None = None,
    ) -> tuple[
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.float64],
    ]: ...
    def upper_limit(
        self,
        inputs: NDArray[np.float64],
        data: NDArray[np.float64] | None,
        start: NDArray[np.float64],
        lower: NDArray[np.float64],
        upper: NDArray[np.float64],
        fixed: NDArray[np.uint8],
        poi: int,
        statistic: int,
        level: float,
        cotangents: NDArray[np.float64] | None = None,
    ) -> tuple[
        NDArray[np.float64],
        NDArray[np.int32],
        NDArray[np.int32],
        NDArray[np.float64],
        NDArray[np.float64],
    ]: ...
