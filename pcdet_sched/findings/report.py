"""What a check finds: one Finding per fact, all of them in a Report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.codes import CODES, SEVERITIES, Severity

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.trainer_records.auto import Resolved


@dataclass(frozen=True)
class Finding:
    """One thing that a user should know about a block.

    `severity`: "error" the trainer stops, "warning" it trains but hardly as meant, "info" good to know. `code` is
    stable and listed in `codes.CODES`. `key` is None where no single key of the block is the cause. `line` and
    `column` count from 1 in the file's text before edits; they are the block's own where the key is absent. `value` is
    the key's value as the trainer's loader gives it. `fix` is a change for `Config.edit` (None in it removes a key), or
    None where no edit of the block can mend it.
    """

    severity: Severity
    code: str
    key: str | None
    line: int | None
    column: int | None
    value: Any
    message: str
    fix: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Report:
    """All findings about one block under one plan: errors first, then warnings, then infos, each by line.

    `crash` is where the dry run stops, None where it comes to its end: there are errors if and only if it is set.
    `resolved` is the trainer that was judged, and by which signs; `plan` names it.
    `cause` is the error that explains this crash; the other errors would come after it.
    """

    findings: tuple[Finding, ...]
    crash: Crash | None
    plan: RunPlan
    cause: Finding | None = None
    resolved: Resolved | None = None

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if finding.severity == severity)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops the trainer, the first stop first by line."""
        return self.of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What trains, but hardly as meant."""
        return self.of("warning")

    @property
    def infos(self) -> tuple[Finding, ...]:
        """What is good to know."""
        return self.of("info")

    @property
    def ok(self) -> bool:
        """Whether the run comes to its end."""
        return self.crash is None

    @property
    def verdict(self) -> str:
        """One sentence: "Trains on master.", or where it stops, why, and the key."""
        if self.resolved is not None and self.resolved.trainer is None:
            return f"Not known: {self.resolved.sentence}"
        release = self.plan.trainer
        if self.crash is None:
            return f"Trains on {release}."
        iteration, stage = self.crash.iteration, self.crash.stage
        where = f"in stage {stage}, before the first iteration," if iteration is None else f"at iteration {iteration:,}"
        reason = (
            f": {CODES[self.cause.code].title}" + (f" ({self.cause.key})" if self.cause.key else "")
            if self.cause
            else ""
        )
        return f"Stops {where} on {release}{reason}."


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Errors, warnings, infos; each in the order of the file, those without a line last."""
    return tuple(
        sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.line is None, f.line or 0, f.column or 0))
    )
