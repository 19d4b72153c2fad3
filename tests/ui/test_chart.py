"""The chart component: what takes its place where it cannot start, and that its JavaScript evaluates no text."""

from __future__ import annotations

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from pcdet_sched.ui.parts import chart

BROWSER = Path(chart.__file__).with_name("browser") / "chart.js"


def _page() -> None:
    from pcdet_sched.ui.parts.chart import draw

    draw({"data": [{"x": [0, 1], "y": [0.1, 0.2]}], "layout": {}}, "curves")


def test_streamlit_draws_the_figure_where_the_component_cannot_start(monkeypatch):
    assert len(AppTest.from_function(_page).run().get("bidi_component")) == 1
    monkeypatch.setattr(chart, "_component", lambda: None)
    bare = AppTest.from_function(_page).run()
    assert not bare.exception
    assert (len(bare.get("bidi_component")), len(bare.get("plotly_chart"))) == (0, 1)


def test_the_javascript_evaluates_no_text_and_writes_no_handlers():
    script = BROWSER.read_text(encoding="utf-8")
    assert re.findall(r"\beval\b|new Function|innerHTML|insertAdjacentHTML|setAttribute\(.on", script) == []
