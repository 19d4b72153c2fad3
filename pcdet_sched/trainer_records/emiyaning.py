"""EmiyaNing/OpenPCDet: classic, with the cosine warm-up repaired."""

from __future__ import annotations

from dataclasses import replace

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.openpcdet import CLASSIC

EMIYANING = replace(
    CLASSIC,
    name="EmiyaNing/OpenPCDet",
    differs=N_("As classic, with LR_WARMUP repaired: the cosine warm-up runs for WARMUP_EPOCH epochs."),
    source="tools/train_utils/optimization/__init__.py of its public branches, 2026-11",
    warmup="runs",
)
