"""The language of the pages: the one that was chosen, in the link or with the switch, else the browser's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import streamlit as st

from pcdet_sched.language import SOURCE, _, catalogues, current, languages, speak

PARAMETER = "lang"
_CHOSEN, _SWITCH = "pcdet_sched.language", "language"
# Streamlit's page says that it is English; a screen reader picks its voice, a browser its font and hyphens by that.
_TELL = "export default ({ data }) => { document.documentElement.lang = data.tag; };"


def speak_to_visitor() -> None:
    """Choose the language for what follows in this thread; at the start of each run, fragment and callback."""
    if catalogues():
        speak(st.session_state.get(_CHOSEN) or st.query_params.get(PARAMETER) or st.context.locale or SOURCE)


def switch() -> None:
    """The switch, at the top of every page; what was chosen stays for the visit and goes into the link."""
    if not catalogues():
        return
    if asked := st.query_params.get(PARAMETER):
        st.session_state.setdefault(_CHOSEN, asked)
    chosen = st.session_state.get(_CHOSEN)
    if chosen and st.query_params.get(PARAMETER) != chosen:
        st.query_params[PARAMETER] = chosen  # a change of pages empties the address
    st.session_state[_SWITCH] = current()
    names = languages()
    st.selectbox(
        _("Language"), list(names), format_func=names.__getitem__, key=_SWITCH, on_change=_switched,
        label_visibility="collapsed",
    )  # fmt: skip


def tell_browser() -> None:
    """Let the page itself say in which language it is."""
    if catalogues() and (component := _teller()) is not None:
        component(data={"tag": current().replace("_", "-")}, key="spoken")  # for a string Streamlit would load pandas


@cache
def _teller() -> Callable[..., object] | None:
    """The component that does it, or None where this Streamlit has none of the kind."""
    if not hasattr(st.components, "v2"):
        return None
    return st.components.v2.component("pcdet_sched_language", js=_TELL, isolate_styles=False)


def _switched() -> None:
    st.session_state[_CHOSEN] = st.query_params[PARAMETER] = st.session_state[_SWITCH]
