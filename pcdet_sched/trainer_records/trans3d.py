"""PJLab-ADG/3DTrans: classic, with stages inside OPTIMIZATION."""

from __future__ import annotations

from dataclasses import replace

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.openpcdet import CLASSIC
from pcdet_sched.trainer_records.parts import Stages

TRANS3D = replace(
    CLASSIC,
    name="PJLab-ADG/3DTrans",
    differs=N_("As classic; semi-supervised and active-learning configs nest stages inside OPTIMIZATION."),
    source="tools/train*.py and tools/train_utils of its public branches, 2026-11",
    stages=Stages(
        names=("PRETRAIN", "SEMI_SUP_LEARNING", "DISCRIMINATOR", "MUL_CLS"),
        alone=("PRETRAIN",),
        taken={
            "BATCH_SIZE_PER_GPU": ("BATCH_SIZE_PER_GPU", "LD_BATCH_SIZE_PER_GPU"),  # LD: the labelled data
            "NUM_EPOCHS": ("NUM_EPOCHS",),
        },
    ),
)
