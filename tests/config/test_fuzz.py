"""Configurations that are not: always an error of the house, never a crash, nor a hang."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradcut.config import EXAMPLES, example
from gradcut.errors import GradcutError

pytest.importorskip("yaml")
pytest.importorskip("pydantic")

from gradcut.config import parse_analysis

pytestmark = pytest.mark.yaml

TEXTS = [example(name) for name in EXAMPLES]
TOKENS = st.sampled_from(
    [
        *(
            "samples:",
            "selection:",
            "processes:",
            "require:",
            "\n",
            "  ",
            "- ",
            ": ",
            "[",
            "]",
            "{",
            "}",
            ",",
        ),
        *(
            "&a",
            "*a",
            "<<:",
            "!!int",
            "!",
            "|",
            ">",
            "%YAML 1.1\n",
            "---\n",
            "...\n",
            "?",
            "#",
            "'",
            '"',
            "\t",
        ),
        *("\\", "\x85", "\u2028", "\ufeff", "\U0001f600", "1e999", "-.inf", "0o7", "~", "true", "met > ?"),
        *("\\x", "\\U7fffffff", "bins", "9" * 30, "null", ",", "\t"),
    ]
)
NOISE = st.lists(TOKENS | st.text(max_size=4), max_size=40).map("".join)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """An example of which a part is another one's, noise, or missing."""
    text, other = draw(st.sampled_from(TEXTS)), draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        first = draw(st.integers(0, len(text)))
        last = min(len(text), first + draw(st.integers(0, 60)))
        begin = draw(st.integers(0, len(other)))
        new = draw(st.one_of(st.just(""), NOISE, st.just(other[begin : begin + 40])))
        text = text[:first] + new + text[last:]
    return text


def check(text: str) -> None:
    began = time.process_time()
    try:
        parse_analysis(text, name="fuzzed.yaml")
    except GradcutError as error:
        assert "fuzzed.yaml" in str(error)  # noqa: PT017  (the valid ones raise nothing)
    assert time.process_time() - began < 5


SHORT = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=60, **SHORT)
@given(text=NOISE | damaged())
def test_a_little_noise(text: str) -> None:
    check(text)


@pytest.mark.fuzz
@settings(max_examples=100_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=NOISE | damaged())
def test_much_noise(text: str) -> None:
    check(text)
