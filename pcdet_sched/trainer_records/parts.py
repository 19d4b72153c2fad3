"""What a trainer is made of: optimizers, schedules, and how its loop goes through an iteration. No torch in here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


class Use(Enum):
    """What one optimizer does with one key."""

    USED = "r"
    """Read, and it changes the training."""
    REQUIRED = "R"
    """Read, so it must be there and valid, yet without effect."""
    WARMUP = "w"
    """Read only while LR_WARMUP is true."""
    AMP = "a"
    """Takes effect only with mixed precision (USE_AMP or --use_amp)."""
    UNREAD = "-"
    """Never read."""


@dataclass(frozen=True)
class Schedule:
    """How lr (and momentum) move. `kind` names what `pcdet_sched.trainer` runs, `reads` the keys that shape it."""

    kind: str
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Optimizer:
    """One value of OPTIMIZER.

    `family` is torch's class; `wrapped` puts it into the fastai-style wrapper, which decouples the weight decay and
    lets the schedule set lr and momentum. `betas` are those that the trainer passes, by default torch's own. `schedule`
    drives it unless the trainer lets another key choose.
    """

    name: str
    family: Literal["Adam", "AdamW", "SGD"]
    schedule: Schedule
    wrapped: bool = False
    betas: tuple[float, float] = (0.9, 0.999)


@dataclass(frozen=True)
class Selection:
    """A key whose value picks the schedule.

    `absent` is taken without the key (None: an AttributeError), `other` for a value that is none of `values`.
    `wrapped` holds what a wrapped optimizer gets instead; None: the key is not read for one.
    """

    key: str
    values: Mapping[str, Schedule]
    other: Schedule
    absent: Schedule | None = None
    wrapped: Mapping[str, Schedule] | None = None

    def pick(self, block: Mapping[str, object], optimizer: Optimizer) -> Schedule | None:
        """The schedule of a block; None where the key must be there and is not."""
        if optimizer.wrapped and self.wrapped is None:
            return optimizer.schedule
        value = block.get(self.key)
        if value is None:
            return self.absent if self.key not in block or self.absent else self.other
        if not isinstance(value, str):
            return self.other
        if optimizer.wrapped and self.wrapped and value in self.wrapped:
            return self.wrapped[value]
        return self.values.get(value, self.other)


@dataclass(frozen=True)
class Stages:
    """Blocks inside the block, each for a run or an optimizer of its own.

    `names`: those that the trainer reads. `alone`: those of them that are whole blocks. Any other mapping with an
    optimizer takes what it lacks from the mapping around it: `taken` holds each such key with the names under which it
    may stand there, the first that does.
    """

    names: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    taken: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


Clipping = Literal["always", "positive", "never"]
"""GRAD_NORM_CLIP is applied always, only where it is above 0, or not read."""
Warmup = Literal["stops", "runs", "unread"]
"""LR_WARMUP: true stops the trainer (it takes len() of a number), precedes the schedule, or is not read."""


@dataclass(frozen=True)
class Trainer:
    """One trainer, as far as an OPTIMIZATION block can tell it from another.

    `name` is how it is chosen: master, classic or GitHub's owner/name. `line` is the OpenPCDet release that it is made
    from. `differs` says in a sentence what is its own, `source` where that was read. `order`: whether the schedule is
    stepped before or after the optimizer. `passes_epoch`: the schedule is stepped with iteration and epoch, which
    torch's own schedules refuse. `required` are keys that are read for every optimizer; `own_keys` those that
    OpenPCDet does not know, with their meaning; `stages` are blocks inside the block. `block` is the top key of
    the file that holds it; `older_blocks` says where older releases read it: release → dotted path.
    """

    name: str
    line: Literal["master", "classic", "own"]
    differs: str
    source: str
    optimizers: tuple[Optimizer, ...]
    passes_epoch: bool = False
    order: Literal["before", "after"] = "before"
    selection: Selection | None = None
    warmup: Warmup = "stops"
    clipping: Clipping = "always"
    reads_betas: bool = False
    amp: bool = True
    backbone_lr: bool = False
    nan_stops: bool = False
    unknown_optimizer: type[Exception] = NotImplementedError
    required: tuple[str, ...] = ("DECAY_STEP_LIST",)
    own_keys: Mapping[str, str] = field(default_factory=dict)
    stages: Stages = Stages()
    block: str = "OPTIMIZATION"
    older_blocks: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_fork(self) -> bool:
        """Whether it is somebody's copy of OpenPCDet."""
        return "/" in self.name

    def optimizer(self, name: object) -> Optimizer | None:
        """The optimizer of that name; None for one that this trainer does not know.

        >>> from pcdet_sched.trainer_records import find
        >>> find("master").optimizer("sgd").family, find("classic").optimizer("adam_cosineanneal")
        ('SGD', None)
        """
        return next((each for each in self.optimizers if each.name == name), None)

    def choices(self, key: str) -> tuple[str, ...]:
        """The values that train of the key that picks the schedule; none for any other key.

        >>> from pcdet_sched.trainer_records import find
        >>> find("xiangruhuang/OpenPCDet").choices("SCHEDULER")
        ('STEP', 'OneCycle')
        """
        picks = self.selection
        if picks is None or picks.key != key:
            return ()
        known = {**picks.values, **(picks.wrapped or {})}
        return tuple(value for value, schedule in known.items() if schedule.kind != "undefined")

    def schedule(self, block: Mapping[str, object]) -> Schedule | None:
        """The schedule that a block gets; None where its optimizer is unknown or the key that picks it is absent."""
        optimizer = self.optimizer(block.get("OPTIMIZER"))
        if optimizer is None:
            return None
        return optimizer.schedule if self.selection is None else self.selection.pick(block, optimizer)

    def clips(self, limit: Any) -> bool:
        """Whether the loop clips gradients with this GRAD_NORM_CLIP. Raises what comparing it with 0 raises.

        >>> from pcdet_sched.trainer_records import find
        >>> find("master").clips(0), find("xiangruhuang/OpenPCDet").clips(0), find("CVMI-Lab/PLA").clips(10)
        (True, False, False)
        """
        return self.clipping == "always" or (self.clipping == "positive" and limit > 0)

    def use(self, key: str, block: Mapping[str, object]) -> Use:
        """What becomes of a key in a block. An optimizer that this trainer does not know leaves every key USED.

        >>> from pcdet_sched.trainer_records import find
        >>> block = {"OPTIMIZER": "adam_onecycle"}
        >>> find("master").use("BETAS", block), find("classic").use("BETAS", block)
        (<Use.USED: 'r'>, <Use.UNREAD: '-'>)
        """
        optimizer, schedule = self.optimizer(block.get("OPTIMIZER")), self.schedule(block)
        if optimizer is None or schedule is None or key in _ALWAYS:
            return Use.USED
        if key in ("USE_AMP", "LOSS_SCALE_FP16"):
            on = Use.USED if key == "USE_AMP" else Use.AMP
            return on if self.amp else Use.UNREAD
        if key in self._read(optimizer, schedule):
            return Use.USED
        if key in ("WARMUP_EPOCH", "DIV_FACTOR") and self._warms_up(optimizer):
            return Use.WARMUP
        return Use.REQUIRED if key in self.required else Use.UNREAD

    def _read(self, optimizer: Optimizer, schedule: Schedule) -> set[str]:
        # A wrapped optimizer's own schedule is built, and sets lr and momentum once, even where another one drives it.
        read = {*schedule.reads, *(optimizer.schedule.reads if optimizer.wrapped else ())}
        read |= {"MOMENTUM"} if optimizer.family == "SGD" else set()
        read |= {"BETAS"} if optimizer.wrapped and self.reads_betas else set()
        read |= set() if self.clipping == "never" else {"GRAD_NORM_CLIP"}
        read |= {"LR_WARMUP"} if self._warms_up(optimizer) else set()
        if self.selection and not (optimizer.wrapped and self.selection.wrapped is None):
            read.add(self.selection.key)
        if self.backbone_lr:
            read |= {"FREEZE_BB"} if optimizer.wrapped else {"FREEZE_BB", "LR_BB"}
        return read

    def _warms_up(self, optimizer: Optimizer) -> bool:
        return not optimizer.wrapped and self.warmup != "unread"


_ALWAYS = ("BATCH_SIZE_PER_GPU", "NUM_EPOCHS", "OPTIMIZER", "LR", "WEIGHT_DECAY")

# OpenPCDet's own schedules.
ONE_CYCLE = Schedule("one-cycle", ("MOMS", "PCT_START", "DIV_FACTOR"))
COSINE_ANNEAL = Schedule("cosine by epoch", ("MOMS", "PCT_START", "WARMUP_ITER"))
STEP_DECAY = Schedule("step decay", ("DECAY_STEP_LIST", "LR_DECAY", "LR_CLIP"))

ADAM = Optimizer("adam", "Adam", STEP_DECAY)
SGD = Optimizer("sgd", "SGD", STEP_DECAY)
ADAM_ONECYCLE = Optimizer("adam_onecycle", "Adam", ONE_CYCLE, wrapped=True, betas=(0.9, 0.99))
ADAMW_ONECYCLE = Optimizer("adamW_onecycle", "AdamW", ONE_CYCLE, wrapped=True, betas=(0.9, 0.99))
ADAM_COSINEANNEAL = Optimizer("adam_cosineanneal", "Adam", COSINE_ANNEAL, wrapped=True, betas=(0.9, 0.99))
