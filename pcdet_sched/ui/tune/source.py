"""Where the config comes from: a shipped model, a file, or a pasted text; and the error that such a text tells of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.config import ConfigError
from pcdet_sched.language import _
from pcdet_sched.pasted import understand
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout, heading
from pcdet_sched.ui.state import tune
from pcdet_sched.zoo import FIRST, Shipped, families, shipped

if TYPE_CHECKING:
    from pcdet_sched.tracebacks import Explanation
    from pcdet_sched.ui.state import Tune

_FAMILY, _MODEL, _ANY, _FILE, _TEXT = (f"source-{part}" for part in ("family", "model", "any", "file", "text"))
_OWN, _STOP = "pcdet_sched.own", "pcdet_sched.stop"


@dataclass(frozen=True)
class _Own:
    """The visitor's own file, as it came; `number` counts them."""

    text: str | bytes
    name: str
    number: int


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
    _second_file(tune())


def _shipped_models() -> None:
    everything = [entry for entries in families().values() for entry in entries]
    st.selectbox(
        _("Search all shipped models"), everything, index=None, key=_ANY, on_change=_any_model,
        format_func=lambda entry: f"{entry.model} · {entry.family}", label_visibility="collapsed",
        placeholder=_("Search all {n} by name", n=len(everything)),
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
        st.session_state[_OWN] = st.session_state[_STOP] = None
        tune().open_shipped(shipped(st.session_state[_FAMILY], st.session_state[_MODEL]))


@guarded()
def _upload() -> None:
    file = st.session_state[_FILE]
    if file is not None:
        st.session_state[_STOP] = None
        _open(file.getvalue(), file.name)


@guarded()
def _paste() -> None:
    """Open the config of the text. The box is emptied then, so that the same text can be pasted again."""
    text: str = st.session_state[_TEXT]
    st.session_state[_STOP] = None
    if not text.strip():
        return
    try:
        found = understand(text)
    except ConfigError:
        _open(text, "pasted.yaml")  # which says why it cannot be; a second file may help
        return
    st.session_state[_STOP] = found.error
    if found.yaml is None or _open(found.yaml, "log.yaml" if found.logged else "pasted.yaml"):
        st.session_state[_TEXT] = ""


def _open(text: str | bytes, name: str) -> bool:
    """Open a file of the visitor's own, without a second one."""
    last: _Own | None = st.session_state.get(_OWN)
    st.session_state[_OWN] = _Own(text, name, last.number + 1 if last else 1)
    opened = tune().open_text(text, name)
    if opened:
        st.session_state[_MODEL] = None
    return opened


def _second_file(state: Tune) -> None:
    """Where a file of the visitor's own is open: another beside it, and the way to take that one home."""
    own: _Own | None = st.session_state.get(_OWN)
    if own is None:
        return
    key = f"source-beside-{own.number}"
    with st.popover(_("A second file beside it"), icon=":material/note_add:", width="stretch"):
        st.file_uploader(
            _("Second file"), type=["yaml", "yml"], key=key, on_change=_lay, args=(key,),
            help=_("The file that _BASE_CONFIG_ names, or the one of --opt_cfg_file, whose OPTIMIZATION is laid over."),
        )  # fmt: skip
    if state.config.files.beside is not None:
        second = st.session_state.get(key)
        name = PurePath(second.name if second else "beside.yaml")
        st.download_button(
            _("Download the second file"), data=lambda: (state.config.beside_yaml() or "").encode("utf-8"),
            file_name=f"{name.stem}_tuned{name.suffix}", mime="application/yaml", on_click="ignore", width="stretch",
        )  # fmt: skip


@guarded()
def _lay(key: str) -> None:
    """Lay the second file beside the first, or take it away again; the edits stay."""
    own, second, state = st.session_state[_OWN], st.session_state[key], tune()
    was = state.config if state.name == own.name else None
    if state.open_text(own.text, own.name, None if second is None else second.getvalue()):
        st.session_state[_MODEL] = None
        if was is not None and was.block in state.config.blocks:
            state.show(was.block)
            state.change(was.edits)


def _error() -> None:
    """What the pasted error means, and whether the config on the page stops with it."""
    stop: Explanation | None = st.session_state.get(_STOP)
    if stop is None:
        return
    crash = tune().run.crash
    title = ": ".join(filter(None, (stop.exception, stop.message)))
    if crash is not None and (crash.exception, crash.message) == (stop.exception, stop.message):
        callout("note", title, _("This config stops with it: the verdict says why."))
    elif stop.causes:
        callout("note", title, f"{stop.causes[0].why} {stop.causes[0].fix}")
    else:
        callout("note", title, _("No OPTIMIZATION key is known to cause this."))
