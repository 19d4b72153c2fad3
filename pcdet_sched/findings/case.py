"""What the rules look at: a config, a plan, and what the dry run said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.codes import CODES
from pcdet_sched.findings.report import Finding
from pcdet_sched.findings.wording import printable, setting
from pcdet_sched.key import as_number
from pcdet_sched.trainer_records import MASTER, Trainer
from pcdet_sched.trainer_records.parts import STEP_DECAY

if TYPE_CHECKING:
    from pcdet_sched.config import Config, Position
    from pcdet_sched.crash import Crash
    from pcdet_sched.findings.course import Course
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.trainer_records.auto import Resolved


@dataclass(frozen=True, eq=False)
class Case:
    """One block under one plan. `course`: the run as it is, or as meant where it stops; None where it has no curve."""

    config: Config
    plan: RunPlan
    crash: Crash | None
    course: Course | None
    resolved: Resolved

    @cached_property
    def block(self) -> dict[str, Any]:
        """The chosen block, edits included."""
        return self.config.optimization

    @property
    def optimizer(self) -> Any:
        """The value of OPTIMIZER, of any type."""
        return self.block.get("OPTIMIZER")

    @property
    def trainer(self) -> Trainer:
        """The trainer that the block runs on; master where its signs fit none."""
        return self.resolved.trainer or MASTER

    @property
    def wrapped(self) -> bool:
        """Whether Adam runs inside the wrapper, with lr and momentum set at every iteration."""
        found = self.trainer.optimizer(self.optimizer) or MASTER.optimizer(self.optimizer)
        return found is not None and found.wrapped

    @property
    def step_decay(self) -> bool:
        """Whether lr goes down in steps."""
        found = self.trainer.optimizer(self.optimizer) or MASTER.optimizer(self.optimizer)
        return found is not None and found.schedule is STEP_DECAY

    @property
    def amp(self) -> bool:
        """Whether mixed precision is on, from the block or the command line."""
        return bool(self.plan.use_amp or self.block.get("USE_AMP"))

    def number(self, key: str) -> float | None:
        """The value of a key where it is a number, or what Python computes with, or a text that reads as one."""
        return _computed(self.block.get(key))

    def numbers(self, key: str) -> list[float] | None:
        """The value of a key where it is a list of such numbers, else None."""
        value = self.block.get(key)
        found = [_computed(item) for item in value] if isinstance(value, list) else [None]
        return None if None in found else [item for item in found if item is not None]

    def said(self, key: str) -> str:
        """`KEY: value`, with what a boolean in the value counts as."""
        value = self.block.get(key)
        odd = dict.fromkeys(item for item in (value if isinstance(value, list) else [value]) if isinstance(item, bool))
        note = " and ".join(f"{item} counts as {int(item)}" for item in odd)
        return setting(key, value) + (f" ({note})" if note else "")

    def finding(
        self,
        code: str,
        message: str,
        key: str | None = None,
        fix: Mapping[str, Any] | None = None,
        at: Position | None = None,
    ) -> Finding:
        """A finding with the severity of its code, placed at `at`, else at its key, else at the block."""
        place = at or (self.config.position(key) if key is not None else None) or self.config.place
        return Finding(
            severity=CODES[code].severity,
            code=code,
            key=key,
            line=place.line,
            column=place.column,
            value=self.block.get(key) if key is not None else None,
            message=printable(message),
            fix=fix,
        )


def _computed(value: Any) -> float | None:
    """A number, True and False as 1 and 0 among them: Python computes with those, and so does the trainer."""
    return int(value) if isinstance(value, bool) else as_number(value)
