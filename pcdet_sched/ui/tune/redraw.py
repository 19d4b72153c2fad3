"""What of Tune is drawn again after an interaction: the parts that follow from it, by their fragments' names.

Streamlit by itself runs the fragment that holds the touched widget. After an edit that would be twenty fields, none of
which has changed, while the curves stand elsewhere. Two things of Streamlit's make up for: a run that another edit ends
early leaves parts undrawn, so they stay due until they have been drawn; and a run that starts throws away what its
fragment has drawn and the server has not sent yet, although we then draw other parts in it. What was drawn only just
now is therefore drawn once more.

The part that is waited for, the curves, is drawn ahead: by the callback itself, in the place that the part has kept.
The browser shows it when it would else get ready for a second run, which takes it as long as drawing does.
"""

from __future__ import annotations

import time
from contextlib import suppress
from copy import deepcopy
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.delta_generator import DeltaGenerator
    from streamlit.runtime.scriptrunner_utils.script_run_context import FragmentThreadState

RESULTS, CURVES, CHANGED, TOOLBAR = "tune-results", "tune-curves", "tune-changed", "tune-toolbar"
DETAIL, FIELDS = "tune-detail", "tune-fields"
ALL = (RESULTS, CURVES, CHANGED, TOOLBAR, DETAIL, FIELDS)
"""The parts of Tune that hang on the config, by their fragments' names."""
_DUE, _DRAWN, _AHEAD = "pcdet_sched.due", "pcdet_sched.drawn", "pcdet_sched.ahead"
_SENT = 3.0  # seconds after which what was drawn has been sent, also by a busy server
HEAD_START = 0.05  # seconds in which the browser draws what is waited for; the rest would else be in the same go


class _Ahead(NamedTuple):
    """What can be drawn before its part's turn: how, where, and as whose."""

    draw: Callable[[], None]
    place: DeltaGenerator
    whose: FragmentThreadState


def redraw(*parts: str) -> None:
    """At the end of a callback: draw these parts, and what is due, and no others.

    Where the whole page is to run anyway, it does: AppTest knows no other way, and its tree is to be complete.
    """
    context = get_script_run_ctx()
    if context is None or not context.fragment_ids_this_run:
        return
    due: dict[str, None] = st.session_state.setdefault(_DUE, {})
    due |= dict.fromkeys([*parts, *(part for part, when in _drawn().items() if when > unsent())])
    if CURVES in due and len(due) > 1 and _drawn_ahead():
        drawn(CURVES)
    st.rerun(list(due))


def first(draw: Callable[[], None], *, again: bool) -> None:
    """At the beginning of the part that is waited for: draw it, and keep how and where, to draw it ahead of its turn.

    The place is kept as it is before anything stands in it, so that what is drawn ahead takes the place of the same.
    Without `again` it has its turn only: what does not take the place of the same would be there twice.
    """
    place = st.container()
    st.session_state[_AHEAD] = _Ahead(draw, deepcopy(place), ThreadState.get()) if again else None
    with place:
        draw()


def _drawn_ahead() -> bool:
    """In a callback, of whichever part: draw what is waited for, and leave the browser the time to show it."""
    ahead: _Ahead | None = st.session_state.get(_AHEAD)
    if ahead is None:
        return False
    whose = ahead.whose  # a widget belongs to the fragment that draws it: this one is not to be the caller's
    with (
        suppress(Exception),  # the part itself meets it again, in its turn, and says it in its place
        ThreadState.scoped(
            fragment_id=whose.fragment_id, delta_path=whose.delta_path,
            run_location=whose.run_location, active_script_hash=whose.active_script_hash,
        ),
        deepcopy(ahead.place),
    ):  # fmt: skip
        ahead.draw()
        time.sleep(HEAD_START)
        return True
    return False


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
