"""The C++ header: compiled by itself, the numbers of an obvious loop."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from contracts.toy_networks import by_loop, make_inputs, make_network
from gradcut.errors import DeclarationError
from gradcut.networks import ACTIVATIONS

MAIN = """#include "first.h"
#include "second.h"
#include <cstdio>
template <class T> void Write(const double *x) {
   T y[3];
   first(x, y);
   for (T one : y) std::printf("%.17g ", static_cast<double>(one));
   second(x, y);
   for (T one : y) std::printf("%.17g ", static_cast<double>(one));
}
int main() {
   double x[3];
   while (std::fread(x, sizeof(x), 1, stdin) == 1) {
      Write<double>(x);
      Write<float>(x);
   }
}
"""


PAIRS = [
    ("relu", "softmax"),
    ("leaky_relu", "elu"),
    ("silu", "gelu"),
    ("gelu_tanh", "tanh"),
    ("sigmoid", "softplus"),
]


def test_every_activation_is_in_a_pair() -> None:
    assert {"linear", *(name for pair in PAIRS for name in pair)} == set(ACTIVATIONS)


@pytest.mark.parametrize("activations", PAIRS)
def test_header_needs_nothing_and_gives_what_a_loop_gives(
    activations: tuple[str, str], tmp_path: Path
) -> None:
    between, last = activations
    first = make_network((3, 9, 3), between, last, flagged=(2, 0), clip=1.5, sentinels=(-999,))
    second = make_network((3, 5, 4, 3), between, "linear", seed=4)
    first.header(tmp_path / "first.h", "first")
    second.header(tmp_path / "second.h", "second")
    (tmp_path / "main.cxx").write_text(MAIN)
    command = ["c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", "main.cxx", "-o", "main"]
    subprocess.run(command, check=True, cwd=tmp_path)
    inputs = make_inputs(first, 40, missing=0.1)
    inputs[1][:5] = -999
    given = np.ascontiguousarray(np.stack(inputs, axis=1)).tobytes()
    done = subprocess.run([str(tmp_path / "main")], input=given, capture_output=True, check=True)
    got = np.array(done.stdout.split(), dtype=np.float64).reshape(40, 2, 2, 3)
    known = [np.where(x == -999, np.nan, x) for x in inputs]
    for number, expected in enumerate((by_loop(first, known), by_loop(second, inputs))):
        np.testing.assert_allclose(got[:, 0, number], expected, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(got[:, 1, number], expected, rtol=3e-6, atol=3e-6)
    assert 5 <= np.isnan(got[:, 0, 0]).any(1).sum() < 20


def test_a_function_needs_a_name(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="a function of C\\+\\+ has a name"):
        make_network().header(tmp_path / "a.h", "1st")


def test_texts_of_inputs_stay_in_comments(tmp_path: Path) -> None:
    network = make_network((2, 3, 1), names=("a +\n b", "c"))
    network.header(tmp_path / "network.h")
    lines = (tmp_path / "network.h").read_text().splitlines()
    assert "///    [0] a + b" in lines
    assert "inline void gradcut_network(const double *inputs, T *outputs)" in lines
