"""From an OPTIMIZATION block to the schedules that drive its optimizer."""

from __future__ import annotations

from collections.abc import Sized
from typing import TYPE_CHECKING, Any

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from pcdet_sched.trainer.arithmetic import all_times, times
from pcdet_sched.trainer.decay import DecayFactor
from pcdet_sched.trainer.schedules import CosineAnneal, CosineWarmup, OneCycle, Schedule

if TYPE_CHECKING:
    from pcdet_sched.trainer.optimizers import WrappedAdam


def build_scheduler(
    optimizer: WrappedAdam | Optimizer,
    iterations_per_epoch: int,
    epochs: Any,
    block: Any,
    as_meant: bool = False,
) -> tuple[Schedule, CosineWarmup | None]:
    """The schedule of a run of `epochs` × `iterations_per_epoch` iterations, and a warm-up that precedes it or None.

    `block` is an attribute dictionary. Raises AttributeError for an absent key and whatever the arithmetic raises.
    With `as_meant` the two faults of the trainer itself are mended: the cosine warm-up (both releases take len() of a
    number) and a one-cycle phase of no iterations.
    Source: `tools/train_utils/optimization/__init__.py`.
    """
    decay_steps = all_times(block.DECAY_STEP_LIST, iterations_per_epoch)
    total = times(epochs, iterations_per_epoch)
    if isinstance(optimizer, Optimizer):
        return _step_decay(optimizer, decay_steps, iterations_per_epoch, block, as_meant)
    if block.OPTIMIZER == "adam_onecycle":
        one_cycle = block.LR, list(block.MOMS), block.DIV_FACTOR, block.PCT_START
        return OneCycle(optimizer, total, *one_cycle, skip_empty=as_meant), None
    annealing = block.LR, list(block.MOMS), block.PCT_START, block.WARMUP_ITER
    return CosineAnneal(optimizer, (total, epochs), *annealing, skip_empty=as_meant), None


def _step_decay(
    optimizer: Optimizer, decay_steps: list[Any], iterations_per_epoch: int, block: Any, as_meant: bool
) -> tuple[LambdaLR, CosineWarmup | None]:
    schedule = LambdaLR(optimizer, DecayFactor(decay_steps, block))
    if not block.LR_WARMUP:
        return schedule, None
    length = _warmup_length(block.WARMUP_EPOCH, iterations_per_epoch, as_meant)
    if as_meant and not length > 0:
        return schedule, None
    return schedule, CosineWarmup(optimizer, length, block.LR / block.DIV_FACTOR)


def _warmup_length(epochs: Any, iterations_per_epoch: Any, as_meant: bool) -> Any:
    """Both releases ask for the length of the number of iterations, which has none: TypeError."""
    length: Sized = iterations_per_epoch
    return epochs * (iterations_per_epoch if as_meant else len(length))
