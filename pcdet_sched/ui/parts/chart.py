"""A Plotly figure, set alike on every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st
from plotly.basedatatypes import BaseFigure

if TYPE_CHECKING:
    import plotly.graph_objects as go

_CONFIG = {"displaylogo": False, "displayModeBar": False}


def draw(figure: go.Figure | dict[str, Any], key: str) -> None:
    """Draw a figure, or plain data that is known to be one, as wide as its place."""
    shown = _AsItIs(figure) if isinstance(figure, dict) else figure
    st.plotly_chart(shown, theme=None, width="stretch", config=_CONFIG, key=key)


def dark() -> bool:
    """Whether the visitor's background is dark."""
    return bool(st.context.theme.type == "dark")


class _AsItIs(BaseFigure):  # type: ignore[misc]
    """A figure for `st.plotly_chart`, which would check plain data property by property, in ten times the time."""

    def __init__(self, spec: dict[str, Any]) -> None:
        object.__setattr__(self, "_spec", spec)

    def to_dict(self) -> dict[str, Any]:
        """The figure as plain data."""
        spec: dict[str, Any] = object.__getattribute__(self, "_spec")
        return spec
