"""The contract of the engines of bins, on a cluster."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.bin_engines import BinEngineContract
from engines import toy
from gradcut import Samples
from gradcut.binning.bins_spec import BinsSpec
from gradcut.engines import DaskBinsEngine, Engine

pytestmark = [pytest.mark.root, pytest.mark.dask]


class TestDask(BinEngineContract):
    @pytest.fixture
    def samples(self, client: Any, files: dict[str, str]) -> Samples:
        return toy.samples(files)

    def make(self, spec: BinsSpec, features: list[str], samples: Samples, precision: Any) -> Engine:
        return DaskBinsEngine(spec, features, samples, precision=precision, chunk=800)
