"""The one list of what a check can find: code, severity, title and what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pcdet_sched.findings.report import Severity


@dataclass(frozen=True)
class Code:
    """A kind of finding. `title` says it in a few words, `explanation` what the trainer does and what helps."""

    name: str
    severity: Severity
    title: str
    explanation: str


_TABLE = (
    Code(
        "trainer-stops", "error", "The trainer stops",
        "The dry run ends with an exception that none of the other codes explains. The message names the stage and the "
        "exception as the trainer would print them.",
    ),
)  # fmt: skip

CODES: dict[str, Code] = {code.name: code for code in _TABLE}
"""Every code by its name: errors, then warnings, then infos."""
