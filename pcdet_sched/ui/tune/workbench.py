"""The workbench of the Tune page: fields beside the curves that follow them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.language import _, prose
from pcdet_sched.ui.compare.address import remember
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.tune import findings, results
from pcdet_sched.ui.tune.details import changed, details
from pcdet_sched.ui.tune.fields import dimmed, draw_fields, read_fields, send_again, widget_key
from pcdet_sched.ui.tune.hand import curves
from pcdet_sched.ui.tune.marks import mark_fields
from pcdet_sched.ui.tune.opening import opening
from pcdet_sched.ui.tune.redraw import CHANGED, HEAD_START, RESULTS, drawn
from pcdet_sched.ui.tune.run_plan import found_trainer
from pcdet_sched.ui.tune.stages import stages
from pcdet_sched.ui.tune.toolbar import toolbar

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.ui.state import Tune
    from pcdet_sched.ui.tune.marks import FieldLook


def workbench() -> None:
    """Curves and what goes with them, fields beside them. The curves come first: they are what is waited for.

    The style sheet sets the fields into a second column: Streamlit's own columns make every edit dearer.
    """
    send_again(tune())
    read_fields(tune())
    bench = st.container(key="bench")
    with opening(), bench:
        above = st.container()
        curves()
    time.sleep(HEAD_START)
    with above:
        _results()
    with bench:
        _changed()
        toolbar()
        details()
        draw_fields()


@st.fragment(key=RESULTS)
@guarded()
def _results() -> None:
    """What stands above the curves (the verdict, the numbers), at the fields and in the address."""
    state = tune()
    stages(state)
    if state.error:
        stays = _("{error} What you had stays here.", error=state.error)
        callout("bad", _("That file could not be read."), stays)
    if state.trouble:
        note = _("Drawn by the rules of the known trainers.")
        callout("bad", _("The checkout could not be stepped."), prose(state.trouble, note))
    results.summary(state.run, state.report, findings.next_step(state.report, state))
    findings.urgent(state.report, state)
    _marks(state, state.report)
    remember()
    drawn(RESULTS)


@st.fragment(key=CHANGED)
@guarded()
def _changed() -> None:
    changed(tune())
    drawn(CHANGED)


def _marks(state: Tune, report: Report) -> None:
    marks: dict[str, tuple[FieldLook, str]] = {name: ("dim", reason) for name, reason in dimmed(state).items()}
    marks |= findings.marks(report)
    marks |= {name: ("error", text) for name, text in state.field_errors.items()}
    found = found_trainer(state, report)
    mark_fields({widget_key(state, name): mark for name, mark in marks.items()} | found)
