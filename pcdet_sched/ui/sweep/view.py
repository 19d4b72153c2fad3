"""What a sweep measured: progress, parallel coordinates, a table that leads back to Tune, the best as curves."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pcdet_sched.benchmark.figures import figure
from pcdet_sched.benchmark.sentences import labels
from pcdet_sched.benchmark.serialise import MAX_BYTES
from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.examples import about, recorded
from pcdet_sched.sweep.figures import figure as overview
from pcdet_sched.sweep.journal import read_trials, to_line
from pcdet_sched.sweep.result import SweepResult
from pcdet_sched.sweep.table import axes, best, rows, to_csv
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.parts.job import POLL_SECONDS, progress, told
from pcdet_sched.ui.sweep.table import over_seeds_table, runs_table
from pcdet_sched.ui.sweep.tune import Sweep, sweep

EXAMPLE = "sweep.jsonl"
_BEST = 5
_UPLOAD = "sweep-upload"


def view() -> None:
    """The sweep that goes on, drawn anew every 0.7 s, or what the last one measured."""
    if sweep().job is not None:
        st.fragment(_live, run_every=POLL_SECONDS)()
    else:
        _after(sweep())


@guarded()
def _live() -> None:
    state = sweep()
    state.look()
    if state.job is None:
        st.rerun()
    progress(state.status)
    if state.status.progress.running:
        _under_way(state)
    if state.result().trials:
        runs_table(state, state.result())


def _under_way(state: Sweep) -> None:
    """A bar for each run under way."""
    known, running = state.status.descriptions, state.status.progress.running
    names = dict(zip(known, labels([item.variant for item in known.values()]), strict=True))
    rows = [{"Run": names[id_], "Iterations": run.iterations, "Worker": run.worker} for id_, run in running.items()]
    most = max(item.iterations for item in known.values())
    bar = st.column_config.ProgressColumn(format="%d", min_value=0, max_value=most)
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config={"Iterations": bar}, alt="Runs under way")


def _after(state: Sweep) -> None:
    told(state.status, "sweep")
    result = state.result()
    if result.trials:
        _seen(state, result)
        _downloads(result)
    elif not state.status.ended:
        callout("note", "An example, recorded earlier.", f"{about(EXAMPLE)} Press Run to sweep your own block.")
        _seen(state, example())
    _upload(state)


@st.cache_resource(show_spinner=False)
def example() -> SweepResult:
    """The recorded sweep."""
    return SweepResult(read_trials(recorded(EXAMPLE)))


def _seen(state: Sweep, result: SweepResult) -> None:
    table = rows(result)
    if result.measured:
        draw(overview(table, dark=dark()), "sweep-overview")
        if len(axes(table[0])) != 2:
            st.caption("One line per run; drag along an axis to keep only the lines that pass there.")
    runs_table(state, result)
    if "seed" in axes(table[0]) and len(axes(table[0])) > 1:
        st.subheader("Over the seeds", anchor=False)
        over_seeds_table(table)
    _curves(result)


def _curves(result: SweepResult) -> None:
    found = best(result, _BEST)
    if not found:
        return
    st.subheader(f"The best {len(found)}" if len(found) > 1 else "The best", anchor=False)
    runs = [trial.run for trial in found if trial.run is not None]
    picture = figure(runs, labels([run.variant for run in runs]), dark=dark(), most=1000)
    draw(picture, "sweep-curves")


def _downloads(result: SweepResult) -> None:
    left, right, _ = st.columns([1, 1, 3])
    left.download_button(
        "JSON lines", lambda: "".join(map(to_line, result.trials)), "sweep.jsonl", "application/jsonl",
        on_click="ignore", icon=":material/download:", width="stretch",
    )  # fmt: skip
    right.download_button(
        "CSV", lambda: to_csv(result), "sweep.csv", "text/csv", on_click="ignore", icon=":material/download:",
        width="stretch",
    )  # fmt: skip


def _upload(state: Sweep) -> None:
    st.file_uploader(
        "Open an earlier sweep, from here or from the command line", type=["jsonl", "json"], key=_UPLOAD,
        on_change=_take, max_upload_size=MAX_BYTES // 10**6,
    )  # fmt: skip
    if state.upload_error:
        callout("bad", "That file could not be read.", state.upload_error)


@guarded()
def _take() -> None:
    state, file = sweep(), st.session_state[_UPLOAD]
    state.opened, state.upload_error = (), ""
    if file is None:
        return
    try:
        state.opened = read_trials(file.getvalue())
    except BenchmarkError as error:
        state.upload_error = f"{file.name}, {error}"
