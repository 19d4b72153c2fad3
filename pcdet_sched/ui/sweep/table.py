"""The tables of a sweep, and the way from a row to Tune."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from pcdet_sched.sweep.table import axes, over_seeds, rows
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.sweep.tune import open_in_tune, sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcdet_sched.sweep.result import SweepResult

_CLICK = "sweep-open"
_SHOWN = {
    "status": "Status",
    "final_loss": "Final loss",
    "clipped_share": "Clipped",
    "skipped_steps": "Skipped",
    "weights_lost": "Weights lost at",
    "seconds_per_iteration": "s per iteration",
    "seconds": "Seconds",
    "worker": "Worker",
    "failure": "Why it failed",
}
_OVER_SEEDS = {
    "runs": "Runs",
    "lost_or_failed": "Lost or failed",
    "final_loss": "Median final loss",
    "worst_final_loss": "Worst final loss",
    "clipped_share": "Median clipped",
    "skipped_steps": "Median skipped",
}


def runs_table(result: SweepResult) -> None:
    """The runs, best first; a click on the first column opens a row's config on Tune."""
    frame = shown(result)
    config = _formats(frame) | {
        "Config": st.column_config.ButtonColumn(
            "", type="tertiary", width=120, on_click=_open, args=(tuple(frame["id"]),), key=_CLICK, pinned=True
        ),
        "id": None,
        "Seconds": st.column_config.NumberColumn(format="%.1f"),
    }
    st.dataframe(frame, hide_index=True, column_config=config, alt="Runs, one per row", key="sweep-table")


def shown(result: SweepResult) -> pd.DataFrame:
    """One row per run, the lowest final loss first; columns that say nothing are left out."""
    table = rows(result)
    names = axes(table[0])
    frame = pd.DataFrame(table).sort_values("final_loss", na_position="last", kind="stable")
    frame = plain_words(frame, names)
    kept = [name for name in _SHOWN if frame[name].replace("", None).notna().any()]
    frame = frame[[*names, *kept, "id"]].rename(columns=_SHOWN)
    frame.insert(0, "Config", "Open in Tune")
    return frame.reset_index(drop=True)


@guarded()
def _open(ids: Sequence[str]) -> None:
    state = sweep()
    wanted = ids[st.session_state[_CLICK]["row"]]
    trial = next(trial for trial in state.result().trials if trial.id == wanted)
    open_in_tune(trial.description.variant, state.swept if not state.opened else None)


def over_seeds_table(table: list[dict[str, Any]]) -> None:
    """The runs with one row for all seeds of a setting."""
    frame = plain_words(pd.DataFrame(over_seeds(table)), [n for n in axes(table[0]) if n != "seed"]).rename(
        columns=_OVER_SEEDS
    )
    st.dataframe(frame, hide_index=True, column_config=_formats(frame), alt="Settings, medians over their seeds")


def _formats(frame: pd.DataFrame) -> dict[str, Any]:
    """Four digits for every number, percent for shares."""
    numbers = [name for name in frame.columns if pd.api.types.is_float_dtype(frame[name])]
    formats: dict[str, Any] = {name: st.column_config.NumberColumn(format="%.4g") for name in numbers}
    shares = {name: st.column_config.NumberColumn(format="percent") for name in numbers if "lipped" in name}
    return formats | shares


def plain_words(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The frame with columns that mix numbers and words made words: a table cannot sort the mixture."""
    for name in names:
        if frame[name].map(type).nunique() > 1:
            frame[name] = frame[name].map(lambda value: f"{value:g}" if isinstance(value, float) else str(value))
    return frame
