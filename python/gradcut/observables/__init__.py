"""Neural observables, trained on what the analysis is for."""

from gradcut.observables.cross_entropy import CrossEntropy
from gradcut.observables.fit import fit_observable
from gradcut.observables.observable import Observable

__all__ = ["CrossEntropy", "Observable", "fit_observable"]
