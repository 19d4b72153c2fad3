"""Torch's own schedules and the small ones of forks, each readable at any iteration and able to say where it bends."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    StepLR,
)

from pcdet_sched.language import N_

if TYPE_CHECKING:
    from pcdet_sched.trainer.arithmetic import Block, HasGroups, Value
    from pcdet_sched.trainer.clock import Clock

MOST = 2000
"""More boundaries than this are thinned: neither a screen nor an exception tells them apart."""


class Bends:
    """What a schedule says of its own shape, in iterations of the schedule; the defaults are a constant's."""

    def edges(self, clock: Clock) -> list[int]:
        """Where a phase, a stair or a decay begins."""
        return []

    def curves(self, clock: Clock) -> list[tuple[int, int, int]]:
        """Start, end and length of a half cosine, for each stretch that is no straight line."""
        return []

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        """Names of the phases with their first iterations."""
        return [(N_("constant"), clock.first)]


class ClosedForm(LRScheduler, Bends):
    """A schedule of torch that computes lr from the iteration alone, as torch's `step(iteration)` does."""

    def at(self, iteration: int, epoch: int) -> None:
        self.last_epoch = iteration
        values: list[Value] = self._get_closed_form_lr()  # type: ignore[attr-defined]
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            group["lr"] = lr


class TwoSteps(ClosedForm, StepLR):
    """Torch's StepLR: lr × 0.1 after every `step_size` iterations."""

    def edges(self, clock: Clock) -> list[int]:
        return list(range(0, clock.end, max(1, self.step_size)))[:MOST]

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        return [(f"LR × {self.gamma**i:.4g}", edge) for i, edge in enumerate(self.edges(clock)[:24])]


class MultiStep(ClosedForm, MultiStepLR):
    """Torch's MultiStepLR: lr × gamma at each milestone."""

    def edges(self, clock: Clock) -> list[int]:
        return sorted({int(np.ceil(step)) for step in self.milestones})[:MOST]

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        marks = [clock.first, *(edge for edge in self.edges(clock) if edge in clock)]
        return [(f"LR × {self.gamma**i:.4g}", mark) for i, mark in enumerate(marks[:24])]


class Linear(ClosedForm, LinearLR):
    """Torch's LinearLR."""

    def edges(self, clock: Clock) -> list[int]:
        return [0, self.total_iters]

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        return [("linear", 0)]


class Cosine(ClosedForm, CosineAnnealingLR):
    """Torch's CosineAnnealingLR."""

    def curves(self, clock: Clock) -> list[tuple[int, int, int]]:
        return [(0, clock.end, int(self.T_max))]

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        return [("cosine", 0)]


class WarmRestarts(CosineAnnealingWarmRestarts, Bends):
    """Torch's CosineAnnealingWarmRestarts."""

    def at(self, iteration: int, epoch: int) -> None:
        self.step(iteration)

    def edges(self, clock: Clock) -> list[int]:
        return list(range(0, clock.end, max(1, self.T_0)))[:MOST]

    def curves(self, clock: Clock) -> list[tuple[int, int, int]]:
        return [(start, start + self.T_0, self.T_0) for start in self.edges(clock)[:64]]

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        return [("cosine with restarts", 0)]


class TorchOneCycle(OneCycleLR, Bends):
    """Torch's OneCycleLR, which computes lr and momentum from its count alone."""

    def at(self, iteration: int, epoch: int) -> None:
        self.last_epoch = iteration - 1
        self.step()

    def edges(self, clock: Clock) -> list[int]:
        return [int(np.ceil(phase["end_step"])) for phase in self._schedule_phases]

    def curves(self, clock: Clock) -> list[tuple[int, int, int]]:
        edges = [0, *self.edges(clock)]
        return [(a, b + 1, b - a + 1) for a, b in pairwise(edges)]

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        return [(N_("warm-up"), 0), (N_("annealing"), self.edges(clock)[0])]


class Constant(Bends):
    """Nothing ever changes what construction left."""

    def __init__(self, optimizer: HasGroups) -> None:
        self.optimizer = optimizer
        self.base = [group["lr"] for group in optimizer.param_groups]

    def at(self, iteration: int, epoch: int) -> None:
        """Set lr and momentum of an iteration."""

    def _set(self, values: list[Value]) -> None:
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            group["lr"] = lr

    def _epochs(self, clock: Clock, first: int, step: int = 1) -> list[int]:
        epochs = range(first, clock.epochs, step)
        return [clock.start_of(epoch) for epoch in epochs[:: max(1, len(epochs) // MOST)]]


class Poly(Constant):
    """`LR · (1 − it/(N + 1))^POWER` over N iterations, set before each one whatever the optimizer was built with.

    `block` is an attribute dictionary, of which the loop reads POWER, not the construction.
    """

    def __init__(self, optimizer: HasGroups, block: Block, total: Value) -> None:
        super().__init__(optimizer)
        self.block, self.total = block, total

    def at(self, iteration: int, epoch: int) -> None:
        lr = self.block.LR * (1 - iteration / (self.total + 1)) ** self.block.POWER
        self._set([lr] * len(self.base))

    def curves(self, clock: Clock) -> list[tuple[int, int, int]]:
        return [(0, clock.end, clock.end)]

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        return [("poly", 0)]


class CosineAfterStep(Constant):
    """LR while e < STEP_EPOCH, then half a cosine over the epochs left, down to 1e-6; constant within an epoch.

    `block` is an attribute dictionary, of which the loop reads STEP_EPOCH, not the construction.
    """

    lowest = 1e-6

    def __init__(self, optimizer: HasGroups, block: Block, epochs: Value) -> None:
        super().__init__(optimizer)
        self.block, self.epochs = block, epochs

    def at(self, iteration: int, epoch: int) -> None:
        lr, step_epoch = self.block.LR, self.block.STEP_EPOCH
        if epoch >= step_epoch:
            share = (epoch - step_epoch) / (self.epochs - step_epoch)
            lr = self.lowest + 0.5 * (lr - self.lowest) * (1 + np.cos(np.pi * share))
        self._set([lr] * len(self.base))

    def edges(self, clock: Clock) -> list[int]:
        return self._epochs(clock, max(0, int(self.block.STEP_EPOCH)))

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        first = self.edges(clock)[:1]
        return [(N_("constant"), clock.first), *((N_("cosine by epoch"), k) for k in first)]


class EveryFifthEpoch(Constant):
    """lr × 0.3 at the start of every fifth epoch but the first."""

    def at(self, iteration: int, epoch: int) -> None:
        values = self.base
        for _ in range(min(epoch // 5, 700)):  # 0.3^700 is 0
            values = [lr * 0.3 for lr in values]
        self._set(values)

    def edges(self, clock: Clock) -> list[int]:
        return self._epochs(clock, 5, 5)

    def starts(self, clock: Clock) -> list[tuple[str, int]]:
        marks = [clock.first, *self.edges(clock)]
        return [(f"LR × {0.3**i:.4g}", mark) for i, mark in enumerate(marks[:24])]


class Fails(Constant):
    """The loop stops where it would step the schedule."""

    def __init__(self, optimizer: HasGroups, error: Exception) -> None:
        super().__init__(optimizer)
        self.error = error

    def at(self, iteration: int, epoch: int) -> None:
        raise self.error
