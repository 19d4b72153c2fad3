"""CVMI-Lab/PLA: AdamW, and a schedule that SCHEDULER names and the loop applies."""

from __future__ import annotations

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.parts import (
    ADAM,
    ADAM_ONECYCLE,
    ONE_CYCLE,
    SGD,
    Optimizer,
    Schedule,
    Selection,
    Trainer,
)

_CONSTANT = Schedule("constant", ())

PLA = Trainer(
    name="CVMI-Lab/PLA",
    line="own",
    differs=N_(
        "Knows adamw; SCHEDULER must be there: poly, cos_after_step, adam_onecycle or multistep. No clipping, "
        "no decay steps, no LR_WARMUP."
    ),
    source="tools/train_utils/optimization/__init__.py and train_utils.py, 2026-11",
    optimizers=(ADAM_ONECYCLE, ADAM, Optimizer("adamw", "AdamW", _CONSTANT), SGD),
    selection=Selection(
        "SCHEDULER",
        {
            "poly": Schedule("poly", ("POWER",)),
            "cos_after_step": Schedule("cosine after step", ("STEP_EPOCH",)),
            "multistep": _CONSTANT,
            "cos": Schedule("undefined", ()),
            "adam_onecycle": Schedule("missing", ()),
        },
        other=Schedule("not implemented", ()),
        wrapped={"adam_onecycle": ONE_CYCLE},
    ),
    warmup="unread",
    clipping="never",
    nan_stops=True,
    required=(),
    own_keys={
        "SCHEDULER": N_("The schedule: poly, cos_after_step, adam_onecycle or multistep."),
        "POWER": N_("The exponent of poly: lr = LR · (1 − it/(N + 1))^POWER."),
        "STEP_EPOCH": N_("The epoch up to which cos_after_step leaves lr at LR."),
    },
)
