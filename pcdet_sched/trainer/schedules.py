"""The trainer's schedules: each a function of the iteration that sets an optimizer's lr (and momentum).

Every one can be evaluated at any iteration directly, in any order. T is the number of iterations that the schedule was
built for, k the iteration, counted from 0 over the whole run.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from torch.optim.lr_scheduler import LambdaLR, LRScheduler

from pcdet_sched.trainer.arithmetic import Value, times
from pcdet_sched.trainer.torch_schedules import ClosedForm, Constant, Poly, TorchOneCycle, WarmRestarts

if TYPE_CHECKING:
    import torch

    from pcdet_sched.trainer.arithmetic import Block
    from pcdet_sched.trainer.optimizers import WrappedAdam


Stretch = tuple[Value, Value, Callable[[Value], Value]]
"""First iteration, end, and the value at a share of the way between them."""


def annealing_cos(start: Value, end: Value, pct: Value) -> Value:
    """Half a cosine from `start` (pct = 0) to `end` (pct = 1): `end + (start - end) / 2 * (cos(pi * pct) + 1)`.

    >>> float(annealing_cos(0.85, 0.95, 0)), float(annealing_cos(0.85, 0.95, 1))
    (0.85, 0.95)
    """
    cosine = np.cos(np.pi * pct) + 1
    return end + (start - end) / 2 * cosine


def bind_phases(phases: Sequence[tuple[Value, Callable[[Value], Value]]], total: Value) -> list[Stretch]:
    """Turn the phases' starts, shares of `total` that must rise, into iterations. Raises AssertionError."""
    bound: list[Stretch] = []
    for i, (share, value) in enumerate(phases):
        if bound and not bound[-1][0] < share:
            raise AssertionError
        start = int(times(share, total))
        end = int(times(phases[i + 1][0], total)) if i + 1 < len(phases) else total
        bound.append((start, end, value))
    return bound


def momentum_phases(moms: Sequence[Value], pct_start: Value, total: Value) -> list[Stretch]:
    """From MOMS[0] to MOMS[1] and back. A wrong number of MOMS shows when a phase is first evaluated."""
    there, back = partial(annealing_cos, *moms), partial(annealing_cos, *moms[::-1])
    return bind_phases(((0, there), (pct_start, back)), total)


def value_at(phases: Sequence[Stretch], iteration: int, skip_empty: bool) -> Value:
    """The value of the last phase that has begun; every phase begun is evaluated, as the trainer does.

    Raises ZeroDivisionError for a phase of no iterations, unless `skip_empty`.
    """
    value = None
    for start, end, function in phases:
        if iteration >= start and not (skip_empty and start == end):
            value = function((iteration - start) / (end - start))
    return value


class OneCycle:
    """Half a cosine up from LR/DIV_FACTOR to LR, then half a cosine down to LR/DIV_FACTOR/10⁴; momentum mirrors it.

    B = int(PCT_START · T) is the boundary. For 0 ≤ k < B: lr = cos(LR/DIV_FACTOR, LR, k/B); for B ≤ k < T:
    lr = cos(LR, LR/DIV_FACTOR/10⁴, (k−B)/(T−B)). The peak, LR, sits at k = B; the last lr is close to, never equal to,
    the end of the second phase. Raises AssertionError for PCT_START ≤ 0; a phase of no iterations (B = 0) raises
    ZeroDivisionError when it is evaluated, unless `skip_empty`.
    Source: `tools/train_utils/optimization/learning_schedules_fastai.py`, both releases.

    >>> from pcdet_sched.trainer.model import dummy_model
    >>> from pcdet_sched.trainer.optimizers import WrappedAdam
    >>> optimizer = WrappedAdam(dummy_model(), (0.9, 0.99), 0.01)
    >>> schedule = OneCycle(optimizer, 100, 0.003, [0.95, 0.85], 10, 0.4)
    >>> schedule.step(40); float(optimizer.lr), float(optimizer.mom)
    (0.003, 0.85)
    >>> schedule.step(41); float(optimizer.lr) < 0.003
    True
    """

    def __init__(
        self,
        optimizer: WrappedAdam,
        total: Value,
        lr: Value,
        moms: list[Value],
        div_factor: Value,
        pct_start: Value,
        skip_empty: bool = False,
    ) -> None:
        int(times(total, pct_start))  # the first use of PCT_START: what int() refuses stops here, before LR is used
        low = lr / div_factor
        up, down = partial(annealing_cos, low, lr), partial(annealing_cos, lr, low / 1e4)
        optimizer.lr = low
        optimizer.mom = moms[0]
        self.optimizer, self.skip_empty = optimizer, skip_empty
        self.lr_phases = bind_phases(((0, up), (pct_start, down)), total)
        self.mom_phases = momentum_phases(moms, pct_start, total)

    def step(self, iteration: int, epoch: int | None = None) -> None:
        """Set lr and momentum of iteration k. The epoch plays no part."""
        self.optimizer.lr = value_at(self.lr_phases, iteration, self.skip_empty)
        self.optimizer.mom = value_at(self.mom_phases, iteration, self.skip_empty)


class CosineAnneal:
    """A linear warm-up from about LR/3, then a staircase: one cosine value per epoch down to 0.001 · LR.

    For k < WARMUP_ITER: lr = LR · (1 − (1 − k/WARMUP_ITER) · (1 − 0.33333333)). Afterwards, in epoch e of E:
    lr = cos(LR, 0.001 · LR, e/E), so a warm-up that ends in a later epoch ends with a jump. Momentum is one-cycle's.
    `length` is (T, E): total iterations and epochs.
    Source: `tools/train_utils/optimization/learning_schedules_fastai.py`, master only.
    """

    def __init__(
        self,
        optimizer: WrappedAdam,
        length: tuple[Value, Value],
        lr: Value,
        moms: list[Value],
        pct_start: Value,
        warmup_iter: Value,
        skip_empty: bool = False,
    ) -> None:
        total, self.epochs = length
        self.lr, self.warmup_iter = lr, warmup_iter
        optimizer.lr = lr
        optimizer.mom = moms[0]
        self.optimizer, self.skip_empty = optimizer, skip_empty
        self.mom_phases = momentum_phases(moms, pct_start, total)

    def step(self, iteration: int, epoch: int) -> None:
        """Set lr and momentum of iteration k in epoch e."""
        if iteration < self.warmup_iter:
            missing = (1 - iteration / self.warmup_iter) * (1 - 0.33333333)
            self.optimizer.lr = self.lr * (1 - missing)
        else:
            self.optimizer.lr = annealing_cos(self.lr, self.lr * 0.001, epoch / self.epochs)
        self.optimizer.mom = value_at(self.mom_phases, iteration, self.skip_empty)


class CosineWarmup(LRScheduler):
    """Half a cosine up from η = LR/DIV_FACTOR to LR over W iterations: η + (LR − η) · (1 − cos(π·k/W)) / 2.

    LR is the optimizer's initial lr. Beyond W it goes down again, as a cosine does.
    Source: `tools/train_utils/optimization/learning_schedules_fastai.py`; both releases fail before they get here.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, length: Value, lowest: Value) -> None:
        self.length, self.lowest = length, lowest
        super().__init__(optimizer)

    def get_lr(self) -> list[Value]:
        """The lr of each parameter group at iteration `last_epoch`."""
        share = (1 - math.cos(math.pi * self.last_epoch / self.length)) / 2
        return [self.lowest + (base - self.lowest) * share for base in self.base_lrs]


Own = Constant | Poly | TorchOneCycle | WarmRestarts | ClosedForm
"""Schedules that only forks have; each says itself where it bends."""
Schedule = OneCycle | CosineAnneal | LambdaLR | CosineWarmup | Own


def set_iteration(schedule: Schedule, iteration: int, epoch: int) -> None:
    """Bring the optimizer's lr and momentum to those of an iteration, whatever was evaluated before."""
    if isinstance(schedule, Own):
        schedule.at(iteration, epoch)
    elif isinstance(schedule, LRScheduler):
        # Stepping on from the iteration before gives what torch's deprecated step(iteration) gives.
        schedule.last_epoch = iteration - 1
        schedule.step()
    else:
        schedule.step(iteration, epoch)


# A whole number this long cannot become a float whatever it is multiplied with, so its exact value no longer matters.
_BITS = 8192


class DecayFactor:
    """`max(LR_DECAY^m, LR_CLIP/LR)`, m = how many decay steps an iteration has reached, multiplied up one by one.

    `steps` are iterations. `block` is an attribute dictionary of which LR_DECAY is read only once a step is reached,
    LR_CLIP and LR at every call. Raises what the arithmetic raises (TypeError, ZeroDivisionError, AttributeError).
    Source: `tools/train_utils/optimization/__init__.py`, both releases.

    >>> from types import SimpleNamespace
    >>> factor = DecayFactor([35, 45], SimpleNamespace(LR=1.0, LR_DECAY=0.1, LR_CLIP=0.05))
    >>> factor(34), factor(35), factor(45)
    (1, 0.1, 0.05)
    """

    def __init__(self, steps: list[Value], block: Block) -> None:
        self.steps, self.block = steps, block
        self.ordered = _in_order(steps)
        self._products: list[Value] = [1]

    def __call__(self, iteration: int) -> Value:
        """The factor by which the initial lr is multiplied at an iteration."""
        decay = self._decay(iteration)
        return max(decay, self.block.LR_CLIP / self.block.LR)

    def _decay(self, iteration: int) -> Value:
        if self.ordered is not None:
            return self._product(bisect_right(self.ordered, iteration))
        decay: Value = 1
        for step in self.steps:
            if iteration >= step:
                decay = decay * self.block.LR_DECAY
        return decay

    def _product(self, count: int) -> Value:
        products = self._products
        while len(products) <= count:
            last, decay = products[-1], self.block.LR_DECAY
            if isinstance(last, int) and last.bit_length() > _BITS and isinstance(decay, int) and decay:
                products.append(last if decay > 0 else -last)
            else:
                products.append(last * decay)
        return products[count]


def _in_order(steps: list[Value]) -> list[int | float] | None:
    """The steps in rising order; None where one is no number, which is then met in the order of the list."""
    kinds = set(map(type, steps))
    if not kinds <= {int, float, bool}:
        return None
    return sorted(step for step in steps if not math.isnan(step)) if float in kinds else sorted(steps)
