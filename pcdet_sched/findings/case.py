"""What the rules look at, a run with its block read as the trainer computes with it; and how a rule is registered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from pcdet_sched.findings.report import enter, found_by
from pcdet_sched.findings.wording import setting
from pcdet_sched.key import as_number
from pcdet_sched.keys import KEYS, use_of
from pcdet_sched.language import _, listed
from pcdet_sched.trainer_records import MASTER, Optimizer, Schedule, Trainer, Use

if TYPE_CHECKING:
    from pcdet_sched.config import Config, Position
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.simulation import Run


class Found(NamedTuple):
    """What a rule says: a sentence, the key that it is about, a fix, and the place where that is not the key's."""

    message: str
    key: str | None = None
    fix: Mapping[str, object] | None = None
    at: Position | None = None


@dataclass(frozen=True, eq=False)
class Case:
    """A run, the one thing that rules read. Where it stops, its curve and counts are those of the run as meant."""

    run: Run

    @property
    def config(self) -> Config:
        """The file, with its edits."""
        return self.run.config

    @property
    def plan(self) -> RunPlan:
        """How the run is started."""
        return self.run.plan

    @cached_property
    def block(self) -> Mapping[str, object]:
        """The chosen block, edits included."""
        return self.config.optimization

    @property
    def trainer(self) -> Trainer:
        """The trainer that the block runs on; master where its signs fit none."""
        return self.run.resolved.trainer or MASTER

    @cached_property
    def optimizer(self) -> Optimizer | None:
        """The record of the OPTIMIZER, of OpenPCDet's where the trainer does not know it; None where neither does."""
        name = self.block.get("OPTIMIZER")
        return self.trainer.optimizer(name) or MASTER.optimizer(name)

    @property
    def wrapped(self) -> bool:
        """Whether Adam runs inside the wrapper, with lr and momentum set at every iteration."""
        return self.optimizer is not None and self.optimizer.wrapped

    @cached_property
    def schedule(self) -> Schedule | None:
        """How lr moves; None for an optimizer that nobody knows."""
        own = self.trainer.schedule(self.block)
        return own or (self.optimizer.schedule if self.optimizer else None)

    @cached_property
    def warms_up(self) -> bool:
        """Whether a cosine warm-up precedes the schedule."""
        asked = self.optimizer is not None and not self.wrapped and self.block.get("LR_WARMUP")
        return bool(asked) and self.uses_of("WARMUP_EPOCH") is Use.USED

    @cached_property
    def uses(self) -> Mapping[str, Use]:
        """What becomes of each key of the table that the block has."""
        return {name: self.uses_of(name) for name in KEYS if name in self.block}

    def uses_of(self, key: str) -> Use:
        """What becomes of a key in this block, under this plan."""
        return use_of(key, self.block.get("OPTIMIZER"), self.block, self.plan.use_amp, self.trainer)

    @property
    def amp(self) -> bool:
        """Whether mixed precision is on, from the block or the command line."""
        return bool(self.plan.use_amp or self.block.get("USE_AMP"))

    @property
    def drawn(self) -> bool:
        """Whether the run has a curve, so that what follows counts."""
        return self.run.total_iterations is not None

    @property
    def lr(self) -> Mapping[int, float]:
        """The lr at both sides of every boundary, in rising order: between them lr moves one way only."""
        return self.run.boundaries

    @property
    def length(self) -> int:
        """Iterations that the loop runs."""
        return self.run.total_iterations or 0

    @property
    def end(self) -> int:
        """One past the last iteration that the loop runs, counted over the whole run from 0."""
        return self.run.first_iteration + self.length

    @property
    def scheduled(self) -> int:
        """Iterations that the schedule was built for."""
        return self.run.scheduled_iterations or 0

    @property
    def epochs(self) -> int:
        """Epochs of the run."""
        return self.run.epochs or 0

    @property
    def per_epoch(self) -> int:
        """Iterations of an epoch."""
        return self.run.iterations_per_epoch or 0

    def number(self, key: str) -> float | None:
        """The value of a key where it is a number, or what Python computes with, or a text that reads as one."""
        return _computed(self.block.get(key))

    def numbers(self, key: str) -> list[float] | None:
        """The value of a key where it is a list of such numbers, else None."""
        value = self.block.get(key)
        found = [_computed(item) for item in value] if isinstance(value, list) else [None]
        return None if None in found else [item for item in found if item is not None]

    def setting(self, key: str) -> str:
        """`KEY: value`, as the block has it."""
        return setting(key, self.block.get(key))

    def said(self, key: str) -> str:
        """`KEY: value`, with what a boolean in the value counts as."""
        value = self.block.get(key)
        odd = dict.fromkeys(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, bool))
        note = listed([_("{value} counts as {number}", value=item, number=int(item)) for item in odd])
        return f"{self.setting(key)} ({note})" if note else self.setting(key)


def _computed(value: object) -> float | None:
    """A number, True and False as 1 and 0 among them: Python computes with those, and so does the trainer."""
    return int(value) if isinstance(value, bool) else as_number(value)


Rule = Callable[[Case], Iterator[Found]]
RULES: dict[str, Rule] = {}
"""Code → its rule, in the order in which they are asked. None of them decides whether the trainer stops."""


def rule(name: str, severity: Literal["warning", "info"], title: str, explanation: str) -> Callable[[Rule], Rule]:
    """Register a function from a case to its findings of one code; title and explanation are marked with `N_`."""
    return found_by(RULES, enter(name, severity, title, explanation))
