"""The numbers of tests and of limits by name, whatever they are kept as."""

from __future__ import annotations

import abc
from typing import Generic, TypeVar

from gradcut.stats.compiled_test import OUTPUTS

__all__ = ["LimitNumbers", "TestNumbers"]

T = TypeVar("T")
_BAND = ("+2", "+1", "median", "-1", "-2")


class TestNumbers(abc.ABC, Generic[T]):
    """Numbers of a hypothesis test."""

    __test__ = False  # no test of pytest's

    @abc.abstractmethod
    def at(self, position: int) -> T:
        """The number at a position of :data:`gradcut.stats.compiled_test.OUTPUTS`."""

    def _one(self, name: str) -> T:
        return self.at(OUTPUTS[name].start)

    @property
    def q(self) -> T:
        """Test statistic of the data."""
        return self._one("q")

    @property
    def q_asimov(self) -> T:
        """Test statistic of the Asimov data."""
        return self._one("q_asimov")

    @property
    def p_sb(self) -> T:
        """p-value of the tested hypothesis; ``p0`` of ``"q0"``."""
        return self._one("psb")

    @property
    def p_b(self) -> T:
        """p-value of the alternative."""
        return self._one("pb")

    @property
    def cls(self) -> T:
        """``p_sb / p_b``."""
        return self._one("cls")

    @property
    def p0(self) -> T:
        """The same as :attr:`p_sb`, by its name for ``"q0"``."""
        return self.p_sb

    @property
    def z(self) -> T:
        """Significance of :attr:`p_sb`, exact where that underflows."""
        return self._one("z")

    @property
    def log_cls(self) -> T:
        """Natural logarithm of :attr:`cls`, exact where that underflows."""
        return self._one("log_cls")

    @property
    def log_p_sb(self) -> T:
        """Natural logarithm of :attr:`p_sb`."""
        return self._one("log_psb")

    @property
    def expected(self) -> dict[str, T]:
        """Expected CLs, of ``"q0"`` expected p0, at the median and where it fluctuates by so many sigma."""
        first = OUTPUTS["band"].start
        return {name: self.at(first + i) for i, name in enumerate(_BAND)}


class LimitNumbers(abc.ABC, Generic[T]):
    """Observed and expected upper limits."""

    @abc.abstractmethod
    def at(self, position: int) -> T:
        """The observed limit, then expected ones."""

    @property
    def observed(self) -> T:
        """Limit of the data."""
        return self.at(0)

    @property
    def expected(self) -> dict[str, T]:
        """Expected limits at the median, and where data fluctuate by so many sigma."""
        return {name: self.at(1 + i) for i, name in enumerate(_BAND)}
