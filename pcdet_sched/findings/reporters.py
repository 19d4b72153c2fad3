"""Reports about files in the formats that terminals, editors, CI and other programs read.

Codes, keys and field names are the same in every language; sentences are in the language in force.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from pcdet_sched import __version__
from pcdet_sched.findings.report import CODES, SEVERITIES, Code
from pcdet_sched.findings.wording import printable, shown
from pcdet_sched.language import _, row

if TYPE_CHECKING:
    from pcdet_sched.findings.files import Checked
    from pcdet_sched.findings.report import Finding

JSON_VERSION = 1
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SARIF_LEVELS = {"error": "error", "warning": "warning", "info": "note"}
_GITHUB_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def text(files: Sequence[Checked]) -> str:
    """`file:line:column: error[code] message`, which editors and terminals jump to, and an indented line with a fix."""
    return "\n".join(line for checked in files for line in _lines(checked))


def _lines(checked: Checked) -> Iterator[str]:
    for finding in checked.findings:
        place = f"{checked.path}:{finding.line or 1}:{finding.column or 1}"
        yield printable(f"{place}: {finding.severity}[{finding.code}] {finding.message}")
        if finding.fix:
            yield printable("    " + _("fix: {edits}", edits=fix_text(finding)))


def fix_text(finding: Finding) -> str:
    """The edits in words.

    >>> from pcdet_sched.findings.report import Finding
    >>> fix_text(Finding("error", "missing-key", "LR", 1, 1, None, "", {"LR": 0.003, "LRR": None}))
    'LR: 0.003, remove LRR'
    """
    edits = (finding.fix or {}).items()
    return row(_("remove {key}", key=key) if value is None else f"{key}: {shown(value)}" for key, value in edits)


def as_json(files: Sequence[Checked]) -> str:
    """An object with `version`, `files` and `summary`; numbers that JSON lacks (nan, inf) become strings."""
    found = [finding for checked in files for finding in checked.findings]
    summary = {f"{severity}s": sum(finding.severity == severity for finding in found) for severity in SEVERITIES}
    summary |= {"files": len(files), "unreadable": sum(checked.unreadable is not None for checked in files)}
    answer = {"version": JSON_VERSION, "files": [_file(checked) for checked in files], "summary": summary}
    return json.dumps(jsonable(answer), indent=2, allow_nan=False, ensure_ascii=False)


def _file(checked: Checked) -> dict[str, object]:
    report = checked.report
    return {
        "file": str(checked.path),
        "dataset": checked.dataset,
        "plan": asdict(report.plan) if report else None,
        "verdict": report.verdict if report else None,
        "crash": asdict(report.crash) if report and report.crash else None,
        "findings": [{**vars(finding), "fix": finding.fix} for finding in checked.findings],
    }


def jsonable(value: object) -> object:
    """A value as JSON can hold it.

    >>> jsonable({1: [float("nan"), 0.5]})
    {'1': ['nan', 0.5]}
    """
    if isinstance(value, dict):
        return {str(key): jsonable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(part) for part in value]
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return value if value.bit_length() < 1024 else hex(value)
    return value if isinstance(value, float) and math.isfinite(value) else str(value)


def sarif(files: Sequence[Checked]) -> str:
    """SARIF 2.1.0, which code scanning takes: one run with every code as a rule.

    Paths are relative to the working folder where they lie in it.
    """
    driver = {"name": "pcdet-sched", "version": __version__, "rules": [_rule(code) for code in CODES.values()]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(checked.path, finding) for checked in files for finding in checked.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, allow_nan=False)


def _rule(code: Code) -> dict[str, object]:
    title, explanation = _(code.title), _(code.explanation)
    return {
        "id": code.name,
        "shortDescription": {"text": title},
        "fullDescription": {"text": explanation},
        "help": {"text": explanation, "markdown": f"**{title}.** {explanation}"},
        "defaultConfiguration": {"level": _SARIF_LEVELS[code.severity]},
    }


def _result(path: Path, finding: Finding) -> dict[str, object]:
    region = {"startLine": finding.line or 1, "startColumn": finding.column or 1}
    place = {"artifactLocation": {"uri": uri(path)}, "region": region}
    return {
        "ruleId": finding.code,
        "ruleIndex": list(CODES).index(finding.code),
        "level": _SARIF_LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": place}],
        "properties": {"key": finding.key, "fix": jsonable(dict(finding.fix)) if finding.fix else None},
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


def github(files: Sequence[Checked]) -> str:
    """Workflow commands, which GitHub Actions turns into annotations: a line for each finding."""
    return "\n".join(_command(checked, finding) for checked in files for finding in checked.findings)


def _command(checked: Checked, finding: Finding) -> str:
    place = f"file={_property(str(checked.path))},line={finding.line or 1},col={finding.column or 1}"
    return f"::{_GITHUB_COMMANDS[finding.severity]} {place},title={_property(finding.code)}::{_data(finding.message)}"


def _data(line: str) -> str:
    return line.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(line: str) -> str:
    return _data(line).replace(":", "%3A").replace(",", "%2C")


FORMATS: dict[str, Callable[[Sequence[Checked]], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "github": github,
}
"""Format → what writes it: one string for all files, without a newline at its end."""
