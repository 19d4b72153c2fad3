"""Where the YAML comes from: a shipped model, an upload or pasted text."""

from __future__ import annotations

import streamlit as st

from pcdet_sched.config import ConfigError, load
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import heading
from pcdet_sched.ui.state import Tune, tune
from pcdet_sched.zoo import FIRST, families, shipped

_FAMILY, _MODEL, _FILE, _TEXT, _BLOCK = (f"source-{part}" for part in ("family", "model", "file", "text", "block"))


def source() -> None:
    """The fields to choose a config with, and which of its blocks."""
    heading("Config")
    _shipped_models()
    st.file_uploader("Or your own YAML", type=["yaml", "yml"], key=_FILE, on_change=_upload)
    with st.popover("Or paste it", icon=":material/content_paste:", width="stretch"):
        st.text_area("Text of a YAML file", key=_TEXT, height=280, placeholder="OPTIMIZATION:\n    LR: 0.003\n    …")
        st.button("Use this text", on_click=_paste, type="primary")
    _blocks(tune())


def _shipped_models() -> None:
    names = list(families())
    family = st.selectbox(
        "Shipped models of", names, index=names.index(FIRST[0]), key=_FAMILY, on_change=_first_of_family,
        persist_state="session",
    )  # fmt: skip
    models = [entry.model for entry in families()[family]]
    st.session_state.setdefault(_MODEL, FIRST[1])  # None stands for the visitor's own file
    st.selectbox(
        "Model", models, index=None, key=_MODEL, on_change=_model, placeholder="Your own file", persist_state="session"
    )


@guarded()
def _first_of_family() -> None:
    st.session_state[_MODEL] = families()[st.session_state[_FAMILY]][0].model
    _model()


@guarded()
def _model() -> None:
    if st.session_state[_MODEL] is not None:
        tune().open_shipped(shipped(st.session_state[_FAMILY], st.session_state[_MODEL]))


@guarded()
def _upload() -> None:
    file = st.session_state[_FILE]
    if file is not None and tune().open_text(file.getvalue(), file.name):
        st.session_state[_MODEL] = None


@guarded()
def _paste() -> None:
    if tune().open_text(st.session_state[_TEXT], "pasted.yaml"):
        st.session_state[_MODEL] = None


def _blocks(state: Tune) -> None:
    blocks = state.config.blocks
    if len(blocks) > 1:
        place = blocks.index(state.config.block) if state.config.block in blocks else 0
        name = f"{_BLOCK}-{state.generation}"  # another file has other blocks
        st.selectbox("Block", blocks, index=place, key=name, on_change=_block, args=(name,))


@guarded()
def _block(name: str) -> None:
    state = tune()
    try:
        state.open(load(state.config.text, block=st.session_state[name]), state.name)
    except ConfigError as error:
        state.error = f"{state.name}, {error}"
