"""The one table of OPTIMIZATION keys: what each means, what it may hold and which optimizer reads it.

The form, the help, the check, the reference page and `docs/keys.md` are all made from `KEYS`. To add a key,
add one `Key` to it. Who reads what is taken from OpenPCDet's `tools/train_utils/optimization/__init__.py`,
`tools/train_utils/train_utils.py` and `tools/train.py` (master at 8cacccec; `classic` tags up to v0.5.2).

>>> KEYS["LR"].group, KEYS["LR"].kind
('Optimizer', 'float')
>>> use_of("MOMENTUM", "adam_onecycle", {})
<Use.UNREAD: '-'>
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pcdet_sched.trainer_records import MASTER, TRAINERS, Trainer, Use

Kind = Literal["int", "float", "bool", "choice", "float list", "int list"]
Stage = Literal["config", "dataloader", "build_optimizer", "build_scheduler", "train"]

GROUPS = ("Run", "Optimizer", "Schedule", "Step decay and warm-up", "Precision and clipping")
OPTIMIZERS = tuple(optimizer.name for optimizer in MASTER.optimizers)


@dataclass(frozen=True)
class Key:
    """One key of an OPTIMIZATION block. Ranges are soft: outside of them the trainer may still run."""

    name: str
    group: str
    kind: Kind
    meaning: str
    stage: Stage
    """The trainer's stage that reads it first; an absent required key is an AttributeError there."""
    default: Any
    """What the form writes when the key is added to a block that lacks it."""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    open_minimum: bool = False
    open_maximum: bool = False
    choices: tuple[str, ...] = ()
    length: int | None = None
    """How many entries a list must have; None: any number."""
    optional: bool = False
    """True: the trainer does without it and takes `default` (or False) on its own."""
    traps: tuple[str, ...] = field(default=())

    def use(self, optimizer: str, trainer: Trainer = MASTER) -> Use:
        """What an optimizer of a trainer does with the key, before LR_WARMUP and mixed precision are looked at."""
        return trainer.use(self.name, {"OPTIMIZER": optimizer})

    @property
    def is_list(self) -> bool:
        """Whether the value is a list of numbers."""
        return self.kind in ("float list", "int list")

    @property
    def type_text(self) -> str:
        """The type in words, with the length or the choices.

        >>> KEYS["MOMS"].type_text, KEYS["LR_WARMUP"].type_text
        ('list of 2 floats', 'True or False')
        """
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.is_list:
            count = "" if self.length is None else f"{self.length} "
            return f"list of {count}{self.kind.split()[0]}s"
        return {"int": "whole number", "float": "number", "bool": "True or False"}[self.kind]

    @property
    def range_text(self) -> str:
        """The soft range in words; empty where there is none.

        >>> KEYS["LR"].range_text, KEYS["MOMENTUM"].range_text, KEYS["NUM_EPOCHS"].range_text
        ('above 0, up to 1', 'from 0, below 1', 'from 1')
        """
        parts = []
        if self.minimum is not None:
            parts.append(f"{'above' if self.open_minimum else 'from'} {self.minimum:g}")
        if self.maximum is not None:
            parts.append(f"{'below' if self.open_maximum else 'up to'} {self.maximum:g}")
        return ", ".join(parts)

    def in_range(self, value: Any) -> bool:
        """Whether a number, or every number of a list, lies in the soft range; False for anything else.

        >>> KEYS["PCT_START"].in_range(0.4), KEYS["PCT_START"].in_range(1.0), KEYS["MOMS"].in_range([0.95, 2])
        (True, False, False)
        """
        if isinstance(value, list):
            return all(self.in_range(v) for v in value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        if isinstance(value, float) and math.isnan(value):
            return False
        low, high = self.minimum, self.maximum
        above = low is None or (value > low if self.open_minimum else value >= low)
        below = high is None or (value < high if self.open_maximum else value <= high)
        return above and below


_TABLE = (
    Key(
        "BATCH_SIZE_PER_GPU", "Run", "int",
        "Samples that each GPU takes per iteration.",
        "config", 4, unit="samples per GPU", minimum=1,
        traps=(
            "The command line's --batch_size is the total over all GPUs and overrides this key.",
            "torch refuses anything but a positive whole number; a bool is refused too.",
        ),
    ),
    Key(
        "NUM_EPOCHS", "Run", "int",
        "How often the training set is gone through; the schedule is stretched over it.",
        "config", 80, unit="epochs", minimum=1,
        traps=(
            "--epochs overrides it.",
            "Changed before a resume, the rebuilt schedule moves under the run: lr can jump a hundredfold.",
        ),
    ),
    Key(
        "OPTIMIZER", "Optimizer", "choice",
        "Optimizer and schedule in one word: adam_onecycle and adam_cosineanneal wrap Adam and drive lr "
        "and momentum at every iteration; adam and sgd lower lr in steps.",
        "build_optimizer", "adam_onecycle", choices=OPTIMIZERS,
        traps=(
            "adam and sgd stop at iteration 0 on master: its loop gives the scheduler an argument too many.",
            "adam_cosineanneal is unknown to classic (v0.5.2 and older, and most forks).",
        ),
    ),
    Key(
        "LR", "Optimizer", "float",
        "The learning rate at its highest: the peak of one-cycle, the plateau after warm-up for the others.",
        "build_scheduler", 0.003, minimum=0, maximum=1, open_minimum=True,
        traps=(
            "It is not scaled with GPUs or batch size: that is up to you.",
            "1e-3 is a string to the trainer's YAML reader; write 0.001 or 1.0e-3.",
            "After a resume with adam or sgd the checkpoint's own LR wins.",
        ),
    ),
    Key(
        "WEIGHT_DECAY", "Optimizer", "float",
        "How strongly weights shrink. adam_onecycle and adam_cosineanneal multiply every weight, BatchNorm "
        "and biases included, by 1 − lr·WEIGHT_DECAY per step; adam and sgd add it to the gradient (L2).",
        "build_optimizer", 0.01, minimum=0, maximum=1,
        traps=("The same number means different things: 0.01 is mild decoupled, strong as L2 inside Adam.",),
    ),
    Key(
        "MOMENTUM", "Optimizer", "float",
        "Momentum of SGD, constant over the run.",
        "build_optimizer", 0.9, minimum=0, maximum=1, open_maximum=True,
        traps=("The one-cycle momentum is MOMS, not this key.",),
    ),
    Key(
        "BETAS", "Optimizer", "float list",
        "Adam's two averaging factors. Only the second one, for squared gradients, has an effect.",
        "build_optimizer", [0.9, 0.99], length=2, minimum=0, maximum=1, open_maximum=True,
        optional=True,
        traps=(
            "The first value is overwritten by MOMS before the first step.",
            "Only master reads it: classic and the forks made from it use (0.9, 0.99) whatever stands here.",
            "Without this key the second beta is 0.99, not torch's 0.999.",
        ),
    ),
    Key(
        "MOMS", "Schedule", "float list",
        "Momentum (Adam's first beta) at the ends of the run and at the peak of lr: high, then low.",
        "build_scheduler", [0.95, 0.85], length=2, minimum=0, maximum=1, open_maximum=True,
        traps=("Exactly two numbers; the higher one first.",),
    ),
    Key(
        "PCT_START", "Schedule", "float",
        "The part of all iterations over which lr rises to its peak; momentum turns round at the same place.",
        "build_scheduler", 0.4, unit="part of the run", minimum=0, maximum=1, open_minimum=True,
        open_maximum=True,
        traps=(
            "0 or less stops the trainer with an AssertionError that has no message.",
            "1 or more runs, and the peak is never reached.",
            "A short run where PCT_START × iterations is below 1 divides by zero.",
        ),
    ),
    Key(
        "DIV_FACTOR", "Schedule", "float",
        "One-cycle starts at LR / DIV_FACTOR and ends at LR / DIV_FACTOR / 10,000. With LR_WARMUP the "
        "warm-up starts there as well.",
        "build_scheduler", 10, minimum=1,
        traps=(
            "Below 1 the run starts above LR.",
            "adam_cosineanneal starts at LR / 3 whatever stands here.",
        ),
    ),
    Key(
        "WARMUP_ITER", "Schedule", "int",
        "Iterations of the straight warm-up from about LR / 3 to LR.",
        "build_scheduler", 500, unit="iterations", minimum=0,
        traps=(
            "Counted in iterations, not epochs.",
            "If it ends in a later epoch, lr jumps down to the cosine.",
        ),
    ),
    Key(
        "DECAY_STEP_LIST", "Step decay and warm-up", "int list",
        "After each of these epochs lr is multiplied by LR_DECAY.",
        "build_scheduler", [35, 45], unit="epochs", minimum=1,
        traps=(
            "Must be there and be a list of numbers for every optimizer, even where it has no effect.",
            "Entries beyond NUM_EPOCHS are never reached.",
        ),
    ),
    Key(
        "LR_DECAY", "Step decay and warm-up", "float",
        "The factor that lr is multiplied by at each entry of DECAY_STEP_LIST.",
        "build_scheduler", 0.1, minimum=0, maximum=1, open_minimum=True,
        traps=("One-cycle does not read it: there is no lower bound to set in the YAML.",),
    ),
    Key(
        "LR_CLIP", "Step decay and warm-up", "float",
        "The floor under the decayed lr.",
        "build_scheduler", 1e-07, minimum=0,
        traps=(
            "1e-07, as the trainer's log prints it, is a string to its YAML reader; write 1.0e-07.",
            "Above LR it raises lr instead of bounding it.",
        ),
    ),
    Key(
        "LR_WARMUP", "Step decay and warm-up", "bool",
        "A cosine warm-up from LR / DIV_FACTOR over WARMUP_EPOCH epochs, before the steps.",
        "build_scheduler", False,
        traps=("True stops both releases with a TypeError while the scheduler is built.",),
    ),
    Key(
        "WARMUP_EPOCH", "Step decay and warm-up", "int",
        "Length of that warm-up.",
        "build_scheduler", 1, unit="epochs", minimum=0,
        traps=("Only with LR_WARMUP: true. One-cycle's warm-up is PCT_START.",),
    ),
    Key(
        "GRAD_NORM_CLIP", "Precision and clipping", "float",
        "Gradients are scaled down so that their 2-norm over all parameters is at most this.",
        "train", 10, minimum=0, open_minimum=True,
        traps=(
            "0 turns every gradient to 0; a negative value turns every gradient round.",
            "Without AMP an infinite gradient becomes nan here and goes into the weights.",
        ),
    ),
    Key(
        "LOSS_SCALE_FP16", "Precision and clipping", "float",
        "The loss scale that mixed precision starts every epoch with.",
        "train", 65536.0, minimum=1, optional=True,
        traps=(
            "The scaler is built anew in each epoch: below 2,000 iterations per epoch it never grows.",
            "Too high, and the first iterations of every epoch are skipped again.",
        ),
    ),
    Key(
        "USE_AMP", "Precision and clipping", "bool",
        "Mixed precision, as with --use_amp on the command line.",
        "config", False, optional=True,
        traps=("Unknown to releases before 2022-11-23.", "The text True in quotes is not True."),
    ),
)  # fmt: skip

KEYS: dict[str, Key] = {key.name: key for key in _TABLE}
"""Every key by name, in display order."""


def use_of(
    key: str, optimizer: object, optimization: Mapping[str, Any], use_amp: bool = False, trainer: Trainer = MASTER
) -> Use:
    """What becomes of `key` in this block: `Use.USED` where it has an effect, else why it has none.

    WARMUP means "would be read with LR_WARMUP", AMP "would be used with AMP"; where those are on, the answer
    is USED. An optimizer that the trainer does not know leaves every key USED, for a fork may read it.

    >>> use_of("WARMUP_EPOCH", "sgd", {"LR_WARMUP": False})
    <Use.WARMUP: 'w'>
    >>> use_of("WARMUP_EPOCH", "sgd", {"LR_WARMUP": True})
    <Use.USED: 'r'>
    """
    if not isinstance(optimizer, str) or not (key in KEYS or key in trainer.own_keys):
        return Use.USED
    use = trainer.use(key, {**optimization, "OPTIMIZER": optimizer})
    if use is Use.WARMUP and optimization.get("LR_WARMUP"):
        return Use.USED
    if use is Use.AMP and (use_amp or optimization.get("USE_AMP")):
        return Use.USED
    return use


def why_dimmed(
    key: str, optimizer: object, optimization: Mapping[str, Any], use_amp: bool = False, trainer: Trainer = MASTER
) -> str:
    """One sentence why `key` has no effect in this block; empty where it has one.

    >>> why_dimmed("MOMENTUM", "adam_onecycle", {})
    'adam_onecycle never reads it.'
    """
    of = "" if trainer is MASTER else f" of {trainer.name}"
    reasons = {
        Use.USED: "",
        Use.REQUIRED: f"{optimizer} needs it to be valid but does nothing with it.",
        Use.WARMUP: "Read only with LR_WARMUP: True.",
        Use.AMP: "Used only with mixed precision (USE_AMP or --use_amp).",
        Use.UNREAD: f"{optimizer}{of} never reads it.",
    }
    return reasons[use_of(key, optimizer, optimization, use_amp, trainer)]


def readers(key: str) -> tuple[Trainer, ...]:
    """The forks that read a key which OpenPCDet does not know.

    >>> [trainer.name for trainer in readers("LR_BB")]
    ['barzanisar/OpenPCDet']
    """
    return tuple(trainer for trainer in TRAINERS if key in trainer.own_keys)
