"""What the config does: the verdict, the numbers and the curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.language import N_, _
from pcdet_sched.ui.parts.html import Tone, callout_html, escape
from pcdet_sched.ui.tune.hand import AXIS
from pcdet_sched.ui.tune.redraw import CURVES, redraw

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run

_AXES = {"linear": N_("linear lr axis"), "log": N_("log lr axis")}


def summary(run: Run, report: Report, next_step: Callable[[], None] | None) -> None:
    """Whether the trainer would train this, in one line with the button of the next step, and the run in figures."""
    if run.crash is None:
        by = "" if run.checkout is None else run.checkout.sentence
        tone: Tone = "warn" if run.summary is None else "good"
        verdict = callout_html(tone, report.verdict, f"{_course(run)} {by}".strip())
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
    return _(
        "lr peaks at {peak:.6g} after {part:.0%} of {total:,} iterations.",
        peak=run.summary.lr_peak, part=part, total=run.total_iterations,
    )  # fmt: skip


def _cells(run: Run) -> list[tuple[str, str, str]]:
    loop = ""
    if run.epochs is not None:
        loop = _("{n} per epoch × {epochs}", n=_count(run.iterations_per_epoch), epochs=_count(run.epochs))
    share = ""
    if run.batch_size_per_gpu is not None:
        share = _("{n} per GPU × {gpus}", n=_count(run.batch_size_per_gpu), gpus=run.plan.gpus)
    rows = [
        (_("Iterations"), _count(run.total_iterations), loop),
        (_("Effective batch"), _count(run.effective_batch_size), share),
    ]
    if run.summary is None:
        return rows
    s = run.summary
    peak = _("at {iteration:,} (epoch {epoch:,})", iteration=s.peak_iteration, epoch=s.peak_epoch)
    low, high = f"{s.momentum_min:.4g}", f"{s.momentum_max:.4g}"
    return [
        *rows,
        (_("lr at start"), f"{s.lr_start:.4g}", ""),
        (_("lr at peak"), f"{s.lr_peak:.4g}", peak),
        (_("lr at end"), f"{s.lr_end:.4g}", ""),
        (_("Momentum"), low if low == high else f"{low} – {high}", ""),
    ]


def _count(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"


def axis_switch() -> None:
    """Between a linear and a logarithmic lr axis."""
    st.segmented_control(
        _("lr axis"), list(_AXES), default="linear", required=True, key=AXIS, format_func=lambda name: _(_AXES[name]),
        label_visibility="collapsed", on_change=redraw, args=(CURVES,),
    )  # fmt: skip
