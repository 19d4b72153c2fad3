"""What is measured: progress, curves, table, sentences, downloads, and an earlier result over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pcdet_sched.benchmark.figures import figure
from pcdet_sched.benchmark.sentences import labels, sentences
from pcdet_sched.benchmark.serialise import MAX_BYTES, from_json, to_csv, to_json
from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.ui.benchmark.setup import Bench, bench
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape
from pcdet_sched.ui.parts.job import POLL_SECONDS, progress, told

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkResult, BenchmarkRun

_LIVE_POINTS = 300
_UPLOAD = "bench-upload"


def view() -> None:
    """The run that goes on, drawn anew every 0.7 s, or what the last one measured."""
    if bench().job is not None:
        st.fragment(_live, run_every=POLL_SECONDS)()
    else:
        _after(bench())


@guarded()
def _live() -> None:
    state = bench()
    state.look()
    if state.job is None:
        st.rerun()
    progress(state.status)
    if state.status.benchmark().runs:
        _chart(state, most=_LIVE_POINTS)


def _after(state: Bench) -> None:
    told(state.status, "run")
    failed = state.status.result.failed
    for name, trial in zip(labels([trial.description.variant for trial in failed]), failed, strict=True):
        callout("bad", f"{name} could not be run.", trial.failure)
    result = state.status.benchmark()
    if result.runs or state.earlier is not None:
        _chart(state, most=4000)
        _table(state)
    if result.runs:
        _said(result)
        _downloads(result)
    elif state.earlier is None:
        callout("note", "Nothing measured yet.", "Choose a preset or edit the table, then press Run.")
    _upload(state)


def shown(state: Bench) -> tuple[list[BenchmarkRun], list[str]]:
    """The runs on the screen and their names, this visitor's own first."""
    now, before = state.status.benchmark().runs, state.earlier.runs if state.earlier is not None else ()
    runs = [*now, *before]
    earlier = [f"earlier: {name}" for name in labels([run.variant for run in before])]
    return runs, [*labels([run.variant for run in now]), *earlier]


def _chart(state: Bench, most: int) -> None:
    runs, names = shown(state)
    draw(figure(runs, names, dark=dark(), most=most), "bench-curves")


def _table(state: Bench) -> None:
    runs, names = shown(state)
    st.dataframe(comparison(runs, names), hide_index=True, width="stretch", alt="Comparison, one row per variant")


def comparison(runs: list[BenchmarkRun], names: list[str]) -> pd.DataFrame:
    """One row per run: what the summary says, in the units that people read."""
    return pd.DataFrame([_row(run, name) for run, name in zip(runs, names, strict=True)])


def _row(run: BenchmarkRun, name: str) -> dict[str, object]:
    summary, first = run.summary, run.summary.first_non_finite
    return {
        "Variant": name,
        "Iterations": summary.iterations,
        "Final loss": f"{summary.final_loss:.4g}",
        "Clipped": f"{summary.clipped_share:.1%}",
        "Skipped": summary.skipped_steps,
        "Median norm": f"{summary.median_grad_norm:.3g}",
        "Underflow": "" if summary.underflow is None else f"{summary.underflow:.2g}",
        "First not finite": "" if first is None else f"{first.iteration}: {first.place}",
        "Weights lost at": "" if summary.weights_lost is None else str(summary.weights_lost),
        "ms per iteration": f"{summary.seconds_per_iteration * 1000:.1f}",
        "Peak memory": f"{summary.peak_memory / 2**20:,.0f} MiB" if summary.peak_memory else "",
        "On": run.device,
    }


def _said(result: BenchmarkResult) -> None:
    items = "".join(f"<li><strong>{escape(name)}</strong>: {escape(say)}</li>" for name, say in sentences(result))
    st.html(f'<ul class="ps-said">{items}</ul>')


def _downloads(result: BenchmarkResult) -> None:
    left, right, _ = st.columns([1, 1, 3])
    left.download_button(
        "JSON", lambda: to_json(result), "benchmark.json", "application/json", on_click="ignore",
        icon=":material/download:", width="stretch",
    )  # fmt: skip
    right.download_button(
        "CSV", lambda: to_csv(result), "benchmark.csv", "text/csv", on_click="ignore", icon=":material/download:",
        width="stretch",
    )  # fmt: skip


def _upload(state: Bench) -> None:
    st.file_uploader(
        "Lay an earlier result over it", type="json", key=_UPLOAD, on_change=_take, max_upload_size=MAX_BYTES // 10**6
    )
    if state.upload_error:
        callout("bad", "That file could not be read.", state.upload_error)


@guarded()
def _take() -> None:
    state, file = bench(), st.session_state[_UPLOAD]
    state.earlier, state.upload_error = None, ""
    if file is None:
        return
    try:
        state.earlier = from_json(file.getvalue())
    except BenchmarkError as error:
        state.upload_error = f"{file.name}: {error}"
