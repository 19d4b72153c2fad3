"""Run → Plotly figure: lr above momentum over the iterations of a run, its phases shaded and named.

Knows no page. Colours come from Okabe and Ito's palette, which colour-blind readers can tell apart, one set
for light and one for dark backgrounds. Every text that may stem from a user's file goes through `plain`.
"""

from __future__ import annotations

import html
import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from pcdet_sched.language import _

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from pcdet_sched.simulation import Run

HEIGHT, SHORT = 470, 120
_LR_ROW, _MOMENTUM_ROW = (0.40, 1.0), (0.0, 0.29)
_NARROW = 0.07  # of the width: a phase below it has no room for its name


# Okabe and Ito's colours, without black and yellow: they can be told apart by colour-blind readers on both backgrounds.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""The colours of several curves over one another."""
DASHES = ("solid", "dash", "dot", "dashdot")
FONT = '"Source Sans", "Source Sans Pro", sans-serif'
"""The font of the texts in a figure, as CSS reads it: a list with a mistake is ignored as a whole, and the texts are
then measured in another font than they are drawn in."""


Part = dict[str, object]
"""A trace or a part of a layout, as Plotly's own JSON has it."""


class Spec(TypedDict):
    """A whole figure, as Plotly's own JSON has it."""

    data: list[Part]
    layout: Part


@dataclass(frozen=True)
class Palette:
    """The colours of one background."""

    lr: str
    momentum: str
    second: str
    text: str
    grid: str
    shade: tuple[str, str]
    alarm: str
    background: str


LIGHT = Palette(
    "#0072B2",
    "#B84A00",
    "#00734E",
    "#4b5563",
    "#e5e7eb",
    ("rgba(0,114,178,.09)", "rgba(0,114,178,.03)"),
    "#b42318",
    "#ffffff",
)
DARK = Palette(
    "#56B4E9",
    "#E69F00",
    "#3ecf9b",
    "#b6bdc9",
    "#2b313d",
    ("rgba(86,180,233,.15)", "rgba(86,180,233,.06)"),
    "#ff8f80",
    "#11151c",
)


def plain(text: object) -> str:
    """Text as Plotly draws it letter by letter: its own small HTML (links, bold) is not interpreted.

    >>> plain("<a href='x'>LR</a>")
    '&lt;a href=&#x27;x&#x27;&gt;LR&lt;/a&gt;'
    """
    return html.escape(str(text))


def curves(run: Run, *, log: bool = False, dark: bool = False) -> go.Figure:
    """The lr and momentum curves of a run; the first trace is lr, the second momentum, x is the iteration.

    `log` draws lr on a logarithmic axis. A run that would crash is drawn dashed and says so; where there is
    no curve at all the figure is low and holds the reason alone.
    """
    import plotly.graph_objects as go

    return go.Figure(curves_spec(run, log=log, dark=dark))


def curves_spec(run: Run, *, log: bool = False, dark: bool = False) -> Spec:
    """The figure of `curves` as plain data, which costs a tenth: Plotly checks each property of a figure by itself."""
    palette = DARK if dark else LIGHT
    if not run.has_curve:
        return _short(palette, _notice(run, palette) or [_no_curve(run)])
    return {"data": _traces(run, palette), "layout": _layout(run, palette, log)}


def notice_spec(text: str, *, dark: bool = False) -> Spec:
    """An empty figure of the same size that says one sentence, as plain data."""
    palette = DARK if dark else LIGHT
    notice = {"text": plain(text), "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5, "showarrow": False}
    return _bare(palette, [notice])


def standalone_html(run: Run, *, log: bool = False, dark: bool = False) -> str:
    """The figure as one HTML file with plotly.js inside, so that it opens without a network (about 5 MB)."""
    figure = curves(run, log=log, dark=dark)
    figure.update_layout(height=None, autosize=True)
    page: str = figure.to_html(include_plotlyjs=True, full_html=True, config={"displaylogo": False})
    return page


def epoch_ticks(epochs: float, most: int = 9) -> list[int]:
    """Whole epochs to label, from 0 at steps of 1, 2 or 5 times a power of ten, at most `most` + 1 of them.

    >>> epoch_ticks(80), epoch_ticks(3)
    ([0, 10, 20, 30, 40, 50, 60, 70, 80], [0, 1, 2, 3])
    """
    if not epochs >= 1:
        return [0]
    rough = epochs / most
    power = 10 ** math.floor(math.log10(rough)) if rough > 1 else 1
    step = next(int(m * power) for m in (1, 2, 5, 10) if m * power >= rough)
    return list(range(0, int(epochs) + 1, step))


def _traces(run: Run, palette: Palette) -> list[Part]:
    line = {"width": 2.4, "dash": "dash" if run.crash else "solid"}
    x, epoch = run.columns["iteration"], run.columns["epoch"]
    hover = "<b>%{y:.8~g}</b>  " + plain(_("epoch {epoch}", epoch="%{customdata}")) + "  %{hovertext}"
    lr: Part = {
        "name": "lr", "x": x, "y": run.columns["lr"], "customdata": epoch, "mode": "lines",
        "line": line | {"color": palette.lr}, "hovertext": _phases(run), "hovertemplate": hover,
    }  # fmt: skip
    momentum: Part = {
        "name": plain(_("momentum")), "x": x, "y": run.columns["momentum"], "mode": "lines", "yaxis": "y2",
        "line": line | {"color": palette.momentum}, "hovertemplate": "<b>%{y:.8~g}</b>",
    }  # fmt: skip
    return [lr, momentum, *_second(run, palette), _peak(run, palette), *_names(run, palette)]


def _second(run: Run, palette: Palette) -> list[Part]:
    """The lr of the second parameter group, where it has one of its own, with its name at its end."""
    if "lr_2" not in run.columns:
        return []
    x, y = run.columns["iteration"], run.columns["lr_2"]
    return [
        {
            "name": "lr_2", "x": x, "y": y, "mode": "lines+text", "text": [*[""] * (len(x) - 1), "lr_2"],
            "textposition": "top left", "textfont": {"color": palette.second, "size": 12}, "cliponaxis": False,
            "line": {"width": 2, "dash": "dashdot", "color": palette.second}, "hovertemplate": "<b>%{y:.8~g}</b>",
        }
    ]  # fmt: skip


def _phases(run: Run) -> list[str]:
    """The name of the phase that each point of the curve lies in."""
    if not run.phases:
        return [""] * len(run.columns["iteration"])
    starts, names = [phase.start for phase in run.phases], [plain(_(phase.name)) for phase in run.phases]
    return [names[max(bisect_right(starts, k) - 1, 0)] for k in run.columns["iteration"].tolist()]


def _peak(run: Run, palette: Palette) -> Part:
    """The peak's mark. It lies on the axis of the epochs, which Plotly draws only if a trace lies on it."""
    above: Part = {"xaxis": "x2", "hoverinfo": "skip"}
    if run.summary is None or not math.isfinite(run.summary.lr_peak):
        return above | {"x": list(_span(run)), "y": [None, None]}
    summary, (first, last) = run.summary, _span(run)
    part = (summary.peak_iteration - first) / (last - first)
    side = "left" if part > 0.85 else "right" if part < 0.1 else "center"
    peak = plain(_("peak {lr}", lr=f"{summary.lr_peak:.6g}"))  # over an empty line: a handle stands below it
    return above | {
        "x": [summary.peak_iteration], "y": [summary.lr_peak], "mode": "markers+text",
        "text": [f"{peak}<br> "], "textposition": f"top {side}",
        "cliponaxis": False, "textfont": {"color": palette.lr, "size": 12},
        "marker": {"size": 8, "color": palette.lr, "line": {"width": 2, "color": palette.background}},
    }  # fmt: skip


_LABELS = {"ticklabeloverflow": "allow"}  # to look for labels that stick out takes a tenth of the time to draw
_NO_AXES = {"xaxis": {"visible": False}, "yaxis": {"visible": False}}


def hair(palette: Palette) -> Part:
    """For an x axis: one thin line under the pointer, through all panels."""
    return {
        "exponentformat": "SI", "showspikes": True, "spikemode": "across", "spikethickness": -1, "spikedash": "solid",
        "spikecolor": palette.text, "spikesnap": "hovered data",
    }  # fmt: skip


def _frame(palette: Palette) -> Part:
    return {
        "template": {}, "height": HEIGHT, "showlegend": False, "margin": {"l": 68, "r": 20, "t": 48, "b": 46},
        "paper_bgcolor": palette.background, "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": palette.text, "size": 12, "family": FONT},
    }  # fmt: skip


def _bare(palette: Palette, annotations: list[Part]) -> Spec:
    """A figure without curves and axes."""
    return {"data": [], "layout": _frame(palette) | {"annotations": annotations, **_NO_AXES}}


def _short(palette: Palette, annotations: list[Part]) -> Spec:
    """A figure that has nothing to show but a reason: as high as that needs, one line for what and one for where."""
    spec = _bare(palette, [
        note | {"y": 0.5, "yanchor": "middle", "yshift": 0, "text": str(note["text"]).replace(": ", ":<br>", 1)}
        for note in annotations
    ])  # fmt: skip
    spec["layout"] |= {"height": SHORT, "margin": dict.fromkeys("lrtb", 10)}
    return spec


def why_no_curve(run: Run) -> str:
    """Why a run that does not crash has no curve, in a clause."""
    if run.resolved.trainer is None:
        return _("it is not known which trainer this block is for")
    return _("the run has no iteration")


def _no_curve(run: Run) -> Part:
    text = _("No curve: {why}.", why=why_no_curve(run))
    return {"text": plain(text), "xref": "paper", "yref": "paper", "x": 0.5, "showarrow": False}


def _layout(run: Run, palette: Palette, log: bool) -> Part:
    return {
        **_frame(palette),
        "hovermode": "x unified", "hoversubplots": "axis",
        "hoverlabel": {"bgcolor": palette.background, "bordercolor": palette.grid, "font": {"color": palette.text}},
        **_x_axes(run, palette), **_y_axes(run, palette, log),
        "shapes": _shades(run, palette),
    } | ({"annotations": notices} if (notices := _notice(run, palette)) else {})  # fmt: skip


def _span(run: Run) -> tuple[int, int]:
    """The iterations from the left to the right edge of the plot."""
    return run.first_iteration, run.first_iteration + max(run.total_iterations or 1, 1)


def _x_axes(run: Run, palette: Palette) -> Part:
    first, end = _span(run)
    axis = {
        "range": [first, end], "gridcolor": palette.grid, "zeroline": False, "linecolor": palette.grid, **_LABELS,
    }  # fmt: skip
    per_epoch = run.iterations_per_epoch or 0
    ticks = epoch_ticks(end / per_epoch) if per_epoch else []
    below = axis | {
        "anchor": "y2", "title": {"text": plain(_("iteration")), "standoff": 6}, "exponentformat": "SI",
        "tickformat": "," if end < 10**7 else "~s",
        "unifiedhovertitle": {"text": plain(_("iteration {iteration}", iteration="%{x:,d}"))},
        **hair(palette),
    }  # fmt: skip
    above = axis | {
        "anchor": "y", "side": "top", "overlaying": "x", "matches": "x", "showgrid": False,
        "title": {"text": plain(_("epoch")), "standoff": 6}, "tickmode": "array",
        "tickvals": [e * per_epoch for e in ticks], "ticktext": [f"{e:,}" for e in ticks],
    }  # fmt: skip
    return {"xaxis": below, "xaxis2": above}


def _y_axes(run: Run, palette: Palette, log: bool) -> Part:
    def axis(name: str, color: str, domain: tuple[float, float]) -> Part:
        title = {"text": name, "font": {"color": color, "size": 13}, "standoff": 8}
        return {
            "title": title, "domain": domain, "gridcolor": palette.grid, "zeroline": False,
            "exponentformat": "e", "nticks": 6, **_LABELS,
            "ticks": "outside", "ticklen": 9, "tickcolor": "rgba(0,0,0,0)",  # room for a handle at the left edge
        }  # fmt: skip

    lr = axis("lr", palette.lr, _LR_ROW)
    if log:
        lr |= {"type": "log", "dtick": 1}
    else:
        values = [value for name in ("lr", "lr_2") if name in run.columns for value in run.columns[name].tolist()]
        lr["range"] = _padded(values, above=0.34 if run.crash else 0.24)
    momentum = axis(_("momentum"), palette.momentum, _MOMENTUM_ROW)
    return {
        "yaxis": lr,
        "yaxis2": momentum | {"range": _momentum_range(run), "nticks": 4},
    }


def _momentum_range(run: Run) -> list[float] | None:
    return _padded(run.columns["momentum"].tolist(), below=0.1, above=0.1)


def _padded(values: Iterable[float], *, above: float, below: float | None = None) -> list[float] | None:
    """An axis range with room in parts of the values' span; from zero without `below`. None leaves it to Plotly."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return None
    low, high = min(finite), max(finite)
    low = min(low, 0.0) if below is None else low
    span = (high - low) or abs(high) or 1.0
    return [low - (below or 0.02) * span, high + above * span]


def _shades(run: Run, palette: Palette) -> list[Part]:
    return [
        {
            "type": "rect", "layer": "below", "line": {"width": 0}, "fillcolor": palette.shade[i % 2],
            "x0": phase.start, "x1": phase.end, "yref": "paper", "y0": 0, "y1": 1,
        }
        for i, phase in enumerate(run.phases)
    ]  # fmt: skip


def _names(run: Run, palette: Palette) -> list[Part]:
    """The phases' names, between the plots where no curve runs through them. Annotations take four times as long."""
    span = _momentum_range(run)
    first, last = _span(run)
    wide = [p for p in run.phases if p.end - p.start >= _NARROW * (last - first)]
    if span is None or not wide:
        return []
    return [
        {
            "x": [(phase.start + phase.end) / 2 for phase in wide], "y": [span[1]] * len(wide), "yaxis": "y2",
            "mode": "text", "text": [plain(_(phase.name)) for phase in wide], "textposition": "top center",
            "textfont": {"size": 12, "color": palette.text}, "cliponaxis": False, "hoverinfo": "skip",
        }
    ]  # fmt: skip


def _notice(run: Run, palette: Palette) -> list[Part]:
    if run.crash is None:
        return []
    crash = {"exception": run.crash.exception, "stage": run.crash.stage}
    if run.has_curve:
        what = _("Never trained this way: {exception} in {stage}", **crash)
    else:
        what = _("No curve: {exception} in {stage}", **crash)
    if run.crash.iteration is not None:
        what = _("{what} at iteration {iteration}", what=what, iteration=f"{run.crash.iteration:,}")
    return [
        {
            "text": plain(what), "xref": "paper",
            "yref": "paper", "x": 0.5, "y": _LR_ROW[1], "yanchor": "top", "yshift": -6, "showarrow": False,
            "font": {"color": palette.alarm, "size": 13}, "bgcolor": palette.background, "borderpad": 4,
        }
    ]  # fmt: skip


def ghost(spec: Spec, before: Run, now: Run, *, dark: bool = False) -> None:
    """Lay into the figure of `now` what another run (the file's as it was loaded) has otherwise, as thin lines."""
    if not spec["data"] or not before.has_curve:
        return
    palette = DARK if dark else LIGHT
    x = before.columns["iteration"]
    moved = not np.array_equal(x, now.columns["iteration"])
    for name, column, axis in ((_("lr as loaded"), "lr", "y"), (_("momentum as loaded"), "momentum", "y2")):
        if moved or not np.array_equal(before.columns[column], now.columns[column]):
            spec["data"].append(
                {
                    "name": plain(name), "x": x, "y": before.columns[column], "yaxis": axis, "mode": "lines",
                    "hoverinfo": "skip", "opacity": 0.7, "line": {"width": 1.2, "color": palette.text, "dash": "dot"},
                }
            )  # fmt: skip
