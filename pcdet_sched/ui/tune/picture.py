"""Buttons that save the chart on the screen as PNG or SVG; the browser does it, nothing is sent."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_HTML = """<div class="row"><button type="button" data-kind="png">PNG of the chart</button>
<button type="button" data-kind="svg">SVG of the chart</button></div>"""
_CSS = """
.row {display: grid; grid-template-columns: 1fr 1fr; gap: .8rem}
button {font: inherit; font-size: .875rem; white-space: nowrap;
  color: var(--st-text-color); background: var(--st-background-color); cursor: pointer;
  border: 1px solid var(--st-border-color); border-radius: var(--st-button-radius);
  min-height: 2.5rem; padding: 0 .6rem}
button:is(:hover, :focus-visible) {color: var(--st-primary-color); border-color: currentColor}
"""
_save = st.components.v2.component(
    "pcdet_sched_save_chart",
    html=_HTML,
    css=_CSS,
    js=Path(__file__).with_name("save_chart.js").read_text(encoding="utf-8"),
)


def picture_buttons(stem: str) -> None:
    """The two buttons; the picture is named after `stem`."""
    _save(data={"stem": stem}, key="save-chart")
