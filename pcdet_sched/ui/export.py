"""What a visitor takes along: the edited file, the change in other forms, the numbers, the picture."""

from __future__ import annotations

import io
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.config import Config, EditError
from pcdet_sched.ui.html import callout, escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from pcdet_sched.simulation import Run
    from pcdet_sched.ui.state import Tune


def file_name(name: str, suffix: str = "_tuned") -> str:
    """The file's own name with a suffix before its ending.

    >>> file_name("pv_rcnn.yaml"), file_name("../a/cfg.yml", "_lr")
    ('pv_rcnn_tuned.yaml', 'cfg_lr.yml')
    """
    path = PurePath(name)
    return f"{path.stem}{suffix}{path.suffix or '.yaml'}"


def take_home(state: Tune) -> None:
    """What was changed, and the file with it in place."""
    edits = state.config.edits
    text, button, reset = st.columns([5, 2.4, 1.4], vertical_alignment="center")
    with text:
        st.html(f'<div class="ps-changed">{_changed(edits)}</div>')
    config = state.config
    button.download_button(
        "Download YAML", data=_yaml(config), file_name=file_name(state.name), mime="application/yaml",
        type="primary", icon=":material/download:", on_click="ignore", width="stretch", key="download-yaml",
    )  # fmt: skip
    reset.button("Reset", on_click=state.reset, disabled=not edits, width="stretch", key="reset")


def _yaml(config: Config) -> Callable[[], bytes]:
    # Written when it is clicked: reading the file again to be sure of it is not worth a millisecond per edit.
    return lambda: config.to_yaml().encode("utf-8", "surrogatepass")


def _changed(edits: dict[str, object]) -> str:
    if not edits:
        return "<strong>No changes yet.</strong> Edit a field and watch the curves."
    names = ", ".join(f"<code>{escape(name)}</code>" for name in edits)
    return f"<strong>{len(edits)} changed:</strong> {names}"


def details(state: Tune, run: Run) -> None:
    """The change as a diff, the data and other forms of the result; only the open tab is made."""
    changes, data, more = st.tabs(["Changes", "Data", "Export"], on_change="rerun", key="details", width="stretch")
    if changes.open:
        with changes:
            _diff(state.config)
    if data.open:
        with data:
            _table(run)
    if more.open:
        with more:
            _forms(state, run)


def _diff(config: Config) -> None:
    if not config.edits:
        callout("note", "The file is as it was loaded.", "What you change shows here before you download it.")
        return
    try:
        st.code(config.diff(), language="diff")
    except EditError as error:
        callout("bad", "This edit cannot be written.", str(error))


def _table(run: Run) -> None:
    st.dataframe(run.curve, hide_index=True, height=360, column_config=_COLUMNS)


_COLUMNS = {name: st.column_config.NumberColumn(format="%.9g") for name in ("lr", "momentum")}


def _forms(state: Tune, run: Run) -> None:
    st.code(state.config.block_yaml(), language="yaml")
    st.code("--set " + " ".join(state.config.set_flags()), language="bash")


def csv(config: Config, run: Run) -> bytes:
    """Every iteration as CSV."""
    from pcdet_sched.simulation import iter_curve

    out = io.BytesIO()
    for i, part in enumerate(iter_curve(config, run.plan)):
        part.to_csv(out, index=False, header=i == 0)
    return out.getvalue()
