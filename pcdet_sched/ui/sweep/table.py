"""The tables of a sweep, and the way from a row to Tune."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pcdet_sched.language import N_, _, row
from pcdet_sched.sweep.table import Row, over_seeds, rows, varied_names
from pcdet_sched.sweep.work import called
from pcdet_sched.ui.sweep.tune import Sweep, left_out, link

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.elements.lib.column_types import ColumnConfig

    from pcdet_sched.sweep.result import SweepResult

_TITLES = {
    "status": N_("Status"),
    "final_loss": N_("Final loss"),
    "clipped_share": N_("Clipped"),
    "skipped_steps": N_("Skipped"),
    "weights_lost": N_("Weights lost at"),
    "seconds_per_iteration": N_("ms per iteration"),
    "seconds": N_("Seconds"),
    "worker": N_("Worker"),
    "failure": N_("Why it failed"),
}
_STATUS = {"measured": N_("measured"), "lost": N_("lost"), "failed": N_("failed")}
_OVER_SEEDS = {
    "runs": N_("Runs"),
    "lost_or_failed": N_("Lost or failed"),
    "final_loss": N_("Median final loss"),
    "worst_final_loss": N_("Worst final loss"),
    "clipped_share": N_("Median clipped"),
    "skipped_steps": N_("Median skipped"),
}
_SHARE = "clipped_share"


def runs_table(state: Sweep, result: SweepResult) -> None:
    """The runs, best first, each with a link that opens its config on Tune."""
    frame = runs_frame(result)
    by_id = {trial.id: trial.description.variant for trial in result.trials}
    open_, missing = _("Config"), _("Not in a config")
    frame.insert(0, open_, [link(by_id[id_], state) for id_ in frame["id"]])
    found = [row(left_out(by_id[id_])) for id_ in frame["id"]]
    if any(found):
        frame.insert(1, missing, found)
    config: dict[str, ColumnConfig | None] = {
        **_formats(frame, _(_TITLES[_SHARE])),
        open_: st.column_config.LinkColumn("", display_text=_("Open on Tune"), width=120, pinned=True),
        missing: st.column_config.TextColumn(help=_("What the run had and no config of the trainer can ask for")),
        "id": None,
        _(_TITLES["seconds"]): st.column_config.NumberColumn(format="%.1f"),
    }
    st.dataframe(frame, hide_index=True, column_config=config, alt=_("Runs, one per row"), key="sweep-table")


def runs_frame(result: SweepResult) -> pd.DataFrame:
    """One row per run, the lowest final loss first; columns that say nothing are left out."""
    table = rows(result)
    names = varied_names(table[0])
    frame = pd.DataFrame(table).sort_values("final_loss", na_position="last", kind="stable")
    frame = as_words(frame, names)
    frame["seconds_per_iteration"] = 1000 * frame["seconds_per_iteration"].astype(float)
    frame["status"] = [_(_STATUS[status]) for status in frame["status"]]
    frame["worker"] = frame["worker"].map(called)
    kept = [name for name in _TITLES if frame[name].replace("", None).notna().any()]
    titles = {name: _(title) for name, title in _TITLES.items()}
    return frame[[*names, *kept, "id"]].rename(columns=titles).reset_index(drop=True)


def over_seeds_table(table: Sequence[Row]) -> None:
    """The runs with one row for all seeds of a setting."""
    titles = {name: _(title) for name, title in _OVER_SEEDS.items()}
    frame = as_words(pd.DataFrame(over_seeds(table)), [name for name in varied_names(table[0]) if name != "seed"])
    frame = frame.rename(columns=titles)
    alt = _("Settings, medians over their seeds")
    st.dataframe(frame, hide_index=True, column_config=_formats(frame, titles[_SHARE]), alt=alt)


def _formats(frame: pd.DataFrame, share: str) -> dict[str, ColumnConfig]:
    """Four digits for every number, percent for the share."""
    numbers = [name for name in frame.columns if pd.api.types.is_float_dtype(frame[name])]
    form = {name: "percent" if name == share else "%.4g" for name in numbers}
    return {name: st.column_config.NumberColumn(format=form[name]) for name in numbers}


def as_words(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The frame with columns that mix numbers and words made words: a table cannot sort the mixture."""
    for name in names:
        if frame[name].map(type).nunique() > 1:
            frame[name] = frame[name].map(lambda value: f"{value:g}" if isinstance(value, float) else str(value))
    return frame
