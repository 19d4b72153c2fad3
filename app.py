"""The web app: `streamlit run app.py`."""

import streamlit as st

from pcdet_sched.ui.compare.address import remember, restore
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.routes import arrive
from pcdet_sched.ui.tune.opening import settle

st.set_page_config(page_title="pcdet_sched", page_icon="📈", layout="wide")
pages = [
    st.Page("pages/1_Tune.py", title="Tune", icon=":material/tune:", default=True),
    st.Page("pages/2_Compare.py", title="Compare", icon=":material/stacked_line_chart:"),
    st.Page("pages/3_Benchmark.py", title="Benchmark", icon=":material/speed:"),
    st.Page("pages/5_Sweep.py", title="Sweep", icon=":material/grid_on:"),
    st.Page("pages/4_Reference.py", title="Reference", icon=":material/menu_book:"),
    st.Page("pages/6_Questions.py", title="Questions", icon=":material/help:"),
]
page = st.navigation(pages, position="top")
arrive(pages)
with guarded():
    restore()
    page.run()
    remember()
    settle()
