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
from pcdet_sched.trainer_records import builder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pcdet_sched.plan import RunPlan
    from pcdet_sched.trainer.curve import Schedules
    from pcdet_sched.trainer_records import Trainer


def schedules_as_meant(block: Mapping[str, object], plan: RunPlan, trainer: Trainer | None) -> Schedules | None:
    """Build the schedules of a block with its faults and the trainer's own mended; None where that makes no curve.

    Without a trainer there is none.
    """
    if trainer is None:
        return None
    try:
        with np.errstate(all="ignore"):
            schedules = _build(EasyDict(block_as_meant(block)), plan, builder(trainer, block))
            for iteration in schedules.landmarks():
                schedules.read(iteration)
    except Exception:  # noqa: BLE001 - whatever the user's values break, there is no curve
        return None
    return schedules


def _build(block: Any, plan: RunPlan, trainer: Trainer) -> Schedules:
    settings = read_settings(block, plan)
    length = loader_length(settings, plan)
    optimizer = build_optimizer(dummy_model(), block, trainer)
    restore(optimizer, plan)
    built = build_scheduler(optimizer, length, settings.epochs, block, as_meant=True, trainer=trainer)
    return assemble(optimizer, built, settings, length, block, plan, trainer)
