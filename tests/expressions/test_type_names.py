import numpy as np
import pytest

from gradcut.expressions.type_names import read_type_name


@pytest.mark.parametrize(
    ("text", "dtype", "vector"),
    [
        ("Float_t", "float32", False),
        ("Double32_t", "float64", False),
        ("std::uint16_t", "uint16", False),
        ("unsigned long long", "uint64", False),
        ("const int&", "int32", False),
        ("ROOT::VecOps::RVec<Long64_t>", "int64", True),
        ("ROOT::RVecF", "float32", True),
        ("std::vector<unsigned char>", "uint8", True),
        ("std::array<float, 3>", "float32", True),
        ("double[4]", "float64", True),
        ("vector<vector<float>>", "", True),
        ("std::string", "", False),
        ("TLorentzVector", "", False),
    ],
)
def test_read_type_name(text, dtype, vector):
    assert read_type_name(text) == (dtype, vector)


@pytest.mark.parametrize("kind", "?bhilqBHILQfd")
def test_numpy_names_are_read_back(kind):
    assert read_type_name(np.dtype(kind).name) == (np.dtype(kind).name, False)
