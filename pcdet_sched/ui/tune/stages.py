"""The blocks of a file that has several schedules, as tabs over the curve; the edits of all of them are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.language import _, ngettext
from pcdet_sched.ui.tune.fields import refill

if TYPE_CHECKING:
    from pcdet_sched.ui.state import Tune

_SHOWN = "stage"
_MOST = 6  # more would not fit above the curve


def stages(state: Tune) -> None:
    """One tab for each block of the file, where it has several; the one that is shown is the one that is edited."""
    blocks = state.config.blocks
    if len(blocks) < 2:
        return
    names = {state.config.stage(name).block: name for name in state.config.stages}
    labels = {block: _label(names.get(block, block), len(state.config.stage(block).edits)) for block in blocks}
    st.session_state[_SHOWN] = state.config.block  # an Undo may lead to another one
    if len(blocks) <= _MOST:
        st.segmented_control(
            _("Stage"), blocks, required=True, key=_SHOWN, format_func=labels.__getitem__, on_change=_show,
            args=(state,), wrap=True,
        )  # fmt: skip
    else:
        st.selectbox(_("Stage"), blocks, key=_SHOWN, format_func=labels.__getitem__, on_change=_show, args=(state,))


def _label(name: str, edits: int) -> str:
    return ngettext("{name} · {n} edit", "{name} · {n} edits", edits, name=name, n=edits) if edits else name


def _show(state: Tune) -> None:
    refill(state.show, st.session_state[_SHOWN])
