"""xiangruhuang/OpenPCDet: AdamW, SCHEDULER, and a schedule that steps after the optimizer."""

from __future__ import annotations

from dataclasses import replace

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.openpcdet import CLASSIC
from pcdet_sched.trainer_records.parts import (
    ADAM,
    ADAM_ONECYCLE,
    ADAMW_ONECYCLE,
    ONE_CYCLE,
    SGD,
    STEP_DECAY,
    Optimizer,
    Schedule,
    Selection,
)

XIANGRUHUANG = replace(
    CLASSIC,
    name="xiangruhuang/OpenPCDet",
    differs=N_(
        "Knows adamW and adamW_onecycle; SCHEDULER (STEP, OneCycle) must be there; the schedule is stepped after "
        "the optimizer; GRAD_NORM_CLIP 0 switches clipping off."
    ),
    source="tools/train_utils of its public branches, 2026-11",
    optimizers=(
        ADAM_ONECYCLE,
        ADAMW_ONECYCLE,
        ADAM,
        Optimizer("adamW", "AdamW", STEP_DECAY),
        SGD,
    ),
    order="after",
    selection=Selection(
        "SCHEDULER",
        {"STEP": Schedule("multi-step", ("DECAY_STEP_LIST", "LR_DECAY"))},
        other=STEP_DECAY,
        wrapped={"OneCycle": ONE_CYCLE},
    ),
    warmup="unread",
    clipping="positive",
    own_keys={"SCHEDULER": N_("The schedule: STEP, or OneCycle for the one-cycle optimizers; else the step decay.")},
)
