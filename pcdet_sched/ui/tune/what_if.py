"""What if: questions about a config that its curve alone does not answer. One is asked at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.language import N_, _

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune

# The name under which a link or a test asks it → the question.
QUESTIONS = {
    "hardware": N_("What if I have other GPUs?"),
    "resume": N_("What if I resume a run?"),
    "nearest": N_("Is it like a model that trains?"),
    "log": N_("Does my real run follow it?"),
    "lr": N_("Where does this lr come from?"),
    "precision": N_("How far can the loss scale go?"),
    "code": N_("What is it in plain torch?"),
    "report": N_("Can I have it all in one file?"),
}
ASKED = "what-if"


def what_if(state: Tune, run: Run, report: Report) -> None:
    """The questions; only the one that is asked is answered, so that the others cost nothing."""
    from pcdet_sched.ui.tune import what_if_cards, what_if_hardware, what_if_log, what_if_resume

    answers: dict[str, Callable[[], None]] = {
        "hardware": lambda: what_if_hardware.hardware(state),
        "resume": lambda: what_if_resume.resumed(state),
        "nearest": lambda: what_if_cards.nearest_card(state),
        "log": lambda: what_if_log.real_log(run),
        "lr": lambda: what_if_log.one_lr(run),
        "precision": lambda: what_if_cards.precision_card(run),
        "code": lambda: what_if_cards.code_card(run),
        "report": lambda: what_if_cards.report_card(state, run, report),
    }
    asked = st.pills(
        _("What do you want to know?"), list(QUESTIONS), key=ASKED, format_func=lambda name: _(QUESTIONS[name]),
    )  # fmt: skip
    if asked is not None:
        answers[asked]()
