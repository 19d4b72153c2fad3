"""The row under the curves: how they are drawn, the file with its changes, the ways back, the way to Compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.language import _
from pcdet_sched.ui.compare.address import remember
from pcdet_sched.ui.compare.pins import pin_button
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.tune.export import tuned
from pcdet_sched.ui.tune.fields import refill
from pcdet_sched.ui.tune.redraw import TOOLBAR, drawn
from pcdet_sched.ui.tune.results import axis_switch

if TYPE_CHECKING:
    from collections.abc import Callable


@st.fragment(key=TOOLBAR)
@guarded()
def toolbar() -> None:
    """Its buttons are always enabled: after an edit they are not drawn again."""
    state = tune()
    with st.container(horizontal=True, vertical_alignment="center", key="toolbar"):
        axis_switch()
        st.download_button(
            # Written when it is clicked: the button is not drawn again after an edit.
            _("Download YAML"), data=lambda: state.config.to_yaml().encode("utf-8", "surrogatepass"),
            file_name=str(tuned(state.name)), mime="application/yaml", type="primary", icon=":material/download:",
            on_click="ignore", key="download-yaml",
        )  # fmt: skip
        _turn(_("Undo"), state.undo, "undo", _("Take the last edit back (Ctrl+Z)."))
        _turn(_("Redo"), state.redo, "redo", _("Make it again (Ctrl+Shift+Z)."))
        st.button(
            _("Reset"), on_click=refill, args=(state.reset,), key="reset", help=_("Back to the file as it was loaded.")
        )
        if pin_button(state):
            remember()
    drawn(TOOLBAR)


def _turn(name: str, change: Callable[[], None], key: str, text: str) -> None:
    st.button(name, on_click=refill, args=(change,), key=key, icon=f":material/{key}:", help=text)
