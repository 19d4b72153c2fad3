"""The loss scale's ceiling and the weight decay per step, as curves beside lr."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pcdet_sched.compare.metrics import decoupled_decay
from pcdet_sched.key import is_number
from pcdet_sched.keys import GROWTH_INTERVAL, LOSS_SCALE
from pcdet_sched.language import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pcdet_sched.simulation import Run

_LARGEST = float(np.finfo(np.float32).max)
_MOST_STAIRS = 2_000


@dataclass(frozen=True, eq=False)
class Scaling:
    """What precision and decay do over a run.

    `ceiling` has the columns iteration (int64) and loss_scale (float64), one row at each change and the last iteration:
    the highest scale that is possible there, reached if no step overflows. `use_amp`: whether the trainer scales at
    all. `rebuilt`: anew in every epoch, as the trainer does, or kept over the run. `per_epoch` is how often the scale
    can double within one epoch. `decay` has iteration and decay, lr·WEIGHT_DECAY: the share that a step takes off every
    weight; it is None where the optimizer adds the decay to the gradient instead, or there is no curve.
    """

    use_amp: bool
    rebuilt: bool
    initial: float
    per_epoch: int | None
    ceiling: pd.DataFrame
    decay: pd.DataFrame | None


def scaling(run: Run, rebuilt: bool = True) -> Scaling:
    """The ceiling `LOSS_SCALE_FP16 · 2^⌊i/2000⌋`, i counted from where the scaler was built, and the decay per step.

    The trainer builds the scaler anew in every epoch (`tools/train_utils/train_utils.py`, both releases), so i begins
    at 0 in each; with `rebuilt=False`, once per run. The scale never passes what a float32 holds. Raises ValueError
    where LOSS_SCALE_FP16 is no number above 0.

    >>> import pcdet_sched as ps
    >>> text = "OPTIMIZATION: {BATCH_SIZE_PER_GPU: 1, NUM_EPOCHS: 2, OPTIMIZER: adam_onecycle, LR: 0.01,"
    >>> text += " PCT_START: 0.4, WEIGHT_DECAY: 0.01, MOMS: [0.95, 0.85], DIV_FACTOR: 10,"
    >>> text += " DECAY_STEP_LIST: [], GRAD_NORM_CLIP: 10}"
    >>> run = ps.simulate(ps.load(text), ps.RunPlan(iters_per_epoch=2500, use_amp=True))
    >>> scaling(run).ceiling.to_numpy().astype(int).tolist()
    [[0, 65536], [2000, 131072], [2500, 65536], [4500, 131072], [4999, 131072]]
    """
    initial = _initial(run.config.optimization.get("LOSS_SCALE_FP16", LOSS_SCALE))
    amp = bool(run.plan.use_amp or run.config.optimization.get("USE_AMP", False))
    n = run.iterations_per_epoch
    stairs = list(_stairs(run, rebuilt))
    # Beyond so many doublings a float32 no longer holds the scale, and torch leaves it as it is.
    most = max(0, math.floor(math.log2(_LARGEST) - math.log2(initial)))
    scales = [math.ldexp(initial, min(doublings, most)) for _, doublings in stairs]
    iterations = np.array([k for k, _ in stairs], dtype=np.int64)
    return Scaling(
        use_amp=amp,
        rebuilt=rebuilt,
        initial=initial,
        per_epoch=(n - 1) // GROWTH_INTERVAL if n else None,
        ceiling=pd.DataFrame({"iteration": iterations, "loss_scale": np.array(scales, dtype=np.float64)}),
        decay=_decay(run),
    )


def _initial(value: object) -> float:
    if not is_number(value) or not math.isfinite(value) or value <= 0:
        raise ValueError(_("LOSS_SCALE_FP16 must be a number above 0, not {value!r}", value=value))
    return float(value)


def _stairs(run: Run, rebuilt: bool) -> Iterator[tuple[int, int]]:
    """(iteration, doublings so far) at each change and at the last iteration."""
    if not run.total_iterations or not run.iterations_per_epoch:
        return
    first, end = run.first_iteration, run.first_iteration + run.total_iterations
    count = 0
    for start, stop in _lives(first, end, run.iterations_per_epoch, rebuilt):
        for doublings in range(-(-(stop - start) // GROWTH_INTERVAL)):
            count += 1
            if count <= _MOST_STAIRS:
                last = start + doublings * GROWTH_INTERVAL, doublings
                yield last
    if count <= _MOST_STAIRS and last[0] != end - 1:
        yield end - 1, last[1]


def _lives(first: int, end: int, per_epoch: int, rebuilt: bool) -> Iterator[tuple[int, int]]:
    """First iteration and end of each scaler's life."""
    if not rebuilt:
        yield first, end
        return
    start = first
    while start < end:
        stop = min(end, start - start % per_epoch + per_epoch)
        yield start, stop
        start = stop


def _decay(run: Run) -> pd.DataFrame | None:
    rate = decoupled_decay(run)
    if rate is None or not run.has_curve:
        return None
    return pd.DataFrame({"iteration": run.curve["iteration"], "decay": run.curve["lr"] * rate})
