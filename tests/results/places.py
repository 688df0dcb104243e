"""Places of documents, and what stands there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["at"]


def at(*keys: str | int) -> Callable[[Any, Any], None]:
    """Set what stands at a place of a document."""

    def change(content: Any, value: Any) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = value

    return change
