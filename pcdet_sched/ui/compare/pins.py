"""What a visitor has pinned: configs under names, which the Compare page lays over one another."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.language import _
from pcdet_sched.limits import limits
from pcdet_sched.share.link import LONGEST_NAME, LinkError, Pin

if TYPE_CHECKING:
    from pcdet_sched.ui.state import Tune

_PINS = "pcdet_sched.pins"
_NAME = "pin-name"


def pins() -> list[Pin]:
    """This visitor's pins in order; the list itself, to be changed in place."""
    if _PINS not in st.session_state:
        st.session_state[_PINS] = []
    found: list[Pin] = st.session_state[_PINS]
    return found


def add(pin: Pin) -> str:
    """Add a pin under a name that no other has. Returns why it cannot be added, empty if it was."""
    most = limits().max_curves
    if len(pins()) >= most:
        return _("{n} curves are pinned already; remove one first.", n=most)
    try:
        pin.config()
    except LinkError as error:
        return _("This block cannot be pinned: {why}.", why=error)
    pins().append(dataclasses.replace(pin, name=_free(pin.name)))
    return ""


def _free(name: str) -> str:
    """The name, or the name with the first number behind it that makes it another than every pin's."""
    taken = {pin.name for pin in pins()}
    name = name.strip()[:LONGEST_NAME] or _("unnamed")
    names = (name if i == 1 else f"{name[: LONGEST_NAME - 6]} ({i})" for i in range(1, len(taken) + 2))
    return next(free for free in names if free not in taken)


def pin_button(state: Tune) -> bool:
    """A name and a button: what is on Tune now goes to the Compare page under it. Whether it was pressed just now."""
    count = len(pins())
    title = _("Pin for Compare ({n})", n=count) if count else _("Pin for Compare")
    with st.popover(title, icon=":material/push_pin:"):
        st.text_input(
            _("Name of the curve"), value=state.name, max_chars=LONGEST_NAME, key=f"{_NAME}-{state.generation}"
        )
        pressed = st.button(_("Pin"), type="primary", key="pin")
        if pressed:
            _pin(state)
    return pressed


def _pin(state: Tune) -> None:
    name = st.session_state.get(f"{_NAME}-{state.generation}") or state.name
    if why := add(Pin.of(name, state.config, state.plan)):
        st.error(why)
    else:
        st.success(_("Pinned. It is on the Compare page."))
