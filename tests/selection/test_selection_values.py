import numpy as np
import pytest

from gradcut.errors import DeclarationError
from gradcut.expressions import evaluate, guard, parse, to_text
from gradcut.jagged import Jagged
from gradcut.selection import Selection

INF = np.inf
TYPES = {
    "f": "float",
    "g": "double",
    "n": "int",
    "u": "UInt_t",
    "b": "bool",
    "pt": "ROOT::VecOps::RVec<float>",
    "charge": "ROOT::VecOps::RVec<int>",
}


def _columns(n=400, seed=1):
    rng = np.random.default_rng(seed)
    special = np.array([np.nan, INF, -INF, -999.0, 0.1, 0.3, -0.0, 2.0])
    columns = {"f": rng.choice(special, n).astype(np.float32), "g": rng.choice(special, n)}
    columns["f"][::3] = rng.normal(size=len(columns["f"][::3]))
    columns["g"][::4] = rng.normal(size=len(columns["g"][::4]))
    columns["n"] = rng.integers(-3, 5, n).astype(np.int32)
    columns["u"] = rng.integers(0, 5, n).astype(np.uint32)
    columns["b"] = rng.random(n) < 0.5
    lengths = rng.integers(0, 4, n)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    columns["pt"] = Jagged(rng.choice(special, offsets[-1]).astype(np.float32), offsets)
    columns["charge"] = Jagged(rng.integers(-1, 2, offsets[-1]).astype(np.int32), offsets)
    return columns


def test_bind_fills_guards_and_labels():
    selection = Selection("met > ?", "!(? < mll < ?)", "njet >= 2", "met > ?two", sentinels=[-999])
    bound = selection.bind({"met": 350.25, "mll:low": 1 / 3, "mll:high": 100, "two": 350.25})
    assert [(label, to_text(tree)) for label, tree in bound] == [
        ("met > 350.25", "met > 350.25"),
        ("!(0.333333 < mll < 100)", "mll == mll && mll != -999 && !(0.3333333333333333 < mll < 100)"),
        ("njet >= 2", "njet >= 2"),
        ("met > 350.25 #2", "met > 350.25"),
    ]


@pytest.mark.parametrize(
    ("text", "values", "bound"),
    [
        ("x > ?", (-INF,), "x != -999 && x == x"),
        ("x > ?", (INF,), "x == x && x != -999 && x != x"),
        ("x < ?", (INF,), "x != -999 && x == x"),
        ("? > x", (INF,), "x != -999 && x == x"),
        ("? < x < ?", (-INF, 3), "x != -999 && x < 3"),
        ("? < x < ?", (3, INF), "3 < x"),
        ("? > x >= ?", (INF, 3), "x >= 3"),
        ("? < x < ?", (-INF, INF), "x != -999 && x == x"),
        ("? < x < ?", (INF, 3), "x == x && x != -999 && x != x"),
        ("!(? < x < ?)", (-INF, 3), "x == x && x != -999 && !(x < 3)"),
        ("x > ? || y > 3", (-INF,), "x == x && x != -999 && y == y && y != -999"),
    ],
)
def test_bind_infinite_value_opens_its_side_and_keeps_the_guard(text, values, bound):
    selection = Selection(text, sentinels=[-999])
    values = dict(zip(selection.parameters, values, strict=True))
    tree = selection.bind(values)[0][1]
    data = {"x": np.array([-999, np.nan, -INF, INF, 2, 5]), "y": np.array([0, 4, 4, np.nan, 4, 0])}
    np.testing.assert_array_equal(evaluate(tree, data), evaluate(parse(bound), data))
    assert evaluate(tree, data).tolist()[:2] == [False, False] or "||" in text


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "no value for parameter 'met'"),
        ({"met": 1, "mett": 2}, "unknown parameter 'mett'(.|\n)*did you mean 'met'"),
        ({"met": np.nan}, "the value of parameter 'met' is NaN"),
    ],
)
def test_bind_bad_values_says_why(values, message):
    with pytest.raises(DeclarationError, match=message):
        Selection("met > ?").bind(values)


@pytest.mark.parametrize("missing", ["fail", "pass"])
def test_mask_equals_requirements_one_by_one(missing):
    columns = _columns()
    selection = Selection("f > ? && n < 4", "!(? < g < ?)", missing=missing, sentinels=[-999])
    f, g, n = columns["f"].astype(float), columns["g"], columns["n"]
    lost_f, lost_g = np.isnan(f) | (f == -999), np.isnan(g) | (g == -999)
    if missing == "fail":
        expected = ((f > 0.2) & ~lost_f) & (n < 4) & (~((g > -1) & (g < 0.2)) & ~lost_g)
    else:
        expected = ((f > 0.2) | lost_f) & (n < 4) & (~((g > -1) & (g < 0.2)) | lost_g)
    mask = selection.mask(columns, {"f": 0.2, "g:low": -1, "g:high": 0.2})
    np.testing.assert_array_equal(mask, expected)
    assert 0 < mask.sum() < len(mask)
    absent = selection.missing_mask(columns)
    assert list(absent) == ["f > ?", "n < 4", "!(? < g < ?)"]
    np.testing.assert_array_equal(absent["f > ?"], lost_f)
    np.testing.assert_array_equal(absent["!(? < g < ?)"], lost_g)
    assert not absent["n < 4"].any()
    for values, lost in zip(selection.feature_values(columns), (lost_f, lost_g), strict=True):
        np.testing.assert_array_equal(np.isnan(values), lost)


def test_sentinel_of_a_float_column_is_found_although_it_is_another_double():
    columns = {"f": np.array([-99.9, 1], dtype=np.float32)}
    assert Selection("f < ?", sentinels=[-99.9]).mask(columns, {"f": 5}).tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "value", "snapped"),
    [
        ("n > ?", 2.2, 2.5),
        ("n > ?", 3, 3.5),
        ("n >= ?", 3, 2.5),
        ("n < ?", 3, 2.5),
        ("n <= ?", 3, 3.5),
        ("? < n", 3, 3.5),
        ("? > n", 3, 2.5),
        ("n > ?", -0.2, -0.5),
        ("abs(n) > ?", 1, 1.5),
        ("count(pt > 30) >= ?", 2, 1.5),
        ("n + b > ?", 2, 2.5),
        ("max(charge) > ?", 0, 0.5),
        ("f > ?", 0.3, float(np.nextafter(np.float32(0.3), np.float32(0)))),
        ("f < ?", 0.3, float(np.float32(0.3))),
        ("abs(f) < ?", 0.3, float(np.float32(0.3))),
        ("max(pt) < ?", 0.3, float(np.float32(0.3))),
        ("g < ?", 0.3, 0.3),
        ("f + f < ?", 0.3, 0.3),
        ("n / 2 < ?", 0.3, 0.3),
        ("f > ?", -INF, -INF),
        ("f < ?", 1e300, 1e300),
    ],
)
def test_snap_value(text, value, snapped):
    selection = Selection(text)
    (name,) = selection.parameters
    assert selection.snap({name: value}, TYPES) == {name: snapped}


def test_snap_shared_parameter_takes_the_integer():
    assert Selection("f > ?c", "n > ?c").snap({"c": 1.2}, TYPES) == {"c": 1.5}


@pytest.mark.parametrize("operator", ["<", "<=", ">", ">="])
@pytest.mark.parametrize("column", ["f", "n", "u", "abs(f)", "-n"])
def test_snap_never_changes_a_decision(operator, column):
    rng = np.random.default_rng(7)
    columns = _columns()
    selection = Selection(f"{column} {operator} ?")
    (name,) = selection.parameters
    near = np.concatenate(
        [columns["f"][np.isfinite(columns["f"])].astype(float)[:30], rng.normal(size=30), [0.1, 0.3, 2]]
    )
    for value in [*near, *np.nextafter(near, 9), *np.nextafter(near, -9)]:
        values = {name: float(value)}
        moved = selection.snap(values, TYPES)
        np.testing.assert_array_equal(selection.mask(columns, values), selection.mask(columns, moved))
        assert abs(moved[name] - value) <= (1e-6 * abs(value) + 1e-40 if "f" in column else 1)


def test_filters_are_short_and_exact():
    selection = Selection("f > ? && n >= 2", "abs(g) < ?", "count(pt > ?jet) >= 2")
    values = {"f": 0.3, "abs(g)": 2.5, "jet": 30}
    assert selection.filters(values, TYPES) == [
        ("f > 0.29999998f", "f > 0.3"),
        ("n >= 2", "n >= 2"),
        ("std::fabs(g) < 2.5", "abs(g) < 2.5"),
        ("Sum(pt > 30) >= 2", "count(pt > 30) >= 2"),
    ]
    with pytest.raises(DeclarationError, match=r"count\(\) needs a vector column"):
        selection.filters(values)


_REQUIREMENTS = [
    "f > ?",
    "f < ?",
    "!(f < ?)",
    "? < g <= ?",
    "!(? < g < ?)",
    "n > ?",
    "u >= ?",
    "-n < ?",
    "f != 2",
    "b",
    "!b",
    "f * g > ?",
    "count(pt > ?) >= 1",
    "any(!(pt > ?))",
    "max(pt) < ?",
    "sum(pt * (charge > 0)) < ?",
    "f > ? || g > ?",
    "min(f, g) < ?",
    "sum(pt * f) < ?",
    "count(pt > f) > ?",
    "all(pt < ?)",
]


@pytest.mark.root
def test_filters_and_feature_strings_equal_mask_in_rdataframe(ROOT):  # noqa: N803
    columns = _columns()
    flat = {name: column for name, column in columns.items() if not isinstance(column, Jagged)}
    node = ROOT.RDF.FromNumpy(flat)
    for name, element in (("pt", "float"), ("charge", "int")):
        column = columns[name]
        ROOT.gInterpreter.Declare(
            f"ROOT::RVec<{element}> GradCutTest_{name}(unsigned long long e) {{"
            f"auto c = reinterpret_cast<const {element} *>({column.values.ctypes.data}ull);"
            f"auto o = reinterpret_cast<const long long *>({column.offsets.ctypes.data}ull);"
            f"return ROOT::RVec<{element}>(c + o[e], c + o[e + 1]); }}"
        )
        node = node.Define(name, f"GradCutTest_{name}(rdfentry_)")
    types = {name: str(node.GetColumnType(name)) for name in TYPES}
    booked, codes, expected, features = [], [], [], []
    for index, text in enumerate(_REQUIREMENTS):
        missing = "pass" if index % 3 == 0 else "fail"
        selection = Selection(text, missing=missing, sentinels=[-999, 0.1])
        values = dict(zip(selection.parameters, (0.1, 2.0) if index % 2 else (-0.5, INF), strict=False))
        filters = selection.filters(values, types)
        codes.append(" && ".join(f"({code})" for code, _ in filters))
        expected.append(selection.mask(columns, values))
        if index < 5:
            passed = node
            for code, label in filters:
                passed = passed.Filter(code, label)
            booked.append((passed.Count(), int(expected[-1].sum())))
        features += zip(selection.feature_strings(types), selection.feature_values(columns), strict=True)
    codes += [code for code, _ in features]
    expected += [values for _, values in features]
    for index, code in enumerate(codes):
        node = node.Define(f"value{index}", f"double({code})")
    arrays = node.AsNumpy([f"value{index}" for index in range(len(codes))])
    for index, code in enumerate(codes):
        np.testing.assert_array_equal(arrays[f"value{index}"], expected[index].astype(float), err_msg=code)
    assert [int(count.GetValue()) for count, _ in booked] == [n for _, n in booked]


def test_guard_of_fixed_requirement_is_applied_too():
    selection = Selection("met < 100", sentinels=[-999])
    assert selection.bind({})[0][1] == guard(parse("met < 100"), sentinels=[-999])


def test_feature_of_objects_guards_each_object_like_the_mask() -> None:
    jets = Jagged.from_lists([[30.0, -999.0], [10.0, np.nan], [], [-999.0, 20.0, 24.0]], dtype=np.float32)
    selection = Selection("count(jet_pt < 25) >= ?", "count(!(jet_pt > 25)) >= ?", sentinels=[-999])
    columns = {"jet_pt": jets}
    below, not_above = selection.feature_values(columns)
    assert list(below) == [0, 1, 0, 2]
    assert list(not_above) == [0, 1, 0, 2]
    for first in (0.5, 1.5):
        values = dict.fromkeys(selection.parameters, first)
        by_hand = (below >= first) & (not_above >= first)
        assert list(selection.mask(columns, values)) == list(by_hand)
