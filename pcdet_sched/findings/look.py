"""A look at how far a block gets: the dry run of it, with the edits and the plan that earlier errors call for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pcdet_sched.crash import STAGES, Crash

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.trainer.settings import Settings


@dataclass(frozen=True, eq=False)
class Look:
    """One dry run. `epochs` and `loader_length` are None where it does not come that far."""

    case: Case
    block: dict[str, Any]
    plan: RunPlan
    crash: Crash | None
    settings: Settings | None
    loader_length: int | None

    def after(self, edits: Mapping[str, Any], plan: RunPlan | None = None) -> Look:
        """A look at the block with these edits (None removes a key), under another plan if one is given."""
        values = {**self.block, **edits}
        return look(self.case, {k: v for k, v in values.items() if not (k in edits and v is None)}, plan or self.plan)

    def helps(self, edits: Mapping[str, Any]) -> int:
        """How far edits get the trainer: 2 to a later stage or to the end, 1 to another exception, 0 no further."""
        if self.crash is None:
            return 0
        after = self.after(edits).crash
        if after is None or STAGES.index(after.stage) > STAGES.index(self.crash.stage):
            return 2
        return int(after != self.crash and STAGES.index(after.stage) == STAGES.index(self.crash.stage))

    @property
    def scheduled(self) -> int | None:
        """The iterations that the schedule is built for; None where the counts are no whole numbers."""
        epochs = self.settings.epochs if self.settings else None
        return self.loader_length * epochs if self.loader_length is not None and isinstance(epochs, int) else None


def look(case: Case, block: dict[str, Any], plan: RunPlan, document: Mapping[str, Any] | None = None) -> Look:
    """Take a block through the stages; `document` is what stands around it, which only stage load goes through."""
    from pcdet_sched.trainer.stages import dry_run

    outcome = dry_run({**(document or {}), "OPTIMIZATION": block}, plan)
    return Look(case, block, plan, outcome.crash, outcome.settings, outcome.loader_length)


@dataclass(frozen=True)
class Cause:
    """Why the trainer stops: one finding's worth.

    `edits` and `plan` take the cause away, to look on behind it; `edits` are also the fix unless `is_fix` is False.
    Neither given: there is no looking on.
    """

    code: str
    message: str
    key: str | None = None
    edits: Mapping[str, Any] = field(default_factory=dict)
    plan: RunPlan | None = None
    is_fix: bool = True

    @property
    def fix(self) -> Mapping[str, Any] | None:
        """The edits, where they are what a user should do."""
        return dict(self.edits) if self.edits and self.is_fix else None
