"""The schedules of one run, readable at any iteration, where they bend, and the points that a drawing of them needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from pcdet_sched.language import N_
from pcdet_sched.trainer.schedules import (
    CosineAnneal,
    CosineWarmup,
    DecayFactor,
    OneCycle,
    Own,
    Schedule,
    set_iteration,
)
from pcdet_sched.trainer.torch_schedules import MOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pcdet_sched.trainer.arithmetic import Group, Value
    from pcdet_sched.trainer.clock import Clock
    from pcdet_sched.trainer.optimizers import WrappedAdam


# Points on half a cosine: with these, denser towards both ends, straight lines stay within 0.02% of its height.
_POINTS = 64
LONGEST = 2**63 - 1
"""A run of more iterations than this is judged, not drawn: a table's whole numbers end here."""
# With more decays than this their names would say less than the curve.
_NAMED = 24
# A drawing takes no more half cosines than this of a schedule that is run beyond its end.
_PERIODS = 32


@dataclass(frozen=True)
class Phase:
    """A named stretch of a run: iterations from `start` up to, not including, `end`."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Schedules:
    """An optimizer with its schedules and the loop's clock. `total`: iterations that the schedule was built for."""

    optimizer: WrappedAdam | Optimizer
    schedule: Schedule
    warmup: CosineWarmup | None
    warmup_epochs: Value
    clock: Clock
    total: int
    batch_size: int | None
    left_by_construction: tuple[Group, ...] | None = None
    """Where the schedule is stepped after the optimizer: what iteration 0 runs on, per parameter group."""

    def read(self, iteration: int) -> tuple[int, float, float]:
        """Epoch, lr and momentum (beta1 for Adam) of an iteration, read back from the first parameter group."""
        epoch = self.clock.epoch_at(iteration)
        self._set(iteration, epoch)
        group = self.optimizer.param_groups[0]
        momentum = group["betas"][0] if "betas" in group else group["momentum"]
        return epoch, float(group["lr"]), float(momentum)

    @property
    def has_second(self) -> bool:
        """Whether a second parameter group has an lr of its own."""
        return isinstance(self.optimizer, Optimizer) and len(self.optimizer.param_groups) > 1

    @property
    def lr_2(self) -> float:
        """The lr of the last parameter group at the iteration that was read last."""
        return float(self.optimizer.param_groups[-1]["lr"])

    def _set(self, iteration: int, epoch: int) -> None:
        if self.left_by_construction is None:
            set_iteration(self.choose(epoch), iteration, epoch)
        elif iteration == 0:
            for group, left in zip(self.optimizer.param_groups, self.left_by_construction, strict=True):
                group.update(left)
        else:
            before = max(self.clock.first_epoch, self.clock.epoch_at(iteration - 1))
            set_iteration(self.choose(before), iteration - 1, before)

    def choose(self, epoch: int) -> Schedule:
        """The schedule that is stepped in an epoch: the warm-up, where there is one, in the first WARMUP_EPOCH."""
        if self.warmup is not None and epoch < self.warmup_epochs:
            return self.warmup
        return self.schedule

    def landmarks(self) -> list[int]:
        """The first iteration, each boundary and the last, in order."""
        clock = self.clock
        if clock.end <= clock.first:
            return []
        marks = boundaries(self.schedule, self.warmup_epochs, clock)
        if self.left_by_construction is not None:
            marks = [k for mark in marks for k in (mark, mark + 1) if k in clock]
        return sorted({clock.first, *marks, clock.end - 1})

    def plot_points(self) -> list[int]:
        """Iterations that a drawing needs: both sides of each landmark and enough on each curved stretch."""
        if self.clock.end > LONGEST:
            return []
        marks = self.landmarks()
        points = {k for mark in marks for k in (mark - 1, mark)}
        stretches = list(self._curved())
        each = min(_POINTS, max(8, 6 * _POINTS // max(1, len(stretches))))  # many restarts share what a plot can hold
        for start, end, length in stretches:
            points.update(_dense(max(start, self.clock.first), min(end, self.clock.end), length, each))
        return sorted(k for k in points if k in self.clock)

    def phases(self) -> tuple[Phase, ...]:
        """The stretches of the run in order, named in English as users know them."""
        named = [(name, max(start, self.clock.first)) for name, start in self._starts()]
        ends = [*(start for _, start in named[1:]), self.clock.end][: len(named)]
        phases = (Phase(name, start, min(end, self.clock.end)) for (name, start), end in zip(named, ends, strict=True))
        return tuple(phase for phase in phases if phase.start < phase.end)

    def _curved(self) -> Iterator[tuple[int, int, int]]:
        """Start, end and length of a half cosine, for each stretch that is no straight line."""
        if isinstance(self.schedule, (OneCycle, CosineAnneal)):
            cosines = self.schedule.mom_phases
            for i, (start, end, _) in enumerate(cosines):
                yield start, cosines[i + 1][0] if i + 1 < len(cosines) else self.clock.end, end - start
        if isinstance(self.schedule, Own):
            yield from self.schedule.curves(self.clock)
        if self.warmup is not None:
            length = max([1, *whole([self.warmup.length])])
            yield self.clock.first, self._warmup_end(), length

    def _warmup_end(self) -> int:
        return self.clock.first if self.warmup is None else warmup_end(self.warmup_epochs, self.clock)

    def _starts(self) -> Iterator[tuple[str, int]]:
        if isinstance(self.schedule, OneCycle):
            starts = (start for start, _, _ in self.schedule.lr_phases)
            yield from zip((N_("warm-up"), N_("annealing")), starts, strict=True)
        elif isinstance(self.schedule, CosineAnneal):
            yield N_("linear warm-up"), 0
            yield from ((N_("cosine by epoch"), max(0, k)) for k in whole([self.schedule.warmup_iter]))
        elif isinstance(self.schedule, Own):
            yield from self.schedule.starts(self.clock)
        elif isinstance(self.schedule, LambdaLR):
            yield from self._decay_starts(cast("DecayFactor", self.schedule.lr_lambdas[0]))

    def _decay_starts(self, factor: DecayFactor) -> Iterator[tuple[str, int]]:
        end = self._warmup_end()
        if end > self.clock.first:
            yield N_("cosine warm-up"), self.clock.first
        steps = factor.ordered or []
        marks = sorted(k for k in {end, *whole(steps[:MOST])} if k >= end and k in self.clock)
        if len(marks) > _NAMED:
            yield N_("step decay"), end
        else:
            yield from ((f"LR × {factor(mark):.4g}", mark) for mark in marks)


def _dense(start: int, end: int, length: int, count: int) -> list[int]:
    """Iterations from `start` to `end`, all of them or so many per half cosine, denser towards the ends of each."""
    halves = min(_PERIODS, math.ceil((end - start) / max(1, abs(length)))) if end > start else 0
    if end - start <= count * halves:
        return list(range(start, end))
    shares = (1 - np.cos(np.pi * np.arange(count + 1) / count)) / 2
    edges = np.linspace(float(start), float(end - 1), halves + 1)
    points = edges[:-1, None] + np.diff(edges)[:, None] * shares[None, :]
    # A float does not hold every whole number of a very long run: back to Python's own.
    return sorted({min(max(round(point), start), end - 1) for point in points.ravel().tolist()})


def boundaries(schedule: Schedule, warmup_epochs: Value, clock: Clock) -> list[int]:
    """The iterations of `clock` at which a phase, a stair or a decay begins, in rising order, without repeats.

    `warmup_epochs` is WARMUP_EPOCH where a cosine warm-up precedes the schedule, else None.
    """
    found: set[int] = set()
    if isinstance(schedule, (OneCycle, CosineAnneal)):
        phases = schedule.mom_phases if isinstance(schedule, CosineAnneal) else schedule.lr_phases
        found.update(whole(edge for start, end, _ in phases for edge in (start, end)))
    if isinstance(schedule, CosineAnneal):
        found.update(whole([schedule.warmup_iter]))
        step = max(1, (clock.epochs - clock.first_epoch) // MOST)
        found.update(clock.start_of(e) for e in range(clock.first_epoch, clock.epochs, step))
    if isinstance(schedule, Own):
        found.update(schedule.edges(clock))
    elif isinstance(schedule, LambdaLR):
        found.update(_decays(schedule))
    if warmup_epochs is not None:
        found.add(warmup_end(warmup_epochs, clock))
    return sorted(k for k in found if k in clock)


def whole(edges: Iterable[Value]) -> list[int]:
    """The first iteration at or after each edge that is a finite number; others are left out."""
    return [math.ceil(edge) for edge in edges if _is_finite(edge)]


def _is_finite(value: Value) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _decays(schedule: LambdaLR) -> list[int]:
    factor = schedule.lr_lambdas[0]
    if not isinstance(factor, DecayFactor) or factor.ordered is None:
        return []
    return whole(factor.ordered[:: _stride(factor)][:MOST])


def _stride(factor: DecayFactor) -> int:
    """How many decays may be taken as one: as many as lower the lr by 3%, in lists too long to look at each."""
    steps, decay = factor.ordered or [], getattr(factor.block, "LR_DECAY", None)
    if len(steps) <= MOST or not isinstance(decay, (int, float)) or not 0 < decay < 1:
        return 1
    return max(1, int(0.03 / abs(math.log(decay))))


def warmup_end(warmup_epochs: Value, clock: Clock) -> int:
    """The first iteration that the cosine warm-up no longer drives; the end of the run where it always does."""
    if isinstance(warmup_epochs, float) and math.isinf(warmup_epochs) and warmup_epochs > 0:
        return clock.end
    epoch = max([clock.first_epoch, *whole([warmup_epochs])])
    return clock.start_of(min(epoch, clock.epochs))
