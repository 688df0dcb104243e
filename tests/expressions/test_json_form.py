import json

import pytest

from gradcut.errors import DeclarationError, SchemaError
from gradcut.expressions import Comparison, Cpp, Hole, from_json, parse, to_json
from gradcut.expressions.structure import MAX_DEPTH


def test_to_json_is_plain_and_readable():
    assert to_json(parse("abs(dphi) < ?")) == {
        "comparison": ["<"],
        "operands": [{"call": "abs", "arguments": [{"column": "dphi"}]}, {"hole": None}],
    }


def test_json_of_negative_zero_keeps_its_sign():
    loaded = from_json(json.loads(json.dumps(to_json(parse("x / -0 > 3")))))
    assert repr(loaded) == repr(parse("x / -0 > 3"))


@pytest.mark.parametrize("tree", [Cpp("gSystem->Exit(1)"), Comparison((Cpp("x"), Hole()), (">",))])
def test_to_json_live_cpp_is_refused_with_the_reason(tree):
    with pytest.raises(DeclarationError, match="must never execute what stands in it"):
        to_json(tree)


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (None, "a node of an expression is an object"),
        ([], "a node of an expression is an object"),
        ({}, "not a node of an expression"),
        ({"column": "x", "extra": 1}, "not a node of an expression"),
        ({"column": "x", "number": 1}, "not a node of an expression"),
        ({"cpp": 'gSystem->Exec("rm -rf /")'}, "a file cannot contain C\\+\\+"),
        ({"column": 'x); gSystem->Exec("rm")'}, "is not a column's name"),
        ({"column": "x\n"}, "is not a column's name"),
        ({"column": "return"}, "a word of C\\+\\+"),
        ({"column": "a.while"}, "a word of C\\+\\+"),
        ({"column": "a::b"}, "is not a column's name"),
        ({"column": 3}, "a column's name is text, not int"),
        ({"column": "x" * 300}, "at most 200 characters"),
        ({"number": "3"}, "not a number"),
        ({"number": True}, "not a number"),
        ({"number": float("nan")}, "must be finite"),
        ({"number": float("inf")}, "must be finite"),
        ({"number": 10**400}, "must be finite"),
        ({"hole": 3}, "not the name of a hole"),
        ({"hole": "a}b"}, "not the name of a hole"),
        ({"hole": "x"}, "a '\\?' in the wrong place"),
        ({"call": "system", "arguments": []}, "unknown function"),
        ({"call": ["abs"], "arguments": []}, "unknown function"),
        ({"call": "abs", "arguments": []}, r"abs\(\) takes 1 argument, not 0"),
        ({"call": "abs", "arguments": {}}, "a list is expected"),
        ({"reduce": "prod", "argument": {"column": "x"}}, "unknown reducer"),
        ({"unary": "~", "operand": {"column": "x"}}, "unknown operator"),
        ({"binary": "**", "left": {"column": "x"}, "right": {"column": "x"}}, "unknown operator"),
        ({"logical": "&&", "operands": [{"column": "x"}]}, "at least two"),
        ({"comparison": [], "operands": [{"column": "x"}]}, "a comparison has one operator"),
        ({"comparison": [3], "operands": [{"column": "x"}, {"column": "x"}]}, "unknown operator"),
        ({"comparison": ["<"], "operands": [{"column": "x"}]}, "has 2 operands"),
        ({"comparison": ["<", ">"], "operands": [{"column": "x"}] * 3}, "must run the same way"),
        (
            {"comparison": ["<"], "operands": [{"column": "x"}, {"column": "y z"}]},
            r"expression.operands\[1\]",
        ),
        ({1: 2}, "a node of an expression is an object"),
    ],
)
def test_from_json_odd_object_is_refused(obj, message):
    with pytest.raises(SchemaError, match=message):
        from_json(obj)


def test_from_json_too_deep_is_refused_without_overflow():
    obj = {"column": "x"}
    for _ in range(5000):
        obj = {"unary": "-", "operand": obj}
    with pytest.raises(SchemaError, match=f"at most {MAX_DEPTH} levels"):
        from_json(obj)
