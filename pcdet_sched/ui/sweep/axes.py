"""What a sweep varies: a row of fields per key, and the same as text beneath. Either may be edited."""

from __future__ import annotations

from typing import TypedDict

import streamlit as st

from pcdet_sched.benchmark.variant import READ_KEYS, BenchmarkError
from pcdet_sched.language import N_, _
from pcdet_sched.sweep.axis import Axis, Span, Values, format_axis, format_value, parse_axis
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.measuring import tuned_block

TEXT = "sweep-axes"
_GENERATION = "sweep-axes-drawn"
_FIRST = "clip=1,10,35,off\nLR=log:0.001..0.01:3"
_START = {
    "clip": "1,10,35,off",
    "LR": "log:0.001..0.01:3",
    "precision": "fp32,fp16,bf16",
    "loss_scale": "32,512,65536",
    "seed": "0,1,2",
    "PCT_START": "lin:0.2..0.5:4",
    "keep_scaler": "no,yes",
    "growth_interval": "100,2000",
    "spike": "50:inf",
}
"""The keys that are offered first, with what each begins with."""
_HELP = N_("""One key per line: `clip=1,10,35,off`, `precision=fp32,fp16`, `seed=0..4`, `LR=log:1e-4..1e-2:7`,
`PCT_START=lin:0.2..0.5`. The command line takes the same.""")


class Fields(TypedDict):
    """What the fields of an axis hold: `values`, or a range; None where it is the other."""

    values: list[str] | None
    span: tuple[str, str, int, bool] | None


def axes() -> list[str]:
    """The fields and the text; the axes as texts."""
    st.session_state.setdefault(TEXT, _FIRST)
    st.session_state.setdefault(_GENERATION, 0)
    for place, line in enumerate(lines()):
        _row(place, line)
    taken = [line.partition("=")[0].strip() for line in lines()]
    st.button(_("Vary another key"), icon=":material/add:", on_click=_add, args=(taken,), key="sweep-add")
    st.text_area(_("As text, which the command line takes too"), key=TEXT, height=100, help=_(_HELP), on_change=_typed,
                 persist_state="session")  # fmt: skip
    return lines()


def lines() -> list[str]:
    """The axes as texts."""
    return [line for line in str(st.session_state[TEXT]).splitlines() if line.strip()]


def _row(place: int, line: str) -> None:
    try:
        axis = parse_axis(line)
    except BenchmarkError:
        return  # the page says why, beneath
    fields = fields_of(axis)
    key, arguments = f"sweep-row-{st.session_state[_GENERATION]}-{place}", (place, axis.name)
    left, middle, right = st.columns([2, 5, 1.3], vertical_alignment="bottom")
    names = list(dict.fromkeys([*_START, *READ_KEYS, axis.name]))
    left.selectbox(_("Key"), names, names.index(axis.name), key=f"{key}-name", on_change=_rename, args=(place,))
    right.button(_("Remove"), key=f"{key}-remove", on_click=_remove, args=(place,), icon=":material/close:",
                 type="tertiary")  # fmt: skip
    if fields is None:
        middle.caption(_("Written beneath: {name} takes values and ranges together.", name=axis.name))
        return
    if fields["values"] is not None:
        chosen = fields["values"]
        title = _("Values of {name}", name=axis.name)
        middle.multiselect(title, chosen, chosen, key=f"{key}-values", accept_new_options=True, on_change=_changed,
                           args=arguments)  # fmt: skip
    elif fields["span"] is not None:
        low, high, count, log = middle.columns([5, 5, 4, 5], vertical_alignment="bottom")
        first, last, points, logarithmic = fields["span"]
        title = _("{name} from", name=axis.name)
        low.text_input(title, first, key=f"{key}-low", on_change=_changed, args=arguments)
        high.text_input(_("to"), last, key=f"{key}-high", on_change=_changed, args=arguments)
        count.number_input(_("count"), 2, 100, points, key=f"{key}-count", on_change=_changed, args=arguments)
        log.toggle(_("log"), logarithmic, key=f"{key}-log", on_change=_changed, args=arguments)
    ranged = fields["span"] is not None
    left.toggle(_("From – to"), ranged, key=f"{key}-kind", on_change=_switched, args=arguments,
                disabled=not ranged and _span(axis) is None)  # fmt: skip


def fields_of(axis: Axis) -> Fields | None:
    """An axis as the values of its fields; None where it mixes values and ranges, which only the text can say.

    >>> fields_of(parse_axis("LR=log:0.001..0.01:3"))
    {'values': None, 'span': ('0.001', '0.01', 3, True)}
    """
    if all(isinstance(part, Values) for part in axis.parts):
        return {"values": [format_value(point) for point in axis.points], "span": None}
    [*others, last] = axis.parts
    if others or not isinstance(last, Span):
        return None
    return {"values": None, "span": (format_value(last.low), format_value(last.high), last.count, last.log)}


def axis_text(name: str, fields: Fields) -> str:
    """The fields' values as the axis that `parse_axis` reads.

    >>> axis_text("clip", {"values": ["1", "off"], "span": None})
    'clip=1,off'
    """
    if fields["span"] is None:
        return f"{name}={','.join(fields['values'] or ())}"
    low, high, count, log = fields["span"]
    return f"{name}={'log' if log else 'lin'}:{low}..{high}:{count}"


def _span(axis: Axis) -> Span | None:
    """The range over an axis's numbers, where it has some."""
    numbers = sorted({float(point) for point in axis.points if isinstance(point, (int, float)) and point is not True})
    if len(numbers) < 2 or not all(isinstance(point, (int, float, type(None))) for point in axis.points):
        return None
    log = numbers[0] > 0 and numbers[-1] > 20 * numbers[0]
    return Span(numbers[0], numbers[-1], count=max(len(numbers), 2), log=log)


def _put(place: int, line: str | None) -> None:
    """Another text for an axis, or none."""
    found = lines()
    found[place : place + 1] = [] if line is None else [line]
    st.session_state[TEXT] = "\n".join(found)


def _typed() -> None:
    """The fields are drawn anew from the text."""
    st.session_state[_GENERATION] += 1


@guarded()
def _changed(place: int, name: str) -> None:
    key = f"sweep-row-{st.session_state[_GENERATION]}-{place}"
    held = st.session_state
    if held[f"{key}-kind"]:
        span = (held[f"{key}-low"], held[f"{key}-high"], held[f"{key}-count"], held[f"{key}-log"])
        _put(place, axis_text(name, {"values": None, "span": span}))
    else:
        _put(place, axis_text(name, {"values": held[f"{key}-values"], "span": None}))


@guarded()
def _switched(place: int, name: str) -> None:
    """From values to a range over them, or to a range's points."""
    axis = parse_axis(lines()[place])
    span = _span(axis)
    ranged = fields_of(axis) is not None and all(isinstance(part, Values) for part in axis.parts)
    part = span if ranged and span is not None else Values(axis.points)
    _put(place, format_axis(Axis(name, (part,))))
    _typed()


@guarded()
def _rename(place: int) -> None:
    name = st.session_state[f"sweep-row-{st.session_state[_GENERATION]}-{place}-name"]
    _put(place, _beginning(name))
    _typed()


def _beginning(name: str) -> str:
    """What a key begins with: what is usual for it, else its value in the block."""
    held = tuned_block().get(name)
    return f"{name}={_START.get(name) or ('0.1' if held is None else format_value(held))}"


@guarded()
def _add(taken: list[str]) -> None:
    name = next(name for name in (*_START, *READ_KEYS) if name not in taken)
    st.session_state[TEXT] = "\n".join([*lines(), _beginning(name)])
    _typed()


@guarded()
def _remove(place: int) -> None:
    _put(place, None)
    _typed()
