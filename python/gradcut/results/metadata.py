"""When, where and with what a result was made: beside its content, not part of it."""

from __future__ import annotations

import platform
import time
from datetime import datetime, timezone

__all__ = ["metadata"]


def metadata(began: tuple[float, float]) -> dict[str, str | float]:
    """Describe a run.

    Parameters
    ----------
    began : tuple of two float
        ``time.time()`` and ``time.process_time()`` at its beginning.
    """
    from gradcut._build_info import VERSION

    return {
        "gradcut": VERSION,
        "python": platform.python_version(),
        "host": platform.node(),
        "began": datetime.fromtimestamp(began[0], tz=timezone.utc).isoformat(timespec="seconds"),
        "seconds": round(time.time() - began[0], 3),
        "cpu_seconds": round(time.process_time() - began[1], 3),
    }
