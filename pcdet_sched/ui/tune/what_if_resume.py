"""A resume: two numbers of the checkpoint, the plan of the run before it, and the jump that follows."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.figures import seam
from pcdet_sched.language import _, headed, ngettext, prose
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
        _(
            "What is on Tune, with its run plan, goes on from the checkpoint. Below is the run that wrote the "
            "checkpoint: the file as it was loaded, unless you say otherwise."
        )
    )
    old = _old_plan(state)
    before = simulate(_old_config(state), old)
    done = max(1, (before.epochs or 2) - 2)
    columns = st.columns(2)
    epoch = int(columns[0].number_input(_("Checkpoint: epoch"), 0, _MOST, min(done, _MOST), key="resume-epoch"))
    usual = epoch * (before.iterations_per_epoch or 1)
    iteration = columns[1].number_input(
        _("Checkpoint: it"), 0, 10**15, None, key="resume-iteration",
        placeholder=_("{n} (epoch × iterations)", n=f"{usual:,}"),
    )  # fmt: skip
    start = Checkpoint(epoch, usual if iteration is None else int(iteration))
    found = resume((_old_config(state), old), (state.config, state.plan), start)
    _verdict(found)
    draw(seam(found, log=True, dark=dark()), "resume-curves")
    st.caption(prose(found.winner, _first_epoch(found)))
    for way in found.ways:
        _way(way, state)


def _old_config(state: Tune) -> Config:
    changes = {key: st.session_state.get(f"resume-{key}") for key in ("LR", "NUM_EPOCHS")}
    return state.loaded.edit({key: value for key, value in changes.items() if value is not None})


def _old_plan(state: Tune) -> RunPlan:
    plan = state.plan
    columns = st.columns(4, vertical_alignment="bottom")
    loaded = _("as loaded")
    epochs = columns[0].number_input(_("Old epochs"), 1, _MOST, None, key="resume-NUM_EPOCHS", placeholder=loaded)
    columns[1].number_input(_("Old LR"), 0.0, None, None, format="%g", key="resume-LR", placeholder=loaded)
    gpus = columns[2].number_input(_("Old GPUs"), 1, 4096, plan.gpus, key="resume-gpus")
    batch = columns[3].number_input(
        _("Old total batch"), 1, _MOST, plan.batch_size, key="resume-batch", placeholder="YAML"
    )
    override = None if epochs is not None else plan.epochs
    return dataclasses.replace(plan, epochs=override, gpus=int(gpus), batch_size=batch)


def _verdict(found: Resume) -> None:
    at, factor = found.seam, found.seam.lr_factor
    if at.lr_after is None or at.lr_before is None:
        text = _("The checkpoint is at epoch {epoch}.", epoch=at.epoch)
        callout("note", _("Nothing is left to run, or there is no curve."), text)
        return
    old, new = apart(at.lr_before, at.lr_after)
    if old == new:
        text = _("lr goes on at {lr} from iteration {iteration}.", lr=new, iteration=f"{at.iteration:,}")
    else:
        text = _("lr {before} becomes {after} at iteration {iteration}.", before=old, after=new,
            iteration=f"{at.iteration:,}")  # fmt: skip
    if at.momentum_before is not None and at.momentum_after is not None:
        old, new = apart(at.momentum_before, at.momentum_after)
        if old != new:
            momentum = _("Momentum {old} becomes {new}.", old=old, new=new)
            text = f"{text} {momentum}"
    smooth = factor is not None and abs(factor - 1) < 0.01
    if smooth:
        title = _("No jump.")
    else:
        title = _("lr jumps.") if factor is None else _("lr jumps by a factor of {factor:.4g}.", factor=factor)
    callout("good" if smooth else "bad", title, text)


def apart(old: float, new: float) -> tuple[str, str]:
    """Two numbers with four digits, or as many more as tell them apart; alike where nine do not.

    >>> apart(0.003, 0.01), apart(0.94961, 0.94958), apart(0.95, 0.95 + 1e-16)
    (('0.003', '0.01'), ('0.94961', '0.94958'), ('0.95', '0.95'))
    """
    pairs = [(f"{old:.{digits}g}", f"{new:.{digits}g}") for digits in range(4, 10)]
    return next((pair for pair in pairs if pair[0] != pair[1]), pairs[0])


def _first_epoch(found: Resume) -> str:
    if found.first_epoch is None:
        return ""
    if found.short:
        return _(
            "The first resumed epoch is short: {first:,} of {whole:,} iterations.",
            first=found.first_epoch, whole=found.whole_epoch,
        )  # fmt: skip
    return _("The first resumed epoch is whole.")


def _way(way: Way, state: Tune) -> None:
    text, button = st.columns([5, 2], vertical_alignment="center")
    text.html(headed(f"<strong>{escape(way.title.capitalize())}</strong>", escape(way.text)))
    label = ngettext("Use {n:,} epoch", "Use {n:,} epochs", way.epochs, n=way.epochs)
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
