"""sshaoshuai/MTR: Adam and AdamW under torch's own schedules."""

from __future__ import annotations

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.parts import Optimizer, Schedule, Selection, Trainer

_FIFTH = Schedule("every fifth epoch", ())

MTR = Trainer(
    name="sshaoshuai/MTR",
    line="own",
    differs=N_(
        "Knows Adam and AdamW; SCHEDULER is cosine, lambdaLR, linearLR or absent. No one-cycle, no mixed precision."
    ),
    source="tools/train.py and tools/train_utils/train_utils.py, 2026-11",
    optimizers=(Optimizer("AdamW", "AdamW", _FIFTH), Optimizer("Adam", "Adam", _FIFTH)),
    selection=Selection(
        "SCHEDULER",
        {
            "lambdaLR": Schedule("step decay", ("DECAY_STEP_LIST", "LR_DECAY", "LR_CLIP")),
            "linearLR": Schedule("linear", ("LR_CLIP",)),
            "cosine": Schedule("warm restarts", ()),
        },
        other=_FIFTH,
        absent=_FIFTH,
    ),
    warmup="unread",
    amp=False,
    unknown_optimizer=AssertionError,
    required=(),
    own_keys={
        "SCHEDULER": N_("The schedule: lambdaLR (step decay), linearLR or cosine (warm restarts every two epochs).")
    },
)
