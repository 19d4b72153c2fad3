"""A Plotly figure, set alike on every page: our own component redraws it in place, where Streamlit builds a new one.

The component's JavaScript is `browser/chart.js`, plotly.js is the one in the `plotly` package; the app's own server
serves both. Where the component cannot start, `st.plotly_chart` takes its place.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import plotly
import streamlit as st
import streamlit.components.v1 as files
from plotly.basedatatypes import BaseFigure

from pcdet_sched.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import plotly.graph_objects as go

    from pcdet_sched.figures import Spec

_CONFIG = {"displaylogo": False, "displayModeBar": False}
_BROWSER = Path(__file__).with_name("browser")
_FAILED = "pcdet_sched.chart-failed"
# What Streamlit sends along with each figure: only where the rest lies. The script that started Streamlit's page tells
# the address, whatever proxy or path lies before it.
_START = """
const own = document.querySelector('script[type="module"][src*="static/js/"]').src;
const file = (path) => new URL(`../../component/${path}`, own).href;
export default async function (component) {
  try {
    const { default: draw } = await import(file("CHART"));
    return await draw(component, file("PLOTLY"));
  } catch (error) {
    console.error(error);
    component.setStateValue("failed", true);
  }
}
"""


@cache
def _component() -> Callable[..., object] | None:
    """The component, or None where this Streamlit or this Plotly has not what it takes."""
    bundle = Path(plotly.__file__).with_name("package_data") / "plotly.min.js"
    if not bundle.is_file() or not hasattr(st.components, "v2"):
        return None
    chart = _served("chart", _BROWSER / "chart.js", sha256((_BROWSER / "chart.js").read_bytes()).hexdigest()[:12])
    start = _START.replace("CHART", chart).replace("PLOTLY", _served("plotly", bundle, plotly.__version__))
    css = (_BROWSER / "chart.css").read_text(encoding="utf-8")
    return st.components.v2.component("pcdet_sched_chart", js=start, css=css, isolate_styles=False)


def _served(name: str, file: Path, version: str) -> str:
    """Have the server serve the folder of a file; its path below `component/`, another one for each version."""
    return f"{files.declare_component(name, path=str(file.parent)).name}/{file.name}?v={version}"


def draw(
    figure: go.Figure | Spec,
    key: str,
    *,
    stem: str = "chart",
    hand: Mapping[str, object] | None = None,
    on_hand: Callable[[], None] | None = None,
) -> None:
    """Draw a figure, or plain data that is known to be one, as wide as its place; saved pictures are named `stem`.

    `hand` describes handles on the curves; `on_hand` is called when the visitor moves one.
    """  # fmt: skip
    component = _component() if in_place() else None
    if component is None:
        shown = figure if isinstance(figure, BaseFigure) else _AsItIs(figure)
        st.plotly_chart(shown, theme=None, width="stretch", config=_CONFIG, key=key)
        return
    spec = figure.to_dict() if isinstance(figure, BaseFigure) else figure
    component(
        data=as_json(spec, stem=stem, words=_words(), **({"hand": hand} if hand else {})),
        key=key,
        height=spec["layout"].get("height", 450),
        on_hand_change=on_hand,
        on_failed_change=lambda: st.session_state.update({_FAILED: True}),
    )


def in_place() -> bool:
    """Whether our component draws, which keeps a chart and changes it; Streamlit's own is built anew each time."""
    return not st.session_state.get(_FAILED) and _component() is not None


def _words() -> dict[str, str]:
    """What stands on the chart's own buttons."""
    return {
        "png": _("PNG of the chart"), "svg": _("SVG of the chart"),
        "add": _("Add a decay step"), "remove": _("Remove a decay step"),
    }  # fmt: skip


def as_json(spec: Spec, **beside: object) -> bytes:
    """A figure's plain data as JSON; the numbers of an array as base64 of their bytes, which loses no digit."""
    from plotly.io.json import to_json_plotly

    data = [{name: _packed(value) for name, value in trace.items()} for trace in spec["data"]]
    text: str = to_json_plotly({**spec, "data": data, **beside})
    return text.encode()


def _packed(value: object) -> object:
    """An array as plotly.js reads it: little-endian bytes in base64. It knows no 64-bit integers, only floats."""
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "iuf":
        return value
    whole = value.dtype.kind in "iu" and np.abs(value).max(initial=0) < 2**31
    kind = "i4" if whole else "f8"
    return {"dtype": kind, "bdata": b64encode(value.astype(f"<{kind}").tobytes()).decode()}


def dark() -> bool:
    """Whether the visitor's background is dark."""
    return bool(st.context.theme.type == "dark")


class _AsItIs(BaseFigure):  # type: ignore[misc]
    """A figure for `st.plotly_chart`, which would check plain data property by property, in ten times the time."""

    def __init__(self, spec: Spec) -> None:
        object.__setattr__(self, "_spec", spec)

    def to_dict(self) -> Spec:
        """The figure as plain data."""
        spec: Spec = object.__getattribute__(self, "_spec")
        return spec
