"""The iterations at which something can change: where a dry run looks, and what a plot must not miss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from torch.optim.lr_scheduler import LambdaLR

from pcdet_sched.trainer.decay import DecayFactor
from pcdet_sched.trainer.schedules import CosineAnneal, OneCycle, Own, Schedule
from pcdet_sched.trainer.torch_schedules import MOST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pcdet_sched.trainer.arithmetic import Value
    from pcdet_sched.trainer.clock import Clock


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
