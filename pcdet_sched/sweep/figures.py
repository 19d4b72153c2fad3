"""A sweep → Plotly figure: parallel coordinates, one line per run, from its settings to what came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pcdet_sched.figures import DARK, FONT, LIGHT, plain
from pcdet_sched.key import is_number
from pcdet_sched.language import N_, _
from pcdet_sched.sweep.table import Row, varied_names

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 420
MEASURED = {
    "final_loss": N_("final loss"),
    "clipped_share": N_("clipped"),
    "skipped_steps": N_("skipped steps"),
    "seconds_per_iteration": N_("ms per iteration"),
}
"""The columns on the right, with their names."""
_MOST_TICKS = 8
_WORST = 1.3  # ranks go to 1: the end of the scale is too close to the background
_TICK_GAP = 0.04  # of an axis: a label needs so much


def sweep_figure(table: Sequence[Row], *, dark: bool = False) -> go.Figure:
    """The rows of `table.rows`: a heat map where exactly two names vary, else parallel coordinates."""
    drawn = [row for row in table if row["status"] != "failed"]
    return heat_map(drawn, dark=dark) if drawn and len(varied_names(drawn[0])) == 2 else parallel(table, dark=dark)


def heat_map(table: Sequence[Row], *, dark: bool = False) -> go.Figure:
    """The final loss over the two names that vary, the first one upward; a cell without a sound run is empty."""
    import plotly.graph_objects as go

    palette = DARK if dark else LIGHT
    upward, across = varied_names(table[0])
    rows, columns = (choices([row[name] for row in table]) for name in (upward, across))
    loss = {(tick_text(row[upward]), tick_text(row[across])): row["final_loss"] for row in table}
    cells = [[loss.get((up, right)) for right in columns] for up in rows]
    cells = [[cell if cell is not None and math.isfinite(cell) else None for cell in line] for line in cells]
    trace = {
        "type": "heatmap", "z": cells, "x": [plain(c) for c in columns], "y": [plain(r) for r in rows],
        "texttemplate": "%{z:.4g}", "colorscale": "Viridis", "reversescale": not dark, "hoverongaps": False,
        "hovertemplate": "%{yaxis.title.text} %{y}, %{xaxis.title.text} %{x}: %{z:.5g}<extra></extra>",
        "colorbar": {"title": {"text": _("final loss")}}, "xgap": 2, "ygap": 2,
    }  # fmt: skip
    layout = {
        "height": HEIGHT, "margin": {"l": 70, "r": 20, "t": 20, "b": 50}, "paper_bgcolor": palette.background,
        "plot_bgcolor": palette.background, "font": {"color": palette.text, "size": 13, "family": FONT},
        "xaxis": {"type": "category", "title": {"text": plain(across)}, "showgrid": False},
        "yaxis": {"type": "category", "title": {"text": plain(upward)}, "showgrid": False},
    }  # fmt: skip
    return go.Figure(data=[trace], layout=layout)


def parallel(table: Sequence[Row], *, dark: bool = False) -> go.Figure:
    """Parallel coordinates of the rows of `table.rows`; runs that failed are not drawn, nor axes that are constant.

    Numbers that span more than a factor of 20 stand on a logarithmic scale. What is not finite stands above the rest.
    The colour is the final loss: the lower, the darker on a light background, the lighter on a dark one.
    """
    import plotly.graph_objects as go

    palette = DARK if dark else LIGHT
    drawn = [row for row in table if row["status"] != "failed"]
    names = [*(varied_names(drawn[0]) if drawn else ()), *MEASURED]
    columns = {name: [row[name] for row in drawn] for name in names}
    columns["seconds_per_iteration"] = [round(1000 * seconds, 3) for seconds in columns["seconds_per_iteration"]]
    kept = [name for name, values in columns.items() if len(set(map(repr, values))) > 1] or ["final_loss"]
    losses = columns["final_loss"]
    ends = sorted(loss for loss in losses if math.isfinite(loss))
    legend = {"tickvals": [0, 1], "ticktext": [f"{end:.4g}" for end in (ends[:1] + ends[-1:])]}
    lines = {
        "color": _ranks(losses), "colorscale": "Viridis", "cmin": 0, "cmax": _WORST, "reversescale": dark,
        "showscale": True, "colorbar": {"title": {"text": _("final loss, by rank")}, "thickness": 14, **legend},
    }  # fmt: skip
    titles = {name: _(MEASURED[name]) if name in MEASURED else name for name in kept}
    dimensions = [dimension(titles[name], columns[name]) for name in kept]
    trace = {"type": "parcoords", "dimensions": dimensions, "line": lines, "labelfont": {"size": 13}}
    layout = {
        "height": HEIGHT, "margin": {"l": 60, "r": 70, "t": 60, "b": 30}, "paper_bgcolor": palette.background,
        "font": {"color": palette.text, "size": 12, "family": FONT},
    }  # fmt: skip
    return go.Figure(data=[trace], layout=layout)


def choices(values: Sequence[object]) -> list[str]:
    """The different values as texts, numbers by size, words behind them.

    >>> choices([35.0, "off", 1.0, 35.0])
    ['1', '35', 'off']
    """
    return sorted(dict.fromkeys(map(tick_text, values)), key=lambda word: (_numeral(word), word))


def dimension(label: str, values: Sequence[object]) -> dict[str, object]:
    """One axis: numbers by size, everything else by name.

    >>> dimension("clip", [10.0, "off", 10.0])["ticktext"]
    ['10', 'off']
    """
    numbers = [float(value) for value in values if is_number(value)]
    if len(numbers) == len(values):
        return {"label": plain(label), **_numeric(numbers)}
    words = choices(values)
    return {
        "label": plain(label), "values": [words.index(tick_text(value)) for value in values],
        "tickvals": list(range(len(words))), "ticktext": [plain(word) for word in words],
        "range": [-0.3, max(len(words) - 0.7, 0.3)],
    }  # fmt: skip


def _numeric(values: Sequence[float]) -> dict[str, object]:
    finite = [value for value in values if math.isfinite(value)]
    log = bool(finite) and min(finite) > 0 and max(finite) > 20 * min(finite)
    places = [math.log10(value) if log else value for value in finite]
    low, high = min(places, default=0.0), max(places, default=1.0)
    span = high - low or abs(high) or 1.0
    lost = high + 0.15 * span
    ticks = [(math.log10(tick) if log else tick, tick) for tick in _ticks(sorted(set(finite)), log)]
    ticks = [ticks[i] for i in range(len(ticks)) if i == 0 or ticks[i][0] - ticks[i - 1][0] > _TICK_GAP * span]
    where, texts = [place for place, _ in ticks], [f"{tick:.4g}" for _, tick in ticks]
    if len(finite) < len(values):
        where, texts = [*where, lost], [*texts, _("not finite")]
    placed = [(math.log10(value) if log else value) if math.isfinite(value) else lost for value in values]
    return {
        "values": placed, "tickvals": where, "ticktext": texts,
        "range": [low - 0.03 * span, max([*placed, high]) + 0.03 * span],
    }  # fmt: skip


def _ticks(values: Sequence[float], log: bool) -> list[float]:
    """The values themselves where they are few, else some between the lowest and the highest."""
    if len(values) <= _MOST_TICKS:
        return list(values)
    shares = [place / 4 for place in range(5)]
    low, high = values[0], values[-1]
    if log:
        return [low * (high / low) ** share for share in shares]
    return [low + (high - low) * share for share in shares]


def _ranks(losses: Sequence[float]) -> list[float]:
    """0 for the lowest loss, 1 for the highest or not finite; by rank, so that one bad run leaves colours to others."""
    order = sorted({loss for loss in losses if math.isfinite(loss)})
    last = max(len(order) - 1, 1)
    place = {loss: number / last for number, loss in enumerate(order)}
    return [place.get(loss, 1.0) for loss in losses]


def tick_text(value: object) -> str:
    """A value as a tick has it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _numeral(text: str) -> float:
    """A text's number; words stand behind the numbers."""
    try:
        return float(text)
    except ValueError:
        return math.inf
