"""The least that an app with one field and two curves can cost: what the measurements compare the Tune page to."""

import os

import numpy as np
import plotly.graph_objects as go
import streamlit as st

if os.environ.get("FLOOR_WITH_TORCH"):
    import torch  # noqa: F401 - for what its import costs

height = st.number_input("LR", value=0.003, step=0.0001, format="%.4f")
place = np.linspace(0.0, 1.0, 1000)
wave = np.sin(np.pi * place)
figure = go.Figure(
    data=[
        go.Scatter(x=place, y=height * wave, name="lr"),
        go.Scatter(x=place, y=0.95 - 0.1 * wave, name="momentum", yaxis="y2"),
    ],
    layout={"yaxis2": {"overlaying": "y", "side": "right"}},
)
st.plotly_chart(figure)
