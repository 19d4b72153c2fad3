"""Config and plan → all findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pcdet_sched.findings import course, file_rules, info_rules, schedule_rules, value_rules
from pcdet_sched.findings.case import Case
from pcdet_sched.findings.explain import errors
from pcdet_sched.findings.report import Report, in_order

if TYPE_CHECKING:
    from pcdet_sched.config import Config
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.simulation import Run

RULES = (*schedule_rules.RULES, *value_rules.RULES, *file_rules.RULES, *info_rules.RULES)
"""One small function per rule: Case → its findings. None of them decides whether the trainer stops."""

# An error on a key's value says more than the warning that the value is text or a boolean, or the key misspelt.
_SAID = {"text-for-number", "wrong-type", "refused-value"}
_AGAIN = {"text-value", "bool-value", "amp-not-bool"}


def check(config: Config, plan: RunPlan, run: Run | None = None) -> Report:
    """Say where the trainer would stop and what in the block hardly does what was meant.

    Whether it stops is not guessed: a dry run takes the trainer's own steps (see `trainer.stages`), and the findings
    explain what it met. `run` is what `simulate(config, plan)` gave, so that nothing is computed twice; one that was
    asked for single iterations shows the rules no more than those. Raises nothing for any config and plan.

    >>> import pcdet_sched as ps
    >>> ps.check(ps.load("OPTIMIZATION: {OPTIMIZER: adam}"), ps.RunPlan(samples=3712)).ok
    False
    """
    case = _case(config, plan) if run is None else Case(config, plan, run.crash, course.of_run(run))
    stops = errors(case)
    seen = {finding.key for finding in stops if finding.code in _SAID}
    others = [
        finding for rule in RULES for finding in rule(case) if not (finding.code in _AGAIN and finding.key in seen)
    ]
    return Report(in_order([*stops, *others]), case.crash, plan, stops[0] if stops else None)


def _case(config: Config, plan: RunPlan) -> Case:
    from pcdet_sched.trainer.meant import schedules_as_meant
    from pcdet_sched.trainer.stages import dry_run

    outcome = dry_run({**config.document, "OPTIMIZATION": config.optimization}, plan)
    schedules = outcome.schedules if outcome.crash is None else schedules_as_meant(config.optimization, plan)
    return Case(config, plan, outcome.crash, course.of_schedules(schedules) if schedules else None)
