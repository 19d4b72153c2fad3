"""What a check says about a block: errors, warnings, infos, with their places in the file and fixes."""

from __future__ import annotations

# What registers the kinds of findings, in the order in which they are asked.
from pcdet_sched.findings import causes, culprit, curve_rules, file_rules, files, value_rules  # noqa: F401
from pcdet_sched.findings.check import check
from pcdet_sched.findings.report import CODES, SEVERITIES, Code, Finding, Report, Severity

__all__ = ["CODES", "SEVERITIES", "Code", "Finding", "Report", "Severity", "check"]
