"""Plan against fact: the log of a real run over the planned curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.figures import over_plan
from pcdet_sched.language import N_, _, headed, ngettext
from pcdet_sched.limits import limits
from pcdet_sched.logs.fact import Fact, against
from pcdet_sched.logs.log import read_log
from pcdet_sched.logs.timeline import Log, LogError
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.curve import no_curve
from pcdet_sched.ui.parts.html import callout, sentence

if TYPE_CHECKING:
    from pcdet_sched.logs.causes import LikelyCause
    from pcdet_sched.simulation import Run

_LOG = "pcdet_sched.log"
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
    for cause in found.causes[:8]:
        text = _(_SURE.get(cause.certainty, _UNSURE))
        callout("note", reason(cause), text)
