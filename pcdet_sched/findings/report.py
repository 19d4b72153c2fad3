"""What a check finds: the registry of the kinds of findings, one Finding per fact, all of them in a Report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from pcdet_sched.language import _

if TYPE_CHECKING:
    from pcdet_sched.checkout.result import Stepped
    from pcdet_sched.crash import Crash
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.trainer_records.auto import Resolved


Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True)
class Code:
    """A kind of finding. `title` says it in a few words, `explanation` what the trainer does and what helps.

    Both are English, marked for the catalogue: whoever shows one translates it.
    """

    name: str
    severity: Severity
    title: str
    explanation: str


_Way = TypeVar("_Way")
CODES: dict[str, Code] = {}
"""Every code by its name; full as soon as `pcdet_sched.findings` is imported."""


def enter(name: str, severity: Severity, title: str, explanation: str) -> Code:
    """Put a kind of finding into the registry. Raises ValueError for a name that another one has."""
    code = Code(name, severity, title, explanation)
    if CODES.setdefault(name, code) != code:  # the same one again: a module that was imported twice
        raise ValueError(f"there are two findings of the code {name}")
    return code


def found_by(table: dict[str, _Way], code: Code) -> Callable[[_Way], _Way]:
    """A decorator that puts a function, which finds what a code stands for, into a table of such functions."""

    def registered(function: _Way) -> _Way:
        table[code.name] = function
        return function

    return registered


@dataclass(frozen=True)
class Finding:
    """One thing that a user should know about a block.

    `severity`: "error" the trainer stops, "warning" it trains but hardly as meant, "info" good to know. `code` is
    stable and in the registry `CODES`. `key` is None where no single key of the block is the cause. `line` and
    `column` count from 1 in the file's text before edits; they are the block's own where the key is absent. `value` is
    the key's value as the trainer's loader gives it. `fix` is a change for `Config.edit` (None in it removes a key), or
    None where no edit of the block can mend it.
    """

    severity: Severity
    code: str
    key: str | None
    line: int | None
    column: int | None
    value: object
    message: str
    fix: Mapping[str, object] | None = None


@dataclass(frozen=True)
class Report:
    """All findings about one block under one plan: errors first, then warnings, then infos, each by line.

    `crash` is where the dry run stops, None where it comes to its end: there are errors if and only if it is set.
    `resolved` is the trainer that was judged, and by which signs; `plan` names it.
    `cause` is the error that explains this crash; the other errors would come after it. `checkout`: the user's own
    code that was stepped; None where a known trainer's rules were.
    """

    findings: tuple[Finding, ...]
    crash: Crash | None
    plan: RunPlan
    cause: Finding | None = None
    resolved: Resolved | None = None
    checkout: Stepped | None = None

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
        """What becomes of the run, in a sentence or two: "Trains on master.", or where it stops, why, and the key.

        Where the trainer was found by signs that only forks know, it says what OpenPCDet itself makes of the block,
        and as which fork it was drawn; where no trainer is certain, which ones might be.
        """
        if self.resolved is None or self.resolved.trainer is None:
            return _("Not known: {reason}", reason=self.resolved.sentence if self.resolved else "")
        if self.crash is None:
            return self.resolved.openpcdet or _("Trains on {trainer}.", trainer=self._trainer)
        verdict = self._stop
        if not self.resolved.openpcdet:
            return verdict
        return _("{verdict} {openpcdet}", verdict=verdict, openpcdet=self.resolved.openpcdet)

    @property
    def _trainer(self) -> str:
        return self.plan.trainer if self.checkout is None else _("the checkout")

    @property
    def _stop(self) -> str:
        crash, cause, trainer = self.crash, self.cause, self._trainer
        if crash is None:
            return ""
        if crash.iteration is None:
            place = _("Stops in stage {stage}, before the first iteration, on {trainer}",
                stage=crash.stage, trainer=trainer)  # fmt: skip
        else:
            place = _("Stops at iteration {at} on {trainer}", at=f"{crash.iteration:,}", trainer=trainer)
        if cause is None:
            return _("{place}.", place=place)
        such = {"place": place, "reason": _(CODES[cause.code].title), "key": cause.key}
        return _("{place}: {reason} ({key}).", **such) if cause.key else _("{place}: {reason}.", **such)


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Errors, warnings, infos; each in the order of the file, those without a line last."""
    return tuple(
        sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), f.line is None, f.line or 0, f.column or 0))
    )
