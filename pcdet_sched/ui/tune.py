"""The workbench of the Tune page: fields beside the curves that follow them."""

from __future__ import annotations

import streamlit as st

from pcdet_sched.simulation import simulate
from pcdet_sched.ui import export, results
from pcdet_sched.ui.fields import dimmed, fields, widget_key
from pcdet_sched.ui.html import callout
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.style import mark_fields


@st.fragment
def workbench() -> None:
    """Fields and results. An edit runs this function alone, not the rest of the page."""
    state = tune()
    with st.container(key="bench"):
        left, right = st.columns([2.15, 1], gap="medium")
    with right, st.container(key="inspector"):
        fields()
    with left:
        run = simulate(state.config, state.plan)
        if state.error:
            callout("bad", "That file could not be read.", f"{state.error} What you had stays here.")
        results.verdict(run)
        results.numbers(run)
        log = st.segmented_control(
            "lr axis", ["linear", "log"], default="linear", label_visibility="collapsed", key="axis"
        )
        results.chart(run, log=log == "log")
        export.take_home(state)
        export.details(state, run)
        mark_fields({widget_key(state, name): text for name, text in dimmed(state).items()}, {})
