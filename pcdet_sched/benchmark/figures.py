"""Benchmark result → Plotly figure: loss, gradient norm, loss scale and lr of all runs over one another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pcdet_sched.figures import DARK, LIGHT, Palette, plain

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pcdet_sched.benchmark.result import BenchmarkRun

HEIGHT = 640
# Okabe and Ito's colours, without black and yellow: they can be told apart by colour-blind readers on both backgrounds.
_COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_DASHES = ("solid", "dash", "dot")
_LEFT, _RIGHT, _TOP, _BOTTOM = [0.0, 0.46], [0.56, 1.0], [0.56, 1.0], [0.0, 0.44]
_PANELS = (
    ("loss", "loss", _LEFT, _TOP),
    ("grad_norm", "gradient norm", _RIGHT, _TOP),
    ("loss_scale", "loss scale", _LEFT, _BOTTOM),
    ("lr", "lr", _RIGHT, _BOTTOM),
)
_AXES = {column: "" if place == 1 else str(place) for place, (column, *_) in enumerate(_PANELS, 1)}


@dataclass(frozen=True)
class Look:
    """How one run is drawn."""

    name: str
    color: str
    dash: str


def figure(runs: Sequence[BenchmarkRun], names: Sequence[str], *, dark: bool = False, most: int = 4000) -> go.Figure:
    """Four panels with logarithmic y axes over the iterations; `names` are the runs' names in the legend.

    The norm before clipping is a line, the norm after it a thin one, the limit a level; a skipped step is a cross on
    the loss scale. A trace is named after its run and has the column it shows in `meta`. One of more than `most` points
    is thinned, the last one kept; values that are not finite or not above 0 are gaps.
    """
    import plotly.graph_objects as go

    palette = DARK if dark else LIGHT
    traces: list[dict[str, Any]] = []
    for place, (run, name) in enumerate(zip(runs, names, strict=True)):
        look = Look(plain(name), _COLORS[place % len(_COLORS)], _DASHES[place // len(_COLORS) % len(_DASHES)])
        traces += _traces(run, look, most)
    return go.Figure(data=traces, layout=_layout(runs, palette))


def _traces(run: BenchmarkRun, look: Look, most: int) -> Iterator[dict[str, Any]]:
    keep = kept(len(run.readings), most)
    yield _line(run, "loss", "loss", keep, look) | {"showlegend": True}
    yield _line(run, "grad_norm", "grad_norm", keep, look)
    if run.variant.clip is not None:
        after = _line(run, "grad_norm_clipped", "grad_norm", keep, look)
        yield after | {"line": {"color": look.color, "width": 1}, "opacity": 0.55}
    yield _line(run, "loss_scale", "loss_scale", keep, look) | {"connectgaps": False}
    yield _skips(run, look)
    yield _line(run, "lr", "lr", keep, look)


def _line(run: BenchmarkRun, column: str, panel: str, keep: Sequence[int], look: Look) -> dict[str, Any]:
    values, iterations = getattr(run.readings, column), run.readings.iteration
    return {
        "name": look.name, "legendgroup": look.name, "showlegend": False, "meta": column, "mode": "lines",
        "x": [iterations[i] for i in keep], "y": [drawable(values[i]) for i in keep],
        "line": {"color": look.color, "dash": look.dash, "width": 1.8}, "hovertemplate": "%{y:.4~g}",
        "xaxis": f"x{_AXES[panel]}", "yaxis": f"y{_AXES[panel]}",
    }  # fmt: skip


def _skips(run: BenchmarkRun, look: Look) -> dict[str, Any]:
    readings = run.readings
    at = [i for i, skipped in enumerate(readings.skipped) if skipped]
    return {
        "name": look.name, "legendgroup": look.name, "showlegend": False, "meta": "skipped", "mode": "markers",
        "x": [readings.iteration[i] for i in at], "y": [drawable(readings.loss_scale[i]) for i in at],
        "marker": {"color": look.color, "symbol": "x", "size": 7}, "hovertemplate": "skipped at %{y:,.0f}",
        "xaxis": f"x{_AXES['loss_scale']}", "yaxis": f"y{_AXES['loss_scale']}",
    }  # fmt: skip


def drawable(value: float) -> float | None:
    """The value, or a gap where a logarithmic axis has no place for it.

    >>> drawable(0.5), drawable(float("inf")), drawable(0.0)
    (0.5, None, None)
    """
    return value if math.isfinite(value) and value > 0 else None


def kept(count: int, most: int) -> list[int]:
    """The places of at most about `most` of `count` points, evenly spread, with the last one.

    >>> kept(5, 10), kept(10, 4)
    ([0, 1, 2, 3, 4], [0, 3, 6, 9])
    """
    stride = max(1, math.ceil(count / most))
    return sorted({*range(0, count, stride), *([count - 1] if count else [])})


def _layout(runs: Sequence[BenchmarkRun], palette: Palette) -> dict[str, Any]:
    return {
        "height": HEIGHT, "margin": {"l": 64, "r": 16, "t": 30, "b": 44}, "hovermode": "x unified",
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "uirevision": "benchmark",
        "font": {"color": palette.text, "size": 12, "family": "Source Sans, Source Sans 3, sans-serif"},
        "hoverlabel": {"bgcolor": palette.background, "font": {"color": palette.text}},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "shapes": list(_limits(runs)), **_axes(runs, palette),
    }  # fmt: skip


def _axes(runs: Sequence[BenchmarkRun], palette: Palette) -> dict[str, Any]:
    end = max((run.description.iterations for run in runs), default=1)
    shared = {"gridcolor": palette.grid, "zeroline": False, "linecolor": palette.grid}
    axes: dict[str, Any] = {}
    for column, title, across, upward in _PANELS:
        number = _AXES[column]
        x: dict[str, Any] = {"domain": across, "anchor": f"y{number}", "range": [0, end], "tickformat": ","}
        if upward is _BOTTOM:
            x["title"] = {"text": "iteration", "standoff": 6}
        y = {"domain": upward, "anchor": f"x{number}", "type": "log", **_ticks(column, runs)}
        axes[f"xaxis{number}"] = shared | x
        axes[f"yaxis{number}"] = shared | y | {"title": {"text": title, "standoff": 6}}
    return axes


def _ticks(column: str, runs: Sequence[BenchmarkRun]) -> dict[str, Any]:
    """Labels at 1, 2 and 5 where the values span few decades, else at the decades."""
    values = [value for run in runs for value in map(drawable, getattr(run.readings, column)) if value is not None]
    decades = math.log10(max(values) / min(values)) if values else 0.0
    form = {"lr": ".0e", "loss_scale": "~s"}.get(column, ".3~g")
    return {"dtick": "D2" if decades < 3 else math.ceil(decades / 8), "tickformat": form}


def _limits(runs: Sequence[BenchmarkRun]) -> Iterator[dict[str, Any]]:
    """A level for each GRAD_NORM_CLIP among the runs."""
    number = _AXES["grad_norm"]
    for clip in sorted({run.variant.clip for run in runs if run.variant.clip is not None}):
        yield {
            "type": "line", "xref": f"x{number} domain", "x0": 0, "x1": 1, "yref": f"y{number}", "y0": clip, "y1": clip,
            "line": {"color": "#8a8f98", "width": 1, "dash": "dot"}, "name": "GRAD_NORM_CLIP",
            "label": {"text": f"clip {clip:g}", "textposition": "end", "font": {"size": 11, "color": "#8a8f98"}},
        }  # fmt: skip
