"""What a sweep varies: a row of fields per key, and the same as text beneath. Either may be edited."""

from __future__ import annotations

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


Fields = list[str] | tuple[str, str, int, bool]
"""What the fields of an axis hold: its values, or a range: from, to, how many, whether on a logarithmic scale."""


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
    ranged = not isinstance(fields, list)
    if isinstance(fields, list):
        title = _("Values of {name}", name=axis.name)
        middle.multiselect(title, fields, fields, key=f"{key}-values", accept_new_options=True, on_change=_changed,
                           args=arguments)  # fmt: skip
    else:
        low, high, count, log = middle.columns([5, 5, 4, 5], vertical_alignment="bottom")
        first, last, points, logarithmic = fields
        title = _("{name} from", name=axis.name)
        low.text_input(title, first, key=f"{key}-low", on_change=_changed, args=arguments)
        high.text_input(_("to"), last, key=f"{key}-high", on_change=_changed, args=arguments)
        count.number_input(_("count"), 2, 100, points, key=f"{key}-count", on_change=_changed, args=arguments)
        log.toggle(_("log"), logarithmic, key=f"{key}-log", on_change=_changed, args=arguments)
    left.toggle(_("From – to"), ranged, key=f"{key}-kind", on_change=_switched, args=arguments,
                disabled=not ranged and _span(axis) is None)  # fmt: skip


def fields_of(axis: Axis) -> Fields | None:
    """An axis as the values of its fields; None where it mixes values and ranges, which only the text can say.

    >>> fields_of(parse_axis("LR=log:0.001..0.01:3"))
    ('0.001', '0.01', 3, True)
    """
    if all(isinstance(part, Values) for part in axis.parts):
        return [format_value(point) for point in axis.points]
    [*others, last] = axis.parts
    if others or not isinstance(last, Span):
        return None
    return format_value(last.low), format_value(last.high), last.count, last.log


def axis_text(name: str, fields: Fields) -> str:
    """The fields' values as the axis that `parse_axis` reads.

    >>> axis_text("clip", ["1", "off"])
    'clip=1,off'
    """
    if isinstance(fields, list):
        return f"{name}={','.join(fields)}"
    low, high, count, log = fields
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
        _put(place, axis_text(name, span))
    else:
        _put(place, axis_text(name, held[f"{key}-values"]))


@guarded()
def _switched(place: int, name: str) -> None:
    """From values to a range over them, or to a range's points."""
    axis = parse_axis(lines()[place])
    span = _span(axis) if isinstance(fields_of(axis), list) else None
    part = Values(axis.points) if span is None else span
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
