"""What if: other hardware, a resume, precision, the nearest model, torch code, a real log, a report. One at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.ui.parts.html import callout

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune

TABLE_STYLE = """<style>.ps-scroll {overflow-x: auto} .ps-table {border-collapse: collapse; font-size: .9rem}
.ps-table th, .ps-table td {text-align: left; padding: .25rem .9rem .25rem 0; font-weight: 400;
border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent); overflow-wrap: anywhere}
.ps-table th[scope=col] {font-weight: 600}</style>"""


def what_if(state: Tune, run: Run, report: Report) -> None:
    """The questions as buttons; only the one that is asked is answered, so that the others cost nothing."""
    from pcdet_sched.ui.tune import what_if_cards, what_if_hardware, what_if_log, what_if_resume

    parts: dict[str, Callable[[], None]] = {
        "Hardware": lambda: what_if_hardware.hardware(state),
        "Resume": lambda: what_if_resume.resumed(state),
        "Loss scale and decay": lambda: what_if_cards.precision_card(run),
        "Nearest model": lambda: what_if_cards.nearest_card(state),
        "As torch code": lambda: what_if_cards.code_card(run),
        "A real log": lambda: what_if_log.real_log(run),
        "Report": lambda: what_if_cards.report_card(state, run, report),
    }
    asked = st.segmented_control(
        "What if", list(parts), default="Hardware", required=True, key="what-if", label_visibility="collapsed"
    )
    parts[asked]()


def no_curve(run: Run) -> bool:
    """Say that there is no curve to work with, where there is none."""
    if not run.curve.empty and run.total_iterations:
        return False
    callout("note", "There is no curve.", "This needs a block that the trainer, or its author's meaning, makes one of.")
    return True
