"""The field editor: one field for each key of the table, filled from the block, read back as edits of it.

The fields are read before they are drawn (Streamlit knows what they hold by then), and after an edit they are not
drawn again: the curves need not wait for twenty fields that have not changed.
"""

from __future__ import annotations

from itertools import starmap
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.config.values import same
from pcdet_sched.key import like
from pcdet_sched.keys import GROUPS, KEYS, use_of, why_dimmed
from pcdet_sched.language import _, ngettext, row
from pcdet_sched.trainer_records import MASTER, Use
from pcdet_sched.trainer_records.auto import resolve
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import heading, sentence
from pcdet_sched.ui.parts.values import as_yaml, field_for, number_format, step_for, typed
from pcdet_sched.ui.state import tune
from pcdet_sched.ui.tune.redraw import ALL, FIELDS, TOOLBAR, drawn, redraw, unsent

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcdet_sched.key import Key
    from pcdet_sched.trainer_records import Trainer
    from pcdet_sched.ui.parts.values import Field
    from pcdet_sched.ui.state import Tune


def read_fields(state: Tune) -> None:
    """Make an edit of the visitor's config of what the fields hold; fill those that are new."""
    if widget_key(state, "LR") not in st.session_state:
        state.filled = dict(
            state.config.optimization
        )  # back from another page: Streamlit forgets the fields of a page that is left
    block, changes = state.config.optimization, {}
    state.field_errors = {}
    for key in KEYS.values():
        try:
            value = _read(key, state)
        except ValueError as error:
            state.field_errors[key.name] = str(error)
            continue
        if not same(value, block.get(key.name)):
            changes[key.name] = value
    if changes:
        state.keep(state.config.edit(changes))


def send_again(state: Tune, since: float = 0.0) -> None:
    """Have the browser told what each field holds, or each that was filled anew since a moment of the monotonic clock.

    A field is sent without its value where the browser is taken to know it. One whose line broke while the fields were
    on their way does not: it would show them empty, and an empty field takes its key out.
    """
    for key in KEYS.values():
        name = widget_key(state, key.name)
        if name in st.session_state and state.turned.get(key.name, 0.0) >= since:
            st.session_state[name] = st.session_state[name]


def _read(key: Key, state: Tune) -> object:
    """What the block should have for the key (None: not in the block). Raises ValueError for text that is no value."""
    filled = state.filled.get(key.name)
    kind, start = _start(key, state)
    held = st.session_state.setdefault(widget_key(state, key.name), start)
    if kind == "number":
        return held if held is None else like(held, filled)
    if kind in ("choice", "bool"):
        return held
    return filled if held == start else _alike(key.parse(held), filled)


def _start(key: Key, state: Tune) -> tuple[Field, object]:
    """The kind of the key's field and what it holds before anybody has touched it."""
    block = state.filled
    filled = block.get(key.name)
    kind = field_for(key, filled)
    if key.name in block and filled is None:
        kind = "text"  # a null in the file is not the same as no key
    if kind in ("text", "list"):
        return kind, typed(filled) if key.name in block else ""
    return kind, float(filled) if kind == "number" and key.kind == "float" and filled is not None else filled


def _alike(value: object, filled: object) -> object:
    """The numbers of a list with the types of those that they replace."""
    if isinstance(value, list) and isinstance(filled, list) and len(value) == len(filled):
        return [like(new, old) for new, old in zip(value, filled, strict=True)]
    return value


@st.fragment(key=FIELDS)
@guarded()
def draw_fields() -> None:
    """All fields by group, and folded into one line those that the optimizer does not read.

    The style sheet sets them in two columns: Streamlit's own cost as much as a field each.
    """
    state = tune()
    send_again(state, unsent())  # the fields before these may have been thrown away on their way to the browser
    state.folded = unread(state)
    with st.container(key="inspector"):
        for group in GROUPS:
            keys = [key for key in KEYS.values() if key.group == group and key.name not in state.folded]
            if keys:
                heading(_(group))
            for key in keys:
                _draw(key, state)
        _others(state)
        if state.folded:
            wrong = state.field_errors.keys() | {finding.key for finding in state.report.errors}
            with st.expander(_unread_text(state), expanded=not wrong.isdisjoint(state.folded), key="unread"):
                for name in state.folded:
                    _draw(KEYS[name], state)
    drawn(FIELDS)


@guarded()
def _edited() -> None:
    """After an edit: what follows from it, and the fields themselves only if one changes its looks or its place."""
    state = tune()
    read_fields(state)
    same_looks = all(_digits(name, state) == digits for name, digits in state.digits.items())
    stays = {TOOLBAR, FIELDS} if same_looks and unread(state) == state.folded else {TOOLBAR}
    redraw(*(part for part in ALL if part not in stays))


def refill(change: Callable[..., None], *arguments: object) -> None:
    """As a callback: change the config from outside of the fields, and draw those anew as well."""
    with guarded():
        change(*arguments)
        read_fields(tune())
        redraw(*ALL)


def _digits(name: str, state: Tune) -> str:
    """How its field is to write the number that it holds."""
    return number_format(st.session_state[widget_key(state, name)])


def _draw(key: Key, state: Tune) -> None:
    # No field has a default of its own: a browser offers to empty a field only where the default is empty.
    filled = state.filled.get(key.name)
    name, absent = widget_key(state, key.name), _("not in the file")
    kind = _start(key, state)[0]
    if kind == "number":
        if key.kind != "int":
            state.digits[key.name] = _digits(key.name, state)
        st.number_input(
            key.name, value=None, key=name, help=_help(key), placeholder=absent, on_change=_edited,
            step=1 if key.kind == "int" else step_for(filled), format=state.digits.get(key.name),
        )  # fmt: skip
    elif kind == "choice":
        trainer = _trainer(state)
        known = [optimizer.name for optimizer in (trainer if trainer.is_fork else MASTER).optimizers]
        options = known if filled is None or filled in known else [filled, *known]
        st.selectbox(key.name, options, index=None, key=name, help=_help(key), placeholder=absent, on_change=_edited)
    elif kind == "bool":
        st.segmented_control(key.name, [True, False], key=name, help=_help(key), width="stretch", on_change=_edited)
    else:
        st.text_input(key.name, key=name, help=_help(key), placeholder=absent, on_change=_edited)


def _others(state: Tune) -> None:
    """The keys of the block that the table does not have; they stay in the file as they are."""
    unknown = {name: value for name, value in state.config.optimization.items() if name not in KEYS}
    if unknown:
        heading(_("Other keys, kept as they are"))
        st.code("\n".join(starmap(as_yaml, unknown.items())), language=None, wrap_lines=True)


def widget_key(state: Tune, name: str) -> str:
    """The session's name of a key's field; Streamlit makes it a CSS class as well (`st-key-…`)."""
    return f"f{state.generation}-{state.turns[name]}-{name}"


def _help(key: Key) -> str:
    """What the question mark beside a field says, from the table."""
    facts = row(filter(None, [key.type_text, key.range_text, _(key.unit) if key.unit else ""]))
    traps = "".join(f"\n- {_(trap)}" for trap in key.traps)
    return f"{_(key.meaning)}\n\n{sentence(facts)}\n{traps}"


def _trainer(state: Tune) -> Trainer:
    """The trainer that says what is read: master where none is certain."""
    return resolve(state.plan.trainer, state.config.optimization).trainer or MASTER


def _uses(state: Tune) -> dict[str, Use]:
    """What becomes of each key of the table in this block."""
    block, trainer = state.config.optimization, _trainer(state)
    return {name: use_of(name, block.get("OPTIMIZER"), block, state.plan.use_amp, trainer) for name in KEYS}


def unread(state: Tune) -> tuple[str, ...]:
    """The keys of the table that this block's optimizer does not read, in display order."""
    return tuple(name for name, use in _uses(state).items() if use in (Use.UNREAD, Use.WARMUP))


def _unread_text(state: Tune) -> str:
    optimizer, trainer, n = state.config.optimization.get("OPTIMIZER"), _trainer(state), len(state.folded)
    if trainer is MASTER:
        return ngettext(
            "{n} key that {optimizer} does not read", "{n} keys that {optimizer} does not read", n,
            n=n, optimizer=optimizer,
        )  # fmt: skip
    return ngettext(
        "{n} key that {optimizer} of {trainer} does not read", "{n} keys that {optimizer} of {trainer} does not read",
        n, n=n, optimizer=optimizer, trainer=trainer.name,
    )  # fmt: skip


def dimmed(state: Tune) -> dict[str, str]:
    """Key → why it has no effect in this block; of those that are never read the line that folds them says it."""
    block, amp, trainer = state.config.optimization, state.plan.use_amp, _trainer(state)
    some = [name for name, use in _uses(state).items() if use not in (Use.USED, Use.UNREAD)]
    return {name: why_dimmed(name, block.get("OPTIMIZER"), block, amp, trainer) for name in some}
