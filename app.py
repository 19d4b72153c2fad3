"""The web app: `streamlit run app.py`."""

import streamlit as st

from pcdet_sched.language import _
from pcdet_sched.ui.compare.address import remember, restore
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.routes import arrive
from pcdet_sched.ui.parts.speech import speak_to_visitor
from pcdet_sched.ui.tune.opening import settle

st.set_page_config(page_title=_("pcdet_sched"), page_icon="📈", layout="wide")
speak_to_visitor()
pages = [
    st.Page("pages/1_Tune.py", title=_("Tune"), icon=":material/tune:", default=True),
    st.Page("pages/2_Compare.py", title=_("Compare"), icon=":material/stacked_line_chart:"),
    st.Page("pages/3_Benchmark.py", title=_("Benchmark"), icon=":material/speed:"),
    st.Page("pages/5_Sweep.py", title=_("Sweep"), icon=":material/grid_on:"),
    st.Page("pages/4_Reference.py", title=_("Reference"), icon=":material/menu_book:"),
    st.Page("pages/6_Questions.py", title=_("Questions"), icon=":material/help:"),
]
page = st.navigation(pages, position="top")
arrive(pages)
with guarded():
    restore()
    page.run()
    remember()
    settle()
