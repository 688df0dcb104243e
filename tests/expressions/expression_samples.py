"""Random expressions and random rows for them, from a seeded generator."""

from __future__ import annotations

import math

import numpy as np

from gradcut.expressions import (
    Binary,
    Call,
    Column,
    Comparison,
    Hole,
    Logical,
    Number,
    Reduce,
    Unary,
)
from gradcut.expressions.names import FUNCTIONS
from gradcut.jagged import Jagged

SCALARS = {
    "f": "float",
    "g": "float",
    "d": "double",
    "i": "int",
    "l": "Long64_t",
    "u": "unsigned int",
    "ul": "ULong64_t",
    "uc": "UChar_t",
    "b": "bool",
}
# Two collections of different lengths; vectors of one expression come from one of them.
VECTORS = (
    {"vf": "float", "vd": "double", "vi": "int", "vu": "unsigned int", "vb": "bool", "vl": "Long64_t"},
    {"wf": "float", "wd": "double", "wi": "int"},
)
TYPES = SCALARS | {
    name: f"ROOT::VecOps::RVec<{element}>" for group in VECTORS for name, element in group.items()
}
DTYPES = {
    "float": np.float32,
    "double": np.float64,
    "int": np.int32,
    "Long64_t": np.int64,
    "unsigned int": np.uint32,
    "ULong64_t": np.uint64,
    "UChar_t": np.uint8,
    "bool": np.bool_,
}

_FLOATS = [
    *(
        math.nan,
        math.inf,
        -math.inf,
        0.0,
        -0.0,
        1.0,
        -1.0,
        2.0,
        3.0,
        0.5,
        0.1,
        0.2,
        2.5,
        -2.5,
        30.0,
        350.0,
        -999.0,
    ),
    *(
        5e-324,
        -5e-324,
        1e-310,
        1e-45,
        1.2e-38,
        3.4e38,
        1e308,
        -1e308,
        16777217.0,
        9007199254740993.0,
        1e-3,
        1e19,
    ),
    *(
        float(np.float32(0.1)),
        float(np.nextafter(np.float32(2.5), np.float32(3))),
        math.pi,
        81.0,
        101.0,
        1e300,
    ),
]
_INTEGERS = [0, 1, 2, 3, 5, 7, 30, 100, 255, -1, -2, -999, 2**24 + 1, 2**31 - 1, -(2**31), 2**32 - 1]
_INTEGERS += [2**53 + 1, 2**53, -(2**53) - 1, 2**63 - 1, -(2**63), 2**64 - 1, 2**60 + 1]
_LITERALS = [x for x in _FLOATS if math.isfinite(x)] + [
    -0.5,
    0.3,
    4.0,
    10.0,
    1e22,
    16777216.0,
    2147483648.0,
    -7.0,
]
_COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]
_CHAINS = [
    ("<", "<"),
    ("<", "<="),
    ("<=", "<"),
    ("<=", "<="),
    (">", ">"),
    (">", ">="),
    (">=", ">"),
    (">=", ">="),
]


def random_rows(rng, n):
    """Return ``n`` rows as columns for numpy."""
    columns = {name: _array(rng, element, n) for name, element in SCALARS.items()}
    for group in VECTORS:
        lengths = [rng.choice([0, 0, 1, 2, 3, 9, 20]) for _ in range(n)]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        for name, element in group.items():
            columns[name] = Jagged(_array(rng, element, int(offsets[-1])), offsets)
    return columns


def _array(rng, element, n):
    dtype = np.dtype(DTYPES[element])
    if dtype.kind == "b":
        return np.array([rng.random() < 0.5 for _ in range(n)], dtype=dtype)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        pool = [x for x in _INTEGERS if limits.min <= x <= limits.max]
        return np.array([rng.choice(pool) for _ in range(n)], dtype=dtype)
    values = [
        rng.choice(_FLOATS) if rng.random() < 0.5 else rng.gauss(0, 1) * 10 ** rng.randint(-3, 3)
        for _ in range(n)
    ]
    with np.errstate(over="ignore", under="ignore"):
        return np.array(values, dtype=np.float64).astype(dtype)


def rows_of(columns):
    """Return the rows as dicts of Python numbers and lists."""
    n = len(next(iter(columns.values())))
    return [
        {
            name: column[i].tolist() if isinstance(column, Jagged) else column[i].item()
            for name, column in columns.items()
        }
        for i in range(n)
    ]


def random_expression(rng, depth=4, *, hole_probability=0.0):
    """Return an expression with one value per event."""
    return _Generator(rng, hole_probability).any_value(depth)


class _Generator:
    def __init__(self, rng, hole_probability):
        self._rng = rng
        self._holes = hole_probability
        self._vectors = None

    def any_value(self, depth):
        return self.condition(depth) if self._rng.random() < 0.6 else self.number(depth)

    def _column(self):
        if self._vectors is not None and self._rng.random() < 0.7:
            return Column(self._rng.choice(sorted(self._vectors)))
        return Column(self._rng.choice(sorted(SCALARS)))

    def _leaf(self):
        if self._rng.random() < 0.6:
            return self._column()
        if self._rng.random() < 0.3:
            return Number(round(self._rng.gauss(0, 10), self._rng.randint(0, 15)))
        return Number(self._rng.choice(_LITERALS))

    def number(self, depth):
        if depth <= 0:
            return self._leaf()
        pick = self._rng.random()
        if pick < 0.25:
            return self._leaf()
        if pick < 0.55:
            return Binary(
                self._rng.choice("+-*/%"),
                self.any_value(depth - 1) if pick < 0.3 else self.number(depth - 1),
                self.number(depth - 1),
            )
        if pick < 0.62:
            return Unary("-", self.number(depth - 1))
        if pick < 0.85:
            return self._call(depth)
        return self._reduce(depth, ("count", "sum", "max", "min"))

    def _call(self, depth):
        name = self._rng.choice([*FUNCTIONS, "min", "max", "pow"])
        n = {
            "pow": 2,
            "atan2": 2,
            "hypot": 2,
            "min": self._rng.randint(2, 4),
            "max": self._rng.randint(2, 3),
        }.get(name, 1)
        return Call(name, tuple(self.number(depth - 1) for _ in range(n)))

    def _reduce(self, depth, reducers):
        before = self._vectors
        self._vectors = self._rng.choice(VECTORS)
        reducer = self._rng.choice(reducers)
        predicate = reducer in ("any", "all", "count") or self._rng.random() < 0.1
        argument = self.condition(depth - 1) if predicate else self.number(depth - 1)
        vector = Column(self._rng.choice(sorted(self._vectors)))
        if not _has_vector(argument, self._vectors):
            argument = (
                vector if self._rng.random() < 0.3 else Binary(self._rng.choice("+-*/"), vector, argument)
            )
        self._vectors = before
        return Reduce(reducer, argument)

    def condition(self, depth):
        pick = self._rng.random()
        if depth <= 0 or pick < 0.45:
            return self._comparison(depth)
        if pick < 0.7:
            operands = [self.condition(depth - 1) for _ in range(self._rng.randint(2, 3))]
            if self._rng.random() < 0.2:
                operands[0] = self.number(depth - 1)
            return Logical(self._rng.choice(["&&", "||"]), tuple(operands))
        if pick < 0.8:
            return Unary("!", self.any_value(depth - 1))
        return self._reduce(depth, ("any", "all"))

    def _comparison(self, depth):
        if self._rng.random() < 0.25:
            operators = self._rng.choice(_CHAINS)
        else:
            operators = (self._rng.choice(_COMPARISONS),)
        operands = [self.number(depth - 1) for _ in range(len(operators) + 1)]
        if self._rng.random() < 0.05:
            operands[-1] = operands[0]
        if self._rng.random() < self._holes and operators[0] not in ("==", "!="):
            index = self._rng.choice([0, -1])
            operands[index] = Hole(self._rng.choice([None, "a", "b_2", "mll:low", "abs(x) #2"]))
            if len(operands) == 3 and self._rng.random() < 0.5:
                operands[-1 - index] = Hole(None)
        return Comparison(tuple(operands), operators)


def _has_vector(node, vectors):
    from gradcut.expressions.kinds import column_type, is_vector

    return is_vector(node, {name: column_type("vector") for name in vectors})
