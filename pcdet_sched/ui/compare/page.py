"""The Compare page's parts: what lies over one another, the curves, the tables, how to keep them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.compare.comparison import ABSENT, AXES, TITLES, Comparison, compare
from pcdet_sched.compare.figures import overlay, style
from pcdet_sched.config import ConfigError, load
from pcdet_sched.datasets import DATASETS
from pcdet_sched.language import _, headed, stopped
from pcdet_sched.limits import limits
from pcdet_sched.share.link import LinkError, Pin
from pcdet_sched.simulation import simulate
from pcdet_sched.ui.compare import address as compare_address
from pcdet_sched.ui.compare.pins import add, pins
from pcdet_sched.ui.parts.chart import dark, draw
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape, sentence
from pcdet_sched.ui.parts.values import typed
from pcdet_sched.ui.state import tune
from pcdet_sched.zoo import families, shipped

if TYPE_CHECKING:
    import pandas as pd
    from streamlit.elements.lib.column_types import ColumnConfig

    from pcdet_sched.simulation import Run

_ERROR, _FILES, _SESSION, _FAMILY, _MODEL, _NOW = (
    f"compare-{part}" for part in ("error", "files", "session", "family", "model", "now")
)


def sources() -> None:
    """Where curves come from: shipped models, files, a saved session. What is on Tune is pinned there."""
    st.subheader(_("Add curves"), anchor=False)
    st.toggle(_("What is on Tune"), value=True, key=_NOW, persist_state="session")
    family = st.selectbox(_("Shipped models of"), list(families()), key=_FAMILY, persist_state="session")
    st.selectbox(_("Model"), [entry.model for entry in families()[family]], key=_MODEL)
    st.button(_("Add this model"), on_click=_add_shipped, width="stretch", icon=":material/add:")
    st.file_uploader(
        _("Your own YAML files"), type=["yaml", "yml"], accept_multiple_files=True, key=_upload_key(_FILES),
        on_change=_add_files, help=_("They run under Tune's run plan: its samples, GPUs and overrides."),
    )  # fmt: skip
    st.subheader(_("Keep and share"), anchor=False)
    compare_address.share()
    st.file_uploader(_("Open a session file"), type=["json"], key=_upload_key(_SESSION), on_change=_open_session)
    for message in st.session_state.get(_ERROR, ()):
        callout("bad", _("That could not be added."), message)
    st.session_state[_ERROR] = []


def _upload_key(name: str) -> str:
    """Another key after each upload, which empties the field."""
    return f"{name}-{st.session_state.get(name, 0)}"


def _failed(message: str) -> None:
    if message:
        st.session_state[_ERROR] = [*st.session_state.get(_ERROR, ()), message]


@guarded()
def _add_shipped() -> None:
    entry = shipped(st.session_state[_FAMILY], st.session_state[_MODEL])
    samples = DATASETS[entry.dataset].samples
    plan = dataclasses.replace(tune().plan, samples=samples or tune().plan.samples)
    _failed(add(Pin.of(entry.model, load(entry.to_yaml()), plan)))


@guarded()
def _add_files() -> None:
    files = st.session_state[_upload_key(_FILES)]
    st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1
    for file in files or ():
        try:
            config = load(file.getvalue())
        except ConfigError as error:
            _failed(f"{file.name}, {error}")
            continue
        _failed(add(Pin.of(file.name, config, tune().plan)))


@guarded()
def _open_session() -> None:
    file = st.session_state[_upload_key(_SESSION)]
    st.session_state[_SESSION] = st.session_state.get(_SESSION, 0) + 1
    if file is not None:
        _failed(compare_address.load_session(file.getvalue()))


def comparison() -> Comparison | None:
    """All curves side by side, Tune's own first; None where there are none."""
    runs: dict[str, Run] = {}
    if _with_tune():
        runs[_("on Tune now")] = simulate(tune().config, tune().plan)
    for pin in pins():
        name = pin.name if pin.name not in runs else _("{name} (pinned)", name=pin.name)
        runs[name] = simulate(pin.config(), pin.plan)
    return compare(runs) if runs else None


def _with_tune() -> bool:
    return bool(st.session_state.get(_NOW, True)) and len(pins()) < limits().max_curves


def curves(found: Comparison) -> None:
    """Lr and momentum over one another, on the axis of the visitor's choice."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    with left:
        axis = st.segmented_control(
            _("Common axis"), AXES, default="epoch", required=True, key="compare-axis",
            format_func=lambda name: _(TITLES[name]),
        )  # fmt: skip
    log = right.toggle(_("Logarithmic lr"), key="compare-log")
    figure = overlay(found, axis, log=log, dark=dark())
    draw(figure, "compare-curves")
    for name, run in zip(found.names, found.runs, strict=True):
        if name in found.curveless:
            callout("warn", _("{name} is not drawn.", name=name), sentence(found.curveless[name]))
        elif run.crash is not None:
            why = _("{crash}. Its curve is what was meant.", crash=run.crash)
            callout("warn", _("{name} would stop.", name=name), why)


def tables(found: Comparison) -> None:
    """The curves in numbers, and the values that differ."""
    table = found.table().drop(index=list(found.curveless)).astype({"exact": bool}).reset_index()
    if len(table):
        _numbers(table)
    _differences(found)


def _numbers(table: pd.DataFrame) -> None:
    st.subheader(_("The curves in numbers"), anchor=False)
    st.dataframe(table, hide_index=True, column_config=_columns(), key="compare-metrics")
    st.caption(
        _(
            "Sums are over all iterations; where not every one was read, lines between the curve's points stand in "
            "(within 0.1% of iterations × the largest term). Decay counts where it is decoupled: adam_onecycle and "
            "adam_cosineanneal."
        )
    )


def _differences(found: Comparison) -> None:
    if len(found.runs) < 2:
        return
    st.subheader(_("What differs"), anchor=False)
    if not found.differences:
        st.caption(_("Nothing: the same values and the same plan."))
        return
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in found.names)
    rows = "".join(
        f'<tr><th scope="row"><code>{escape(row.name)}</code></th>{"".join(map(_cell, row.values))}</tr>'
        for row in found.differences
    )
    st.html(f'<div class="ps-scroll"><table class="ps-table"><tr><th></th>{heads}</tr>{rows}</table></div>')


def _cell(value: object) -> str:
    text = _("not there") if value is ABSENT else "–" if value is None else typed(value)
    return f"<td>{escape(text if len(text) <= 200 else text[:200] + ' …')}</td>"


def _columns() -> dict[str, ColumnConfig]:
    number = st.column_config.NumberColumn
    return {
        "run": st.column_config.TextColumn(_("curve")),
        "peak": number(_("peak lr"), format="%.6g"),
        "peak_iteration": number(_("at iteration"), format="localized"),
        "peak_epoch": number(_("in epoch"), format="%d"),
        "area": number("Σ lr", format="%.6g"),
        "above_half": number(_("above half the peak"), format="percent"),
        "final": number(_("final lr"), format="%.4g"),
        "decay": number("Σ lr·WEIGHT_DECAY", format="%.4g"),
        "kept": number(_("left of an untouched weight"), format="%.4g"),
        "exact": st.column_config.CheckboxColumn(_("every iteration read")),
    }


def manage() -> None:
    """The pins by name: open one on Tune, or remove it."""
    if not pins():
        words = _("Pin what is on Tune there, or add models and files on the left.")
        callout("note", _("Nothing is pinned yet."), words)
        return
    with st.expander(_("Pinned curves ({n} of {most})", n=len(pins()), most=limits().max_curves)):
        for place, pin in enumerate(list(pins())):
            name, opened, removed = st.columns([6, 1.6, 1.4], vertical_alignment="center")
            color = style(place + _with_tune())["color"]
            name.html(f'<span style="border-left:.3rem solid {color};padding-left:.5rem">{escape(pin.name)}</span>')
            opened.button(_("Open on Tune"), key=f"pin-open-{place}", on_click=_open, args=(pin,), width="stretch")
            removed.button(_("Remove"), key=f"pin-remove-{place}", on_click=_remove, args=(place,), width="stretch")


@guarded()
def _open(pin: Pin) -> None:
    try:
        compare_address.open_on_tune(pin)
    except LinkError as error:
        _failed(headed(pin.name, stopped(str(error))))


@guarded()
def _remove(place: int) -> None:
    if place < len(pins()):
        del pins()[place]
