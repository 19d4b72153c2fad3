"""Lr and momentum of a block for many lengths of run, each at a few iterations; no dry run, so quick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pcdet_sched.plan import Checkpoint, RunPlan
from pcdet_sched.trainer.stages import schedules_as_meant
from pcdet_sched.trainer_records.auto import resolve

Points = list[tuple[float, float]]


def probe(
    block: Mapping[str, object],
    iterations: Iterable[int],
    per_epoch: int,
    epochs: int,
    start: Checkpoint | None = None,
) -> Points | None:
    """(lr, momentum) at each iteration of a run of `epochs` × `per_epoch`, resumed from `start` if given.

    The block is taken as its author meant it. None where it has no curve of that length.

    >>> block = {"OPTIMIZER": "adam_onecycle", "LR": 0.01, "DIV_FACTOR": 10, "PCT_START": 0.4, "MOMS": [0.95, 0.85]}
    >>> [round(probe(block, [7800], 100, epochs)[0][0], 6) for epochs in (80, 120)]
    [4.3e-05, 0.006294]
    """
    plan = RunPlan(iters_per_epoch=per_epoch, epochs=epochs, checkpoint=start)
    trainer = resolve(plan.trainer, block).trainer
    schedules = schedules_as_meant({**block, "BATCH_SIZE_PER_GPU": 1}, plan, trainer) if trainer else None
    return None if schedules is None else [schedules.read(k)[1:] for k in iterations]
