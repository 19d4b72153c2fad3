"""SARIF 2.1.0, which code scanning takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pcdet_sched import __version__
from pcdet_sched.findings.codes import CODES, Code
from pcdet_sched.findings.reporters.json import plain

if TYPE_CHECKING:
    from pcdet_sched.findings.checked import Checked
    from pcdet_sched.findings.report import Finding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(files: Sequence[Checked]) -> str:
    """One run with every code as a rule; paths are relative to the working folder where they lie in it."""
    driver = {"name": "pcdet-sched", "version": __version__, "rules": [_rule(code) for code in CODES.values()]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(checked.path, finding) for checked in files for finding in checked.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, allow_nan=False)


def _rule(code: Code) -> dict[str, Any]:
    return {
        "id": code.name,
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.explanation},
        "help": {"text": code.explanation, "markdown": f"**{code.title}.** {code.explanation}"},
        "defaultConfiguration": {"level": _LEVELS[code.severity]},
    }


def _result(path: Path, finding: Finding) -> dict[str, Any]:
    region = {"startLine": finding.line or 1, "startColumn": finding.column or 1}
    place = {"artifactLocation": {"uri": uri(path)}, "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": list(CODES).index(finding.code),
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "properties": {"key": finding.key, "fix": plain(dict(finding.fix)) if finding.fix else None},
    }


def uri(path: Path) -> str:
    """A path as a URI reference.

    >>> uri(Path("cfgs/my model.yaml"))
    'cfgs/my%20model.yaml'
    """
    if path.is_absolute():
        here = Path.cwd()
        return quote(path.relative_to(here).as_posix()) if path.is_relative_to(here) else path.as_uri()
    return quote(path.as_posix())
