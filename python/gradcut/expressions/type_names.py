"""Names of types as C++, ROOT, numpy and uproot spell them."""

from __future__ import annotations

import re

__all__ = ["read_type_name"]

# Sizes are those of the LP64 platforms that ROOT runs on.
_SPELLINGS = {
    "bool": "bool Bool_t",
    "int8": "int8 int8_t char Char_t|signed char",
    "uint8": "uint8 uint8_t UChar_t|unsigned char",
    "int16": "int16 int16_t short Short_t",
    "uint16": "uint16 uint16_t UShort_t|unsigned short",
    "int32": "int32 int32_t int Int_t",
    "uint32": "uint32 uint32_t UInt_t unsigned|unsigned int",
    "int64": "int64 int64_t long Long_t Long64_t|long long",
    "uint64": "uint64 uint64_t ULong_t ULong64_t size_t|unsigned long|unsigned long long",
    "float32": "float32 float Float_t Float16_t",
    "float64": "float64 double Double_t Double32_t",
}
_DTYPES = {
    spelling: dtype
    for dtype, spellings in _SPELLINGS.items()
    for spelling in [*spellings.split("|")[0].split(), *spellings.split("|")[1:]]
}
_VECTOR = re.compile(
    r"(?:ROOT::VecOps::|ROOT::)?RVec<(?P<rvec>.*)>|(?:ROOT::VecOps::|ROOT::)?RVec(?P<short>[DFIUBLC])"
    r"|(?:std::)?(?:vector|array)<(?P<std>.*)>|(?P<brackets>[^\[\]]+)\[[^\[\]]*\]"
)
_SHORT = {"D": "double", "F": "float", "I": "int", "U": "unsigned", "B": "bool", "L": "long", "C": "char"}


def read_type_name(text: str) -> tuple[str, bool]:
    """Return numpy's name of a type, and whether there are several per event.

    Parameters
    ----------
    text : str
        For instance ``Float_t``, ``std::int32_t``, ``ROOT::VecOps::RVec<float>``, ``float[3]`` or ``int64``.

    Returns
    -------
    str
        Such as ``"float32"``; ``""`` for what is neither a number nor a vector of numbers.
    bool
        Whether it is a vector.

    Examples
    --------
    >>> read_type_name("const ROOT::VecOps::RVec<Float_t>&")
    ('float32', True)
    """
    compact = " ".join(text.replace("const ", "").split()).removesuffix("&").strip()
    match = _VECTOR.fullmatch(compact)
    inner = compact
    if match:
        inner = match["rvec"] or match["std"] or match["brackets"] or _SHORT[match["short"] or "D"]
        # What follows a comma is an allocator or a size; in nested vectors the comma is not the outer one.
        inner = inner.split(",")[0].strip()
    return _DTYPES.get(inner.removeprefix("std::"), ""), match is not None
