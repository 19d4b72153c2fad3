"""The findings of a check: what stops the trainer or does little, with a button where an edit mends it."""

from __future__ import annotations

import dataclasses
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.findings.wording import shown
from pcdet_sched.language import _, ngettext, row
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.parts.values import typed
from pcdet_sched.ui.tune.fields import refill

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pcdet_sched.findings import Finding, Report
    from pcdet_sched.ui.parts.html import Tone
    from pcdet_sched.ui.state import Tune
    from pcdet_sched.ui.tune.marks import FieldLook

FIRST = 3
_TONES: dict[str, Tone] = {"error": "bad", "warning": "warn", "info": "note"}


def next_step(report: Report, state: Tune) -> Callable[[], None] | None:
    """What draws the one thing to do about the verdict: mend what stops the run, or say whose block it is.

    None where there is nothing to do, or no edit that does it.
    """
    resolved = report.resolved
    if resolved is not None and resolved.trainer is None:
        return partial(_choose_trainer, resolved.candidates, state) if resolved.candidates else None
    cause = report.cause
    return None if cause is None or cause.fix is None else partial(_fix, cause, "verdict", state)


def _choose_trainer(names: Sequence[str], state: Tune) -> None:
    for name in names:
        st.button(
            _("Draw as {trainer}", trainer=name), key=f"draw-as-{name}", on_click=_draw_as, args=(name, state),
            width="stretch",
        )  # fmt: skip


@guarded()
def _draw_as(name: str, state: Tune) -> None:
    st.session_state["plan-trainer"] = name
    state.plan = dataclasses.replace(state.plan, trainer=name)
    st.rerun()  # the run plan's fields lie outside of this fragment


def urgent(report: Report, state: Tune) -> None:
    """The first errors and warnings that the verdict does not say; Findings below the curves has them all."""
    findings = [one for one in (*report.errors, *report.warnings) if one.message not in report.verdict]
    _rows(findings[:FIRST], state, "urgent", report.cause)
    more = len(findings) - FIRST
    if more > 0:
        st.caption(
            ngettext(
                "And {n} more, under Findings below the curves.", "And {n} more, under Findings below the curves.",
                more, n=more,
            )
        )  # fmt: skip


def everything(report: Report, state: Tune) -> None:
    """All findings, infos too."""
    if not report.findings:
        callout("good", _("Nothing to say."), _("Every key is read, and none of them looks wrong."))
    _rows(report.findings, state, "all")


def _rows(findings: Sequence[Finding], state: Tune, place: str, in_verdict: Finding | None = None) -> None:
    """One row for each finding; the button of the one that the verdict has is not there twice."""
    for number, finding in enumerate(findings):
        if finding.fix is None or finding is in_verdict:
            _message(finding)
            continue
        text, button = st.columns([6, 1], vertical_alignment="center")
        with text:
            _message(finding)
        with button:
            _fix(finding, f"{place}-{number}", state)


def _fix(finding: Finding, place: str, state: Tune) -> None:
    fix = dict(finding.fix or {})
    st.button(
        _("Fix"), key=f"fix-{place}-{state.generation}", width="stretch", on_click=refill, args=(state.change, fix)
    )


def _message(finding: Finding) -> None:
    where = _("Line {line}.", line=finding.line) + " " if finding.line else ""
    told = [_edit(*item) for item in (finding.fix or {}).items() if not _said(*item, finding)]
    fix = " → " + row(told) if told else ""
    callout(_TONES[finding.severity], finding.key or finding.code, f"{where}{finding.message}{fix}")


def _said(key: str, value: object, finding: Finding) -> bool:
    """Whether the message itself says what to write; then the fix need not say it again."""
    short = (f"`{typed(value)}`", f"`{shown(value)}`") if key == finding.key else ()
    return value is not None and any(way in finding.message for way in (f"`{key}: {typed(value)}`", *short))


def _edit(key: str, value: object) -> str:
    return _("remove {key}", key=key) if value is None else f"{key}: {typed(value)}"


def marks(report: Report) -> dict[str, tuple[FieldLook, str]]:
    """Key → how its field is marked: after the worst finding about it."""
    error: tuple[FieldLook, str] = ("error", _("Error, see above the curves."))
    warning: tuple[FieldLook, str] = ("warning", _("Warning, see above the curves."))
    worst = {finding.key: warning for finding in report.warnings} | {finding.key: error for finding in report.errors}
    return {key: mark for key, mark in worst.items() if key is not None}
