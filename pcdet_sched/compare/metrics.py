"""One curve in a few numbers, summed over its points rather than over every iteration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pcdet_sched.key import is_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pcdet_sched.simulation import Run


@dataclass(frozen=True)
class Metrics:
    """A curve in numbers.

    `peak` lr and where it lies: iteration, epoch (both from 0). `area`: Σ lr over all iterations. `above_half`: the
    share of the iterations with an lr above half the peak. `final`: lr of the last iteration. `decay`:
    Σ lr·WEIGHT_DECAY, `kept`: Π(1 − lr·WEIGHT_DECAY), what is left of a weight that no gradient touches. Both are None
    where the optimizer does not decouple the decay from the gradient (`adam`, `sgd`) or WEIGHT_DECAY is no number;
    `kept` is nan where an lr·WEIGHT_DECAY of 1 or more zeroes or negates weights. `exact`: no interpolation.
    """

    peak: float
    peak_iteration: int
    peak_epoch: int
    area: float
    above_half: float
    final: float
    decay: float | None
    kept: float | None
    exact: bool


def metrics(run: Run) -> Metrics | None:
    """The numbers of a run's curve, at a cost that does not depend on the run's length; None without a curve.

    A sum is at most a thousandth of the iterations × the largest term from that over every iteration: a curve is linear
    between its points but for the rounding to whole iterations and a thousandth of its range, and what lies above and
    below a cosine mostly cancels. A run whose points are all its iterations is summed exactly.

    >>> import pcdet_sched as ps
    >>> text = "OPTIMIZATION: {BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 1, OPTIMIZER: adam_onecycle, LR: 0.01,"
    >>> text += " PCT_START: 0.5, WEIGHT_DECAY: 0.1, MOMS: [0.95, 0.85], DIV_FACTOR: 1,"
    >>> text += " DECAY_STEP_LIST: [], GRAD_NORM_CLIP: 10}"
    >>> found = metrics(ps.simulate(ps.load(text), ps.RunPlan(iters_per_epoch=2)))
    >>> found.area, round(found.kept, 6), found.exact
    (0.02, 0.998001, True)
    """
    summary = run.summary
    if summary is None:
        return None
    k, lr = run.columns["iteration"], run.columns["lr"]
    decay, kept = _decayed(run, k, lr)
    return Metrics(
        peak=summary.lr_peak,
        peak_iteration=summary.peak_iteration,
        peak_epoch=summary.peak_epoch,
        area=summed(k, lr),
        above_half=_above(k, lr, summary.lr_peak / 2),
        final=summary.lr_end,
        decay=decay,
        kept=kept,
        exact=len(k) == run.total_iterations,
    )


def summed(iterations: NDArray[np.int64], values: NDArray[np.float64]) -> float:
    """The sum over every iteration from the first to the last, of values that are known at some and linear between.

    >>> summed(np.array([0, 4, 5]), np.array([0.0, 4.0, 10.0]))
    20.0
    """
    steps = np.diff(iterations).astype(np.float64)
    left, right = values[:-1], values[1:]
    # Of n iterations the first is `left`, and the one after the last would be `right`.
    inner = steps * left + (right - left) * (steps - 1) / 2
    return float(np.sum(inner) + values[-1])


def _above(k: NDArray[np.int64], lr: NDArray[np.float64], level: float) -> float:
    """The share of iterations whose lr is above `level`, by lines between the points."""
    steps, left, right = np.diff(k), lr[:-1], lr[1:]
    with np.errstate(all="ignore"):
        crossing = np.nan_to_num((level - left) / (right - left)) * steps
    falling = np.minimum(np.ceil(crossing), steps)
    rising = np.maximum(steps - np.floor(crossing) - 1, 0)
    some = np.where(left > level, falling, rising)
    count = np.where((left > level) & (right > level), steps, np.where((left > level) | (right > level), some, 0))
    return float((np.sum(count) + (lr[-1] > level)) / (k[-1] - k[0] + 1))


def decoupled_decay(run: Run) -> float | None:
    """WEIGHT_DECAY where it shrinks the weights themselves (the wrapped optimizers and AdamW), else None."""
    value, optimizer = run.config.optimization.get("WEIGHT_DECAY"), run.optimizer
    decouples = optimizer is not None and (optimizer.wrapped or optimizer.family == "AdamW")
    return float(value) if is_number(value) and decouples else None


def _decayed(run: Run, k: NDArray[np.int64], lr: NDArray[np.float64]) -> tuple[float | None, float | None]:
    rate = decoupled_decay(run)
    if rate is None:
        return None, None
    shrink = lr * rate
    if not np.all(shrink < 1):
        return summed(k, shrink), math.nan
    return summed(k, shrink), math.exp(summed(k, np.log1p(-shrink)))
