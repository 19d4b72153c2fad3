"""What is good to know about a block that trains."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pcdet_sched.findings.wording import count, counted, shown
from pcdet_sched.key import as_number
from pcdet_sched.keys import KEYS, use_of
from pcdet_sched.trainer_records import Use

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding

# torch's GradScaler doubles after so many good steps in a row.
_GROWTH = 2000


def unread(case: Case) -> Iterator[Finding]:
    """One finding for all keys that have no effect."""
    uses = {
        name: use_of(name, case.optimizer, case.block, case.plan.use_amp, case.trainer)
        for name in KEYS
        if name in case.block
    }
    keys = [name for name, use in uses.items() if use in (Use.UNREAD, Use.WARMUP)]
    idle = [name for name, use in uses.items() if use is Use.AMP]
    parts = [f"{shown(case.optimizer)} does not read {', '.join(keys)}"] if keys else []
    parts += [f"{', '.join(idle)} takes effect only with mixed precision"] if idle else []
    if parts:
        places = [place for name in keys + idle if (place := case.config.position(name)) is not None]
        first = min(places, key=lambda place: place.line) if places else None
        yield case.finding("keys-not-read", "; ".join(parts) + ".", at=first)


def required(case: Case) -> Iterator[Finding]:
    """Valid it must be, and that is all."""
    for name in KEYS:
        if name in case.block and use_of(name, case.optimizer, case.block, trainer=case.trainer) is Use.REQUIRED:
            message = (
                f"`{name}` must be there and be a list of numbers, yet {shown(case.optimizer)} does nothing with it."
            )
            yield case.finding("valid-but-unused", message, name)


def first_beta(case: Case) -> Iterator[Finding]:
    """BETAS[0] against MOMS."""
    betas, moms = case.numbers("BETAS"), case.numbers("MOMS")
    if not case.wrapped or not case.trainer.reads_betas or not betas or not moms or betas[0] in moms:
        return
    message = f"The first of BETAS, {shown(betas[0])}, has no effect: MOMS, {shown(moms)}, set it at every iteration."
    yield case.finding("first-beta-overwritten", message, "BETAS")


def ceiling(case: Case) -> Iterator[Finding]:
    """The loss scale at the last iteration of an epoch without overflow."""
    course, start = case.course, as_number(case.block.get("LOSS_SCALE_FP16", 65536.0))
    if not case.amp or course is None or course.per_epoch < 1 or start is None:
        return
    doublings = (course.per_epoch - 1) // _GROWTH
    each = f"{counted(course.per_epoch, 'iteration')} per epoch"
    if not doublings:
        message = f"With {each} the loss scale never grows beyond {start:g}: it starts anew in every epoch."
    elif doublings > 60:
        message = f"With {each} the loss scale grows from {start:g} until it overflows: it starts anew in every epoch."
    else:
        reach = f"from {start:g} to {start * 2**doublings:g} at most"
        message = f"With {each} the loss scale grows {reach}: it starts anew in every epoch."
    yield case.finding("loss-scale-ceiling", message, "LOSS_SCALE_FP16")


def total_batch(case: Case) -> Iterator[Finding]:
    """What --batch_size means."""
    plan = case.plan
    if plan.batch_size is None or plan.batch_size % plan.gpus:
        return
    message = (
        f"--batch_size {count(plan.batch_size)} is the total over {counted(plan.gpus, 'GPU')}, so "
        f"{count(plan.batch_size // plan.gpus)} per GPU, and replaces BATCH_SIZE_PER_GPU."
    )
    yield case.finding("batch-size-is-total", message, "BATCH_SIZE_PER_GPU")


RULES = (unread, required, first_beta, ceiling, total_batch)
