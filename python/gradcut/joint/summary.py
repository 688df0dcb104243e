"""What a result says about how cuts and bins were learned, and what to know of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from gradcut.binning.summary import bin_warnings
from gradcut.joint.declared import OF_SELECTION
from gradcut.observables.observable import Observable

if TYPE_CHECKING:
    from gradcut.joint.declared import Joint
    from gradcut.joint.found import Found
    from gradcut.joint.settings import JointSettings
    from gradcut.results.bin_rows import BinRow

__all__ = ["message_of", "warnings_of"]


def message_of(found: Found, joint: Joint, settings: JointSettings, interrupted: bool) -> str:
    """How cuts and bins were made."""
    if found.trained is not None and settings.training is not None:
        from gradcut.observables.summary import message_of as of_network

        assert isinstance(joint.what, Observable)
        text = of_network(found.trained, joint.what, settings.training, interrupted)
        return f"cuts, network and edges along one gradient; {text}; then thresholds swept with hard bins"
    parts = [f"cuts and bins in up to {settings.turns} turns"]
    if len(found.of_starts) > 1:
        parts.append(
            f"{len(found.of_starts)} starts came to " + ", ".join(f"{v:.4g}" for v in found.of_starts)
        )
    if settings.limits is not None:
        parts.append(f"within {settings.limits}")
    if interrupted:
        parts.append("interrupted before all turns were taken")
    return "; ".join(parts)


def warnings_of(
    found: Found,
    rows: tuple[BinRow, ...],
    few: Sequence[str],
    judged: float | None,
    missing: Mapping[str, int],
    joint: Joint,
    settings: JointSettings,
) -> tuple[str, ...]:
    """What to know before using them."""
    lost = {name: count for name, count in missing.items() if not name.startswith(OF_SELECTION)}
    if found.trained is not None and settings.training is not None:
        from gradcut.observables.summary import warnings_of as of_network

        assert isinstance(joint.what, Observable)
        plain = replace(found.trained, bins=found.learned.bins)  # type: ignore[arg-type]
        return of_network(plain, rows, few, judged, lost, joint.what, settings.training)
    return bin_warnings(rows, few, judged, lost, limited=settings.limits is not None)
