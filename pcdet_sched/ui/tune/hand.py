"""The curves and the handles on them: a handle that moves is drawn by the real schedulers, letting go is one edit."""

from __future__ import annotations

import time
from threading import Lock
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict

import streamlit as st

from pcdet_sched.figures import HEIGHT, curves_spec, ghost
from pcdet_sched.handles import handles, label, moved, pushed, said, with_step, without_step
from pcdet_sched.keys import KEYS
from pcdet_sched.language import _, row
from pcdet_sched.ui.parts.chart import dark, draw, in_place
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.tune.export import tuned
from pcdet_sched.ui.tune.fields import refill
from pcdet_sched.ui.tune.redraw import CURVES, drawn, first, overdue, redraw

if TYPE_CHECKING:
    from pcdet_sched.handles import Direction, Edits, Handle, Size
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune

AXIS = "axis"
_KEY = "curves"
# One visitor's curves after the other's: at the same time they would take the interpreter from one another, and from
# the server that is to send them, and all be late.
_TURN = Lock()
_LEAST, _EACH = 60, 25  # milliseconds between two positions of a handle, and for each visitor who moves one
_MOVING: dict[int, float] = {}  # the charts whose handles move → when last


class Op(TypedDict):
    """One thing that the browser asks for; `n` counts them in each chart. A move is a look, a drop the edit."""

    n: int
    kind: Literal["move", "drop", "cancel", "push", "add", "remove", "undo", "redo"]
    handle: NotRequired[str]
    x: NotRequired[float]
    y: NotRequired[float]
    fine: NotRequired[bool]
    direction: NotRequired[Direction]
    size: NotRequired[Size]


@st.fragment(key=CURVES)
@guarded()
def curves() -> None:
    """The curves of what is on Tune, or of what it would be if the handle were let go, and the handles on them."""
    first(_draw, again=in_place())
    drawn(CURVES)


def _draw() -> None:
    state = tune()
    with _TURN:
        run = state.run if state.moving is None else state.run_of(state.moving)
        spec = curves_spec(run, log=st.session_state.get(AXIS) == "log", dark=dark())
        if run.config.edits:
            ghost(spec, state.first_run, run, dark=dark())
        if state.moving is not None:
            spec["layout"]["height"] = HEIGHT  # the chart stays under the pointer also where it has no curve
        draw(spec, _KEY, stem=tuned(state.name).stem, hand=_hand(state, run), on_hand=_act)


def _hand(state: Tune, run: Run) -> dict[str, object]:
    """What the browser is to know of the handles."""
    who, ack = state.done
    says = "" if state.moving is None else said(state.config.optimization, state.moving.optimization)
    shown = [_described(run, one) for one in handles(run)]
    return {"who": who, "ack": ack, "says": says, "pace": _pace(), "handles": shown, "add": bool(with_step(run))}


def _described(run: Run, handle: Handle) -> dict[str, object]:
    block, first = run.config.optimization, KEYS[handle.keys[0]]
    value = block[first.name]
    return {
        "name": handle.name, "x": handle.x, "y": handle.y, "axis": handle.axis, "label": label(handle),
        "sideways": bool(handle.sideways), "upright": bool(handle.upright),
        "removable": handle.sideways == "DECAY_STEP_LIST",
        "text": row(_("{key}: {value}", key=name, value=block[name]) for name in handle.keys),
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
            act(state, op)
            last = op["n"]
    state.done = who, last
    if state.moving is not None:
        _MOVING[who] = time.monotonic()
    if state.config is not before:
        refill(lambda: None)
    elif overdue():
        redraw(CURVES)


def act(state: Tune, op: Op) -> None:
    """Do one thing that the browser asks for. What is moved is forgotten by all but the next move of it."""
    state.moving = None
    kind = op["kind"]
    if kind == "undo":
        state.undo()
    elif kind == "redo":
        state.redo()
    elif kind == "move":
        edits = _edits(state.run, op)
        state.moving = state.config.edit(edits) if edits else None
    elif kind != "cancel" and (edits := _edits(state.run, op)):
        state.change(edits)


def _edits(run: Run, op: Op) -> Edits:
    """The values that an op stands for; none where its handle is not there any more."""
    if op["kind"] == "add":
        return with_step(run)
    handle = next((one for one in handles(run) if one.name == op["handle"]), None)
    if handle is None:
        return {}
    if op["kind"] == "push":
        return pushed(run, handle, op["direction"], op["size"])
    if op["kind"] == "remove":
        return without_step(run, handle)
    return moved(run, handle, float(op["x"]), float(op["y"]), fine=bool(op["fine"]))
