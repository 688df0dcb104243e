"""JSON whose numbers are read back to the same doubles also by readers that round twice.

correctionlib reads JSON by rapidjson, which collects the digits in a double and then divides it by a power of
ten: of a text of 17 digits the last bit may be another one, and an edge that is off by one bit moves events
that lie on it. Of all texts that mean a double one is written that both ways of reading agree on.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

__all__ = ["dumps", "exact_text"]

_MARK = re.compile(r'"\\u0001([^"\\]+)\\u0001"')
#: Largest power of ten that is a double without rounding.
_POWER = 22
#: Integers below are doubles.
_EXACT = (1 << 53) - 1


def dumps(document: Any) -> str:
    """Return a document as JSON."""
    return _MARK.sub(r"\1", json.dumps(_marked(document), indent=1, allow_nan=False)) + "\n"


def exact_text(value: float) -> str | None:
    """Return a decimal text of a finite double that is read exactly, or None where none is found."""
    shortest = repr(float(value))
    if value == 0 or ("e" not in shortest and _twice(shortest) == value):
        return shortest
    exact = Decimal(value)
    for digits in (16, 17):
        places = digits - 1 - exact.adjusted()
        if not 0 <= places <= _POWER:
            continue
        middle = int(exact.scaleb(places).to_integral_value())
        for step in range(24):
            for whole in (middle + step, middle - step):
                text = f"{Decimal(whole).scaleb(-places):f}"
                if float(text) == value and _twice(text) == value:
                    return text
    return None


def _twice(text: str) -> float | None:
    """Read as rapidjson does without its flag for full precision; None where its way is another one."""
    whole, _, rest = text.lstrip("-").partition(".")
    read, places, digits = int(whole), 0, len(whole.lstrip("0"))
    if read > _EXACT or len(rest) > _POWER:
        return None
    rounded: float | None = None
    for digit in rest:
        if rounded is None and read > _EXACT:
            rounded = float(read)
        if rounded is None:
            read = read * 10 + int(digit)
        elif digits < 17:
            rounded = rounded * 10.0 + int(digit)
        else:
            continue
        places += 1
        digits += bool(digits or digit != "0")
    found = (float(read) if rounded is None else rounded) / 10.0**places
    return -found if text.startswith("-") else found


def _marked(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _marked(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_marked(one) for one in value]
    if not isinstance(value, float):
        return value
    return f"\x01{exact_text(value) or repr(value)}\x01"
