"""Config and plan → all findings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pcdet_sched.findings import (
    course,
    decay_rules,
    file_rules,
    info_rules,
    precision_rules,
    schedule_rules,
    trainer_rules,
    value_rules,
)
from pcdet_sched.findings.case import Case
from pcdet_sched.findings.explain import errors
from pcdet_sched.findings.report import Finding, Report, in_order
from pcdet_sched.trainer_records.auto import resolve

if TYPE_CHECKING:
    from pcdet_sched.config import Config
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.simulation import Run

RULES = (
    *schedule_rules.RULES,
    *decay_rules.RULES,
    *value_rules.RULES,
    *precision_rules.RULES,
    *file_rules.RULES,
    *info_rules.RULES,
    *trainer_rules.RULES,
)
"""One small function per rule: Case → its findings. None of them decides whether the trainer stops."""

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
    from pcdet_sched.simulation import rehearse

    resolved = resolve(plan.trainer, config.optimization)
    plan = replace(plan, trainer=resolved.name)
    rehearsal, schedules = rehearse(config, plan)
    return _report(Case(config, plan, rehearsal.crash, course.of_schedules(schedules) if schedules else None, resolved))


def check_run(run: Run) -> Report:
    """What `check` says of a run's own config and plan, without taking them through the trainer once more.

    A run that was asked for single iterations is simulated again, as its curve may lack what the rules look at.
    """
    if not run.for_a_plot:
        return check(run.config, run.plan)
    plan = replace(run.plan, trainer=run.resolved.name)
    return _report(Case(run.config, plan, run.crash, course.of_run(run), run.resolved))


def _report(case: Case) -> Report:
    stops = errors(case)
    others = [finding for rule in RULES for finding in rule(case)]
    same: dict[str | None, list[Finding]] = {}
    for finding in (*stops, *others):
        same.setdefault(finding.key, []).append(finding)
    kept = [one for one in others if one.key is None or not any(_covers(other, one) for other in same[one.key])]
    return Report(in_order([*stops, *kept]), case.crash, case.plan, stops[0] if stops else None, case.resolved)


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
