"""YAML to plain data, against json and PyYAML, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcut.errors import SchemaError

yaml = pytest.importorskip("yaml")

from gradcut.config.yaml_nodes import MOST_CHARACTERS, load  # noqa: E402  (needs PyYAML)

pytestmark = pytest.mark.yaml

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(min_codepoint=32, max_codepoint=126))
)
DATA = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(data=DATA.filter(lambda data: data is not None))
def test_json_is_read_as_json(data: Any) -> None:
    assert load(json.dumps(data), "x").data == data


@settings(max_examples=60, deadline=None)
@given(data=DATA.filter(lambda data: data is not None))
def test_what_pyyaml_writes_is_read_as_it_was(data: Any) -> None:
    # json has no blocks: every value of a mapping stands in its own line here.
    assert load(yaml.safe_dump(data, default_flow_style=False), "x").data == data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("1e-3", 1e-3),
        ("1:30", "1:30"),
        ("'1'", "1"),
        ("~", None),
        ("inf", float("inf")),
        ("met > ?", "met > ?"),
        ("0x10", "0x10"),
        ("2026-11-23", "2026-11-23"),
    ],
)
def test_words_mean_what_they_mean_in_yaml_1_2(text: str, value: object) -> None:
    found = load(f"a: {text}", "x").data["a"]
    assert (found, type(found)) == (value, type(value))


def test_everything_has_its_place() -> None:
    located = load("a:\n  b: 1\n  c: [x,\n      y]\n", "x")
    assert [located.place(path).line for path in [("a",), ("a", "b"), ("a", "c", 0), ("a", "c", 1)]] == [
        1,
        2,
        3,
        4,
    ]
    assert located.place(("a", "c", 7, "z")).line == 3


def test_anchors_are_taken_in_and_own_keys_come_first() -> None:
    located = load("a: &one {x: 1, y: 2}\nb: &two {<<: *one, y: 3}\nc:\n  <<: [*two, *one]\n  z: 4\n", "x")
    assert located.data == {"a": {"x": 1, "y": 2}, "b": {"y": 3, "x": 1}, "c": {"z": 4, "y": 3, "x": 1}}
    assert located.place(("c", "x")).line == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("a: 1\na: 2", r"'a' is there twice\n  where: x:2\n  given: first in line 1"),
        ("a: 1\n\tb: 2", r"this is not YAML\n  where: x:2"),
        ("a: !!python/object/apply:os.system [ls]", "a tag has no meaning in a configuration"),
        ("a: !!set {x}", "a tag has no meaning"),
        ("? [1, 2]\n: 3", "a key is text"),
        ("a: [1, 2", "this is not YAML"),
        ("a: \x00", "character that text has not"),
        ("a: *nothing", "undefined alias"),
        ("a: 1\n---\nb: 2", "expected a single document"),
        ("<<: 3", "takes in mappings"),
        ('a: "\\U7fffffff"', "this is not YAML"),
        ("a: " + "[" * 5000, "this is not YAML|holds too much"),
        ("a: &x [*x]", "holds too much"),
        ("a: &x {<<: *x}", "holds too much"),
        ("a: " + "1" * 5000, "a number is too long"),
        ("a" * (MOST_CHARACTERS + 1), "too long for a configuration"),
    ],
)
def test_what_is_no_configuration_is_refused(text: str, message: str) -> None:
    with pytest.raises(SchemaError, match=message):
        load(text, "x")


@pytest.mark.parametrize("how", ["[*{0}, *{0}]", "{{<<: [*{0}, *{0}]}}"])
def test_a_file_that_grows_is_refused(how: str) -> None:
    lines = ["a0: &a0 {x: 1}"] + [f"a{n}: &a{n} " + how.format(f"a{n - 1}") for n in range(1, 30)]
    with pytest.raises(SchemaError, match="holds too much"):
        load("\n".join(lines), "x")
