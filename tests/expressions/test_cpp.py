import numpy as np
import pytest
from expression_frames import bits, frame, values

from gradcut.errors import DeclarationError
from gradcut.expressions import Cpp, evaluate, parse, render_cpp
from gradcut.jagged import Jagged


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("met > 350", "met > 350"),
        ("met > 350 && njet >= 2", "met > 350 && njet >= 2"),
        ("81 < mll < 101", "81 < mll && mll < 101"),
        ("met > 347.8125", "met > 347.8125"),
        ("a || b && c", "a || (b && c)"),
        ("abs(dphi) < 2.5", "std::fabs(dphi) < 2.5"),
        ("a + b > 100", "double(a) + b > 100"),
        ("2 * a > b", "2.0 * a > b"),
        ("a / 2 > 1", "a / 2.0 > 1"),
        ("a > b", "double(a) > b"),
        ("x != -999", "x != -999.0"),
        ("x == x && x != 3", "!std::isnan(x) && x != 3"),
        ("pow(x, 2) > 1", "std::pow(x, (volatile double &&)2.0) > 1"),
        ("n % 2 == 0", "std::fmod(n, 2.0) == 0"),
        ("max(a, 3) > 1", "std::max<double>(a, 3.0) > 1"),
        ("count(pt > 30 && abs(jet_eta) < 2.5) >= 2", "Sum(pt > 30 && abs(ROOT::RVecD(jet_eta)) < 2.5) >= 2"),
        ("any(jet_b)", "Any(jet_b)"),
        ("sum(jet_pt) > 100", "Sum(ROOT::RVecD(jet_pt)) > 100"),
    ],
)
def test_render_cpp_without_types(text, code):
    assert render_cpp(parse(text), vectors=["pt", "jet_pt", "jet_eta", "jet_b"]) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("met > 0.10000000149011612", "met > 0.1f"),
        ("met > 0.1", "met > 0.1"),
        ("met > 2.5", "met > 2.5"),
        ("x != -999", "x != -999"),
        ("u != -999", "u != -999.0"),
        ("met > met2", "met > met2"),
        ("(n == n && count(jet_pt > 30)) + 1 > met", "(Sum(jet_pt > 30) != 0) + 1.0 > met"),
        ("met != 0.1 && n != 0.5 && met > 3", "met > 3"),
        ("n > met", "double(n) > met"),
        ("n == n && n > 2", "n > 2"),
        ("x + met > 2", "x + met > 2"),
        ("count(jet_pt > 30 && abs(jet_eta) < 2.5) >= 2", "Sum(jet_pt > 30 && abs(jet_eta) < 2.5) >= 2"),
    ],
)
def test_render_cpp_with_types_is_shorter(text, code):
    types = {"met": "Float_t", "met2": "float", "x": "double", "u": "UInt_t", "n": "Int_t"}
    types |= {"jet_pt": "ROOT::VecOps::RVec<float>", "jet_eta": "ROOT::VecOps::RVec<Float_t>"}
    assert render_cpp(parse(text), types=types) == code


def test_render_cpp_vector_as_event_condition_is_refused():
    with pytest.raises(DeclarationError, match="a vector column without a reducer: 'jet_pt'"):
        render_cpp(parse("jet_pt > 30"), vectors=["jet_pt"])


def test_render_cpp_reducer_without_vector_is_refused():
    with pytest.raises(DeclarationError, match=r"count\(\) needs a vector column"):
        render_cpp(parse("count(met > 30) > 1"))


def test_render_cpp_hole_is_refused():
    with pytest.raises(DeclarationError, match="bind values to the parameters first"):
        render_cpp(parse("met > ?"))


def test_render_cpp_explosion_is_refused():
    tree = "x"
    for _ in range(25):
        tree = f"(0 < {tree} < 2)"
    with pytest.raises(DeclarationError, match="more than 100000 characters"):
        render_cpp(parse(tree))


def test_render_cpp_of_live_cpp_is_the_code():
    assert render_cpp(Cpp("TMath::Abs(x) > 3")) == "(TMath::Abs(x) > 3)"


_TRAPS = [
    "i / j == 0.5",
    "i / 2 == 0.5",
    "j / 0 > 1e308",
    "u > -1",
    "u > i",
    "-u < 0",
    "u - i > 0",
    "l == m",
    "l > d",
    "l == f",
    "f + g == h",
    "f * g > d",
    "f == 0.1",
    "f > 0.1",
    "b + b == 2",
    "-b < 0",
    "!f",
    "!d",
    "f && b",
    "abs(u) == u",
    "abs(i) > 2147483647",
    "uc + uc > 255",
    "uc - 1 < 0",
    "i % j == 1",
    "-i % 3 < 0",
    "1 < i < 3 && f",
    "max(f, d) > 0",
    "min(d, f) > 0",
    "max(f, 1) >= 1",
    "max(f, log(-1)) >= 1",
    "count(max(vf, log(-1)) >= 0)",
    "max(1, f) >= 1",
    "1 / min(z, -z) < 0",
    "1 / max(-z, z) < 0",
    "pow(p, 2) == p * p",
    "pow(p, -1) * p == 1",
    "pow(p, 0.5) == sqrt(p)",
    "pow(2, p) == exp(p * log(2))",
    "p * p + h == 1",
    "sum(vf) > 1",
    "sum(vb) == 2",
    "sum(vi) > 0",
    "max(vf) > 0",
    "min(ve) > 0",
    "any(vb)",
    "all(ve > 3)",
    "all(vb)",
    "any(!vb)",
    "any(!vf)",
    "count(vf)",
    "count(!vf)",
    "count(vu - 5 < 0)",
    "sum(vi / 2) > 1",
    "count(vf > f)",
    "count(vi == vu)",
    "sum(-vu) < 0",
    "count(abs(vu - 3) > 1)",
    "sum(max(vf, vi)) > 2",
    "sum(min(vf, f)) > 2",
    "count(0 < vf < 2)",
    "1 / max(vz) < 0",
    "1 / min(vz) < 0",
    "sum(pow(vf, 2)) > 1",
    "sum(exp(vf)) > 3",
    "count(vf % 2 == 1)",
    "max(vl) > 9007199254740992",
    "any(b && vb)",
    "sum(vb + vb) == 4",
    "count(i && vi > u)",
    "sum(hypot(3, vf)) > 3",
    "max(vi) > 2147483646",
]


def _trap_columns():
    nan, inf = np.nan, np.inf
    p = np.exp(np.linspace(-3, 3, 8))
    columns = {
        "i": (np.array([1, 3, -7, 2**31 - 1, -(2**31), 0, 2, 5], np.int32), "int"),
        "j": (np.array([2, 2, 3, 1, 1, 0, -5, 7], np.int32), "int"),
        "u": (np.array([0, 1, 2**32 - 1, 5, 7, 3, 2, 2**31], np.uint32), "unsigned int"),
        "l": (np.array([2**53 + 1, 2**63 - 1, -(2**63), 0, 16777217, 1, 2, 3], np.int64), "Long64_t"),
        "m": (np.array([2**53, 2**63 - 2, -(2**63) + 1, 0, 16777216, 1, 2, 3], np.int64), "Long64_t"),
        "f": (np.array([0.1, nan, inf, -inf, 16777216, 0, -0.0, 1e-40], np.float32), "float"),
        "g": (np.array([0.2, nan, -inf, -inf, 1, 0, -0.0, 1e-40], np.float32), "float"),
        "h": (np.array([0.3, nan, 0, -inf, 16777216, 0, -0.0, 2e-40], np.float32), "float"),
        "d": (np.array([0.1, nan, 1, 2, nan, 0, -0.0, 5e-324]), "double"),
        "p": (p, "double"),
        "z": (np.zeros(8), "double"),
        "b": (np.array([True, False] * 4), "bool"),
        "uc": (np.array([255, 0, 1, 128, 200, 3, 4, 5], np.uint8), "UChar_t"),
    }
    rows = [[0.1, 3], [], [nan, 1], [inf, -inf], [-0.0, 0], [0, -0.0], [2.5], [1e38, 1e38, -3, 5]]

    def vector(values, dtype, element):
        return Jagged.from_lists(values, dtype), f"ROOT::VecOps::RVec<{element}>"

    def same(number):
        return [[number(k) for k in range(len(row))] for row in rows]

    columns |= {
        "vf": vector(rows, np.float32, "float"),
        "vz": vector([[-0.0, 0.0], [0.0, -0.0]] * 4, np.float64, "double"),
        "ve": vector([[]] * 8, np.float32, "float"),
        "vi": vector(same(lambda k: 2**31 - 1 - k), np.int32, "int"),
        "vu": vector(same(lambda k: 3 * k), np.uint32, "unsigned int"),
        "vl": vector(same(lambda k: 2**53 + k), np.int64, "Long64_t"),
        "vb": vector(same(lambda k: k != 1), np.bool_, "bool"),
    }
    return {name: pair[0] for name, pair in columns.items()}, {
        name: pair[1] for name, pair in columns.items()
    }


@pytest.mark.root
def test_render_cpp_every_trap_of_cpp_types_equals_numpy(ROOT):  # noqa: N803
    columns, types = _trap_columns()
    trees = [parse(text) for text in _TRAPS]
    vectors = [name for name in types if "RVec" in types[name]]
    codes = [render_cpp(tree, types=types) for tree in trees]
    codes += [render_cpp(tree, vectors=vectors) for tree in trees]
    results = values(frame(ROOT, columns, types), codes)
    for tree, code, result in zip(trees * 2, codes, results, strict=True):
        np.testing.assert_array_equal(bits(result), bits(evaluate(tree, columns)), err_msg=code)


@pytest.mark.root
def test_render_cpp_constant_power_is_the_library_function(ROOT):  # noqa: N803
    # Compilers turn pow(x, 2.0) into x * x: another last bit in one of a thousand events.
    rng = np.random.default_rng(5)
    columns = {"a": np.exp(rng.normal(size=50_000)), "b": rng.normal(size=50_000)}
    trees = [
        parse(text)
        for text in ("pow(a, 2)", "pow(a, -1)", "pow(a, 0.5)", "pow(2, b)", "pow(a, 1 + 1)", "a * b + a")
    ]
    types = {"a": "double", "b": "double"}
    results = values(frame(ROOT, columns, types), [render_cpp(tree) for tree in trees])
    for tree, result in zip(trees, results, strict=True):
        np.testing.assert_array_equal(bits(result), bits(evaluate(tree, columns)))
    assert np.any(evaluate(trees[0], columns) != columns["a"] ** 2)


@pytest.mark.root
def test_render_cpp_columns_with_dots_and_filters(ROOT, tmp_path):  # noqa: N803
    path = str(tmp_path / "dots.root")
    ROOT.gInterpreter.ProcessLine(
        f'{{ TFile f("{path}", "recreate"); TTree t("t", "t"); struct {{ float pt, eta; }} jet; float jet_pt;'
        't.Branch("jet", &jet, "pt/F:eta/F"); t.Branch("jet_pt", &jet_pt);'
        "for (int i = 0; i < 10; ++i) { jet.pt = i; jet.eta = 0.1f * i; jet_pt = -i; t.Fill(); } t.Write(); }"
    )
    tree = parse("jet.pt > 2 && jet.eta < 0.7 && jet_pt > -6")
    node = ROOT.RDataFrame("t", path).Filter(render_cpp(tree), "cut").Define("n", "double(jet.pt)")
    assert node.AsNumpy(["n"])["n"].tolist() == [3, 4, 5]


@pytest.mark.root
def test_render_cpp_vectors_of_different_length_raise_in_root(ROOT):  # noqa: N803
    node = ROOT.RDataFrame(2).Define("v", "ROOT::RVecF(rdfentry_)").Define("w", "ROOT::RVecF(1)")
    count = node.Filter(render_cpp(parse("any(v > w)"), vectors=["v", "w"])).Count()
    with pytest.raises(Exception, match="different sizes"):
        count.GetValue()


def test_render_cpp_objects_may_be_a_vector():
    tree = parse("abs(v) < 2.5 && v > max(v) - x")
    code = render_cpp(tree, types={"v": "ROOT::RVec<float>", "x": "float"}, objects=True)
    assert code.startswith("abs(v) < 2.5 && v > ")
    with pytest.raises(DeclarationError, match="without a reducer: 'v'"):
        render_cpp(tree, vectors=["v"])
    with pytest.raises(DeclarationError, match=r"any\(\) needs a vector column"):
        render_cpp(parse("any(x > 3)"), objects=True)
