"""The workbench of the Tune page: fields beside the curves that follow them."""

from __future__ import annotations

import streamlit as st

from pcdet_sched.findings import check
from pcdet_sched.simulation import simulate
from pcdet_sched.ui import export, findings, results
from pcdet_sched.ui.compare_address import remember
from pcdet_sched.ui.compare_pins import pin_button
from pcdet_sched.ui.fields import dimmed, fields, others, widget_key
from pcdet_sched.ui.guard import guarded
from pcdet_sched.ui.html import callout
from pcdet_sched.ui.state import Tune, tune
from pcdet_sched.ui.style import mark_fields


@st.fragment
@guarded()
def workbench() -> None:
    """Fields and results. An edit runs this function alone, not the rest of the page."""
    state = tune()
    with st.container(key="bench"):
        left, right = st.columns([2.15, 1], gap="medium")
    with right, st.container(key="inspector"):
        fields()
        others(state)
    with left:
        _results(state)


def _results(state: Tune) -> None:
    run = simulate(state.config, state.plan)
    report = check(state.config, state.plan, run)
    if state.error:
        callout("bad", "That file could not be read.", f"{state.error} What you had stays here.")
    results.verdict(run, report)
    findings.urgent(report, state)
    results.numbers(run)
    results.chart(run, log=_log_axis())
    export.take_home(state)
    pin_button(state)
    export.details(state, run, report)
    reasons = {widget_key(state, name): text for name, text in dimmed(state).items()}
    alarms = {widget_key(state, name): text for name, text in findings.alarms(report).items()}
    mark_fields(reasons, alarms | {widget_key(state, name): text for name, text in state.field_errors.items()})
    remember()


def _log_axis() -> bool:
    scale = st.segmented_control(
        "lr axis", ["linear", "log"], default="linear", required=True, key="axis", format_func="{} lr axis".format,
        label_visibility="collapsed",
    )  # fmt: skip
    return scale == "log"
