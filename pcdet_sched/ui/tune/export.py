"""What a visitor takes along besides the file: the numbers, the chart as a page, the change in other forms."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.config import Config, EditError
from pcdet_sched.figures import standalone_html
from pcdet_sched.language import _
from pcdet_sched.ui.parts.html import callout, sentence
from pcdet_sched.ui.tune.names import tuned
from pcdet_sched.ui.tune.rows import csv_button

if TYPE_CHECKING:
    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune


def forms(state: Tune, run: Run) -> None:
    """The curve as CSV and as a page, the change for the trainer's command line, the block alone."""
    stem = tuned(state.name).stem
    first, second = st.columns(2)
    with first:
        csv_button(state.config, run, stem)
    second.download_button(
        _("HTML of the chart"), data=lambda: standalone_html(run), file_name=f"{stem}.html", mime="text/html",
        on_click="ignore", width="stretch", help=_("One file with everything in it; opens without a network."),
    )  # fmt: skip
    st.caption(_("PNG and SVG are saved at the chart itself."))
    _flags(state.config)
    _heading(_("The block alone"))
    try:
        st.code(state.config.block_yaml(), language="yaml")
    except EditError as error:
        callout("bad", _("This edit cannot be written into the file."), sentence(error))


def _flags(config: Config) -> None:
    """The edits for the trainer's command line, and those that it would refuse."""
    if not config.edits:
        return
    tokens = config.set_flags()
    _heading(_("The same change on the trainer's command line"))
    if tokens:
        st.code("--set " + shlex.join(tokens), language="bash", wrap_lines=True)
    for key, reason in config.set_refusals().items():
        callout("warn", _("--set would refuse {key}.", key=key), reason)


def _heading(text: str) -> None:
    st.markdown(f"**{text}**")
