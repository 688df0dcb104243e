import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradcut.errors import DeclarationError
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
    columns,
    has_holes,
    parse,
    rename,
    to_text,
)
from gradcut.expressions.lexer import MAX_LENGTH
from gradcut.expressions.structure import MAX_DEPTH

X, Y = Column("x"), Column("y")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("met > 350", Comparison((Column("met"), Number(350)), (">",))),
        ("81 < mll <= 101", Comparison((Number(81), Column("mll"), Number(101)), ("<", "<="))),
        ("met > ?", Comparison((Column("met"), Hole()), (">",))),
        ("?lo < x < ?{mll:high}", Comparison((Hole("lo"), X, Hole("mll:high")), ("<", "<"))),
        ("x - y - 1", Binary("-", Binary("-", X, Y), Number(1))),
        ("x + y * 2", Binary("+", X, Binary("*", Y, Number(2)))),
        ("-x * y", Binary("*", Unary("-", X), Y)),
        ("-5", Number(-5)),
        ("-(5)", Unary("-", Number(5))),
        ("x || y && x", Logical("||", (X, Logical("&&", (Y, X))))),
        ("(x && y) && x", Logical("&&", (Logical("&&", (X, Y)), X))),
        ("!x && y", Logical("&&", (Unary("!", X), Y))),
        ("max(x)", Reduce("max", X)),
        ("max(x, y)", Call("max", (X, Y))),
        ("any(x > y)", Reduce("any", Comparison((X, Y), (">",)))),
        ("jet.pt > .5e1", Comparison((Column("jet.pt"), Number(5)), (">",))),
        (
            "(x > 1) + (y > 1)",
            Binary("+", Comparison((X, Number(1)), (">",)), Comparison((Y, Number(1)), (">",))),
        ),
    ],
)
def test_parse_text_gives_tree(text, tree):
    assert parse(text) == tree
    assert parse(to_text(tree)) == tree


@pytest.mark.parametrize(
    ("text", "problem", "advice"),
    [
        ("", "empty", "met > \\?"),
        ("x = 3", "'=' is not part", "write '=='"),
        ("x & y", "'&' is not part", "write '&&'"),
        ("x | y", "is not part", r"write '\|\|'"),
        ("x and y", "'and'", "write '&&'"),
        ("x or y", "'or'", r"write '\|\|'"),
        ("not x", "'not'", "write '!'"),
        ("not(x)", "'not'", "write '!'"),
        ("fabs(x) > 1", "unknown function 'fabs'", "write 'abs'"),
        ("std::abs(x) > 1", "unknown function 'std::abs'", "write 'abs'"),
        ("TMath::Abs(x) > 1", "unknown function 'TMath::Abs'", "write 'abs'"),
        ("ROOT::VecOps::Sum(x) > 1", "unknown function", "write 'sum'"),
        ("Any(x > 1)", "unknown function 'Any'", "write 'any'"),
        ("sqr(x) > 1", "unknown function 'sqr'", "did you mean 'sqrt'"),
        ("deltaPhi(x, y) > 1", "unknown function 'deltaPhi'", "gc.Cpp"),
        ("TMath::Pi() > x", "unknown function", "gc.Cpp"),
        ("M_PI > x", "'M_PI' is not part", "3.14159"),
        ("x > nan", "'nan' is not part", "sentinels"),
        ("x == true", "'true' is not part", "write 1"),
        ("x > 10e3f", "'10e3f' is not a number", "write 10e3"),
        ("x > 0x1F", "'0x1F' is not a number", "doubles"),
        ("x > 1'000", "is not a number", "doubles"),
        ("x > 010", "octal", "write 10"),
        ("x > 1e999", "too large", None),
        ("x > 1e-999", "too small", "write 0"),
        ("x > 1,5", "',' outside", "decimals are written with a dot"),
        ("name == 'mu'", "is not part", "compared with numbers"),
        ("x ^ 2 > 1", "is not part", r"write pow\(a, b\)"),
        ("x ** 2 > 1", r"'\*\*' is not part", r"write pow\(a, b\)"),
        ("x > 1 ? 2 : 3", "is not part", "there is no 'a \\? b : c'"),
        ("jet_pt[0] > 30", "is not part", "there is no indexing"),
        ("jet_pt.size() > 2", "unknown function", "write count"),
        ("a < b > c", "must run the same way", "joined by '&&'"),
        ("1 < x < 2 < y", "two comparisons", "'&&'"),
        ("a == b == c", "cannot be chained", "a == b && b == c"),
        ("a < b == c", "cannot be chained", "parentheses"),
        ("!a < b", "'!' binds stronger", r"write !\(a < b\)"),
        ("x--y", "'--' is not part", r"a - \(-b\)"),
        ("+x > 1", r"a '\+' before", "leave"),
        ("(x > 1", "never closed", "add a '\\)'"),
        ("x > 1)", "closes nothing", "leave it out"),
        ("x 1", "found '1' where an operator is expected", None),
        ("x >", "the expression ends where", None),
        ("abs() > 1", r"abs\(\) takes 1 argument, not 0", None),
        ("pow(x) > 1", r"pow\(\) takes 2 arguments, not 1", None),
        ("any(x, y)", r"any\(\) takes 1 argument, not 2", None),
        ("max() > 1", r"max\(\) takes one vector or at least two numbers, not 0", None),
        ("abs > 1", "'abs' is a function", r"write abs\(...\)"),
        ("class > 1", "'class' is a word of C\\+\\+", "Alias"),
        ("x \u2265 3", "is not part", "write '>='"),
        ("?", "'\\?' in the wrong place", "one side of <"),
        ("? + 1 > x", "'\\?' in the wrong place", "one side of <"),
        ("abs(?) > 1", "'\\?' in the wrong place", "one side of <"),
        ("x == ?", "'\\?' in the wrong place", "one side of <"),
        ("? < ?", "'\\?' in the wrong place", "one side of <"),
        ("1 < ? < 2", "'\\?' in the wrong place", "one side of <"),
        ("-? < x", "'\\?' in the wrong place", "one side of <"),
        ("(?) && x", "'\\?' in the wrong place", "one side of <"),
        ("x > ? jet", "a name after", r"\?jet without a space"),
        ("x > ?{}", "not the name of a hole", "such as \\?jet"),
    ],
)
def test_parse_foreign_text_says_what_to_write(text, problem, advice):
    with pytest.raises(DeclarationError, match=problem) as caught:
        parse(text)
    if advice is not None:
        assert caught.match(advice)


def test_parse_error_shows_caret_under_the_place():
    with pytest.raises(DeclarationError) as caught:
        parse("met > 350 &&\n  abs(dphi) = 3")
    assert "  given:   abs(dphi) = 3\n                     ^" in str(caught.value)


def test_parse_error_in_long_text_shows_a_window():
    with pytest.raises(DeclarationError) as caught:
        parse("x + " * 40 + "y = 3" + " + x" * 20)
    line, caret = str(caught.value).splitlines()[1:3]
    assert line[caret.index("^")] == "="
    assert len(line) < 130


def test_parse_too_long_text_is_refused():
    with pytest.raises(DeclarationError, match=f"at most {MAX_LENGTH} characters"):
        parse("x" * (MAX_LENGTH + 1))


@pytest.mark.parametrize("piece", ["(", "!", "-(", "abs(", "1 + ("])
def test_parse_deep_nesting_is_refused_and_does_not_overflow(piece):
    with pytest.raises(DeclarationError, match=f"at most {MAX_DEPTH} levels|never closed|ends where"):
        parse(piece * (MAX_LENGTH // len(piece) - 1) + "x")


def test_parse_deepest_allowed_works():
    levels = MAX_DEPTH - 1
    assert columns(parse("abs(" * levels + "x" + ")" * levels)) == ("x",)
    assert parse("x" + " + x" * levels)
    with pytest.raises(DeclarationError, match="a sum of n terms has n levels"):
        parse("x" + " + x" * (levels + 1))


def test_rename_replaces_columns_only():
    tree = parse("met > ?met && abs(met_phi) < met")
    assert to_text(rename(tree, {"met": "met_up"})) == "met_up > ?met && abs(met_phi) < met_up"
    assert has_holes(tree)


def test_columns_are_in_order_of_appearance():
    assert columns(parse("b + a > c && a < count(d > b)")) == ("b", "a", "c", "d")


_ALPHABET = string.printable + "\u2264\u00e9\u00b2\u0660\u2003\x00\ud83d"
_WORDS = [
    "?",
    "?a",
    "x",
    "jet.pt",
    "count",
    "max",
    "(",
    ")",
    "<",
    ">=",
    "==",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "/",
    "%",
    ",",
]
_WORDS += [
    "1",
    "2.5",
    "1e3",
    "abs",
    "and",
    "::",
    ".",
    "'",
    "[",
    "{",
    "}",
    "e",
    "_",
    "=",
    "&",
    "0",
    "\n",
    "?{",
    "nan",
]


def _parses_or_declares(text):
    try:
        tree = parse(text)
    except DeclarationError:
        return False
    assert parse(to_text(tree)) == tree
    return True


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=_ALPHABET, max_size=60))
def test_parse_garbage_characters_only_raises_declaration_error(text):
    _parses_or_declares(text)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=20), st.sampled_from(["", " "]))
def test_parse_garbage_words_only_raises_declaration_error(words, separator):
    _parses_or_declares(separator.join(words))


@pytest.mark.fuzz
def test_parse_much_garbage_only_raises_declaration_error():
    rng = random.Random(20261122)
    accepted = 0
    for _ in range(300_000):
        n = rng.randint(1, 12)
        accepted += _parses_or_declares(rng.choice(["", " "]).join(rng.choice(_WORDS) for _ in range(n)))
    assert accepted > 1000
