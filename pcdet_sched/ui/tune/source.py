"""Where the config comes from: a shipped model, a file, or a pasted text; and the error that such a text tells of."""

from __future__ import annotations

import streamlit as st

from pcdet_sched.config import ConfigError
from pcdet_sched.language import _
from pcdet_sched.pasted import Raised, understand
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, heading
from pcdet_sched.ui.state import tune
from pcdet_sched.zoo import FIRST, Shipped, families, shipped

_FAMILY, _MODEL, _ANY, _FILE, _TEXT = (f"source-{part}" for part in ("family", "model", "any", "file", "text"))
_RAISED = "pcdet_sched.raised"


def source() -> None:
    """The fields to choose a config with."""
    heading(_("Config"))
    _shipped_models()
    st.file_uploader(_("Or your own YAML"), type=["yaml", "yml"], key=_FILE, on_change=_upload)
    st.text_area(
        _("Or paste it"), key=_TEXT, height=68, on_change=_paste, placeholder=_("YAML, a training log or a traceback"),
        help=_("Taken when you leave the box or press Ctrl+Enter."),
    )  # fmt: skip
    _error()


def _shipped_models() -> None:
    everything = [entry for entries in families().values() for entry in entries]
    st.selectbox(
        _("Search all shipped models"), everything, index=None, key=_ANY, on_change=_any_model,
        format_func=_with_family, placeholder=_("Search all {n} by name", n=len(everything)),
        label_visibility="collapsed",
    )  # fmt: skip
    names = list(families())
    family = st.selectbox(
        _("Shipped models of"), names, index=names.index(FIRST[0]), key=_FAMILY, on_change=_first_of_family,
        persist_state="session",
    )  # fmt: skip
    models = [entry.model for entry in families()[family]]
    st.session_state.setdefault(_MODEL, FIRST[1])  # None stands for the visitor's own file
    st.selectbox(
        _("Model"), models, index=None, key=_MODEL, on_change=_model, placeholder=_("Your own file"),
        persist_state="session",
    )  # fmt: skip


def _with_family(entry: Shipped) -> str:
    return f"{entry.model} · {entry.family}"


@guarded()
def _first_of_family() -> None:
    st.session_state[_MODEL] = families()[st.session_state[_FAMILY]][0].model
    _model()


@guarded()
def _any_model() -> None:
    """Open what was found by name; the search is empty again, the two fields beside it say what is open."""
    entry: Shipped | None = st.session_state[_ANY]
    if entry is not None:
        st.session_state[_ANY] = None
        st.session_state[_FAMILY], st.session_state[_MODEL] = entry.family, entry.model
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
    """Open the config of the text. The box is emptied then, so that the same text can be pasted again."""
    text: str = st.session_state[_TEXT]
    st.session_state[_RAISED] = None
    if not text.strip():
        return
    try:
        found = understand(text)
    except ConfigError as error:
        tune().error = f"pasted.yaml, {error}"
        return
    st.session_state[_RAISED] = found.raised
    name = "log.yaml" if found.logged else "pasted.yaml"
    if found.yaml is None or tune().open_text(found.yaml, name):
        st.session_state[_TEXT] = ""
    if found.yaml is not None and not tune().error:
        st.session_state[_MODEL] = None


def _error() -> None:
    """The exception that was pasted, and whether it is the one at which the config on the page stops."""
    raised: Raised | None = st.session_state.get(_RAISED)
    if raised is None:
        return
    crash = tune().outcome.run.crash
    title = f"{raised.exception}: {raised.message}".rstrip(": ")
    if crash is not None and (crash.exception, crash.message) == (raised.exception, raised.message):
        callout("note", title, _("This config stops with it: the verdict says why."))
    else:
        callout("note", title, _("The config on this page does not stop with it. Paste the log with its config."))
