"""Benchmark result → Plotly figure: loss, gradient norm, loss scale and lr of all runs over one another."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.figures import COLORS, DARK, DASHES, FONT, LIGHT, Palette, Part, plain
from pcdet_sched.language import N_, _

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pcdet_sched.benchmark.result import BenchmarkRun

PANEL_HEIGHT, FRAME_HEIGHT = 165, 90
_GAP = 0.05
_TITLES = {"loss": N_("loss"), "grad_norm": N_("gradient norm"), "loss_scale": N_("loss scale"), "lr": N_("lr")}


@dataclass(frozen=True)
class Line:
    """How one run is drawn."""

    name: str
    color: str
    dash: str


def readings_figure(
    runs: Sequence[BenchmarkRun], names: Sequence[str], *, dark: bool = False, most: int = 4000
) -> go.Figure:
    """Panels with logarithmic y axes over one axis of iterations; `names` are the runs' names in the legend.

    Loss, gradient norm, loss scale (where a run has a scaler) and lr (one line where all are the same). The norm before
    clipping is a line, the norm after it a thin one, the limit a level; a skipped step is a cross on the loss scale. A
    trace is named after its run and has the column it shows in `meta`. One of more than `most` points is thinned, the
    last one kept; values that are not finite or not above 0 are gaps.
    """
    import plotly.graph_objects as go

    palette = DARK if dark else LIGHT
    panels = _panels(runs)
    one_lr = len({run.readings.lr for run in runs}) == 1
    traces: list[Part] = []
    for place, (run, name) in enumerate(zip(runs, names, strict=True)):
        style = Line(plain(name), COLORS[place % len(COLORS)], DASHES[place % len(DASHES)])
        shown = panels if place == 0 or not one_lr else [panel for panel in panels if panel != "lr"]
        found = _traces(run, style, shown, most)
        traces += [trace | {"yaxis": _axis(str(trace["yaxis"]), panels), "xaxis": "x"} for trace in found]
    return go.Figure(data=traces, layout=_layout(runs, panels, palette))


def _panels(runs: Sequence[BenchmarkRun]) -> list[str]:
    """The panels that have something to say: without fp16 there is no loss scale."""
    scaled = any(run.variant.precision == "fp16" for run in runs)
    return [panel for panel in _TITLES if scaled or panel != "loss_scale"]


def _axis(panel: str, panels: Sequence[str]) -> str:
    place = panels.index(panel)
    return "y" if place == 0 else f"y{place + 1}"


def _traces(run: BenchmarkRun, style: Line, panels: Sequence[str], most: int) -> Iterator[Part]:
    keep = kept(len(run.readings), most)
    yield _line(run, "loss", "loss", keep, style) | {"showlegend": True}
    yield _line(run, "grad_norm", "grad_norm", keep, style)
    if run.variant.clip is not None:
        after = _line(run, "grad_norm_clipped", "grad_norm", keep, style)
        yield after | {
            "line": {"color": style.color, "width": 1},
            "opacity": 0.55,
            "hoverinfo": "skip",
            "hovertemplate": None,
        }
    if "loss_scale" in panels and run.variant.precision == "fp16":
        yield _line(run, "loss_scale", "loss_scale", keep, style) | {"connectgaps": False}
        yield _skips(run, style)
    if "lr" in panels:
        yield _line(run, "lr", "lr", keep, style)


def _line(run: BenchmarkRun, column: str, panel: str, keep: Sequence[int], style: Line) -> Part:
    values, iterations = getattr(run.readings, column), run.readings.iteration
    return {
        "name": style.name, "legendgroup": style.name, "showlegend": False, "meta": column, "mode": "lines",
        "x": [iterations[i] for i in keep], "y": [drawable(values[i]) for i in keep],
        "line": {"color": style.color, "dash": style.dash, "width": 1.8}, "hovertemplate": "%{y:.4~g}",
        "yaxis": panel,
    }  # fmt: skip


def _skips(run: BenchmarkRun, style: Line) -> Part:
    readings = run.readings
    at = [i for i, skipped in enumerate(readings.skipped) if skipped]
    return {
        "name": style.name, "legendgroup": style.name, "showlegend": False, "meta": "skipped", "mode": "markers",
        "x": [readings.iteration[i] for i in at], "y": [drawable(readings.loss_scale[i]) for i in at],
        "marker": {"color": style.color, "symbol": "x", "size": 7}, "yaxis": "loss_scale",
        "hovertemplate": _("skipped at {scale}", scale="%{y:,.0f}"),
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


def _layout(runs: Sequence[BenchmarkRun], panels: Sequence[str], palette: Palette) -> Part:
    end = max((run.description.iterations for run in runs), default=1)
    shared = {"gridcolor": palette.grid, "zeroline": False, "linecolor": palette.grid}
    spike = {"showspikes": True, "spikemode": "across", "spikesnap": "hovered data", "spikethickness": 1}
    x = {"range": [0, end], "tickformat": ",", "title": {"text": _("iteration"), "standoff": 6}, "anchor": "free"}
    axes: Part = {"xaxis": shared | spike | x | {"position": 0, "spikedash": "solid", "spikecolor": palette.text}}
    height = (1 + _GAP) / len(panels)
    for place, panel in enumerate(panels):
        low = max(0.0, 1 - (place + 1) * height + _GAP)
        y = {"domain": [low, min(1.0, low + height - _GAP)], "type": "log", **_ticks(panel, runs)}
        axes[f"yaxis{'' if place == 0 else place + 1}"] = (
            shared | y | {"title": {"text": _(_TITLES[panel]), "standoff": 6}}
        )
    return {
        "height": FRAME_HEIGHT + PANEL_HEIGHT * len(panels), "margin": {"l": 64, "r": 16, "t": 30, "b": 44},
        # One hover for all panels: they share their x axis.
        "hovermode": "x", "hoversubplots": "axis", "uirevision": "benchmark",
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": palette.text, "size": 12, "family": FONT},
        "hoverlabel": {"font": {"size": 11}, "namelength": -1},
        "legend": {"orientation": "h", "y": 1.01, "yanchor": "bottom", "x": 0},
        "shapes": list(_limits(runs, panels)), **axes,
    }  # fmt: skip


def _ticks(column: str, runs: Sequence[BenchmarkRun]) -> Part:
    """Labels at 1, 2 and 5 where the values span few decades, else at the decades."""
    values = [value for run in runs for value in map(drawable, getattr(run.readings, column)) if value is not None]
    decades = math.log10(max(values) / min(values)) if values else 0.0
    form = {"lr": ".0e", "loss_scale": "~s"}.get(column, ".3~g")
    return {"dtick": "D2" if decades < 3 else math.ceil(decades / 8), "tickformat": form}


def _limits(runs: Sequence[BenchmarkRun], panels: Sequence[str]) -> Iterator[Part]:
    """A level for each GRAD_NORM_CLIP among the runs."""
    axis = _axis("grad_norm", panels)
    for clip in sorted({run.variant.clip for run in runs if run.variant.clip is not None}):
        yield {
            "type": "line", "xref": "x domain", "x0": 0, "x1": 1, "yref": axis, "y0": clip, "y1": clip,
            "line": {"color": "#8a8f98", "width": 1, "dash": "dot"}, "name": "GRAD_NORM_CLIP",
            "label": {
                "text": _("clip {norm:g}", norm=clip), "textposition": "end", "font": {"size": 11, "color": "#8a8f98"},
            },
        }  # fmt: skip
