"""What a sweep measured: progress, parallel coordinates, tables that lead back to Tune, the best as curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pcdet_sched.benchmark.figures import readings_figure
from pcdet_sched.benchmark.sentences import labels
from pcdet_sched.examples import about, recorded
from pcdet_sched.language import N_, _, prose, row
from pcdet_sched.sweep.figures import sweep_figure
from pcdet_sched.sweep.journal import read_trials, to_line
from pcdet_sched.sweep.result import SweepResult
from pcdet_sched.sweep.table import Row, best, over_seeds, rows, table_csv, varied_names
from pcdet_sched.sweep.work import called
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.parts.measuring import downloads, live, told, upload
from pcdet_sched.ui.sweep.tune import Sweep, left_out, link, sweep

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamlit.elements.lib.column_types import ColumnConfig


EXAMPLE = "sweep.jsonl"
_BEST = 5


def view() -> None:
    """The sweep that goes on, or what the last one measured, or a recorded example."""
    state = sweep()
    if state.job is not None:
        live(state, _measured_so_far)
    else:
        _after(state)


def _measured_so_far() -> None:
    state = sweep()
    if state.status.progress.running:
        _under_way(state)
    if state.result().trials:
        runs_table(state, state.result())


def _under_way(state: Sweep) -> None:
    """A bar for each run under way."""
    known, running = state.status.descriptions, state.status.progress.running
    names = dict(zip(known, labels([item.variant for item in known.values()]), strict=True))
    run, iterations = _("Run"), _("Iterations")
    rows = [
        {run: names[id_], iterations: now.iterations, _("Worker"): called(now.worker)} for id_, now in running.items()
    ]
    most = max(item.iterations for item in known.values())
    bar = st.column_config.ProgressColumn(format="%d", min_value=0, max_value=most)
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={iterations: bar}, alt=_("Runs under way"))


def _after(state: Sweep) -> None:
    told(state.status, _("The sweep ended early."))
    result = state.result()
    if result.trials:
        _seen(state, result)
        downloads(
            "sweep",
            ("JSON lines", "jsonl", "application/jsonl", lambda: "".join(map(to_line, result.trials))),
            ("CSV", "csv", "text/csv", lambda: table_csv(result)),
        )
    elif not state.status.ended:
        press = _("Press Run to sweep your own block.")
        callout("note", _("An example, recorded earlier."), prose(about(EXAMPLE), press))
        _seen(state, example())
    title = _("Open an earlier sweep, from here or from the command line")
    upload("sweep", state, title, ["jsonl", "json"], lambda data: SweepResult(read_trials(data)))


@st.cache_resource(show_spinner=False)
def example() -> SweepResult:
    """The recorded sweep."""
    return SweepResult(read_trials(recorded(EXAMPLE)))


def _seen(state: Sweep, result: SweepResult) -> None:
    table = rows(result)
    if result.measured:
        draw(sweep_figure(table, dark=dark()), "sweep-overview")
        if len(varied_names(table[0])) != 2:
            st.caption(_("One line per run; drag along an axis to keep only the lines that pass there."))
    runs_table(state, result)
    if "seed" in varied_names(table[0]) and len(varied_names(table[0])) > 1:
        st.subheader(_("Over the seeds"), anchor=False)
        over_seeds_table(table)
    _curves(result)


def _curves(result: SweepResult) -> None:
    found = best(result, _BEST)
    if not found:
        return
    st.subheader(_("The best {n}", n=len(found)) if len(found) > 1 else _("The best"), anchor=False)
    runs = [trial.run for trial in found if trial.run is not None]
    picture = readings_figure(runs, labels([run.variant for run in runs]), dark=dark(), most=1000)
    draw(picture, "sweep-curves")


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
