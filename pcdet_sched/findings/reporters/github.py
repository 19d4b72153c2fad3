"""Workflow commands, which GitHub Actions turns into annotations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.findings.checked import Checked
    from pcdet_sched.findings.report import Finding

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def github(files: Sequence[Checked]) -> str:
    """A line for each finding."""
    return "\n".join(_line(checked, finding) for checked in files for finding in checked.findings)


def _line(checked: Checked, finding: Finding) -> str:
    place = f"file={_property(str(checked.path))},line={finding.line or 1},col={finding.column or 1}"
    return f"::{_COMMANDS[finding.severity]} {place},title={_property(finding.code)}::{_data(finding.message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
