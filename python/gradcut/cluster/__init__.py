"""Events in files, sums on the workers of a Dask cluster.

``dask`` and ``distributed`` are imported when a cluster is first used.
"""

from __future__ import annotations

from gradcut.cluster.runner import DaskRunner

__all__ = ["DaskRunner"]
