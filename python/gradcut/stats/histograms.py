"""Yields of histograms that somebody else has filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gradcut.engines.layout import ProcessRecord, make_layout
from gradcut.errors import DataError, DeclarationError, close_matches
from gradcut.samples.variations import NOMINAL
from gradcut.yields import Moments, Yields

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["yields_from_histograms"]

#: The channel where none is named.
CHANNEL = "channel"

#: Yields and variances, each of shape (points, bins).
_Histogram = tuple["NDArray[np.float64]", "NDArray[np.float64]"]
_ByProcess = Mapping[str, Any]


def yields_from_histograms(
    histograms: Mapping[str, Any],
    *,
    signals: Sequence[str],
    data: Sequence[str] = (),
    errors: Mapping[str, Any] | None = None,
    variations: Mapping[str, Mapping[str, Any]] | None = None,
    norm_uncertainty: Mapping[str, float] | None = None,
) -> Yields:
    """Make yields of histograms, for models and objectives.

    Parameters
    ----------
    histograms : mapping
        Histogram of every process, ``{"susy": [5, 11], "ww": [50, 50]}``, or of every process in every
        channel, ``{"SR": {"susy": ..., "ww": ...}, "CR": ...}``. A histogram is an array of shape (bins,), or
        (points, bins) for many models at once, or has ``values()`` and ``variances()``, as those of hist,
        boost-histogram and uproot. All have as many bins; of channels
        with different ones :meth:`gradcut.stats.Model.from_yields` takes yields by channel.
    signals, data : sequence of str
        Which processes are signals, and which are observed; all others are backgrounds.
    errors : mapping, optional
        MC uncertainties, absolute, for arrays; nested as ``histograms``. Default none.
    variations : mapping, optional
        Of every systematic uncertainty its histograms up and down, ``{"JES": {"ww": (up, down)}}``, or by
        channel, ``{"JES": {"SR": {"ww": (up, down)}}}``; None for a side that there is not, which is that of
        the other one mirrored on nominal.
    norm_uncertainty : mapping of str to float, optional
        Relative uncertainty of the normalisation of processes.

    Returns
    -------
    gradcut.Yields
        With a channel called ``"channel"`` where none is named.

    Raises
    ------
    DeclarationError
        If a process or channel is not known.
    DataError
        If histograms have different numbers of bins or points.

    Examples
    --------
    >>> import gradcut as gc
    >>> yields = gc.stats.yields_from_histograms(
    ...     {"susy": [5, 11], "ww": [50, 50]},
    ...     signals=["susy"],
    ...     variations={"JES": {"ww": ([55, 47], [46, 52])}},
    ... )
    >>> gc.stats.Model.from_yields(yields, mc_stat="none").parameters
    ('JES', 'mu')
    """
    nested = any(isinstance(one, Mapping) for one in histograms.values())
    by_channel: dict[str, _ByProcess] = dict(histograms) if nested else {CHANNEL: histograms}
    nominal = _nominal(by_channel, _in_channels(errors or {}, nested))
    processes = tuple(dict.fromkeys(process for own in nominal.values() for process in own))
    for what, names in (("signals", signals), ("data", data), ("norm_uncertainty", norm_uncertainty or {})):
        _check_known(what, [names] if isinstance(names, str) else list(names), processes)
    varied: dict[tuple[str, str], dict[str, _Histogram]] = {}
    tags: list[str] = []
    for name, of in (variations or {}).items():
        sides = [f"{name}:{side}" for side in ("up", "down")]
        found = _sides(name, _in_channels(of, nested), nominal)
        for key, pair in found.items():
            varied.setdefault(key, {}).update(zip(sides, pair, strict=True))
        tags += sides
    n_points, n_bins = _common_shape(nominal, varied)
    records = [
        ProcessRecord(
            channel,
            process,
            "signal" if process in signals else "data" if process in data else "background",
            (norm_uncertainty or {}).get(process, 0.0),
            (NOMINAL, *(tag for tag in tags if tag in varied.get((channel, process), {}))),
            float(own[process][0][0].sum()),
            _entries(own[process]),
            _weight(own[process]),
            _weight(own[process]),
        )
        for channel, own in nominal.items()
        for process in own
    ]
    layout = make_layout(records, (NOMINAL, *tags), tuple(map(str, range(n_bins))))
    sum_w, variance = (np.zeros((n_points, *layout.shape)) for _ in range(2))
    for c, channel in enumerate(layout.channels):
        for p, process in enumerate(layout.processes):
            if process not in nominal[channel]:
                continue
            for v, tag in enumerate(layout.variations):
                own_tags = varied.get((channel, process), {})
                found_w, found_v = own_tags.get(tag, nominal[channel][process])
                sum_w[:, c, p, v], variance[:, c, p, v] = found_w, found_v
    entries = np.divide(sum_w**2, variance, out=np.abs(sum_w), where=variance > 0)
    return Yields(layout, Moments(entries, sum_w, variance))


def _in_channels(given: Mapping[str, Any], nested: bool) -> Mapping[str, Any]:
    return given if nested else {CHANNEL: given}


def _nominal(
    by_channel: Mapping[str, _ByProcess], errors: Mapping[str, Any]
) -> dict[str, dict[str, _Histogram]]:
    made: dict[str, dict[str, _Histogram]] = {}
    for channel, own in by_channel.items():
        if not isinstance(own, Mapping):
            raise DeclarationError(
                "histograms are those of processes, or of processes in channels, not both",
                given=f"'{channel}' has no processes",
                hint="{'SR': {'susy': ..., 'ww': ...}}",
            )
        uncertain = errors.get(channel, {})
        _check_known(f"errors in channel '{channel}'", list(uncertain), tuple(own))
        made[channel] = {
            process: _histogram(one, uncertain.get(process), f"channel '{channel}', process '{process}'")
            for process, one in own.items()
        }
    _check_known("errors", list(errors), tuple(made))
    return made


def _sides(
    name: str, of: Mapping[str, Any], nominal: Mapping[str, Mapping[str, _Histogram]]
) -> dict[tuple[str, str], tuple[_Histogram, _Histogram]]:
    found = {}
    _check_known(f"variation '{name}'", list(of), tuple(nominal))
    for channel, own in of.items():
        _check_known(f"variation '{name}' in channel '{channel}'", list(own), tuple(nominal[channel]))
        for process, pair in own.items():
            where = f"variation '{name}', channel '{channel}', process '{process}'"
            if not isinstance(pair, (tuple, list)) or len(pair) != 2 or all(one is None for one in pair):
                raise DeclarationError(
                    "a variation has a histogram up and one down",
                    given=repr(pair)[:80],
                    where=where,
                    hint="(up, down), or (up, None)",
                )
            relative = nominal[channel][process]
            up, down = (None if one is None else _histogram(one, None, where) for one in pair)
            found[channel, process] = _both(up, down, relative, where)
    return found


def _both(
    up: _Histogram | None, down: _Histogram | None, nominal: _Histogram, where: str
) -> tuple[_Histogram, _Histogram]:
    """Both sides, with the variances of nominal where they have none."""
    given = [one for one in (up, down) if one is not None]
    if any(one[0].shape[1] != nominal[0].shape[1] for one in given):
        raise DataError(
            "histograms have different numbers of bins or points",
            given=", ".join(str(one[0].shape[1]) for one in given),
            allowed=f"{nominal[0].shape[1]} bins, as nominal",
            where=where,
        )
    sides = [one if one[1].any() else (one[0], nominal[1]) for one in given]
    if up is None or down is None:
        ((sum_w, variance),) = sides
        mirrored = (2 * nominal[0] - sum_w, variance)
        return (mirrored, sides[0]) if up is None else (sides[0], mirrored)
    return sides[0], sides[1]


def _histogram(given: Any, errors: Any, where: str) -> _Histogram:
    if hasattr(given, "values") and hasattr(given, "variances"):
        sum_w, own = np.asarray(given.values(), dtype=np.float64), given.variances()
        variance = np.zeros(sum_w.shape) if own is None else np.asarray(own, dtype=np.float64)
    else:
        sum_w = np.asarray(given, dtype=np.float64)
        variance = np.zeros(sum_w.shape)
    if errors is not None:
        variance = np.asarray(errors, dtype=np.float64) ** 2
    if sum_w.ndim not in (1, 2) or variance.shape[-1:] != sum_w.shape[-1:]:
        raise DataError(
            "a histogram has one number per bin",
            given=f"shapes {sum_w.shape} and {variance.shape}",
            allowed="(bins,) or (points, bins)",
            where=where,
        )
    if not (np.isfinite(sum_w).all() and np.isfinite(variance).all()):
        raise DataError("histograms are finite", where=where)
    return np.atleast_2d(sum_w), np.atleast_2d(variance)


def _common_shape(
    nominal: Mapping[str, Mapping[str, _Histogram]],
    varied: Mapping[tuple[str, str], Mapping[str, _Histogram]],
) -> tuple[int, int]:
    named = {f"'{c}', '{p}'": one for c, own in nominal.items() for p, one in own.items()}
    named |= {f"'{c}', '{p}', {tag}": one for (c, p), own in varied.items() for tag, one in own.items()}
    shapes = {name: np.broadcast_shapes(one[0].shape, one[1].shape) for name, one in named.items()}
    bins = {shape[1] for shape in shapes.values()}
    points = {shape[0] for shape in shapes.values()} - {1}
    if len(bins) != 1 or len(points) > 1:
        raise DataError(
            "histograms have different numbers of bins or points",
            given="; ".join(f"{name}: {shape}" for name, shape in shapes.items())[:300],
            hint="channels with different bins: gc.stats.Model.from_yields({'SR': ..., 'CR': ...})",
        )
    return (points.pop() if points else 1), bins.pop()


def _check_known(what: str, names: Sequence[str], known: tuple[str, ...]) -> None:
    for name in names:
        if name not in known:
            raise DeclarationError(
                f"nothing is called '{name}'",
                where=what,
                allowed=", ".join(known),
                hint=close_matches(name, known),
            )


def _weight(one: _Histogram) -> float:
    """Mean weight of an event, as far as variances tell; 0 where the histogram is taken as exact.

    The least of all points, as it is a floor of uncertainties: that of a point is not to depend on others.
    """
    total, variance = np.broadcast_arrays(np.abs(one[0]).sum(1), one[1].sum(1))
    filled = total > 0
    return float((variance[filled] / total[filled]).min()) if filled.any() else 0.0


def _entries(one: _Histogram) -> float:
    variance = float(one[1][0].sum())
    total = float(one[0][0].sum())
    return total**2 / variance if variance > 0 else abs(total)
