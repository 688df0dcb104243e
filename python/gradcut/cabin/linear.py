"""The linear network of CABIN's eq. 9: no cuts, but what they are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gradcut.cabin.events import StandardEvents
from gradcut.cabin.scan import check_settings, fit_settings
from gradcut.cabin.settings import BCE, Settings
from gradcut.engines import collect
from gradcut.errors import DeclarationError
from gradcut.expressions.evaluator import evaluate
from gradcut.expressions.guards import guard_feature
from gradcut.extras import need
from gradcut.fitting.parts import Parts
from gradcut.samples import Split
from gradcut.scanning.scan import checked_targets
from gradcut.stats.efficiency import efficiency_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.samples import Samples
    from gradcut.selection import Selection

__all__ = ["LinearScore", "linear_score"]


@dataclass(frozen=True)
class LinearScore:
    """A linear network with thresholds on its score.

    Parameters
    ----------
    selection : Selection
        Whose features it reads; its thresholds do not matter.
    weights, means, widths : tuple of float
        Per feature: weight, and how it is standardised.
    targets : tuple of float
        Wanted signal efficiencies, rising.
    cuts : tuple of float
        Thresholds on the score that give them on the events that were learned from.
    used, unused : tuple of (signal, its error, background, its error)
        Efficiencies per target; unused ones are None without a part to test with.
    """

    selection: Selection
    weights: tuple[float, ...]
    means: tuple[float, ...]
    widths: tuple[float, ...]
    targets: tuple[float, ...]
    cuts: tuple[float, ...]
    used: tuple[tuple[float, float, float, float], ...]
    unused: tuple[tuple[float, float, float, float], ...] | None

    def score(self, columns: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Return the score of every event, between 0 and 1.

        Parameters
        ----------
        columns : mapping of str to ndarray of shape (n_events,)
            The columns that the features read. An event without a value scores 0, or with ``missing="pass"``
            as if the value were the mean.
        """
        rows = []
        for feature in self.selection.features:
            value, absent = guard_feature(feature, sentinels=self.selection.sentinels)
            column = np.asarray(evaluate(value, columns), dtype=np.float64).copy()
            if absent is not None:
                column[np.asarray(evaluate(absent, columns), dtype=np.bool_)] = np.nan
            column[np.isin(column, self.selection.sentinels)] = np.nan
            rows.append(column)
        x = (np.stack(rows, axis=1) - np.array(self.means)) / np.array(self.widths)
        return _score(x, np.array(self.weights), self.selection.missing == "pass")

    def roc(self, *, used: bool = False) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return signal and background efficiencies, as :meth:`gradcut.ScanResult.roc`."""
        rows = self.used if used else self.unused
        if rows is None:
            raise DeclarationError(
                "no events judged this score", hint="roc(used=True), or a part to test with"
            )
        return np.array([row[0] for row in rows]), np.array([row[2] for row in rows])


def linear_score(
    selection: Selection,
    samples: Samples,
    *,
    efficiencies: Sequence[float],
    settings: Settings = BCE,
    split: Split | None = None,
    seed: int = 0,
    reader: Literal["auto", "root", "uproot"] = "auto",
) -> LinearScore:
    """Train ``sigma(sum_k w_k x_k)`` by binary cross entropy (eq. 9).

    Parameters
    ----------
    selection : Selection
        Its cuts name the features; fixed requirements count.
    samples : Samples
        Signal and background, each of which counts one half.
    efficiencies : sequence of float
        Signal efficiencies at which it is compared.
    settings : Settings, default BCE
        Of which the descent counts.
    split : Split, optional
        Train and select learn, test judges; default ``Split(seed=seed)``.
    seed, reader
        As for :func:`gradcut.scan_cuts`.

    Returns
    -------
    LinearScore
        The trained network.
    """
    need("torch", "gradcut.cabin")
    targets = checked_targets(efficiencies)
    check_settings(settings)
    partition = fit_settings(settings, None, split or Split(seed=seed), seed, reader).partition
    spec = selection.kernel_spec()
    parts = Parts(collect(selection, samples, split=partition, reader=reader), partition)
    (plan,) = parts.plans()
    events = StandardEvents.of(spec, parts.scaled(plan.base, "used"))
    from gradcut.cabin.training import linear_weights

    weights = linear_weights(events, settings)
    passes = selection.missing == "pass"
    scores = _score(events.x * events.sign, weights, passes)
    cuts = [_threshold(scores, events, target) for target in targets]
    used = tuple(_efficiencies(scores, events, cut) for cut in cuts)
    unused = None
    if plan.test is not None:
        others = StandardEvents.of(spec, parts.scaled(plan.test, "test"))
        x = others.x * others.sign * others.width + others.mean
        judged = _score((x - events.mean) / events.width, weights, passes)
        unused = tuple(_efficiencies(judged, others, cut) for cut in cuts)
    return LinearScore(
        selection=selection,
        weights=tuple(weights.tolist()),
        means=tuple(events.mean.tolist()),
        widths=tuple(events.width.tolist()),
        targets=tuple(targets.tolist()),
        cuts=tuple(cuts),
        used=used,
        unused=unused,
    )


def _score(x: NDArray[np.float64], weights: NDArray[np.float64], passes: bool) -> NDArray[np.float64]:
    missing = np.isnan(x)
    with np.errstate(over="ignore"):
        score = 1 / (1 + np.exp(-np.where(missing, 0.0, x) @ weights))
    return np.asarray(np.where(missing.any(axis=1) & (not passes), 0.0, score))


def _threshold(scores: NDArray[np.float64], events: StandardEvents, target: float) -> float:
    """Threshold that leaves the signal efficiency nearest to a target; scores of zero never pass."""
    weights = events.normalised(True)
    order = np.argsort(-scores, kind="stable")
    kept, ordered = np.cumsum(weights[order]), scores[order]
    last = np.append(ordered[1:] < ordered[:-1], True) & (ordered > 0)
    kept, ordered = kept[last], ordered[last]
    at = int(np.argmin(np.abs(kept - target)))
    below = ordered[at + 1] if at + 1 < len(ordered) else 0.0
    return float((ordered[at] + below) / 2)


def _efficiencies(
    scores: NDArray[np.float64], events: StandardEvents, cut: float
) -> tuple[float, float, float, float]:
    found: list[float] = []
    for role in (True, False):
        w = events.weights[events.is_signal == role]
        kept = w[scores[events.is_signal == role] > cut]
        error = efficiency_error(kept.sum(), (kept**2).sum(), w.sum(), (w**2).sum())
        found += [float(kept.sum() / w.sum()), float(error)]
    return found[0], found[1], found[2], found[3]
