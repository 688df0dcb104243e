"""One network trained: warm-up as a classifier, then along the gradient of the objective."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from gradcut.observables.batches import Batches
from gradcut.observables.classifier_loss import cross_entropy, cross_entropy_of, labelled
from gradcut.observables.engine import ObservableEngine
from gradcut.observables.normalisation import calibrated, training_mode
from gradcut.yields import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gradcut.objectives import Objective
    from gradcut.observables.classifier_loss import Labelled
    from gradcut.observables.cross_entropy import CrossEntropy
    from gradcut.observables.observable import Observable
    from gradcut.observables.rows import Rows
    from gradcut.observables.settings import TrainingSettings
    from gradcut.observables.training_state import TrainingState

__all__ = ["Report", "Training", "width_of"]

#: Widths of the smooth steps at the start and at the end, in mean widths of bins; temperatures of a softmax.
WIDTHS = {"logistic": (0.3, 0.06), "gaussian": (0.5, 0.1), "softmax": (1.0, 0.2)}
#: Adam's memory and its floor below the gradient, of which the largest possible size is one.
MOMENTA, FLOOR = (0.9, 0.99), 1e-12
#: The last steps are this part of the first ones.
LAST_RATE = 0.05
#: Edges are few, and move faster than weights.
EDGE_RATE = 10.0
#: A gradient that is this much longer than it was lately is shortened to that.
LEAP = 5.0
#: Price of missing a limit, against relative changes of the objective.
PENALTY = 1.0

#: Called after every step: the state, width of the steps, soft value, and hard values where they were seen.
Report = Callable[["TrainingState", float, float, "dict[str, float] | None"], None]


class Training:
    """Trains one network.

    Parameters
    ----------
    engine : ObservableEngine
        The network on the events that it learns from.
    judges : ObservableEngine
        The same network on the events that choose when to stop.
    observable, objective, settings
        What is trained, for what, and how.
    seed : int
        Of batches and random masks.
    """

    def __init__(
        self,
        engine: ObservableEngine,
        judges: ObservableEngine,
        observable: Observable,
        objective: Objective,
        settings: TrainingSettings,
        seed: int,
    ) -> None:
        self.engine, self.judges = engine, judges
        self.observable, self.objective, self.settings = observable, objective, settings
        self.seed = seed
        self._batches: dict[bool, Batches] = {}
        self._known: dict[tuple[int, bool], Labelled] = {}
        self._length = math.nan

    @property
    def n_steps(self) -> int:
        """Steps of the warm-up and after it."""
        return self.n_warm + self.settings.steps

    @property
    def n_warm(self) -> int:
        """Steps of the warm-up."""
        return 0 if self.settings.warm_up is None else self.settings.warm_up_steps

    def width(self, step: int) -> float:
        """Width of the smooth steps."""
        done = max(0, step - self.n_warm) / max(1, self.settings.steps - 1)
        return width_of(self.observable, min(1.0, done))

    def rate(self, step: int) -> float:
        """Size of a step; it falls along a cosine, of the warm-up and of what follows it alike."""
        warm = step < self.n_warm
        done = (step if warm else step - self.n_warm) / max(1, self.n_warm if warm else self.settings.steps)
        return self.settings.rate * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + math.cos(math.pi * done)))

    def run(self, state: TrainingState, report: Report) -> None:
        """Train until the last step, or until there is no progress; the state is changed in place."""
        module = self.engine.passes.module
        if state.step == 0:
            calibrated(module, self.engine.rows, self.seed)
            state.buffers = _buffers(module)
        _load(module, state.buffers)
        point = torch.from_numpy(state.point.copy())
        n = self.engine.passes.n_parameters
        weights, edges = point[:n].clone(), point[n:].clone()
        adam = _adam(weights, edges, state, self.settings)
        if not state.has_best and not self.n_warm:
            self._look(state)
        while state.step < self.n_steps and not state.ended:
            width, loss = self.width(state.step), self._loss(state.step)
            self.engine.width = self.judges.width = width
            training_mode(module)
            self.engine.passes.mask_seed = (self.seed * 1_000_003 + state.step) % 2**31
            soft, gradient, problem = self._gradient(state, loss)
            if problem:
                state.ended = f"{problem} at step {state.step + 1}"
                break
            if state.step == self.n_warm:
                # What was known of the warm-up's gradients says nothing about these.
                adam = _adam(weights, edges, None, self.settings)
            for group in adam.param_groups:
                group["lr"] = self.rate(state.step) * group["factor"]
            weights.grad, edges.grad = torch.from_numpy(gradient[:n]), torch.from_numpy(gradient[n:])
            adam.step()
            self.engine.confine(edges)
            state.step += 1
            state.point = torch.cat([weights, edges]).numpy()
            state.mean, state.square = _memory(adam, weights, edges, state)
            state.buffers = _buffers(module)
            hard = None
            looked = state.step - self.n_warm
            if looked >= 0 and (looked % self.settings.check_every == 0 or state.step == self.n_steps):
                hard = self._look(state)
            report(state, width, soft, hard)
            patience = self.settings.patience
            if (
                patience is not None
                and looked > 0
                and state.step - max(state.best_step, self.n_warm) > patience
            ):
                state.ended = f"no progress since step {state.best_step}"

    def hard(self, engine: ObservableEngine, point: NDArray[np.float64]) -> float:
        """Objective of hard bins, or the loss itself where that is not the objective."""
        engine.passes.module.eval()
        if self.settings.loss is not None:
            events = self._labelled(engine.rows, self.settings.loss)
            return cross_entropy_of(engine.passes, point[: engine.passes.n_parameters], events)
        return float(self.objective.hard(engine.hard_yields(point))[0])

    def _look(self, state: TrainingState) -> dict[str, float]:
        """Judge the present point, and keep it if it is the best."""
        value = self.hard(self.judges, state.point)
        found = {"hard": value}
        if self.settings.watch:
            yields = self.judges.hard_yields(state.point)
            found |= {other.name: float(other.hard(yields)[0]) for other in self.settings.watch}
        sign = -1.0 if self.settings.loss is not None else self.objective.sign
        merit = sign * value
        if not math.isnan(merit) and (merit > state.merit or not state.has_best):
            state.merit, state.best_step = merit, state.step
            state.best, state.best_buffers = state.point.copy(), dict(state.buffers)
        return found

    def _loss(self, step: int) -> CrossEntropy | None:
        return self.settings.warm_up if step < self.n_warm else self.settings.loss

    def _gradient(
        self, state: TrainingState, loss: CrossEntropy | None
    ) -> tuple[float, NDArray[np.float64], str]:
        """Soft value, the gradient of what is minimised, and which of them is no number."""
        rows = self._batches_of(loss).at(state.step)
        engine = self.engine if rows is self.engine.rows else self.engine.on(rows)
        if loss is not None:
            theta = state.point[: engine.passes.n_parameters]
            value, found = cross_entropy(engine.passes, theta, self._labelled(rows, loss))
            gradient = np.concatenate([found, np.zeros(engine.n_beside)])
            where = "the cross-entropy"
        else:
            value, gradient, where = self._of_objective(engine, state)
        if not math.isfinite(value):
            return value, gradient, f"{where} is {value}"
        if not np.isfinite(gradient).all():
            return value, gradient, f"derivatives of {where} in the network are not finite"
        return value, self._shortened(gradient), ""

    def _of_objective(
        self, engine: ObservableEngine, state: TrainingState
    ) -> tuple[float, NDArray[np.float64], str]:
        settings, step = self.settings, state.step - self.n_warm
        fraction = min(1.0, step / max(1, settings.steps - 1))
        evaluation = engine.evaluate(state.point)
        for name, moment in zip(
            ("entries", "yields", "MC variances"), evaluation.yields.moments, strict=True
        ):
            if not np.isfinite(moment).all():
                return (
                    math.nan,
                    np.zeros(0),
                    f"what the network gives is not finite, so that one of the {name}",
                )
        objective = self.objective.annealed(fraction)
        soft, cotangents = objective.gradient(evaluation.yields)
        unit = max(abs(float(soft[0])), 1e-290)
        total = [-objective.sign * np.asarray(c) / unit for c in cotangents]
        if settings.limits is not None:
            _, missed = settings.limits.penalty(evaluation.yields)
            total = [
                a + PENALTY * (0.1 + 0.9 * fraction) * np.asarray(b)
                for a, b in zip(total, missed, strict=True)
            ]
        gradient = evaluation.vjp(Moments(*total))[0]
        return float(soft[0]), gradient, f"the objective {self.objective.name}"

    def _shortened(self, gradient: NDArray[np.float64]) -> NDArray[np.float64]:
        length = float(np.linalg.norm(gradient))
        usual = length if math.isnan(self._length) else self._length
        self._length = 0.9 * usual + 0.1 * min(length, LEAP * usual)
        return gradient if length <= LEAP * usual or usual == 0 else gradient * (LEAP * usual / length)

    def _batches_of(self, loss: CrossEntropy | None) -> Batches:
        """Parts of the events that a loss needs; of the nominal ones as many."""
        every = loss is None or loss.augment
        if every not in self._batches:
            whole, size = self.engine.rows, self.settings.batch
            rows = whole if every else whole.nominal()
            own = None if size is None else max(1, round(size * rows.n_rows / max(1, whole.n_rows)))
            self._batches[every] = Batches(rows, own, self.seed)
        return self._batches[every]

    def _labelled(self, rows: Rows, loss: CrossEntropy) -> Labelled:
        key = id(rows), loss.augment
        if key in self._known:
            return self._known[key]
        found = labelled(rows, augment=loss.augment)
        # Those of batches are seen once.
        if self.settings.batch is None or rows is self.judges.rows:
            self._known[key] = found
        return found


def width_of(observable: Observable, done: float) -> float:
    """Width of the smooth steps when a part of the steps after the warm-up is done."""
    if observable.width != "annealed":
        return observable.width
    first, last = WIDTHS[observable.histogram]
    return float(first * (last / first) ** done)


def _adam(
    weights: torch.Tensor, edges: torch.Tensor, state: TrainingState | None, settings: TrainingSettings
) -> torch.optim.Adam:
    groups = [
        {"params": [weights], "factor": 1.0, "weight_decay": settings.weight_decay},
        {"params": [edges], "factor": EDGE_RATE},
    ]
    made = torch.optim.AdamW(groups, lr=settings.rate, betas=MOMENTA, eps=FLOOR, weight_decay=0.0, fused=True)
    if state is not None and state.step > 0:
        begin = 0
        for part in (weights, edges):
            own = slice(begin, begin + len(part))
            made.state[part] = {
                "step": torch.tensor(float(state.adam_steps)),
                "exp_avg": torch.from_numpy(state.mean[own].copy()),
                "exp_avg_sq": torch.from_numpy(state.square[own].copy()),
            }
            begin += len(part)
    return made


def _memory(
    adam: torch.optim.Adam, weights: torch.Tensor, edges: torch.Tensor, state: TrainingState
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    of = [adam.state[part] for part in (weights, edges)]
    state.adam_steps = int(of[0]["step"])
    mean, square = (torch.cat([one[key] for one in of]).numpy() for key in ("exp_avg", "exp_avg_sq"))
    return mean, square


def _buffers(module: torch.nn.Module) -> dict[str, NDArray[Any]]:
    return {name: buffer.detach().cpu().numpy().copy() for name, buffer in module.named_buffers()}


def _load(module: torch.nn.Module, buffers: dict[str, NDArray[Any]]) -> None:
    for name, buffer in module.named_buffers():
        if name in buffers:
            with torch.no_grad():
                buffer.copy_(torch.from_numpy(np.asarray(buffers[name])))
