"""Why the trainer stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.findings.case import Case
    from pcdet_sched.findings.report import Finding


def errors(case: Case) -> list[Finding]:
    """One finding for the crash, none where there is no crash."""
    if case.crash is None:
        return []
    return [case.finding("trainer-stops", f"The trainer stops: {case.crash}.")]
