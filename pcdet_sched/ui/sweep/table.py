"""The tables of a sweep, and the way from a row to Tune."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from pcdet_sched.sweep.table import axes, over_seeds, rows
from pcdet_sched.ui.sweep.tune import Sweep, left_out, link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pcdet_sched.sweep.result import SweepResult

_SHOWN = {
    "status": "Status",
    "final_loss": "Final loss",
    "clipped_share": "Clipped",
    "skipped_steps": "Skipped",
    "weights_lost": "Weights lost at",
    "seconds_per_iteration": "ms per iteration",
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


def runs_table(state: Sweep, result: SweepResult) -> None:
    """The runs, best first, each with a link that opens its config on Tune."""
    frame = shown(result)
    by_id = {trial.id: trial.description.variant for trial in result.trials}
    frame.insert(0, "Config", [link(by_id[id_], state) for id_ in frame["id"]])
    missing = [", ".join(left_out(by_id[id_])) for id_ in frame["id"]]
    if any(missing):
        frame.insert(1, "Not in a config", missing)
    config = _formats(frame) | {
        "Config": st.column_config.LinkColumn("", display_text="Open in Tune", width=120, pinned=True),
        "Not in a config": st.column_config.TextColumn(
            help="What the run had and no config of the trainer can ask for"
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
    frame["seconds_per_iteration"] = 1000 * frame["seconds_per_iteration"].astype(float)
    kept = [name for name in _SHOWN if frame[name].replace("", None).notna().any()]
    return frame[[*names, *kept, "id"]].rename(columns=_SHOWN).reset_index(drop=True)


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
