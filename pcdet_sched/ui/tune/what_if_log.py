"""Plan against fact: the log of a real run over the planned curve."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.figures import over_plan
from pcdet_sched.limits import limits
from pcdet_sched.logs.fact import Fact, against
from pcdet_sched.logs.log import read_log
from pcdet_sched.logs.timeline import Log, LogError
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.curve import no_curve
from pcdet_sched.ui.parts.html import callout

if TYPE_CHECKING:
    from pcdet_sched.simulation import Run

_LOG = "pcdet_sched.log"


def real_log(run: Run) -> None:
    """Take a log file and say where its lr parts from the plan, and the likeliest reason."""
    file = st.file_uploader(
        "Text log of OpenPCDet (train_….log), or a TensorBoard event file", key="log-file",
        help="Only lr is read. The same comparison on the command line takes files of any size: pcdet-sched logs",
    )  # fmt: skip
    if file is None or no_curve(run):
        return
    if file.size > limits().max_upload_bytes:
        most = f"at most {limits().max_upload_bytes / 1e6:g} MB can be read here"
        callout("bad", "This log is too large.", f"{most}; the command line takes any: pcdet-sched logs")
        return
    try:
        log = _read(file.file_id, file.getvalue())
    except LogError as error:
        callout("bad", "This is no log that can be read.", f"{error}.")
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


def _verdict(found: Fact) -> None:
    count = len(found.table)
    if found.first is None:
        callout("good", "The log follows the plan.", f"All {count:,} logged values agree to the last printed digit.")
        return
    callout(
        "bad", f"The log parts from the plan at iteration {found.first:,}.",
        f"{found.agreeing:.0%} of {count:,} logged values agree with it to the printed digits.",
    )  # fmt: skip
    if not found.causes:
        callout("note", "No cause was found.", "Neither other epochs, GPUs, batch sizes, LR nor a resume explain it.")
    sure = {"stated": "The log says so itself, and the curve fits.", "only fit": "Nothing else that was tried fits."}
    for cause in found.causes[:8]:
        text = sure.get(cause.certainty, "One of several that fit: the curve alone cannot tell them apart.")
        callout("note", f"{cause.kind[:1].upper()}{cause.kind[1:]}: {cause.text}.", text)
