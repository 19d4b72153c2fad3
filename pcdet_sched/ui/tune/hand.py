"""The curves and the handles on them: a handle that moves is drawn by the real schedulers, letting go is one edit."""

from __future__ import annotations

import time
from pathlib import PurePath
from threading import Lock
from typing import TYPE_CHECKING, Any

import streamlit as st

from pcdet_sched.figures import curves_spec, ghost
from pcdet_sched.handles import handles, moved, pushed, said, with_step, without_step
from pcdet_sched.keys import KEYS
from pcdet_sched.simulation import simulate
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.tune.fields import refill
from pcdet_sched.ui.tune.redraw import CURVES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pcdet_sched.handles import Handle
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune

AXIS = "axis"
_KEY = "curves"
# One visitor's curves after the other's: at the same time they would take the interpreter from one another, and from
# the server that is to send them, and all be late.
_TURN = Lock()
_LEAST, _EACH = 60, 15  # milliseconds between two positions of a handle, and for each visitor who moves one
_MOVING: dict[int, float] = {}  # the charts whose handles move → when last


@st.fragment(key=CURVES)
@guarded()
def curves() -> None:
    """The curves of what is on Tune, or of what it would be if the handle were let go, and the handles on them."""
    state = tune()
    with _TURN:
        run = state.run if state.moving is None else simulate(state.moving, state.plan)
        spec = curves_spec(run, log=st.session_state.get(AXIS) == "log", dark=dark())
        if run.config.edits:
            ghost(spec, simulate(state.loaded, state.plan), dark=dark())
        stem = f"{PurePath(state.name).stem}_tuned"
        draw(spec, _KEY, stem=stem, hand=_hand(state, run), on_hand=_act)


def _hand(state: Tune, run: Run) -> dict[str, Any]:
    """What the browser is to know of the handles."""
    changes = {name: run.config.optimization.get(name) for name in KEYS} if state.moving else {}
    was = state.config.optimization
    says = said(state.run, {name: value for name, value in changes.items() if value != was.get(name)})
    who, ack = state.done
    shown = [_described(run, one) for one in handles(run)]
    return {"who": who, "ack": ack, "says": says, "pace": _pace(), "handles": shown}


def _described(run: Run, handle: Handle) -> dict[str, Any]:
    block, first = run.config.optimization, KEYS[handle.keys[0]]
    value = block[first.name]
    return {
        "name": handle.name, "x": handle.x, "y": handle.y, "axis": handle.axis, "label": " and ".join(handle.keys),
        "sideways": bool(handle.sideways), "upright": bool(handle.upright),
        "removable": handle.sideways == "DECAY_STEP_LIST",
        "text": ", ".join(f"{name}: {block[name]}" for name in handle.keys),
        "now": value[handle.place] if isinstance(value, list) else value,
        "min": first.minimum or 0, "max": (run.epochs if first.maximum is None else first.maximum) or 1,
    }  # fmt: skip


def _pace() -> int:
    """Milliseconds until the next position is wanted: the more visitors move handles, the longer."""
    now = time.monotonic()
    for who in [who for who, last in list(_MOVING.items()) if now - last > 2]:
        _MOVING.pop(who, None)
    return _LEAST + _EACH * max(len(_MOVING) - 1, 0)


@guarded()
def _act() -> None:
    """Do what the browser asks for and was not done yet, in its order; each request is one edit, or a look at one."""
    asked = st.session_state[_KEY]["hand"]
    state = tune()
    who, last = state.done if state.done[0] == asked["who"] else (asked["who"], 0)
    before = state.config
    for op in asked["ops"]:
        if op["n"] > last:
            _do(state, op)
            last = op["n"]
    state.done = who, last
    if state.moving is not None:
        _MOVING[who] = time.monotonic()
    if state.config is not before:
        refill(lambda: None)


def _do(state: Tune, op: Mapping[str, Any]) -> None:
    kind = op["kind"]
    if kind in ("undo", "redo", "cancel"):
        state.moving = None
        if kind != "cancel":
            state.undo() if kind == "undo" else state.redo()
        return
    handle = next((one for one in handles(state.run) if one.name == op["handle"]), None)
    state.moving = None
    if handle is None:
        return
    if kind == "push":
        edits = pushed(state.run, handle, op["direction"], op["size"])
    elif kind == "remove":
        edits = without_step(state.run, handle)
    else:
        edits = moved(state.run, handle, float(op["x"]), float(op["y"]), fine=bool(op["fine"]))
    if kind == "move":
        state.moving = state.config.edit(edits)
    elif edits:
        state.change(edits)


def add_step() -> None:
    """One more step, in the middle of the longest stretch without one."""
    state = tune()
    if edits := with_step(state.run):
        state.change(edits)
