"""What the config does: the verdict, the numbers and the curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.ui.parts.html import callout_html, escape
from pcdet_sched.ui.tune.hand import AXIS
from pcdet_sched.ui.tune.redraw import RESULTS, redraw

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run


def summary(run: Run, report: Report, next_step: Callable[[], None] | None) -> None:
    """Whether the trainer would train this, in one line with the button of the next step, and the run in figures."""
    if run.crash is None:
        by = "" if run.checkout is None else run.checkout.sentence
        verdict = callout_html("good", report.verdict, f"{_course(run)} {by}".strip())
    else:
        verdict = callout_html("bad", report.verdict, f"{run.crash.exception}: {run.crash.message}".rstrip(": "))
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}<small>{escape(note)}</small></dd></div>"
        for name, value, note in _cells(run)
    )
    numbers = f'<dl class="ps-numbers">{cells}</dl>'
    if next_step is None:
        st.html(verdict + numbers)
        return
    text, step = st.columns([4, 1], vertical_alignment="center")
    text.html(verdict)
    with step:
        next_step()
    st.html(numbers)


def _course(run: Run) -> str:
    if run.summary is None or not run.total_iterations:
        return ""
    part = run.summary.peak_iteration / run.total_iterations
    return f"lr peaks at {run.summary.lr_peak:.6g} after {part:.0%} of {run.total_iterations:,} iterations."


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


def axis_switch() -> None:
    """Between a linear and a logarithmic lr axis."""
    st.segmented_control(
        "lr axis", ["linear", "log"], default="linear", required=True, key=AXIS, format_func="{} lr axis".format,
        label_visibility="collapsed", on_change=redraw, args=(RESULTS,),
    )  # fmt: skip
