"""Plan against fact: the log of a real run over the planned curve, or one lr value of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.figures import over_plan
from pcdet_sched.explain_lr import ExplainedLr, Span, explain_lr
from pcdet_sched.language import N_, _, headed, ngettext, prose
from pcdet_sched.limits import limits
from pcdet_sched.logs.fact import Fact, against
from pcdet_sched.logs.log import Log, LogError, read_log
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.html import callout, no_curve, sentence, table_html

if TYPE_CHECKING:
    from pcdet_sched.logs.causes import LikelyCause
    from pcdet_sched.simulation import Run


_LOG = "pcdet_sched.log"
_MOST = 8  # causes that are shown
_SURE = {
    "stated": N_("The log says so itself, and the curve fits."),
    "only fit": N_("Nothing else that was tried fits."),
}
_UNSURE = N_("One of several that fit: the curve alone cannot tell them apart.")


def real_log(run: Run) -> None:
    """Take a log file and say where its lr parts from the plan, and the likeliest reason."""
    file = st.file_uploader(
        _("Text log of OpenPCDet (train_….log), or a TensorBoard event file"), key="log-file",
        help=_("Only lr is read. The same comparison on the command line takes files of any size: pcdet-sched logs"),
    )  # fmt: skip
    if file is None or no_curve(run):
        return
    if file.size > limits().max_upload_bytes:
        text = _(
            "at most {most:g} MB can be read here; the command line takes any: pcdet-sched logs",
            most=limits().max_upload_bytes / 1e6,
        )
        callout("bad", _("This log is too large."), sentence(text))
        return
    try:
        log = _read(file.file_id, file.getvalue())
    except LogError as error:
        callout("bad", _("This is no log that can be read."), sentence(error))
        return
    found = against(log, run)
    _verdict(found)
    draw(over_plan(found, log=True, dark=dark()), "log-curves")


def _read(file_id: str, data: bytes) -> Log:
    """The log of an upload, parsed once and not again at every edit."""
    kept: tuple[str, Log] | None = st.session_state.get(_LOG)
    if kept is None or kept[0] != file_id:
        kept = st.session_state[_LOG] = (file_id, read_log(data))
    return kept[1]


def reason(cause: LikelyCause) -> str:
    """A cause in a sentence; its kind goes before it where it does not begin with that word itself."""
    kind = _(cause.kind)
    return sentence(cause.text if cause.text.startswith(kind) else headed(kind, cause.text))


def _verdict(found: Fact) -> None:
    count = len(found.table)
    if found.first is None:
        text = ngettext(
            "All {count:,} logged values agree to the last printed digit.",
            "All {count:,} logged values agree to the last printed digit.", count, count=count,
        )  # fmt: skip
        callout("good", _("The log follows the plan."), text)
        return
    callout(
        "bad", _("The log parts from the plan at iteration {first:,}.", first=found.first),
        _(
            "{agreeing:.0%} of {count:,} logged values agree with it to the printed digits.",
            agreeing=found.agreeing, count=count,
        ),
    )  # fmt: skip
    if not found.causes:
        text = _("Neither other epochs, GPUs, batch sizes, LR nor a resume explain it.")
        callout("note", _("No cause was found."), text)
    for cause in found.causes[:_MOST]:
        text = _(_SURE.get(cause.certainty, _UNSURE))
        callout("note", reason(cause), text)


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
    callout("good" if found.agrees else "warn", *_where(found, run))
    for cause in found.causes[:_MOST]:
        callout("note", reason(cause))
    if found.spans:
        st.html(table_html((_("iterations"), _("epochs"), _("phase")), [_row(span, run) for span in found.spans]))


def _where(found: ExplainedLr, run: Run) -> tuple[str, str]:
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
