"""What all parts of a configuration have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictFloat, StrictInt

__all__ = ["Described", "Number", "Text", "Texts"]


class Described(BaseModel):
    """A mapping with known keys; a number is not read out of text, nor text out of a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


#: An integer or a real number; words and truth values are none.
Number = StrictInt | StrictFloat
Text = Annotated[str, Field(min_length=1)]
#: A text, or a list of them.
Texts = Annotated[
    list[Text],
    BeforeValidator(_listed, json_schema_input_type=Text | list[Text]),
    Field(min_length=0),
]
