"""The smaller answers: loss scale and decay, the nearest shipped model, torch code, the report file."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.comparison import ABSENT
from pcdet_sched.compare.figures import precision
from pcdet_sched.compare.nearest import Outside, Range, nearest
from pcdet_sched.scaler import Scaling, scaling
from pcdet_sched.share.report import report_html
from pcdet_sched.torch_code.translate import Gap, TranslationError, forms, translate
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.curve import no_curve
from pcdet_sched.ui.parts.html import callout, escape, table_html
from pcdet_sched.ui.parts.values import shown

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune


def precision_card(run: Run) -> None:
    """The ceiling of the loss scale, and the share that a step takes off the weights."""
    if no_curve(run):
        return
    kept = st.toggle("Keep the scaler over the epochs (not what the trainer does)", key="scaler-kept")
    try:
        found = scaling(run, rebuilt=not kept)
    except ValueError as error:
        callout("bad", "There is no loss scale.", str(error))
        return
    st.caption(_scale_text(found))
    draw(precision(found, dark=dark()), "precision-curves")


def _scale_text(found: Scaling) -> str:
    amp = "" if found.use_amp else "Mixed precision is off: no scale is used; this is what it would be. "
    doublings = found.per_epoch or 0
    grows = (
        f"it grows at most {2 ** min(doublings, 100):,}-fold" if doublings else "it never grows: an epoch is too short"
    )
    how = f"The trainer builds the scaler anew in every epoch, so {grows}. " if found.rebuilt else ""
    decay = (
        "Each step takes lr · WEIGHT_DECAY off every weight." if found.decay is not None
        else "The decay is part of the gradient here, so there is no share per step to draw."
    )  # fmt: skip
    return f"{amp}From {found.initial:,g}, doubled after 2,000 good steps in a row. {how}{decay}"


def nearest_card(state: Tune) -> None:
    """The shipped block that is closest, what differs from it, and what no block comes near."""
    found = nearest(state.config, state.plan.use_amp)
    names = ", ".join(entry.path for entry in found.models[:6]) + (" …" if len(found.models) > 6 else "")
    st.html(f"<strong>Nearest shipped: {escape(names)}</strong> · distance {found.distance:.3g}")
    if found.differences:
        rows = [(d.name, *("not there" if v is ABSENT else shown(v) for v in d.values)) for d in found.differences]
        st.html(table_html(("key", "yours", "theirs"), rows))
    else:
        st.caption("Equal in every value that the optimizer reads.")
    for row in found.outside:
        callout("warn", f"{row.entry} {row.value:g} lies outside everything seen.", _ranges(row))
    st.caption(
        "The distance adds up over the keys that your optimizer reads: |log2| of the ratio of two numbers; for betas, "
        "momentum, PCT_START and LR_DECAY the difference over 0.1; 1 for any other difference, 10 for OPTIMIZER."
    )


def _ranges(row: Outside) -> str:
    def said(span: Range | None, who: str) -> str:
        return f"{who}: {span.low:g} to {span.high:g} ({span.count} values)" if span else f"{who}: none has it"

    return f"{said(row.shipped, 'Shipped models')}; {said(row.forks, 'public forks')}."


def code_card(run: Run) -> None:
    """The same schedule as torch code, and how far its curve is from the trainer's."""
    choices = forms(run)
    form = st.segmented_control("As", choices, default=choices[0], required=True, key=f"code-form-{'-'.join(choices)}")
    try:
        found = translate(run, form)
    except TranslationError as error:
        callout("note", "This cannot be written as torch code.", f"{error}.")
        return
    st.code(found.code, language="python")
    if found.gaps:
        rows = [_gap(gap) for gap in found.gaps]
        st.html(table_html(("gap", "trainer", "this code", "relative", "at iteration", "why"), rows))
    for note in found.notes:
        st.caption(note)


def _gap(gap: Gap) -> tuple[str, ...]:
    at = "" if gap.iteration is None else f"{gap.iteration:,}"
    return gap.name, f"{gap.trainer:.6g}", f"{gap.code:.6g}", f"{gap.relative:.2%}", at, gap.why


def report_card(state: Tune, run: Run, report: Report) -> None:
    """One file with everything in it, for a pull request or a lab book."""
    st.caption("Verdict, numbers, curves, findings and changes in one HTML file of about 5 MB; it opens offline.")
    stem = PurePath(state.name).stem
    st.download_button(
        "Report (HTML)", data=lambda: report_html(state.name, run, report), file_name=f"{stem}_report.html",
        mime="text/html", icon=":material/description:", on_click="ignore", key="report-download",
    )  # fmt: skip
