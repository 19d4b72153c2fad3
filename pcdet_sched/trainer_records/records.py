"""The records: OpenPCDet's two lines and every fork that is known, each made of the parts in `parts.py`.

To add one, write its record and name it in `TRAINERS`.
"""

from __future__ import annotations

from dataclasses import replace

from pcdet_sched.language import N_
from pcdet_sched.trainer_records.parts import (
    ADAM,
    ADAM_COSINEANNEAL,
    ADAM_ONECYCLE,
    ADAMW_ONECYCLE,
    ONE_CYCLE,
    SGD,
    STEP_DECAY,
    Optimizer,
    Schedule,
    Selection,
    Stages,
    Trainer,
)

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

_READ = "tools/train_utils of its public branches, 2026-11"
# Forks whose optimizer, schedule and loop are OpenPCDet's.
SAME = (
    replace(CLASSIC, name="Haiyang-W/DSVT", differs=N_("As classic."), source=_READ),
    replace(CLASSIC, name="Nightmare-n/GD-MAE", differs=N_("As classic."), source=_READ),
    replace(CLASSIC, name="dvlab-research/VoxelNeXt", differs=N_("As classic."), source=_READ),
    replace(CLASSIC, name="dvlab-research/FocalsConv", differs=N_("As classic."), source=_READ),
    replace(
        CLASSIC,
        name="happinesslz/LION",
        differs=N_("As classic; parameters without a module of their own are decayed too."),
        source=_READ,
    ),
    replace(MASTER, name="Haiyang-W/UniTR", differs=N_("As master."), source=_READ),
    replace(MASTER, name="zhanggang001/HEDNet", differs=N_("As master."), source=_READ),
)

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

EMIYANING = replace(
    CLASSIC,
    name="EmiyaNing/OpenPCDet",
    differs=N_("As classic, with LR_WARMUP repaired: the cosine warm-up runs for WARMUP_EPOCH epochs."),
    source="tools/train_utils/optimization/__init__.py of its public branches, 2026-11",
    warmup="runs",
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

TRAINERS: tuple[Trainer, ...] = (
    MASTER, CLASSIC, *SAME, TRANS3D, EMIYANING, BARZANISAR, PLA, MTR, XIANGRUHUANG,
)  # fmt: skip
