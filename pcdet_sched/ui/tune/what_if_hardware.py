"""Other GPUs, another batch size: the rules for LR as rows of one table, with their curves and what each changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.comparison import compare
from pcdet_sched.compare.figures import overlay
from pcdet_sched.config import EditError
from pcdet_sched.hardware import Move, Proposal, move
from pcdet_sched.language import _, prose
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape, sentence
from pcdet_sched.ui.parts.values import typed

if TYPE_CHECKING:
    from pcdet_sched.ui.state import Tune


def hardware(state: Tune) -> None:
    """From the hardware a config was tuned for to the visitor's own."""
    plan, batch = state.plan, _batch(state)
    columns = st.columns(4, vertical_alignment="bottom")
    ask = (
        (_("Tuned for GPUs"), 8),
        (_("Tuned for samples per GPU"), batch),
        (_("Now GPUs"), plan.gpus),
        (_("Now samples per GPU"), batch),
    )
    counts = [
        int(column.number_input(label, min_value=1, max_value=4096, value=value, key=f"hardware-{i}"))
        for i, (column, (label, value)) in enumerate(zip(columns, ask, strict=True))
    ]
    moved = move(state.config, plan, (counts[0], counts[1]), (counts[2], counts[3]))
    before, after = moved.iterations
    st.markdown(
        _(
            "{samples} → {new_samples} samples per iteration, {iterations} → {new_iterations} iterations in all.",
            samples=f"{moved.total_before:,}", new_samples=f"{moved.total_after:,}",
            iterations=_count(before), new_iterations=_count(after),
        )
    )  # fmt: skip
    with st.container(key="proposals"):
        for proposal in moved.proposals:
            _row(proposal, state, moved)
    _curves(moved)
    _changes(moved)
    st.caption(prose(*moved.notes))


def _batch(state: Tune) -> int:
    batch = state.config.optimization.get("BATCH_SIZE_PER_GPU")
    if state.plan.batch_size:
        return min(4096, max(1, state.plan.batch_size // state.plan.gpus))
    return batch if type(batch) is int and 1 <= batch <= 4096 else 4


def _count(number: int | None) -> str:
    return _("unknown") if number is None else f"{number:,}"


def _row(proposal: Proposal, state: Tune, moved: Move) -> None:
    """One rule: its LR, what it keeps, when it fails, who says so, and the button. The first row has the heads."""
    lr = proposal.config.optimization.get("LR")
    cells = (
        (_("Rule"), _(proposal.rule).capitalize()),
        (
            _("LR"),
            f"{typed(lr)} (×\N{NO-BREAK SPACE}{proposal.factor:.4g})" if proposal.factor != 1 else typed(lr),
        ),
        (_("Keeps"), proposal.keeps),
        (_("Fails"), proposal.fails),
        (_("Who says so"), proposal.source),
    )
    *texts, button = st.columns([1.8, 2.6, 4.4, 4.4, 2.6, 3.2])
    for column, (head, text) in zip(texts, cells, strict=True):
        column.html(f'<div class="ps-cell"><b>{escape(head)}</b>{escape(text)}</div>')
    button.button(
        _("Take this"), key=f"hardware-take-{proposal.rule}", on_click=_take, args=(state, proposal, moved),
        width="stretch",
    )  # fmt: skip


def _curves(moved: Move) -> None:
    runs = {_("as tuned"): moved.tuned} | {_("now, {rule}", rule=_(p.rule)): p.run for p in moved.proposals}
    draw(overlay(compare(runs, most=len(runs)), "samples", dark=dark()), "hardware-curves")


def _changes(moved: Move) -> None:
    """What each would change in the file, made only once it is looked at."""
    fold = st.expander(_("What each changes in the file"), key="hardware-changes", on_change="rerun")
    if not fold.open:
        return
    for proposal in moved.proposals:
        fold.markdown(f"**{_(proposal.rule).capitalize()}**")
        try:
            fold.code(proposal.config.diff() or _("No change of the file."), language="diff")
        except EditError as error:
            with fold:
                callout("bad", _("This cannot be written into the file."), sentence(error))


@guarded()
def _take(state: Tune, proposal: Proposal, moved: Move) -> None:
    """Edit the file, and set the run plan's GPUs. An override of the batch size would hide the new one."""
    state.change(dict(proposal.edits))
    st.session_state["plan-gpus"] = moved.plan.gpus
    st.session_state["plan-Total batch"] = None
    state.plan = moved.plan
    st.rerun()  # the run plan's fields lie outside of this fragment
