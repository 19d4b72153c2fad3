"""The web app: `streamlit run app.py`."""

import streamlit as st

st.set_page_config(page_title="pcdet_sched", page_icon="📈", layout="wide")
st.navigation(
    [
        st.Page("pages/1_Tune.py", title="Tune", icon=":material/tune:", default=True),
    ],
    position="top",
).run()
