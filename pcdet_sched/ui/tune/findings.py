"""The findings of a check: what stops the trainer or does little, with a button where an edit mends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.parts.values import shown
from pcdet_sched.ui.tune.fields import refill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcdet_sched.findings import Finding, Report
    from pcdet_sched.ui.parts.html import Tone
    from pcdet_sched.ui.state import Tune
    from pcdet_sched.ui.tune.marks import Look

FIRST = 3
_TONES: dict[str, Tone] = {"error": "bad", "warning": "warn", "info": "note"}


def urgent(report: Report, state: Tune) -> None:
    """The first errors and warnings; Findings below the curves has them all."""
    findings = (*report.errors, *report.warnings)
    _rows(findings[:FIRST], state, "urgent")
    if len(findings) > FIRST:
        st.caption(f"And {len(findings) - FIRST} more, under Findings below the curves.")


def everything(report: Report, state: Tune) -> None:
    """All findings, infos too."""
    if not report.findings:
        callout("good", "Nothing to say.", "Every key is read, and none of them looks wrong.")
    _rows(report.findings, state, "all")


def _rows(findings: Sequence[Finding], state: Tune, place: str) -> None:
    for number, finding in enumerate(findings):
        if finding.fix is None:
            _message(finding)
            continue
        text, button = st.columns([6, 1], vertical_alignment="center")
        with text:
            _message(finding)
        button.button(
            "Fix", key=f"fix-{place}-{number}-{state.generation}", width="stretch",
            on_click=refill, args=(state.change, dict(finding.fix)),
        )  # fmt: skip


def _message(finding: Finding) -> None:
    where = f"Line {finding.line}. " if finding.line else ""
    fix = "" if finding.fix is None else " → " + ", ".join(_edit(*item) for item in finding.fix.items())
    callout(_TONES[finding.severity], finding.key or finding.code, f"{where}{finding.message}{fix}")


def _edit(key: str, value: object) -> str:
    return f"remove {key}" if value is None else f"{key}: {shown(value)}"


def marks(report: Report) -> dict[str, tuple[Look, str]]:
    """Key → how its field is marked: after the worst finding about it."""
    worst: dict[str, tuple[Look, str]] = {}
    for finding in (*report.errors, *report.warnings):
        if finding.key is not None:
            look: Look = "error" if finding.severity == "error" else "warning"
            worst.setdefault(finding.key, (look, f"{look.capitalize()}, see above the curves."))
    return worst
