"""What of Tune is drawn again after an interaction: the parts that follow from it, by their fragments' names.

Streamlit by itself runs the fragment that holds the touched widget. After an edit that would be twenty fields, none of
which has changed, while the curves stand elsewhere. Two things of Streamlit's make up for: a run that another edit ends
early leaves parts undrawn, so they stay due until they have been drawn; and a run that starts throws away what its
fragment has drawn and the server has not sent yet, although we then draw other parts in it. What was drawn only just
now is therefore drawn once more.
"""

from __future__ import annotations

import time

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

RESULTS, CURVES, TOOLBAR, DETAIL, FIELDS = "tune-results", "tune-curves", "tune-toolbar", "tune-detail", "tune-fields"
_DUE, _DRAWN = "pcdet_sched.due", "pcdet_sched.drawn"
_SENT = 3.0  # seconds after which what was drawn has been sent, also by a busy server


def redraw(*parts: str) -> None:
    """At the end of a callback: draw these parts, and what is due, and no others.

    Where the whole page is to run anyway, it does: AppTest knows no other way, and its tree is to be complete.
    """
    context = get_script_run_ctx()
    if context is not None and context.fragment_ids_this_run:
        due: dict[str, None] = st.session_state.setdefault(_DUE, {})
        due |= dict.fromkeys([*parts, *(part for part, when in _drawn().items() if when > unsent())])
        st.rerun(list(due))


def unsent() -> float:
    """The moment of the monotonic clock since which what was drawn may not have been sent."""
    return time.monotonic() - _SENT


def overdue() -> bool:
    """Whether a part has not been drawn since it was asked for."""
    return bool(st.session_state.get(_DUE))


def drawn(part: str) -> None:
    """At the end of a part: it is not due any more."""
    st.session_state.get(_DUE, {}).pop(part, None)
    _drawn()[part] = time.monotonic()


def _drawn() -> dict[str, float]:
    """The parts that were drawn → when last."""
    when: dict[str, float] = st.session_state.setdefault(_DRAWN, {})
    return when
