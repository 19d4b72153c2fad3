"""Below the curves: the change as a diff, all findings, the data, other forms of the result, questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.config import EditError
from pcdet_sched.language import N_, _, ngettext, row
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, escape, sentence
from pcdet_sched.ui.state import Tune, tune
from pcdet_sched.ui.tune.export import forms
from pcdet_sched.ui.tune.findings import everything
from pcdet_sched.ui.tune.redraw import DETAIL, drawn
from pcdet_sched.ui.tune.what_if import what_if

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamlit.elements.lib.column_types import ColumnConfig

    from pcdet_sched.findings import Report
    from pcdet_sched.simulation import Run


def changed(state: Tune) -> None:
    """Which keys have another value than in the file."""
    edits = state.config.edits
    if edits:
        lead = ngettext("{n} changed:", "{n} changed:", len(edits), n=len(edits))
        names = row(f"<code>{escape(name)}</code>" for name in edits)
        text = f"<strong>{escape(lead)}</strong> {names}"
    else:
        lead, rest = _("No changes yet."), _("Edit a field or move a handle, and watch the curves.")
        text = f"<strong>{escape(lead)}</strong> {escape(rest)}"
    st.html(f'<div class="ps-changed">{text}</div>')


@st.fragment
@guarded()
def details() -> None:
    """The change as a diff, all findings, the data, other forms of the result; only what is asked for is made.

    No `st.tabs`: they alone took a browser as long at every edit as all fields together.
    """
    asked = st.segmented_control(
        _("Details"), list(_PARTS), default="Changes", required=True, key="details", label_visibility="collapsed",
        format_func=_,
    )  # fmt: skip
    _detail(_PARTS[asked])


@st.fragment(key=DETAIL)
@guarded()
def _detail(part: Callable[[Tune, Run, Report], None]) -> None:
    state = tune()
    part(state, state.run, state.report)
    drawn(DETAIL)


def _diff(state: Tune) -> None:
    config = state.config
    if not config.edits:
        title, text = _("The file is as it was loaded."), _("What you change shows here before you download it.")
        callout("note", title, text)
        return
    try:
        diff = config.diff(quick=True, name=state.name)
    except EditError as error:
        callout("bad", _("This edit cannot be written into the file."), sentence(error))
        return
    st.html(f'<pre class="ps-diff" tabindex="0">{"".join(map(_line, diff.splitlines()))}</pre>')
    for note in config.notes():
        callout("warn", _("An alias was written out."), note)


def _line(line: str) -> str:
    looks = {"---": "ps-at", "+++": "ps-at", "@@ ": "ps-at", "+": "ps-plus", "-": "ps-minus"}
    look = next((look for sign, look in looks.items() if line.startswith(sign)), "")
    return f'<span class="{look}">{escape(line)}</span>\n'


def _table(run: Run) -> None:
    st.caption(_("The iterations that the curves are drawn from: both sides of every boundary, and what lies between."))
    st.dataframe(run.curve, hide_index=True, height=360, column_config=_columns())


def _columns() -> dict[str, ColumnConfig]:
    number = st.column_config.NumberColumn
    return {
        "iteration": number(_("iteration"), format="%d"), "epoch": number(_("epoch"), format="%d"),
        "lr": number(format="%.9g"), "momentum": number(_("momentum"), format="%.9g"),
    }  # fmt: skip


_PARTS: dict[str, Callable[[Tune, Run, Report], None]] = {
    N_("Changes"): lambda state, *_rest: _diff(state),
    N_("Findings"): lambda state, _run, report: everything(report, state),
    N_("Data"): lambda _state, run, _report: _table(run),
    N_("Export"): lambda state, run, _report: forms(state, run),
    N_("What if"): what_if,
}
