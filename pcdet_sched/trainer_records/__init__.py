"""Every trainer that is known, each a record of its parts: OpenPCDet's two lines and public forks.

The records are in `records.py`; what their parts do is in `pcdet_sched.trainer`.

>>> find("cvmi-lab/pla").name, find("master").line
('CVMI-Lab/PLA', 'master')
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcdet_sched.language import _
from pcdet_sched.trainer_records.parts import Optimizer, Schedule, Trainer, Use
from pcdet_sched.trainer_records.records import CLASSIC, MASTER, TRAINERS, TRANS3D

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CLASSIC",
    "MASTER",
    "NAMES",
    "STAGES",
    "TRAINERS",
    "Optimizer",
    "Schedule",
    "Trainer",
    "Use",
    "builder",
    "find",
    "find_optimizer",
    "trainers",
]

NAMES: tuple[str, ...] = tuple(trainer.name for trainer in TRAINERS)
_BY_NAME = {trainer.name.lower(): trainer for trainer in TRAINERS}
STAGES = TRANS3D.stages
"""The only blocks inside the block that a known trainer reads."""


def trainers() -> tuple[Trainer, ...]:
    """All trainers that are known: name, line of releases, what differs in a sentence, where that was read.

    >>> [trainer.name for trainer in trainers()][:3]
    ['master', 'classic', 'Haiyang-W/DSVT']
    """
    return TRAINERS


def find(name: str) -> Trainer:
    """The trainer of a name, in any case. Raises ValueError with the names that there are."""
    trainer = _BY_NAME.get(str(name).lower())
    if trainer is None:
        raise ValueError(_("trainer must be one of auto, {names}, not {name!r}", names=", ".join(NAMES), name=name))
    return trainer


def builder(trainer: Trainer, block: Mapping[str, object]) -> Trainer:
    """The trainer whose builders make what a block means: the fork itself; else master where the other line stops.

    >>> builder(CLASSIC, {"OPTIMIZER": "adam_cosineanneal"}).name, builder(CLASSIC, {"OPTIMIZER": "sgd"}).name
    ('master', 'classic')
    """
    return trainer if trainer.is_fork or trainer.optimizer(block.get("OPTIMIZER")) else MASTER


def find_optimizer(name: object) -> Optimizer | None:
    """The optimizer of a name, of the first trainer that knows it; None where none does.

    >>> find_optimizer("adamW").family, find_optimizer("rmsprop")
    ('AdamW', None)
    """
    return next((found for trainer in TRAINERS if (found := trainer.optimizer(name))), None)
