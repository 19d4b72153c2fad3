"""What the config does: the verdict, the numbers and the curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.figures import curves
from pcdet_sched.ui.html import callout, escape

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run

_CHART = {"displaylogo": False, "displayModeBar": False}


def verdict(run: Run, report: Report) -> None:
    """Whether the trainer would train this, in one line."""
    if run.crash is None:
        callout("good", report.verdict, _course(run))
    else:
        callout("bad", report.verdict, f"{run.crash.exception}: {run.crash.message}".rstrip(": "))


def _course(run: Run) -> str:
    if run.summary is None or not run.total_iterations:
        return ""
    part = run.summary.peak_iteration / run.total_iterations
    return f"lr peaks at {run.summary.lr_peak:.6g} after {part:.0%} of {run.total_iterations:,} iterations."


def numbers(run: Run) -> None:
    """The run in figures."""
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(note)}</small></dd></div>"
        for name, value, note in _cells(run)
    )
    st.html(f'<dl class="ps-numbers">{cells}</dl>')


def _cells(run: Run) -> list[tuple[str, str, str]]:
    loop = f"{_count(run.iterations_per_epoch)} per epoch × {_count(run.epochs)}"
    share = f"{_count(run.batch_size_per_gpu)} per GPU × {run.plan.gpus}"
    rows = [
        ("Iterations", _count(run.total_iterations), loop),
        ("Effective batch", _count(run.effective_batch_size), share),
    ]
    if run.summary is None:
        return rows
    s = run.summary
    low, high = f"{s.momentum_min:.4g}", f"{s.momentum_max:.4g}"
    return [
        *rows,
        ("lr at start", f"{s.lr_start:.4g}", ""),
        ("lr at peak", f"{s.lr_peak:.4g}", f"at {s.peak_iteration:,} (epoch {s.peak_epoch:,})"),
        ("lr at end", f"{s.lr_end:.4g}", ""),
        ("Momentum", low if low == high else f"{low} – {high}", ""),
    ]


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def chart(run: Run, *, log: bool) -> None:
    """The curves, drawn for the background that the visitor has."""
    dark = st.context.theme.type == "dark"
    figure = curves(run, log=log, dark=dark)
    st.plotly_chart(figure, theme=None, width="stretch", config=_CHART, key="curves")
