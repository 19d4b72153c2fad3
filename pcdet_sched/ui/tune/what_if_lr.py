"""One lr value that somebody saw: where the run on the page has it, or why it has not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.explain_lr import ExplainedLr, Span, explain_lr
from pcdet_sched.language import _, prose
from pcdet_sched.ui.parts.curve import no_curve
from pcdet_sched.ui.parts.html import callout, sentence, table_html
from pcdet_sched.ui.tune.what_if_log import reason

if TYPE_CHECKING:
    from pcdet_sched.simulation import Run

_MOST = 8


def one_lr(run: Run) -> None:
    """Take a value as it was printed, and the iteration that it was printed for if that is known."""
    left, right = st.columns(2)
    printed = left.text_input(
        _("lr, as it was printed"), key="lr-printed", placeholder="1.234e-03",
        help=_("With all its digits: they say how exact it is."),
    )  # fmt: skip
    at = right.number_input(
        _("At iteration"), 0, 10**15, None, key="lr-at", placeholder=_("not known"),
        help=_("The log's Acc_iter, or TensorBoard's step."),
    )  # fmt: skip
    if not printed or no_curve(run):
        return
    try:
        found = explain_lr(run, printed, at)
    except ValueError as error:
        callout("bad", _("This is no lr."), sentence(error))
        return
    callout("good" if found.agrees else "warn", *_verdict(found, run))
    for cause in found.causes[:_MOST]:
        callout("note", reason(cause))
    if found.spans:
        st.html(table_html((_("iterations"), _("epochs"), _("phase")), [_row(span, run) for span in found.spans]))


def _verdict(found: ExplainedLr, run: Run) -> tuple[str, str]:
    """The answer in a title and a sentence."""
    if found.agrees:
        return _("The run on this page prints it."), _("The table says where.") if found.at is None else ""
    if found.at is not None and found.off_by == -1:
        return _("It is the lr of the iteration before."), _(
            "Acc_iter in the text log counts finished iterations, and TensorBoard repeats each lr one step later: "
            "{at} there is iteration {before} of the schedule.", at=f"{found.at:,}", before=f"{found.at - 1:,}",
        )  # fmt: skip
    if found.at is not None and found.off_by == 1:
        return _("It is the lr of the next iteration."), _("Iterations count from 0.")
    if found.at is not None and found.planned is None:
        return _("The run on this page has no such iteration."), _(
            "It ends after {n} iterations: other epochs, GPUs or another batch size.",
            n=f"{run.first_iteration + (run.total_iterations or 0):,}",
        )
    if found.at is not None:
        planned = _("lr is {lr} there.", lr=f"{found.planned:.6g}")
        if found.causes:
            return _("The run on this page has another lr there."), prose(planned, _("Any of these would print it:"))
        return _("The run on this page has another lr there."), prose(planned, _no_setting(found))
    if not found.low - found.allowed <= found.value <= found.high + found.allowed:
        return _("No iteration of this run has it."), _no_setting(found)
    return _("No iteration of this run has it."), _(
        "lr jumps past it; iteration {k} comes closest, with {lr}.",
        k=f"{found.nearest[0]:,}", lr=f"{found.nearest[1]:.6g}",
    )  # fmt: skip


def _no_setting(found: ExplainedLr) -> str:
    if found.low - found.allowed <= found.value <= found.high + found.allowed:
        return _("No other number of GPUs or epochs, no other batch size and no other LR that was tried gives it.")
    return _(
        "lr goes from {low} to {high} here: the value belongs to another LR, DIV_FACTOR or schedule.",
        low=f"{found.low:.4g}", high=f"{found.high:.4g}",
    )  # fmt: skip


def _row(span: Span, run: Run) -> tuple[str, str, str]:
    n = run.iterations_per_epoch or 1
    first, last = span.first // n + 1, span.last // n + 1
    return _range(span.first, span.last), _range(first, last), _(span.phase) if span.phase else ""


def _range(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,} – {last:,}"
