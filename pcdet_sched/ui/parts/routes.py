"""Every page through app.py: a server that was just started would else run a page of `pages/` on its own.

Streamlit offers the folder's scripts as pages until `st.navigation` is first called, so a bookmark of another page
than the first, opened before anything else, would show without the app's frame.
"""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.errors import StreamlitAPIException

from pcdet_sched.language import _

_ROUTED, _WANTED = "pcdet_sched.routed", "pcdet_sched.wanted"


def arrive(pages: Sequence[st.Page]) -> None:
    """In app.py, after `st.navigation`: note that the app runs, and go on to the page that was asked for."""
    st.session_state[_ROUTED] = True
    wanted, asked = st.session_state.pop(_WANTED, (None, {}))
    for page in pages:
        if wanted is not None and page.title == _(wanted):
            st.switch_page(page, query_params=asked)


def through_app(title: str) -> None:
    """In a page, by its English title: go through app.py if this session has not been there."""
    if _ROUTED in st.session_state:
        return
    asked = st.query_params.to_dict()  # the language, a state: a switch empties the address
    st.session_state[_WANTED] = title, asked
    try:
        st.switch_page("app.py", query_params=asked)
    except StreamlitAPIException:
        del st.session_state[_WANTED]  # the page's script was opened by itself, as tests do
