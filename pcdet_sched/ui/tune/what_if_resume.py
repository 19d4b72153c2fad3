"""A resume: two numbers of the checkpoint, the plan of the run before it, and the jump that follows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.figures import seam
from pcdet_sched.plan import Checkpoint
from pcdet_sched.resume import Resume, Way, resume
from pcdet_sched.simulation import simulate
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape

if TYPE_CHECKING:
    from pcdet_sched.config import Config
    from pcdet_sched.plan import RunPlan
    from pcdet_sched.ui.state import Tune

_MOST = 10**9


def resumed(state: Tune) -> None:
    """The run that wrote the checkpoint is described here; the run that goes on from it is the one on Tune."""
    st.caption(
        "What is on Tune, with its run plan, goes on from the checkpoint. Below is the run that wrote the checkpoint: "
        "the file as it was loaded, unless you say otherwise."
    )
    old = _old_plan(state)
    before = simulate(_old_config(state), old)
    done = max(1, (before.epochs or 2) - 2)
    columns = st.columns(2)
    epoch = int(columns[0].number_input("Checkpoint: epoch", 0, _MOST, min(done, _MOST), key="resume-epoch"))
    usual = epoch * (before.iterations_per_epoch or 1)
    iteration = columns[1].number_input(
        "Checkpoint: it", 0, 10**15, None, key="resume-iteration", placeholder=f"{usual} (epoch × iterations)"
    )
    start = Checkpoint(epoch, usual if iteration is None else int(iteration))
    found = resume((_old_config(state), old), (state.config, state.plan), start)
    _verdict(found)
    draw(seam(found, log=True, dark=dark()), "resume-curves")
    st.caption(f"{found.winner} {_first_epoch(found)}")
    for way in found.ways:
        _way(way, state)


def _old_config(state: Tune) -> Config:
    changes = {key: st.session_state.get(f"resume-{key}") for key in ("LR", "NUM_EPOCHS")}
    return state.loaded.edit({key: value for key, value in changes.items() if value is not None})


def _old_plan(state: Tune) -> RunPlan:
    plan = state.plan
    columns = st.columns(4)
    epochs = columns[0].number_input("Old epochs", 1, _MOST, None, key="resume-NUM_EPOCHS", placeholder="as loaded")
    columns[1].number_input("Old LR", 0.0, None, None, format="%g", key="resume-LR", placeholder="as loaded")
    gpus = columns[2].number_input("Old GPUs", 1, 4096, plan.gpus, key="resume-gpus")
    batch = columns[3].number_input(
        "Old total batch", 1, _MOST, plan.batch_size, key="resume-batch", placeholder="YAML"
    )
    override = None if epochs is not None else plan.epochs
    return dataclasses.replace(plan, epochs=override, gpus=int(gpus), batch_size=batch)


def _verdict(found: Resume) -> None:
    at, factor = found.seam, found.seam.lr_factor
    if at.lr_after is None or at.lr_before is None:
        callout("note", "Nothing is left to run, or there is no curve.", f"The checkpoint is at epoch {at.epoch}.")
        return
    text = f"lr {at.lr_before:.4g} becomes {at.lr_after:.4g} at iteration {at.iteration:,}"
    if at.momentum_factor is not None:
        text += f"; momentum {at.momentum_before:.4g} becomes {at.momentum_after:.4g}"
    smooth = factor is not None and abs(factor - 1) < 0.01
    title = "No jump." if smooth else f"lr jumps by a factor of {factor:.4g}." if factor is not None else "lr jumps."
    callout("good" if smooth else "bad", title, f"{text}.")


def _first_epoch(found: Resume) -> str:
    if found.first_epoch is None:
        return ""
    if found.short:
        return f"The first resumed epoch is short: {found.first_epoch:,} of {found.whole_epoch:,} iterations."
    return "The first resumed epoch is whole."


def _way(way: Way, state: Tune) -> None:
    text, button = st.columns([5, 2], vertical_alignment="center")
    text.html(f"<strong>{escape(way.title.capitalize())}</strong>: {escape(way.text)}")
    label = f"Use {way.epochs:,} epochs"
    button.button(label, key=f"resume-use-{way.epochs}", on_click=_use, args=(state, way.epochs), width="stretch")


@guarded()
def _use(state: Tune, epochs: int) -> None:
    """Into the file, unless the command line's epochs override it: then there."""
    if state.plan.epochs is None:
        state.change({"NUM_EPOCHS": epochs})
    else:
        st.session_state["plan-Epochs"] = epochs
        state.plan = dataclasses.replace(state.plan, epochs=epochs)
    st.rerun()  # the fields lie outside of this fragment
