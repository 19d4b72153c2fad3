"""What is measured: progress, the table that decides, curves, downloads, and an earlier result over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pcdet_sched.benchmark.conclusion import against, conclusion
from pcdet_sched.benchmark.figures import figure
from pcdet_sched.benchmark.sentences import labels, said_of
from pcdet_sched.benchmark.serialise import MAX_BYTES, from_json, to_csv, to_json
from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.examples import about, recorded
from pcdet_sched.ui.benchmark.setup import Bench, bench
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape
from pcdet_sched.ui.parts.job import POLL_SECONDS, progress, told

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkResult, BenchmarkRun

EXAMPLE = "benchmark.json"
_LIVE_POINTS, _POINTS = 300, 4000
_UPLOAD = "bench-upload"
_COLUMNS = {"loss": "Final loss", "clipped": "Clipped", "skipped": "Skipped", "underflow": "Underflow", "time": "Time"}
_CSS = """
.ps-scroll {overflow-x: auto} .ps-conclusion {margin: .4rem 0}
.ps-decides {border-collapse: collapse; font-variant-numeric: tabular-nums; min-width: min(100%, 44rem)}
.ps-decides :is(th, td) {padding: .3rem .8rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent)}
.ps-decides th:first-child {text-align: left; padding-left: .2rem}
.ps-decides .ps-warn {background: color-mix(in srgb, var(--tone) 20%, transparent); font-weight: 600}
"""


def view() -> None:
    """The run that goes on, drawn anew every 0.7 s, or what the last one measured, or a recorded example."""
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
        draw(figure(*shown(state), dark=dark(), most=_LIVE_POINTS), "bench-curves")


def _after(state: Bench) -> None:
    told(state.status, "run")
    failed = state.status.result.failed
    for name, trial in zip(labels([trial.description.variant for trial in failed]), failed, strict=True):
        callout("bad", f"{name} could not be run.", trial.failure)
    if not state.status.ended and state.earlier is None:
        callout("note", "An example, recorded earlier.", f"{about(EXAMPLE)} Press Run to measure your own block.")
    runs, names = shown(state)
    if runs:
        _conclusion(runs, names)
        draw(figure(runs, names, dark=dark(), most=_POINTS), "bench-curves")
        with st.expander("All numbers, and what each variant did"):
            table = comparison(runs, names)
            st.dataframe(table, hide_index=True, width="stretch", alt="Comparison, one row per variant")
            said = [(name, words) for name, run in zip(names, runs, strict=True) for words in said_of(run)]
            st.html("".join(f"<p><strong>{escape(name)}</strong>: {escape(words)}</p>" for name, words in said))
    if state.status.benchmark().runs:
        _downloads(state.status.benchmark())
    _upload(state)


def shown(state: Bench) -> tuple[list[BenchmarkRun], list[str]]:
    """The runs on the screen and their names, this visitor's own first; the example's where there are none yet."""
    now, before = state.status.benchmark().runs, state.earlier.runs if state.earlier is not None else ()
    if state.job is None and not state.status.ended and not before:
        now = example().runs
    earlier = [f"earlier: {name}" for name in labels([run.variant for run in before])]
    return [*now, *before], [*labels([run.variant for run in now]), *earlier]


@st.cache_resource(show_spinner=False)
def example() -> BenchmarkResult:
    """The recorded benchmark."""
    return from_json(recorded(EXAMPLE))


def _conclusion(runs: list[BenchmarkRun], names: list[str]) -> None:
    """The table whose cells are coloured where they decide, and the line on the whole."""
    head = "".join(f"<th scope='col'>{title}</th>" for title in ("Variant", *_COLUMNS.values()))
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th>{_cells(run, runs)}</tr>"
        for run, name in zip(runs, names, strict=True)
    )
    st.html(
        f"<style>{_CSS}</style><p class='ps-conclusion'><strong>{escape(conclusion(runs, names))}</strong></p>"
        f"<div class='ps-scroll' tabindex='0' role='region' aria-label='Result'><table class='ps-decides'>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _cells(run: BenchmarkRun, runs: list[BenchmarkRun]) -> str:
    summary, why = run.summary, against(run, runs)
    texts = {
        "loss": f"{summary.final_loss:.4g}",
        "clipped": "–" if run.variant.clip is None else f"{summary.clipped_share:.0%}",
        "skipped": f"{summary.skipped_steps} of {summary.iterations}" if run.variant.precision == "fp16" else "–",
        "underflow": "–" if summary.underflow is None else f"{100 * summary.underflow:.2g}%",
        "time": f"{summary.seconds_per_iteration * 1000:.1f} ms",
    }
    marks = {column: f" class='ps-warn' title='{escape(words)}'" for column, words in why.items()}
    return "".join(f"<td{marks.get(column, '')}>{escape(text)}</td>" for column, text in texts.items())


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
