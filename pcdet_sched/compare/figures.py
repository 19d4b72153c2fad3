"""Results of this package → Plotly figures. Knows no page; text that may stem from a file goes through `plain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pcdet_sched.compare.comparison import TITLES, CommonAxis, along
from pcdet_sched.figures import COLORS, DARK, DASHES, FONT, LIGHT, Palette, Part, hair, plain
from pcdet_sched.language import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import plotly.graph_objects as go
    from numpy.typing import NDArray

    from pcdet_sched.compare.comparison import Comparison
    from pcdet_sched.logs.fact import Fact
    from pcdet_sched.resume import Resume
    from pcdet_sched.scaler import Scaling

    _Points = tuple[NDArray[np.float64], ...]

_LR_ROW, _LOWER_ROW = (0.42, 1.0), (0.0, 0.34)
_HEIGHT = 460
_LINE = 0.005  # the thickness of a line, in parts of the height and the width of a plot


def overlay(
    comparison: Comparison, axis: CommonAxis = "iteration", *, log: bool = False, dark: bool = False
) -> go.Figure:
    """Lr above momentum of several runs on a common axis; the traces are lr, momentum of the first run, and so on.

    A run that does not say enough for the axis, or has no curve, is left out. A curve that lies on an earlier one, or
    so close that it hides it, is dashed, and its name says which.
    """
    traces: list[Part] = []
    seen: list[tuple[str, _Points]] = []
    for i, (name, run) in enumerate(zip(comparison.names, comparison.runs, strict=True)):
        x = along(run, axis)
        if x is None:
            continue
        points = x, run.columns["lr"], run.columns["momentum"]
        same = next((other for other, those in seen if all(map(np.array_equal, points, those))), None)
        under = same or next((other for other, those in seen if _hidden(those, points, log=log)), None)
        seen.append((name, points))
        on_it = {"dash": "dash"} if under else {}
        label = name
        if under:
            text = _("{name} = {other}") if same else _("{name} ≈ {other}")
            label = text.format(name=name, other=under)
        traces += _both(run.curve, x, plain(label), style(i) | on_it)
    return _figure(traces, _(TITLES[axis]), ("lr", _("momentum")), log=log, dark=dark)


def _hidden(under: _Points, over: _Points, *, log: bool = False) -> bool:
    """Whether one curve (x, lr, momentum) covers another: nowhere is it farther off than a line is thick.

    >>> x, y = np.linspace(0, 1, 9), np.linspace(1, 2, 9)
    >>> _hidden((x, y, y), (x, y * 1.001, y)), _hidden((x, y, y), (x * 2, y, y)), _hidden((x, y, y), (x, y, y * 2))
    (True, False, False)
    """
    (x, *rows), (at, *others) = under, over
    if not len(x) or not len(at) or abs(x[-1] - at[-1]) > _LINE * abs(x[-1] - x[0]):
        return False
    for place, (row, other) in enumerate(zip(rows, others, strict=True)):
        drawn = np.interp(x, at, other)
        if place == 0 and log:
            drawn, shown = np.log10(np.maximum((drawn, row), 1e-300))
        else:
            shown = row
        high = np.abs(row).max() if place == 0 and not log else np.ptp(shown)  # a linear axis of lr begins at zero
        if not np.abs(drawn - shown).max() <= _LINE * high:
            return False
    return True


def style(place: int) -> Part:
    """The line of the n-th curve: its colour, and its dash once the colours are used up.

    >>> style(0)["color"] == style(6)["color"], style(0)["dash"], style(6)["dash"]
    (True, 'solid', 'dash')
    """
    dash = DASHES[place // len(COLORS) % len(DASHES)]
    return {"color": COLORS[place % len(COLORS)], "width": 2, "dash": dash}


def seam(found: Resume, *, log: bool = False, dark: bool = False) -> go.Figure:
    """The curve up to the checkpoint, what it would have been, and the one that follows."""
    new, cut = found.new, found.checkpoint.iteration
    old = _with_point(found.old.curve, cut, found.seam.lr_before, found.seam.momentum_before)
    k = old["iteration"]
    parts = (
        (old[k <= cut], _("before the checkpoint"), {"color": COLORS[0], "width": 2.4}),
        (old[k >= cut], _("the old plan, not run"), {"color": COLORS[0], "width": 1.4, "dash": "dot"}),
        (new.curve, _("after the resume"), {"color": COLORS[1], "width": 2.4}),
    )
    traces = [trace for curve, name, line in parts for trace in _both(curve, curve["iteration"].to_numpy(), name, line)]
    figure = _figure(traces, _("iteration"), ("lr", _("momentum")), log=log, dark=dark)
    figure.add_vline(x=cut, line={"width": 1, "dash": "dash", "color": _palette(dark).text})
    return figure


def _with_point(curve: pd.DataFrame, at: int, lr: float | None, momentum: float | None) -> pd.DataFrame:
    """A curve with one more point, at which it is cut: the points that are drawn need not have it."""
    import pandas as pd

    if curve.empty or lr is None or not curve["iteration"].iloc[0] < at < curve["iteration"].iloc[-1]:
        return curve
    point = pd.DataFrame({"iteration": [at], "lr": [lr], "momentum": [momentum]})
    both = pd.concat([curve[["iteration", "lr", "momentum"]], point])
    return both.drop_duplicates("iteration").sort_values("iteration")


def precision(found: Scaling, *, dark: bool = False) -> go.Figure:
    """The ceiling of the loss scale as stairs, and under it the share that each step takes off the weights.

    Without mixed precision there is no scale to draw, only that share.
    """
    ceiling = found.ceiling
    stairs = {
        "x": ceiling["iteration"].to_numpy(), "y": ceiling["loss_scale"].to_numpy(), "name": _("loss scale, at most"),
        "mode": "lines", "line": {"color": COLORS[0], "width": 2, "shape": "hv"},
    }  # fmt: skip
    traces, rows = ([stairs], (_("loss scale"), _("decay"))) if found.use_amp else ([], (_("decay"),))
    if found.decay is not None:
        decay: Part = {"x": found.decay["iteration"].to_numpy(), "y": found.decay["decay"].to_numpy()}
        decay |= {"yaxis": "y2"} if found.use_amp else {}
        traces.append(decay | {"name": _("decay per step"), "mode": "lines", "line": {"color": COLORS[1], "width": 2}})
    figure = _figure(traces, _("iteration"), rows, log=False, dark=dark)
    if found.use_amp:
        figure.update_layout(yaxis={"type": "log", "dtick": "D2", "exponentformat": "SI"})
    return figure


def over_plan(found: Fact, *, log: bool = False, dark: bool = False) -> go.Figure:
    """The lr of a real run as dots over the planned curve; those that part from it in another colour."""
    table, curve = found.table, found.run.curve
    plan = {"x": curve["iteration"].to_numpy(), "y": curve["lr"].to_numpy(), "name": _("plan"), "mode": "lines"}
    traces: list[Part] = [plan | {"line": {"color": COLORS[0], "width": 2}}]
    for agrees, name, color in ((True, _("log, as planned"), COLORS[2]), (False, _("log, not as planned"), COLORS[1])):
        rows = table[table["agrees"] == agrees]
        dots = {"x": rows["iteration"].to_numpy(), "y": rows["lr"].to_numpy(), "name": name, "mode": "markers"}
        traces += [dots | {"marker": {"color": color, "size": 5}}] if len(rows) else []
    return _figure(traces, _("iteration"), ("lr",), log=log, dark=dark)


def _both(curve: pd.DataFrame, x: NDArray[np.float64], name: str, line: Part) -> list[Part]:
    """Lr and momentum; nothing where the curve has no point."""
    common = {"x": x, "mode": "lines", "line": line, "legendgroup": name, "name": name}
    momentum = {"y": curve["momentum"].to_numpy(), "yaxis": "y2", "showlegend": False}
    return [common | {"y": curve["lr"].to_numpy()}, common | momentum] if len(curve) else []


def _palette(dark: bool) -> Palette:
    return DARK if dark else LIGHT


def _figure(traces: list[Part], title: str, rows: Sequence[str], *, log: bool, dark: bool) -> go.Figure:
    """Traces on one x axis with one or two y axes over one another."""
    import plotly.graph_objects as go

    palette = _palette(dark)
    grid = {"gridcolor": palette.grid, "zeroline": False}
    two = len(rows) > 1
    layout: Part = {
        "height": _HEIGHT if two else 340, "margin": {"l": 68, "r": 20, "t": 20, "b": 46},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)", "hovermode": "x unified",
        "font": {"color": palette.text, "size": 12, "family": FONT},
        "hoverlabel": {"bgcolor": palette.background, "font": {"color": palette.text}}, "hoversubplots": "axis",
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}, "showlegend": True,
        "xaxis": grid | {"title": {"text": title}, "anchor": "y2" if two else "y"} | hair(palette),
        "yaxis": grid | {"title": {"text": rows[0]}, "exponentformat": "e", "domain": _LR_ROW if two else (0.0, 1.0)}
        | ({"type": "log", "dtick": 1} if log else {"rangemode": "tozero"}),
    }  # fmt: skip
    if two:
        layout["yaxis2"] = grid | {"title": {"text": rows[1]}, "domain": _LOWER_ROW, "nticks": 4}
    return go.Figure(data=traces, layout=layout)
