"""Why the trainer stops: one finding for each exception that it would meet, one after the other.

That it stops is known from the dry run. Why is found out by changing one thing at a time and looking again: the cause
is what has to be changed to get further. No rule here says that a value stops the trainer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcdet_sched.config import tree
from pcdet_sched.findings.causes import CAUSES
from pcdet_sched.findings.culprit import culprit
from pcdet_sched.findings.look import Cause, Look, look
from pcdet_sched.findings.wording import stops, where
from pcdet_sched.trainer_records import CLASSIC

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding

# There are 19 keys; a block with more faults than this is found out in two goes.
_ROUNDS = 10


def errors(case: Case) -> list[Finding]:
    """A finding for the crash, and one for each that would come after it once the ones before are mended."""
    if case.crash is None:
        return []
    found = _misplaced(case, case.crash)
    now = look(case, case.block, case.plan, case.config.document)
    for _ in range(_ROUNDS):
        cause = _cause(now)
        if cause is None:
            break
        found.append(case.finding(cause.code, cause.message, cause.key, cause.fix))
        if not cause.edits and cause.plan is None:
            break
        now = now.after(cause.edits, cause.plan)
    return found or [case.finding("trainer-stops", f"The trainer stops {where(case.crash)}: {case.crash}.")]


def _misplaced(case: Case, crash: Crash) -> list[Finding]:
    """A block that stands elsewhere than at the top of the file (tools/train.py reads cfg.OPTIMIZATION)."""
    if "OPTIMIZATION" in case.config.document:
        return []
    place = tree.dotted(case.config.path)
    readers = (release for release, path in CLASSIC.older_blocks.items() if path == place)
    old = "".join(f" ({release} of OpenPCDet read it where it stands)" for release in readers)
    message = (
        f"`OPTIMIZATION` stands at {place}, and {case.plan.trainer} reads it at the top of the file, "
        f"{stops(case.plan.trainer, crash)}: move the block there{old}."
    )
    return [case.finding("missing-key", message)]


def _cause(now: Look) -> Cause | None:
    if now.crash is None:
        return None
    for find in CAUSES:
        cause = find(now, now.crash)
        if cause is not None:
            return cause
    return culprit(now, now.crash) or _nameless(now)


def _nameless(now: Look) -> Cause:
    crash = now.crash
    text = f": {crash.message}" if crash and crash.message else ""
    place = where(crash) if crash else ""
    return Cause("trainer-stops", f"{now.plan.trainer} stops {place} with {crash.exception if crash else ''}{text}.")
