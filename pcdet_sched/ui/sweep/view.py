"""What a sweep measured: progress, parallel coordinates, a table that leads back to Tune, the best as curves."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pcdet_sched.benchmark.figures import readings_figure
from pcdet_sched.benchmark.sentences import labels
from pcdet_sched.examples import about, recorded
from pcdet_sched.language import _, prose
from pcdet_sched.sweep.figures import sweep_figure
from pcdet_sched.sweep.journal import read_trials, to_line
from pcdet_sched.sweep.result import SweepResult
from pcdet_sched.sweep.table import best, rows, table_csv, varied_names
from pcdet_sched.sweep.work import called
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.parts.measuring import downloads, live, told, upload
from pcdet_sched.ui.sweep.table import over_seeds_table, runs_table
from pcdet_sched.ui.sweep.tune import Sweep, sweep

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
