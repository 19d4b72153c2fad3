"""The two lines of OpenPCDet's own trainer."""

from __future__ import annotations

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.parts import ADAM, ADAM_COSINEANNEAL, ADAM_ONECYCLE, SGD, Trainer

MASTER = Trainer(
    name="master",
    line="master",
    differs=N_("OpenPCDet since 2023-05-08: knows adam_cosineanneal and BETAS, and cannot train with adam or sgd."),
    source="OpenPCDet at 8cacccec, tools/train.py and tools/train_utils",
    optimizers=(ADAM_ONECYCLE, ADAM_COSINEANNEAL, ADAM, SGD),
    passes_epoch=True,
    reads_betas=True,
)
CLASSIC = Trainer(
    name="classic",
    line="classic",
    differs=N_("OpenPCDet before 2023-05-08 (v0.5.2, early 0.6.0, most forks): betas are always (0.9, 0.99)."),
    source="OpenPCDet at v0.5.2, tools/train.py and tools/train_utils",
    optimizers=(ADAM_ONECYCLE, ADAM, SGD),
    older_blocks={"v0.1": "MODEL.TRAIN.OPTIMIZATION"},
)
