"""Toy events for every test of samples."""

from __future__ import annotations

import pytest
from samples_toys import make_events


@pytest.fixture
def signal() -> dict[str, object]:
    return make_events(400, 1, signal=True)


@pytest.fixture
def background() -> dict[str, object]:
    return make_events(500, 2)
