"""`file:line:column: error[code] message`, which editors and terminals jump to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pcdet_sched.findings.wording import printable, shown

if TYPE_CHECKING:
    from pcdet_sched.findings.checked import Checked
    from pcdet_sched.findings.report import Finding


def text(files: Sequence[Checked]) -> str:
    """A line for each finding, and an indented one with its fix."""
    return "\n".join(line for checked in files for line in _lines(checked))


def _lines(checked: Checked) -> Iterator[str]:
    for finding in checked.findings:
        place = f"{checked.path}:{finding.line or 1}:{finding.column or 1}"
        yield printable(f"{place}: {finding.severity}[{finding.code}] {finding.message}")
        if finding.fix:
            yield printable(f"    fix: {fix_text(finding)}")


def fix_text(finding: Finding) -> str:
    """The edits in words.

    >>> from pcdet_sched.findings.report import Finding
    >>> fix_text(Finding("error", "missing-key", "LR", 1, 1, None, "", {"LR": 0.003, "LRR": None}))
    'LR: 0.003, remove LRR'
    """
    edits = (finding.fix or {}).items()
    return ", ".join(f"remove {key}" if value is None else f"{key}: {shown(value)}" for key, value in edits)
