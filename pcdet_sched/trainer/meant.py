"""The schedules of a run that the trainer would not finish, as its author meant them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from easydict import EasyDict

from pcdet_sched.keys import block_as_meant
from pcdet_sched.trainer.build import build_scheduler
from pcdet_sched.trainer.model import dummy_model
from pcdet_sched.trainer.optimizers import build_optimizer
from pcdet_sched.trainer.settings import loader_length, read_settings
from pcdet_sched.trainer.stages import assemble, restore
from pcdet_sched.trainer_records import MASTER
from pcdet_sched.trainer_records.auto import resolve

if TYPE_CHECKING:
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.trainer.curve import Schedules


def schedules_as_meant(block: dict[str, Any], plan: RunPlan) -> Schedules | None:
    """Build the schedules of a block with its faults and the trainer's own mended; None where that makes no curve."""
    try:
        with np.errstate(all="ignore"):
            schedules = _build(EasyDict(OPTIMIZATION=block_as_meant(block)), plan)
            for iteration in schedules.landmarks():
                schedules.read(iteration)
    except Exception:  # noqa: BLE001 - whatever the user's values break, there is no curve
        return None
    return schedules


def _build(document: Any, plan: RunPlan) -> Schedules:
    block = document.OPTIMIZATION
    resolved = resolve(plan.trainer, block).trainer
    if resolved is None:
        raise LookupError
    trainer = resolved if resolved.is_fork else MASTER  # master knows all of OpenPCDet's optimizers
    settings = read_settings(document, plan)
    length = loader_length(settings, plan)
    optimizer = build_optimizer(dummy_model(), block, trainer)
    restore(optimizer, plan)
    built = build_scheduler(optimizer, length, settings.epochs, block, as_meant=True, trainer=trainer)
    return assemble(optimizer, built, settings, length, block, plan, trainer)
