"""Compare: pinned configs, files and shipped models over one another."""

import streamlit as st

from pcdet_sched.language import N_, _
from pcdet_sched.ui.compare.page import comparison, curves, manage, sources, tables
from pcdet_sched.ui.parts.style import page

page(N_("Compare"), _("Lay configs over one another: what differs, and what their curves come to."))
with st.sidebar:
    sources()
manage()
found = comparison()
if found is not None:
    curves(found)
    tables(found)
