"""Working points whose efficiency or rate does not depend on a property of the event."""

from __future__ import annotations

from gradcut.flat.learn import flat_working_point
from gradcut.flat.point import FlatPoint, FlatRange

__all__ = ["FlatPoint", "FlatRange", "flat_working_point"]
