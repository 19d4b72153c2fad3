"""barzanisar/OpenPCDet: AdamW, torch's own schedules, and an lr of its own for the backbone."""

from __future__ import annotations

from dataclasses import replace

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.openpcdet import CLASSIC
from pcdet_sched.trainer_records.parts import (
    ADAM_ONECYCLE,
    ADAMW_ONECYCLE,
    SGD,
    STEP_DECAY,
    Optimizer,
    Schedule,
    Selection,
)

_BETAS = (0.9, 0.99)
_TORCH_ONE_CYCLE = Schedule("torch one-cycle", ("PCT_START", "DIV_FACTOR"))

BARZANISAR = replace(
    CLASSIC,
    name="barzanisar/OpenPCDet",
    differs=N_(
        "Knows adamW and adamW_onecycle; LR_SCHEDULER picks torch's StepLR, CosineAnnealingLR or OneCycleLR; "
        "LR_BB gives the backbone an lr of its own."
    ),
    source="tools/train_utils/optimization/__init__.py of its branches ssl and weather_aug, 2026-11",
    optimizers=(
        ADAM_ONECYCLE,
        ADAMW_ONECYCLE,
        Optimizer("adam", "Adam", STEP_DECAY, betas=_BETAS),
        Optimizer("adamW", "AdamW", STEP_DECAY, betas=_BETAS),
        SGD,
    ),
    selection=Selection(
        "LR_SCHEDULER",
        {
            "steplr": Schedule("two steps", ()),
            "cosine": Schedule("cosine", ()),
            "onecycle": _TORCH_ONE_CYCLE,
            "onecyle": _TORCH_ONE_CYCLE,
        },
        other=Schedule("unbound", ()),
        absent=STEP_DECAY,
    ),
    backbone_lr=True,
    required=(),
    own_keys={
        "LR_SCHEDULER": N_(
            "The schedule of adam, adamW and sgd: steplr, cosine or onecycle; without it the step decay."
        ),
        "LR_BB": N_("The lr of the parameters whose name holds backbone_3d."),
        "FREEZE_BB": N_("True: the backbone is not trained."),
    },
)
