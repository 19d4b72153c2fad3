"""The workbench of the Tune page: fields beside the curves that follow them."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.language import _
from pcdet_sched.ui.compare.address import remember
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.tune import export, findings, results
from pcdet_sched.ui.tune.fields import dimmed, draw_fields, read_fields, send_again, widget_key
from pcdet_sched.ui.tune.marks import mark_fields
from pcdet_sched.ui.tune.opening import opening
from pcdet_sched.ui.tune.redraw import RESULTS
from pcdet_sched.ui.tune.run_plan import found_trainer
from pcdet_sched.ui.tune.stages import stages

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.ui.state import Tune
    from pcdet_sched.ui.tune.marks import Look


def workbench() -> None:
    """Curves and what goes with them, fields beside them. The curves come first: they are what is waited for.

    The style sheet sets the fields into a second column: Streamlit's own columns make every edit dearer.
    """
    send_again(tune())
    read_fields(tune())
    bench = st.container(key="bench")
    with opening(), bench:
        _results()
    with bench:
        export.toolbar()
        export.details()
        draw_fields()


# One visitor's curves after the other's: at the same time they would take the interpreter from one another, and from
# the server that is to send them, and all be late.
_TURN = Lock()
# While this passes the browser draws the curves; what comes after them would else be drawn in the same go.
_HEAD_START = 0.1


@st.fragment(key=RESULTS)
@guarded()
def _results() -> None:
    """The verdict, the numbers, the curves; then what was changed, in words, at the fields and in the address."""
    state = tune()
    with _TURN:
        run, report = state.outcome.run, state.outcome.report
        if state.error:
            callout("bad", "That file could not be read.", f"{state.error} What you had stays here.")
        if state.outcome.trouble:
            note = _("Drawn by the rules of the known trainers.")
            callout("bad", _("The checkout could not be stepped."), f"{state.outcome.trouble} {note}")
        stages(state)
        results.summary(run, report, findings.next_step(report, state))
        findings.urgent(report, state)
        results.chart(run)
    time.sleep(_HEAD_START)
    export.changed(state)
    _marks(state, report)
    remember()


def _marks(state: Tune, report: Report) -> None:
    marks: dict[str, tuple[Look, str]] = {name: ("dim", reason) for name, reason in dimmed(state).items()}
    marks |= findings.marks(report)
    marks |= {name: ("error", text) for name, text in state.field_errors.items()}
    found = found_trainer(state, report)
    mark_fields({widget_key(state, name): mark for name, mark in marks.items()} | found)
