"""The smaller answers: loss scale and decay, the nearest shipped model, torch code, the report file."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.comparison import ABSENT
from pcdet_sched.compare.figures import precision
from pcdet_sched.compare.nearest import Outside, Range, nearest
from pcdet_sched.language import N_, _, prose, row
from pcdet_sched.scaler import Scaling, scaling
from pcdet_sched.share.report import report_html
from pcdet_sched.torch_code.translate import Gap, TranslationError, forms, translate
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.html import callout, escape, no_curve, sentence, table_html
from pcdet_sched.ui.parts.values import typed

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune

_GAP = (N_("gap"), N_("trainer"), N_("this code"), N_("relative"), N_("at iteration"), N_("why"))


def precision_card(run: Run) -> None:
    """The ceiling of the loss scale, and the share that a step takes off the weights."""
    if no_curve(run):
        return
    kept = st.toggle(_("Keep the scaler over the epochs (not what the trainer does)"), key="scaler-kept")
    try:
        found = scaling(run, rebuilt=not kept)
    except ValueError as error:
        callout("bad", _("There is no loss scale."), sentence(error))
        return
    st.caption(_scale_text(found))
    if found.use_amp or found.decay is not None:
        draw(precision(found, dark=dark()), "precision-curves")


def _scale_text(found: Scaling) -> str:
    said = []
    if not found.use_amp:
        said.append(_("Mixed precision is off: no scale is used; this is what it would be."))
    said.append(_("From {initial:,g}, doubled after 2,000 good steps in a row.", initial=found.initial))
    if found.rebuilt and found.per_epoch:
        grown = 2 ** min(found.per_epoch, 100)
        said.append(
            _("The trainer builds the scaler anew in every epoch, so it grows at most {grown:,}-fold.", grown=grown)
        )
    elif found.rebuilt:
        said.append(_("The trainer builds the scaler anew in every epoch, so it never grows: an epoch is too short."))
    if found.decay is None:
        said.append(_("The decay is part of the gradient here, so there is no share per step to draw."))
    else:
        said.append(_("Each step takes lr · WEIGHT_DECAY off every weight."))
    return prose(*said)


def nearest_card(state: Tune) -> None:
    """The shipped block that is closest, what differs from it, and what no block comes near."""
    found = nearest(state.config, state.plan.use_amp)
    names = row(entry.path for entry in found.models[:6]) + (" …" if len(found.models) > 6 else "")
    nearest_one, distance = _("Nearest shipped: {names}", names=names), _("distance {x:.3g}", x=found.distance)
    st.html(f"<strong>{escape(nearest_one)}</strong> · {escape(distance)}")
    if found.differences:
        rows = [(d.name, *(_("not there") if v is ABSENT else typed(v) for v in d.values)) for d in found.differences]
        st.html(table_html((_("key"), _("yours"), _("theirs")), rows))
    else:
        st.caption(_("Equal in every value that the optimizer reads."))
    for one in found.outside:
        title = _("{key} {value:g} lies outside everything seen.", key=one.entry, value=one.value)
        callout("warn", title, _ranges(one))
    st.caption(
        _(
            "The distance adds up over the keys that your optimizer reads: |log2| of the ratio of two numbers; for "
            "betas, momentum, PCT_START and LR_DECAY the difference over 0.1; 1 for any other difference, 10 for "
            "OPTIMIZER."
        )
    )


def _ranges(one: Outside) -> str:
    def said(span: Range | None) -> str:
        if span is None:
            return _("none has it")
        return _("{low:g} to {high:g} ({n} values)", low=span.low, high=span.high, n=span.count)

    return _("Shipped models: {shipped}; public forks: {forks}.", shipped=said(one.shipped), forks=said(one.forks))


def code_card(run: Run) -> None:
    """The same schedule as torch code, and how far its curve is from the trainer's."""
    choices = forms(run)
    form = st.segmented_control(
        _("As"), choices, default=choices[0], required=True, key=f"code-form-{'-'.join(choices)}"
    )
    try:
        found = translate(run, form)
    except TranslationError as error:
        callout("note", _("This cannot be written as torch code."), sentence(error))
        return
    st.code(found.code, language="python")
    if found.gaps:
        rows = [_gap(gap) for gap in found.gaps]
        st.html(table_html(map(_, _GAP), rows))
    for note in found.notes:
        st.caption(note)


def _gap(gap: Gap) -> tuple[str, ...]:
    at = "" if gap.iteration is None else f"{gap.iteration:,}"
    return gap.name, _digits(gap.trainer), _digits(gap.code), f"{gap.relative:.2%}", at, gap.why


def _digits(number: float) -> str:
    """Six digits, or a whole count with its separators."""
    return f"{number:,.0f}" if number >= 1000 and number == int(number) else f"{number:.6g}"


def report_card(state: Tune, run: Run, report: Report) -> None:
    """One file with everything in it, for a pull request or a lab book."""
    st.caption(_("Verdict, numbers, curves, findings and changes in one HTML file of about 5 MB; it opens offline."))
    stem = PurePath(state.name).stem
    st.download_button(
        _("Report (HTML)"), data=lambda: report_html(state.name, run, report), file_name=f"{stem}_report.html",
        mime="text/html", icon=":material/description:", on_click="ignore", key="report-download",
    )  # fmt: skip
