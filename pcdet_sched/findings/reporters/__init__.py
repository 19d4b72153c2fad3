"""Reports about files in the formats that terminals, editors, CI and other programs read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pcdet_sched.findings.reporters.github import github
from pcdet_sched.findings.reporters.json import as_json
from pcdet_sched.findings.reporters.sarif import sarif
from pcdet_sched.findings.reporters.text import text

if TYPE_CHECKING:
    from pcdet_sched.findings.checked import Checked

FORMATS: dict[str, Callable[[Sequence[Checked]], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
"""Format → what writes it: one string for all files, without a newline at its end."""
