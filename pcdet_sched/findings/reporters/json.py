"""JSON for other programs: one object per file, and the sums."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.codes import SEVERITIES

if TYPE_CHECKING:
    from pcdet_sched.findings.checked import Checked

FORMAT_VERSION = 1


def as_json(files: Sequence[Checked]) -> str:
    """An object with `version`, `files` and `summary`; numbers that JSON lacks (nan, inf) become strings."""
    found = [finding for checked in files for finding in checked.findings]
    summary = {f"{severity}s": sum(finding.severity == severity for finding in found) for severity in SEVERITIES}
    summary |= {"files": len(files), "unreadable": sum(checked.unreadable is not None for checked in files)}
    answer = {"version": FORMAT_VERSION, "files": [_file(checked) for checked in files], "summary": summary}
    return json.dumps(plain(answer), indent=2, allow_nan=False, ensure_ascii=False)


def _file(checked: Checked) -> dict[str, Any]:
    report = checked.report
    return {
        "file": str(checked.path),
        "dataset": checked.dataset,
        "plan": asdict(report.plan) if report else None,
        "verdict": report.verdict if report else None,
        "crash": asdict(report.crash) if report and report.crash else None,
        "findings": [{**vars(finding), "fix": finding.fix} for finding in checked.findings],
    }


def plain(value: Any) -> Any:
    """A value as JSON can hold it.

    >>> plain({1: [float("nan"), 0.5]})
    {'1': ['nan', 0.5]}
    """
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < 1024 else hex(value)
    return value if isinstance(value, float) and math.isfinite(value) else str(value)
