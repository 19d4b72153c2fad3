"""The workbench of the Tune page: fields beside the curves that follow them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.findings import check
from pcdet_sched.simulation import simulate
from pcdet_sched.ui import export, findings, results
from pcdet_sched.ui.compare_address import remember
from pcdet_sched.ui.compare_pins import pin_button
from pcdet_sched.ui.fields import dimmed, draw_fields, others, read_fields, send_again, widget_key
from pcdet_sched.ui.guard import guarded
from pcdet_sched.ui.html import callout
from pcdet_sched.ui.marks import mark_fields
from pcdet_sched.ui.state import Tune, tune

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.marks import Look


# While this passes, the browser draws the curves; what comes after them would else be drawn in the same go.
_HEAD_START = 0.1


def workbench() -> None:
    """Fields and results. An edit runs the fragment alone, not the rest of the page, nor what precedes it here."""
    send_again(tune())
    _bench()


@st.fragment
@guarded()
def _bench() -> None:
    """Read the fields, draw the curves, then all else.

    The curves come first and all else after them, so that they follow an edit at once.
    """
    state = tune()
    read_fields(state)
    with st.container(key="bench"):
        left, right = st.columns([2.15, 1], gap="medium")
    with left:
        run, report = _curves(state)
    time.sleep(_HEAD_START)
    with right, st.container(key="inspector"):
        draw_fields(state)
        others(state)
    with left:
        export.take_home(state)
        pin_button(state)
        export.details(state, run, report)
        _marks(state, report)
        remember()


def _curves(state: Tune) -> tuple[Run, Report]:
    run = simulate(state.config, state.plan)
    report = check(state.config, state.plan, run)
    if state.error:
        callout("bad", "That file could not be read.", f"{state.error} What you had stays here.")
    results.verdict(run, report)
    findings.urgent(report, state)
    results.numbers(run)
    results.chart(run, log=_log_axis())
    return run, report


def _marks(state: Tune, report: Report) -> None:
    marks: dict[str, tuple[Look, str]] = {name: ("dim", reason) for name, reason in dimmed(state).items()}
    marks |= findings.marks(report)
    marks |= {name: ("error", text) for name, text in state.field_errors.items()}
    mark_fields({widget_key(state, name): mark for name, mark in marks.items()})


def _log_axis() -> bool:
    scale = st.segmented_control(
        "lr axis", ["linear", "log"], default="linear", required=True, key="axis", format_func="{} lr axis".format,
        label_visibility="collapsed",
    )  # fmt: skip
    return scale == "log"
