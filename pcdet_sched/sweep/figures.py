"""A sweep → Plotly figure: parallel coordinates, one line per run, from its settings to what came of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pcdet_sched.figures import DARK, LIGHT, plain
from pcdet_sched.sweep.table import axes

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 420
MEASURED = {
    "final_loss": "final loss",
    "clipped_share": "clipped",
    "skipped_steps": "skipped steps",
    "seconds_per_iteration": "s per iteration",
}
"""The columns on the right, with their names."""
_MOST_TICKS = 8
_WORST = 1.3  # ranks go to 1: the end of the scale is too close to the background
_TICK_GAP = 0.04  # of an axis: a label needs so much


def parallel(table: Sequence[Mapping[str, Any]], *, dark: bool = False) -> go.Figure:
    """Parallel coordinates of the rows of `table.rows`; runs that failed are not drawn.

    Numbers that span more than a factor of 20 stand on a logarithmic scale. What is not finite stands above the rest.
    The colour is the final loss: the lower, the darker on a light background, the lighter on a dark one.
    """
    import plotly.graph_objects as go

    palette = DARK if dark else LIGHT
    drawn = [row for row in table if row["status"] != "failed"]
    names = {name: name for name in axes(drawn[0])} | MEASURED if drawn else MEASURED
    dimensions = [dimension(label, [row[name] for row in drawn]) for name, label in names.items()]
    ranks = _ranks([row["final_loss"] for row in drawn])
    lines = {"color": ranks, "colorscale": "Viridis", "cmin": 0, "cmax": _WORST, "reversescale": dark}
    trace = {"type": "parcoords", "dimensions": dimensions, "line": lines, "labelfont": {"size": 13}}
    layout = {
        "height": HEIGHT, "margin": {"l": 60, "r": 70, "t": 60, "b": 30}, "paper_bgcolor": palette.background,
        "font": {"color": palette.text, "size": 12},
    }  # fmt: skip
    return go.Figure(data=[trace], layout=layout)


def dimension(label: str, values: Sequence[Any]) -> dict[str, Any]:
    """One axis: numbers by size, everything else by name.

    >>> dimension("clip", [10.0, "off", 10.0])["ticktext"]
    ['10', 'off']
    """
    if all(_is_number(value) for value in values):
        return {"label": plain(label), **_numeric([float(value) for value in values])}
    choices = sorted(dict.fromkeys(map(_text, values)), key=lambda text: (not _numeral(text), _numeral(text), text))
    return {
        "label": plain(label), "values": [choices.index(_text(value)) for value in values],
        "tickvals": list(range(len(choices))), "ticktext": [plain(choice) for choice in choices],
        "range": [-0.3, max(len(choices) - 0.7, 0.3)],
    }  # fmt: skip


def _numeric(values: Sequence[float]) -> dict[str, Any]:
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
        where, texts = [*where, lost], [*texts, "not finite"]
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


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _numeral(text: str) -> float:
    """A text's number, or 0 for a word: words stand before the numbers."""
    try:
        return float(text)
    except ValueError:
        return 0.0
