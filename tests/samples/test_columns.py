"""Types of columns."""

from __future__ import annotations

import pytest

from gradcut.errors import DataError
from gradcut.samples.columns import ColumnType, Schema, type_from_cpp


@pytest.mark.parametrize(
    ("text", "dtype", "is_vector"),
    [
        ("Float_t", "float32", False),
        ("double", "float64", False),
        ("std::int32_t", "int32", False),
        ("Long64_t", "int64", False),
        ("unsigned long long", "uint64", False),
        ("const float", "float32", False),
        ("Bool_t", "bool", False),
        ("ROOT::VecOps::RVec<float>", "float32", True),
        ("RVec<int>", "int32", True),
        ("std::vector<double>", "float64", True),
        ("vector<float,allocator<float> >", "float32", True),
        ("float[3]", "float32", True),
        ("int32_t[]", "int32", True),
        ("std::array<float,3>", "float32", True),
        ("std::string", "", False),
        ("char*", "", False),
        ("float[3][4]", "", False),
        ("std::vector<std::vector<float>>", "", False),
        ("TLorentzVector", "", False),
    ],
)
def test_type_from_cpp_reads_root_and_uproot_spellings(text, dtype, is_vector):
    found = type_from_cpp(text)
    assert (found.dtype, found.is_vector if dtype else False) == (dtype, is_vector)


def test_schema_unknown_column_has_close_matches():
    schema = Schema(["met", "met_phi", "mll"], lambda name: ColumnType("float32", False, "float"))
    with pytest.raises(DataError, match=r"(?s)unknown column 'mett' \(event identity\).*did you mean 'met'"):
        schema.require("mett", where="process 'ww'", purpose="event identity")
    assert schema["met"] == "scalar"
    assert "nope" not in schema


def test_schema_looks_up_types_on_demand():
    asked = []

    def type_of(name):
        asked.append(name)
        return ColumnType("float32", False, "float")

    schema = Schema([f"c{i}" for i in range(1000)], type_of)
    assert schema["c7"] == "scalar"
    assert asked == ["c7"]
