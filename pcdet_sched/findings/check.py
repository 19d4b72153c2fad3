"""Config and plan → run → all findings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from pcdet_sched.findings.case import RULES, Case
from pcdet_sched.findings.culprit import culprit
from pcdet_sched.findings.report import CODES, Finding, Report, in_order
from pcdet_sched.findings.stops import errors
from pcdet_sched.findings.wording import printable

if TYPE_CHECKING:
    from pcdet_sched.config import Config, Position
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.simulation import Run

# About how the file is written, so that no word on the value says it.
_WRITING = {"repeated-key", "misspelt-key", "number-misread"}


def check(config: Config, plan: RunPlan) -> Report:
    """Say where the trainer would stop and what in the block hardly does what was meant.

    Whether it stops is not guessed: a dry run takes the trainer's own steps (see `trainer.stages`), and the findings
    explain what it met. Raises nothing for any config and plan.

    >>> import pcdet_sched as ps
    >>> ps.check(ps.load("OPTIMIZATION: {OPTIMIZER: adam}"), ps.RunPlan(samples=3712)).ok
    False
    """
    from pcdet_sched.simulation import simulate

    return check_run(simulate(config, plan, iterations=()))


def check_run(run: Run) -> Report:
    """What `check` says of a run's own config and plan, without taking them through the trainer once more."""
    case = Case(run)
    stops = [finding_of(case, each.code, each.message, each.key, each.fix) for each in errors(case, culprit)]
    others = [finding_of(case, code, *found) for code, rule in RULES.items() for found in rule(case)]
    same: dict[str | None, list[Finding]] = {}
    for finding in (*stops, *others):
        same.setdefault(finding.key, []).append(finding)
    kept = [one for one in others if one.key is None or not any(_covers(other, one) for other in same[one.key])]
    plan = replace(run.plan, trainer=run.resolved.name)
    return Report(in_order([*stops, *kept]), run.crash, plan, stops[0] if stops else None, run.resolved)


def finding_of(
    case: Case,
    code: str,
    message: str,
    key: str | None = None,
    fix: Mapping[str, object] | None = None,
    at: Position | None = None,
) -> Finding:
    """A finding with the severity of its code, placed at `at`, else at its key, else at the block."""
    place = at or (case.config.position(key) if key is not None else None) or case.config.place
    return Finding(
        severity=CODES[code].severity,
        code=code,
        key=key,
        line=place.line,
        column=place.column,
        value=case.block.get(key) if key is not None else None,
        message=printable(message),
        fix=fix,
    )


def _covers(other: Finding, warning: Finding) -> bool:
    """Whether another finding on the same key leaves the warning nothing to say.

    An error does; so does a warning that says what harm an unusual value does, or how to mend what is text.
    """
    if warning.severity != "warning" or other is warning:
        return False
    if other.severity == "error":
        return warning.code not in _WRITING
    if other.severity != "warning" or other.code in ("repeated-key", "misspelt-key"):
        return False
    return warning.code == "unusual-value" or (warning.code in ("text-value", "bool-value") and other.fix is not None)
