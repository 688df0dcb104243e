import pytest

from gradcut.errors import DataError, DeclarationError
from gradcut.expressions import ColumnType, check, column_type, parse

KINDS = {
    "met": "float",
    "n": "Int_t",
    "jet_pt": "ROOT::VecOps::RVec<float>",
    "name": "std::string",
    "v": "vector",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Float_t", ColumnType("float", False)),
        ("const double", ColumnType("double", False)),
        ("float64", ColumnType("double", False)),
        ("ULong64_t", ColumnType("unsigned", False)),
        ("unsigned char", ColumnType("unsigned", False)),
        ("Bool_t", ColumnType("bool", False)),
        ("ROOT::VecOps::RVec<float>", ColumnType("float", True)),
        ("ROOT::RVec<unsigned int>", ColumnType("unsigned", True)),
        ("RVecI", ColumnType("int", True)),
        ("vector<double>", ColumnType("double", True)),
        ("std::vector<int, std::allocator<int> >", ColumnType("int", True)),
        ("vector", ColumnType("number", True)),
        ("scalar", ColumnType("number", False)),
    ],
)
def test_column_type_reads_names_of_root_and_numpy(name, expected):
    assert column_type(name) == expected


@pytest.mark.parametrize(
    "name", ["std::string", "TLorentzVector", "ROOT::RVec<ROOT::RVec<float>>", "object", ""]
)
def test_column_type_other_types_are_refused(name):
    with pytest.raises(DataError, match="not a number and not a vector of numbers"):
        column_type(name)


@pytest.mark.parametrize(
    "text", ["met > ?", "count(jet_pt > ?jet && jet_pt < met) >= 2", "max(jet_pt) > ? && any(v)"]
)
def test_check_good_expression_passes(text):
    check(parse(text), KINDS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "jet_pt > ?",
            "a vector column beside a '\\?' without a reducer: 'jet_pt'(.|\n)*where: sample ww(.|\n)*any",
        ),
        ("jet_pt + met > 3", "a vector column without a reducer: 'jet_pt'"),
        ("max(jet_pt, met) > 3", "a vector column without a reducer: 'jet_pt'"),
        ("mett > 3", "unknown column 'mett'(.|\n)*did you mean 'met'"),
        ("count(met > 3) > 1", r"count\(\) needs a vector column(.|\n)*compare directly"),
        ("min(met) > 1", "takes at least two"),
    ],
)
def test_check_bad_expression_says_why(text, message):
    with pytest.raises(DeclarationError, match=message):
        check(parse(text), KINDS, where="sample ww")


def test_check_column_that_is_no_number():
    with pytest.raises(DataError, match="column 'name' is not a number"):
        check(parse("name == 3"), KINDS)
