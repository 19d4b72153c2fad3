"""Why the trainer stops: one finding for each exception that it would meet, one after the other.

That it stops is known from the dry run. Why is found out by changing one thing at a time and looking again: the cause
is what has to be changed to get further. No rule here says that a value stops the trainer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pcdet_sched.config import tree
from pcdet_sched.crash import STAGES
from pcdet_sched.findings.report import Code, enter, found_by
from pcdet_sched.findings.wording import stops
from pcdet_sched.language import N_, _, listed, ngettext
from pcdet_sched.trainer_records import CLASSIC, TRAINERS, Trainer, find

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash
    from pcdet_sched.findings.case import Case
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.trainer.stages import DryRun

# There are 19 keys; a block with more faults than this is found out in two goes.
_ROUNDS = 10


@dataclass(frozen=True, eq=False)
class Look:
    """A look at how far a block gets: the dry run of it, with the edits and the plan that earlier errors call for."""

    case: Case
    block: Mapping[str, object]
    plan: RunPlan
    dry_run: DryRun

    @property
    def crash(self) -> Crash | None:
        """Where it stops."""
        return self.dry_run.crash

    @property
    def trainer(self) -> Trainer:
        """The trainer that it is taken through."""
        return find(self.plan.trainer)

    @property
    def stops(self) -> str:
        """What the trainer does about it, as a clause of a sentence; empty where it does not stop."""
        return stops(self.plan.trainer, self.crash) if self.crash else ""

    def after(self, edits: Mapping[str, object], plan: RunPlan | None = None) -> Look:
        """A look at the block with these edits (None removes a key), under another plan if one is given."""
        values = {**self.block, **edits}
        block = {key: value for key, value in values.items() if not (key in edits and value is None)}
        return _look(self.case, {"OPTIMIZATION": block}, plan or self.plan)

    def helps(self, edits: Mapping[str, object]) -> int:
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
        epochs = self.dry_run.settings.epochs if self.dry_run.settings else None
        length = self.dry_run.loader_length
        return length * epochs if length is not None and isinstance(epochs, int) else None


def _look(case: Case, document: Mapping[str, object], plan: RunPlan) -> Look:
    from pcdet_sched.trainer.stages import dry_run

    block = document["OPTIMIZATION"]
    return Look(case, block if isinstance(block, Mapping) else {}, plan, dry_run(document, plan, find(plan.trainer)))


@dataclass(frozen=True)
class Cause:
    """Why the trainer stops: one finding's worth.

    `edits` and `plan` take the cause away, to look on behind it; `edits` are also the fix unless `is_fix` is False.
    Neither given: there is no looking on. `code` is that of the function that found it.
    """

    message: str
    key: str | None = None
    edits: Mapping[str, object] = field(default_factory=dict)
    plan: RunPlan | None = None
    is_fix: bool = True
    code: str = ""

    @property
    def fix(self) -> Mapping[str, object] | None:
        """The edits, where they are what a user should do."""
        return dict(self.edits) if self.edits and self.is_fix else None


Finder = Callable[[Look, "Crash"], Cause | None]
CAUSES: dict[str, Finder] = {}
"""Code → what looks for a cause of it that is no single bad value, in the order in which they are asked."""


def cause(name: str, title: str, explanation: str) -> Callable[[Finder], Finder]:
    """Register a function that finds causes of one code; title and explanation are marked with `N_`."""
    return found_by(CAUSES, enter(name, "error", title, explanation))


_NAMELESS: Code = enter(
    "trainer-stops", "error", N_("The trainer stops"),
    N_("The dry run ends with an exception that no other code explains. The message names the stage and the "
    "exception as the trainer would print them."),
)  # fmt: skip


def errors(case: Case, last: Finder) -> Iterator[Cause]:
    """A cause for the crash, and one for each that would come after it once the ones before are mended.

    `last` is asked where none of `CAUSES` has found one.
    """
    crash = case.run.crash
    if crash is None:
        return
    plan = replace(case.plan, trainer=case.run.resolved.name)
    now = Look(case, case.block, plan, case.run.dry_run)
    if not case.run.block_was_read:
        yield _elsewhere(case, plan.trainer, crash)
    if not case.run.block_was_read or case.run.checkout is not None:
        now = _look(case, {**case.config.document, "OPTIMIZATION": case.block}, plan)
    if case.run.checkout is not None and now.crash is None:
        yield _nameless(now, crash)  # the user's own code stops where no known trainer does
    for _round in range(_ROUNDS):
        if now.crash is None:
            return
        causes = ((code, finder(now, now.crash)) for code, finder in CAUSES.items())
        known = next((replace(each, code=code) for code, each in causes if each), None)
        found = known or last(now, now.crash) or _nameless(now, now.crash)
        yield found
        if not found.edits and found.plan is None:
            return
        now = now.after(found.edits, found.plan)


def _elsewhere(case: Case, trainer: str, crash: Crash) -> Cause:
    """A block that stands elsewhere than where this trainer looks (tools/train.py reads cfg.OPTIMIZATION)."""
    path = case.config.path
    such = {"place": tree.dotted(path), "trainer": trainer, "stop": stops(trainer, crash)}
    forks = [each.name for each in TRAINERS if path[0] == "OPTIMIZATION" and path[1] in each.stages.names]
    if forks:
        message = ngettext(
            "`{place}` is a block of its own, and {trainer} reads only `OPTIMIZATION` around it, {stop}: {forks} "
            "reads it.",
            "`{place}` is a block of its own, and {trainer} reads only `OPTIMIZATION` around it, {stop}: {forks} "
            "read it.",
            len(forks), **such, forks=listed(forks),
        )  # fmt: skip
    elif path[0] == "OPTIMIZATION":
        message = _("`{place}` is a block of its own, and {trainer} reads only `OPTIMIZATION` around it, {stop}.",
            **such)  # fmt: skip
    else:
        release = next((old for old, place in CLASSIC.older_blocks.items() if place == tree.dotted(path)), None)
        message = _moved(release, such)
    return Cause(message, code="missing-key")


def _moved(release: str | None, such: Mapping[str, str]) -> str:
    if release is None:
        return _("`OPTIMIZATION` stands at {place}, and {trainer} reads it at the top of the file, {stop}: move the "
            "block there.", **such)  # fmt: skip
    return _("`OPTIMIZATION` stands at {place}, and {trainer} reads it at the top of the file, {stop}: move the "
        "block there ({release} of OpenPCDet read it where it stands).", **such, release=release)  # fmt: skip


def _nameless(now: Look, crash: Crash) -> Cause:
    at = "" if crash.iteration is None else f"{crash.iteration:,}"
    such = {"trainer": now.plan.trainer, "stage": crash.stage, "at": at, "exception": crash.exception}
    if crash.message:
        such["exception"] = f"{crash.exception}: {crash.message}"
    if crash.iteration is None:
        message = _("{trainer} stops in stage {stage} with {exception}.", **such)
    else:
        message = _("{trainer} stops at iteration {at} with {exception}.", **such)
    return Cause(message, code=_NAMELESS.name)
