"""The field editor: one field for each key of the table, filled from the block, read back as edits of it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from pcdet_sched.config.values import same
from pcdet_sched.keys import GROUPS, KEYS, OPTIMIZERS, Key, why_dimmed
from pcdet_sched.ui.state import Tune, tune
from pcdet_sched.ui.values import Field, field_for, like, number_format, parsed, shown, step_for


def fields() -> None:
    """All fields by group, in two columns. What is changed in them becomes an edit of the visitor's config."""
    state = tune()
    block = state.config.optimization
    changes: dict[str, Any] = {}
    for group in GROUPS:
        st.markdown(f"**{group}**")
        columns = st.columns(2, gap="small")
        for place, key in enumerate(key for key in KEYS.values() if key.group == group):
            with columns[place % 2]:
                value = _field(key, state)
            if not same(value, block.get(key.name)):
                changes[key.name] = value
    if changes:
        state.config = state.config.edit(changes)


def others(state: Tune) -> None:
    """The keys of the block that the table does not have; they stay in the file as they are."""
    unknown = {name: value for name, value in state.config.optimization.items() if name not in KEYS}
    if unknown:
        st.markdown("**Other keys of the block**, kept as they are")
        st.code("\n".join(f"{name}: {shown(value)}" for name, value in unknown.items()), language=None)


def widget_key(state: Tune, name: str) -> str:
    """The session's name of a key's field; Streamlit makes it a CSS class as well (`st-key-…`)."""
    return f"f{state.generation}-{name}"


def _field(key: Key, state: Tune) -> Any:
    """One field; the value that the block should have for the key (None: not in the block)."""
    block = state.filled.optimization
    filled = block.get(key.name)
    name = widget_key(state, key.name)
    kind: Field = field_for(key, filled)
    if key.name in block and filled is None:
        kind = "text"  # a null in the file is not the same as no key
    if kind == "number":
        return _number(key, filled, name)
    if kind == "choice":
        return _choice(key, filled, name)
    if kind == "bool":
        return _switch(key, filled, name)
    return _text(key, filled, name, state)


def _seed(name: str, value: Any) -> Any:
    """What a field holds now; at its first drawing `value`.

    Not the widget's default: a browser offers to empty a field only where the default is empty.
    """
    return st.session_state.setdefault(name, value)


def _number(key: Key, filled: Any, name: str) -> Any:
    whole = key.kind == "int"
    now = _seed(name, filled if whole or filled is None else float(filled))
    value: float | None = st.number_input(
        key.name, value=None, key=name, help=_help(key), placeholder="not in the file",
        step=1 if whole else step_for(filled), format=None if whole else number_format(now),
    )  # fmt: skip
    return value if value is None else like(value, filled)


def _choice(key: Key, filled: str | None, name: str) -> str | None:
    options = list(OPTIMIZERS) if filled is None or filled in OPTIMIZERS else [filled, *OPTIMIZERS]
    _seed(name, filled)
    return st.selectbox(key.name, options, index=None, key=name, help=_help(key), placeholder="not in the file")


def _switch(key: Key, filled: bool | None, name: str) -> bool | None:
    _seed(name, filled)
    return st.segmented_control(key.name, [True, False], key=name, help=_help(key), width="stretch")


def _text(key: Key, filled: Any, name: str, state: Tune) -> Any:
    start = "" if filled is None and key.name not in state.filled.optimization else shown(filled)
    _seed(name, start)
    text = st.text_input(key.name, key=name, help=_help(key), placeholder="not in the file")
    state.field_errors.pop(key.name, None)
    if text == start:
        return filled
    try:
        value = parsed(text, key)
    except ValueError as error:
        state.field_errors[key.name] = str(error)
        return state.config.optimization.get(key.name)
    if isinstance(value, list) and isinstance(filled, list) and len(value) == len(filled):
        return [like(new, old) for new, old in zip(value, filled, strict=True)]
    return value


def _help(key: Key) -> str:
    """What the question mark beside a field says, from the table."""
    facts = ", ".join(filter(None, [key.type_text, key.range_text, key.unit]))
    traps = "".join(f"\n- {trap}" for trap in key.traps)
    return f"{key.meaning}\n\n{facts[:1].upper()}{facts[1:]}.\n{traps}"


def dimmed(state: Tune) -> dict[str, str]:
    """Key → why it has no effect in this block, for those that have none."""
    block, amp = state.config.optimization, state.plan.use_amp
    reasons = {name: why_dimmed(name, block.get("OPTIMIZER"), block, amp) for name in KEYS}
    return {name: reason for name, reason in reasons.items() if reason}
