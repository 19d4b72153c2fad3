"""Compare: pinned configs, files and shipped models over one another."""

import streamlit as st

from pcdet_sched.ui.compare.page import comparison, curves, manage, sources, tables
from pcdet_sched.ui.parts.style import page

page("Compare", "Lay configs over one another: what differs, and what their curves come to.")
with st.sidebar:
    sources()
manage()
found = comparison()
if found is not None:
    curves(found)
    tables(found)
