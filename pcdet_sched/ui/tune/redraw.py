"""What of Tune is drawn again after an interaction: the parts that follow from it, by their fragments' names.

Streamlit by itself runs the fragment that holds the touched widget. After an edit that would be twenty fields, none of
which has changed, while the curves stand elsewhere.
"""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

RESULTS, TOOLBAR, DETAIL, FIELDS = "tune-results", "tune-toolbar", "tune-detail", "tune-fields"


def redraw(*parts: str) -> None:
    """At the end of a callback: draw these parts and no others.

    Where the whole page is to run anyway, it does: AppTest knows no other way, and its tree is to be complete.
    """
    context = get_script_run_ctx()
    if context is not None and context.fragment_ids_this_run:
        st.rerun(list(parts))
