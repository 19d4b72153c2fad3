"""Common axes on which runs of different lengths can lie over one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from pcdet_sched.language import N_

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    from pcdet_sched.simulation import Run

CommonAxis = Literal["iteration", "epoch", "samples", "share"]
AXES: tuple[CommonAxis, ...] = get_args(CommonAxis)
TITLES: dict[CommonAxis, str] = {
    "iteration": N_("iteration"),
    "epoch": N_("epoch"),
    "samples": N_("samples seen"),
    "share": N_("share of the run"),
}


def samples_per_epoch(run: Run) -> int | None:
    """Training samples of one epoch over all GPUs; where the plan gives only iterations, iterations × batch.

    The merge flag does not change what an epoch of the loop sees. None where the batch is not known either.
    """
    if run.plan.samples is not None:
        return run.plan.samples
    if run.iterations_per_epoch is None or run.effective_batch_size is None:
        return None
    return run.iterations_per_epoch * run.effective_batch_size


def along(run: Run, axis: CommonAxis, iterations: ArrayLike | None = None) -> NDArray[np.float64] | None:
    """Where each row of `run.curve` lies on an axis (float64), or each of `iterations` in its place.

    "epoch" is the iteration over iterations per epoch, "samples" that times the samples of an epoch, "share" from 0 at
    the first iteration to just below 1 at the last. None where the run does not say enough. Raises ValueError for
    another axis.

    >>> import pcdet_sched as ps
    >>> text = "OPTIMIZATION: {BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 2, OPTIMIZER: adam_onecycle, LR: 0.003,"
    >>> text += " PCT_START: 0.4, WEIGHT_DECAY: 0.01, MOMS: [0.95, 0.85], DIV_FACTOR: 10,"
    >>> text += " DECAY_STEP_LIST: [], GRAD_NORM_CLIP: 10}"
    >>> run = ps.simulate(ps.load(text), ps.RunPlan(samples=100, gpus=1), iterations=[0, 25, 49])
    >>> along(run, "samples").tolist(), along(run, "share").tolist()
    ([0.0, 100.0, 196.0], [0.0, 0.5, 0.98])
    """
    import numpy as np

    if axis not in AXES:
        raise ValueError(f"axis must be one of {', '.join(AXES)}, not {axis!r}")
    k = np.asarray(run.columns["iteration"] if iterations is None else iterations, dtype=np.float64)
    if axis == "iteration":
        return k
    if axis == "share":
        return (k - run.first_iteration) / run.total_iterations if run.total_iterations else None
    if not run.iterations_per_epoch:
        return None
    epochs: NDArray[np.float64] = k / run.iterations_per_epoch
    if axis == "epoch":
        return epochs
    samples = samples_per_epoch(run)
    return None if samples is None else epochs * samples
