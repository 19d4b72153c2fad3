"""What a visitor takes along: the edited file, the change in other forms, the numbers, the picture."""

from __future__ import annotations

import shlex
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.config import Config, EditError
from pcdet_sched.figures import standalone_html
from pcdet_sched.ui.compare.address import remember
from pcdet_sched.ui.compare.pins import pin_button
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape
from pcdet_sched.ui.state import Tune, tune
from pcdet_sched.ui.tune.fields import refill
from pcdet_sched.ui.tune.findings import everything
from pcdet_sched.ui.tune.picture import picture_buttons
from pcdet_sched.ui.tune.redraw import DETAIL, TOOLBAR
from pcdet_sched.ui.tune.results import axis_switch
from pcdet_sched.ui.tune.rows import csv_button
from pcdet_sched.ui.tune.what_if import what_if

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run


def file_name(name: str, suffix: str = "_tuned") -> str:
    """The file's own name with a suffix before its ending.

    >>> file_name("pv_rcnn.yaml"), file_name("../a/cfg.yml", "_lr")
    ('pv_rcnn_tuned.yaml', 'cfg_lr.yml')
    """
    path = PurePath(name)
    return f"{path.stem}{suffix}{path.suffix or '.yaml'}"


@st.fragment(key=TOOLBAR)
@guarded()
def toolbar() -> None:
    """How the curves are drawn, the file with the changes in place, the way back, and the way to Compare."""
    state = tune()
    with st.container(horizontal=True, vertical_alignment="center"):
        axis_switch()
        st.download_button(
            "Download YAML", data=_yaml(state), file_name=file_name(state.name), mime="application/yaml",
            type="primary", icon=":material/download:", on_click="ignore", key="download-yaml",
        )  # fmt: skip
        st.button("Reset", on_click=refill, args=(state.reset,), key="reset", help="Back to the file as it was loaded.")
        if pin_button(state):
            remember()


def _yaml(state: Tune) -> Callable[[], bytes]:
    # Written when it is clicked: the button is not drawn again after an edit.
    return lambda: state.config.to_yaml().encode("utf-8", "surrogatepass")


def changed(state: Tune) -> None:
    """Which keys have another value than in the file."""
    edits = state.config.edits
    if edits:
        names = ", ".join(f"<code>{escape(name)}</code>" for name in edits)
        text = f"<strong>{len(edits)} changed:</strong> {names}"
    else:
        text = "<strong>No changes yet.</strong> Edit a field and watch the curves."
    st.html(f'<div class="ps-changed">{text}</div>')


@st.fragment
@guarded()
def details() -> None:
    """The change as a diff, all findings, the data, other forms of the result; only what is asked for is made.

    No `st.tabs`: they alone took a browser as long at every edit as all fields together.
    """
    parts: dict[str, Callable[[Tune, Run, Report], None]] = {
        "Changes": lambda state, *_: _diff(state.config),
        "Findings": lambda state, _, report: everything(report, state),
        "Data": lambda _, run, __: _table(run),
        "Export": lambda state, run, _: _forms(state, run),
        "What if": what_if,
    }
    asked = st.segmented_control(
        "Details", list(parts), default="Changes", required=True, key="details", label_visibility="collapsed"
    )
    _detail(parts[asked])


@st.fragment(key=DETAIL)
@guarded()
def _detail(part: Callable[[Tune, Run, Report], None]) -> None:
    state = tune()
    part(state, state.outcome.run, state.outcome.report)


def _diff(config: Config) -> None:
    if not config.edits:
        callout("note", "The file is as it was loaded.", "What you change shows here before you download it.")
        return
    try:
        st.html(f'<pre class="ps-diff" tabindex="0">{"".join(map(_line, config.diff(quick=True).splitlines()))}</pre>')
    except EditError as error:
        callout("bad", "This edit cannot be written into the file.", str(error))
        return
    for note in config.notes():
        callout("warn", "An alias was written out.", note)


def _line(line: str) -> str:
    look = {"+": "ps-plus", "-": "ps-minus", "@": "ps-at"}.get(line[:1], "")
    return f'<span class="{look}">{escape(line)}</span>\n'


def _table(run: Run) -> None:
    st.caption("The iterations that the curves are drawn from: both sides of every boundary, and what lies between.")
    st.dataframe(run.curve, hide_index=True, height=360, column_config=_COLUMNS)


_COLUMNS = {
    "iteration": st.column_config.NumberColumn(format="%d"),
    "lr": st.column_config.NumberColumn(format="%.9g"),
    "momentum": st.column_config.NumberColumn(format="%.9g"),
}


def _forms(state: Tune, run: Run) -> None:
    stem = PurePath(file_name(state.name)).stem
    first, second, third = st.columns([1, 1, 2])
    with first:
        csv_button(state.config, run, stem)
    second.download_button(
        "HTML of the chart", data=lambda: standalone_html(run), file_name=f"{stem}.html", mime="text/html",
        on_click="ignore", width="stretch", help="One file with everything in it; opens without a network.",
    )  # fmt: skip
    with third:
        picture_buttons(stem)
    _flags(state.config)
    st.markdown("**The block alone**")
    try:
        st.code(state.config.block_yaml(), language="yaml")
    except EditError as error:
        callout("bad", "This edit cannot be written into the file.", str(error))


def _flags(config: Config) -> None:
    """The edits for the trainer's command line, and those that it would refuse."""
    if not config.edits:
        return
    tokens = config.set_flags()
    st.markdown("**The same change on the trainer's command line**")
    if tokens:
        st.code("--set " + shlex.join(tokens), language="bash", wrap_lines=True)
    for key, reason in config.set_refusals().items():
        callout("warn", f"--set would refuse {key}.", reason)
