"""What is measured: progress, the table that decides, curves, downloads, and an earlier result over it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from pcdet_sched.benchmark.figures import readings_figure
from pcdet_sched.benchmark.sentences import conclusion, drawbacks, labels, place, said_of
from pcdet_sched.benchmark.serialise import from_json, to_csv, to_json
from pcdet_sched.examples import about, recorded
from pcdet_sched.language import _, headed, prose
from pcdet_sched.ui.benchmark.setup import Bench, bench
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.html import callout, escape, sentence
from pcdet_sched.ui.parts.measuring import downloads, live, told, upload

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkResult, BenchmarkRun

EXAMPLE = "benchmark.json"
_LIVE_POINTS, _POINTS = 300, 4000
_CSS = """
.ps-scroll {overflow-x: auto} .ps-conclusion {margin: .4rem 0}
.ps-decides {border-collapse: collapse; font-variant-numeric: tabular-nums; min-width: min(100%, 44rem)}
.ps-decides :is(th, td) {padding: .3rem .8rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid color-mix(in srgb, currentColor 14%, transparent)}
.ps-decides th:first-child {text-align: left; padding-left: .2rem}
.ps-decides .ps-warn {background: color-mix(in srgb, var(--tone) 20%, transparent); font-weight: 600}
"""


def view() -> None:
    """The run that goes on, or what the last one measured, or a recorded example."""
    state = bench()
    if state.job is not None:
        live(state, _measured_so_far)
    else:
        _after(state)


def _measured_so_far() -> None:
    state = bench()
    if state.status.benchmark().runs:
        draw(readings_figure(*on_screen(state), dark=dark(), most=_LIVE_POINTS), "bench-curves")


def _after(state: Bench) -> None:
    told(state.status, _("The run ended early."))
    failed = state.status.result.failed
    for name, trial in zip(labels([trial.description.variant for trial in failed]), failed, strict=True):
        callout("bad", _("{name} could not be run.", name=name), trial.failure)
    if not state.status.ended and state.opened is None:
        press = _("Press Run to measure your own block.")
        callout("note", _("An example, recorded earlier."), prose(about(EXAMPLE), press))
    runs, names = on_screen(state)
    if runs:
        _conclusion(runs, names)
        draw(readings_figure(runs, names, dark=dark(), most=_POINTS), "bench-curves")
        with st.expander(_("All numbers, and what each variant did")):
            table = all_numbers(runs, names)
            st.dataframe(table, hide_index=True, width="stretch", alt=_("Comparison, one row per variant"))
            st.html("".join(map(_told_of, runs, names)))
    mine = state.status.benchmark()
    if mine.runs:
        json, csv = partial(to_json, mine), partial(to_csv, mine)
        downloads("benchmark", ("JSON", "json", "application/json", json), ("CSV", "csv", "text/csv", csv))
    upload("bench", state, _("Lay an earlier result over it"), ["json"], from_json)


def on_screen(state: Bench) -> tuple[list[BenchmarkRun], list[str]]:
    """The runs on the screen and their names, this visitor's own first; the example's where there are none yet."""
    now, before = state.status.benchmark().runs, state.opened.runs if state.opened is not None else ()
    if state.job is None and not state.status.ended and not before:
        now = example().runs
    earlier = [_("earlier: {name}", name=name) for name in labels([run.variant for run in before])]
    return [*now, *before], [*labels([run.variant for run in now]), *earlier]


@st.cache_resource(show_spinner=False)
def example() -> BenchmarkResult:
    """The recorded benchmark."""
    return from_json(recorded(EXAMPLE))


def _conclusion(runs: list[BenchmarkRun], names: list[str]) -> None:
    """The table whose cells are coloured where they decide, and the line on the whole."""
    titles = (_("Variant"), _("Final loss"), _("Clipped"), _("Skipped"), _("Underflow"), _("Time"))
    head = "".join(f"<th scope='col'>{escape(title)}</th>" for title in titles)
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th>{_cells(run, runs)}</tr>"
        for run, name in zip(runs, names, strict=True)
    )
    label = escape(_("Result"))
    st.html(
        f"<style>{_CSS}</style><p class='ps-conclusion'><strong>{escape(conclusion(runs, names))}</strong></p>"
        f"<div class='ps-scroll' tabindex='0' role='region' aria-label='{label}'><table class='ps-decides'>"
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _told_of(run: BenchmarkRun, name: str) -> str:
    """A paragraph on one variant: its name once, and what it did, a line for each thing."""
    told = "<br>".join(escape(sentence(words)) for words in said_of(run))
    return f"<p><strong>{escape(name)}</strong><br>{told}</p>" if told else ""


def _cells(run: BenchmarkRun, runs: list[BenchmarkRun]) -> str:
    summary, why = run.summary, drawbacks(run, runs)
    skipped = _("{n} of {total}", n=summary.skipped_steps, total=summary.iterations)
    texts = {
        "loss": f"{summary.final_loss:.4g}",
        "clipped": "–" if run.variant.clip is None else f"{summary.clipped_share:.0%}",
        "skipped": skipped if run.variant.precision == "fp16" else "–",
        "underflow": "–" if summary.underflow is None else f"{100 * summary.underflow:.2g}%",
        "time": f"{summary.seconds_per_iteration * 1000:.1f} ms",
    }
    marks = {column: f" class='ps-warn' title='{escape(words)}'" for column, words in why.items()}
    return "".join(f"<td{marks.get(column, '')}>{escape(text)}</td>" for column, text in texts.items())


def all_numbers(runs: list[BenchmarkRun], names: list[str]) -> pd.DataFrame:
    """One row per run: what the summary says, in the units that people read."""
    return pd.DataFrame([_row(run, name) for run, name in zip(runs, names, strict=True)])


def _row(run: BenchmarkRun, name: str) -> dict[str, object]:
    summary, first = run.summary, run.summary.first_non_finite
    return {
        _("Variant"): name,
        _("Iterations"): summary.iterations,
        _("Final loss"): f"{summary.final_loss:.4g}",
        _("Clipped"): f"{summary.clipped_share:.1%}",
        _("Skipped"): summary.skipped_steps,
        _("Median norm"): f"{summary.median_grad_norm:.3g}",
        _("Underflow"): "" if summary.underflow is None else f"{summary.underflow:.2g}",
        _("First not finite"): "" if first is None else headed(str(first.iteration), place(first.place)),
        _("Weights lost at"): "" if summary.weights_lost is None else str(summary.weights_lost),
        _("ms per iteration"): f"{summary.seconds_per_iteration * 1000:.1f}",
        _("Peak memory"): f"{summary.peak_memory / 2**20:,.0f} MiB" if summary.peak_memory else "",
        _("On"): run.device,
    }
