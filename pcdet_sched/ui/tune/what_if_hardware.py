"""Other GPUs, another batch size: the proposals with their curves and diffs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.comparison import compare
from pcdet_sched.compare.figures import overlay
from pcdet_sched.config import EditError
from pcdet_sched.hardware import Move, Proposal, move
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout

if TYPE_CHECKING:
    from pcdet_sched.ui.state import Tune


def hardware(state: Tune) -> None:
    """From the hardware a config was tuned for to the visitor's own."""
    plan, batch = state.plan, _batch(state)
    columns = st.columns(4)
    ask = (
        ("Tuned for GPUs", 8),
        ("Tuned for samples per GPU", batch),
        ("Now GPUs", plan.gpus),
        ("Now samples per GPU", batch),
    )
    counts = [
        int(column.number_input(label, min_value=1, max_value=4096, value=value, key=f"hardware-{i}"))
        for i, (column, (label, value)) in enumerate(zip(columns, ask, strict=True))
    ]
    moved = move(state.config, plan, (counts[0], counts[1]), (counts[2], counts[3]))
    before, after = moved.iterations
    st.markdown(
        f"{moved.total_before:,} → {moved.total_after:,} samples per iteration, "
        f"{_count(before)} → {_count(after)} iterations in all."
    )
    st.caption(" ".join(moved.notes))
    _curves(moved)
    for proposal in moved.proposals:
        _proposal(proposal, state, moved)


def _batch(state: Tune) -> int:
    batch = state.config.optimization.get("BATCH_SIZE_PER_GPU")
    if state.plan.batch_size:
        return min(4096, max(1, state.plan.batch_size // state.plan.gpus))
    return batch if type(batch) is int and 1 <= batch <= 4096 else 4


def _count(number: int | None) -> str:
    return "unknown" if number is None else f"{number:,}"


def _curves(moved: Move) -> None:
    runs = {"as tuned": moved.tuned} | {f"now, {p.rule}": p.run for p in moved.proposals}
    draw(overlay(compare(runs, most=len(runs)), "samples", dark=dark()), "hardware-curves")


def _proposal(proposal: Proposal, state: Tune, moved: Move) -> None:
    title, button = st.columns([5, 2], vertical_alignment="center")
    title.markdown(f"**{proposal.rule[:1].upper()}{proposal.rule[1:]}** · LR × {proposal.factor:.4g}")
    button.button(
        "Take this",
        key=f"hardware-take-{proposal.rule}",
        on_click=_take,
        args=(state, proposal, moved),
        width="stretch",
    )
    st.caption(proposal.basis)
    try:
        text = proposal.config.diff()
    except EditError as error:
        callout("bad", "This cannot be written into the file.", str(error))
        return
    st.code(text or "No change of the file.", language="diff")


@guarded()
def _take(state: Tune, proposal: Proposal, moved: Move) -> None:
    """Edit the file, and set the run plan's GPUs. An override of the batch size would hide the new one."""
    state.change(dict(proposal.edits))
    st.session_state["plan-gpus"] = moved.plan.gpus
    st.session_state["plan-Total batch"] = None
    state.plan = moved.plan
    st.rerun()  # the run plan's fields lie outside of this fragment
