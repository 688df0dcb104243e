"""Two processes, one of which is killed in the middle of a pass: the same bits, a retry later."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engines import toy
from gradcut.engines import DaskEngine
from gradcut.errors import GradcutError
from gradcut.yields import Moments

pytestmark = [pytest.mark.root, pytest.mark.dask]

POINTS = np.array([toy.POINT, toy.POINT]) * np.array([[1.0], [1.01]])


@dataclass(frozen=True)
class Killing:
    """Books what it is for, and kills its process when it takes away the last of some files."""

    request: Any
    files: tuple[str, ...]

    def book(self, streamed: Any) -> Any:
        for file in self.files:
            if Path(file).exists():
                Path(file).unlink(missing_ok=True)
                if file == self.files[-1]:
                    os.kill(os.getpid(), signal.SIGKILL)
                break
        return self.request.book(streamed)


class KillingRunner:
    """Sends what kills its worker with every question."""

    def __init__(self, runner: Any, files: tuple[str, ...]) -> None:
        self._runner, self._files = runner, files

    def run(self, asked: Any) -> Any:
        return self._runner.run([one._replace(request=Killing(one.request, self._files)) for one in asked])


def test_a_killed_worker_costs_a_retry_and_no_digit(
    two_workers: Any, files: dict[str, str], tmp_path: Path
) -> None:
    samples = toy.samples(files)
    engine = DaskEngine(toy.SELECTION, samples, client=two_workers, chunk=300)
    expected = engine.evaluate(POINTS)
    before = set(two_workers.run(os.getpid).values())
    assert len(before) == 2
    # Some bookings are done by then: it dies in the middle of the pass.
    marks = tuple(str(tmp_path / str(number)) for number in range(20))
    for mark in marks:
        Path(mark).touch()
    runner, engine.runner = engine.runner, KillingRunner(engine.runner, marks)
    found = engine.evaluate(POINTS)
    engine.runner = runner
    assert not any(Path(mark).exists() for mark in marks)
    two_workers.wait_for_workers(2, timeout=60)
    after = set(two_workers.run(os.getpid).values())
    assert len(after - before) == 1
    for x, y in zip(found.yields.moments, expected.yields.moments, strict=True):
        np.testing.assert_array_equal(x, y)
    cotangents = Moments(*(np.ones(m.shape) for m in found.yields.moments))
    np.testing.assert_array_equal(found.vjp(cotangents), expected.vjp(cotangents))
    assert os.getpid() not in before | after


def test_what_is_wrong_with_workers_is_said_in_words() -> None:
    distributed = pytest.importorskip("distributed")
    from gradcut.cluster.clients import explained

    class Worker:
        address = "tcp://somewhere"

    error = explained(distributed.KilledWorker("gradcut-sum_up-0", Worker(), 3))
    assert isinstance(error, GradcutError)
    with pytest.raises(GradcutError, match=r"(?s)died again and again.*gradcut-sum_up.*chunk="):
        raise error
    with pytest.raises(GradcutError, match=r"(?s)lacks a package.*No module named 'gradcut'.*environment"):
        raise explained(ModuleNotFoundError("No module named 'gradcut'"))
    bug = ZeroDivisionError("a bug")
    assert explained(bug) is bug
