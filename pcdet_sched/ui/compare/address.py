"""The page's address and the session file: they hold what is on Tune and what is pinned, and bring both back."""

from __future__ import annotations

import dataclasses

import streamlit as st

from pcdet_sched import questions
from pcdet_sched.datasets import DATASETS
from pcdet_sched.language import _, prose
from pcdet_sched.share.link import LinkError, Pin, Shared, decode, encode, from_session, to_session
from pcdet_sched.ui.compare.pins import pins
from pcdet_sched.ui.parts.html import callout, sentence
from pcdet_sched.ui.state import tune

PARAMETER = "s"
_ASKED, _FIRST, _ERROR, _TOO_LONG = (f"pcdet_sched.address-{part}" for part in ("asked", "first", "error", "long"))


def restore() -> None:
    """Open what the address holds, once per visit: later the address follows the page, not the page the address.

    A link that cannot be read is said above the page, which then is what it is without one.
    """
    if not st.session_state.get(_ASKED):
        st.session_state[_ASKED] = True
        _open_address()
    if error := st.session_state.get(_ERROR):
        words = _("This is the page as it is without it.")
        callout("bad", _("The link could not be opened."), prose(error, words))


def _open_address() -> None:
    _remembered()  # the state before anything is restored: it needs no address
    text, asked = st.query_params.get(PARAMETER), st.query_params.get(questions.PARAMETER)
    try:
        if asked is not None:
            _open_question(asked)
        elif text is not None:
            open_state(decode(text))
    except LinkError as error:
        st.session_state[_ERROR] = sentence(error)
        st.query_params.pop(PARAMETER, None)
    # From here on the address holds the state itself.
    st.query_params.pop(questions.PARAMETER, None)


def _open_question(name: str) -> None:
    """Open the state that answers a question, with what is to be looked at. Raises LinkError for an unknown one."""
    question = questions.QUESTIONS.get(name)
    if question is None:
        raise LinkError(_("there is no question of that name"))
    open_state(question.shared())
    st.session_state.update(question.view)


def remember() -> None:
    """Let the address hold the state, once it is not the one that every visit begins with."""
    text = _remembered()
    if text == st.session_state[_FIRST] and PARAMETER not in st.query_params:
        return
    if st.query_params.get(PARAMETER) != text:
        st.session_state.pop(_ERROR, None)
        if text:
            st.query_params[PARAMETER] = text
        else:
            st.query_params.pop(PARAMETER, None)


def _remembered() -> str:
    """The link's text of the state now; empty where it fits no link, with the reason kept for `share`."""
    try:
        text = encode(shared_now())
        st.session_state[_TOO_LONG] = ""
    except LinkError as error:
        text, st.session_state[_TOO_LONG] = "", str(error)
    st.session_state.setdefault(_FIRST, text)
    return text


def shared_now() -> Shared:
    """What a link or a session file holds now."""
    state = tune()
    return Shared(Pin.of(state.name, state.config, state.plan), state.dataset, tuple(pins()))


def open_state(shared: Shared) -> None:
    """Make a state this visitor's own. Raises LinkError, and changes nothing, for a plan that Tune cannot show."""
    if shared.current is not None:
        open_on_tune(shared.current, shared.dataset)
    pins()[:] = shared.pins


def open_on_tune(pin: Pin, dataset: str = "") -> None:
    """Put a pin into Tune's fields. Raises LinkError where its plan has no number of samples."""
    plan = pin.plan
    if plan.samples is None or plan.checkpoint is not None:
        raise LinkError(_("the run plan has no number of samples, or was resumed: Tune has no fields for that"))
    base = dataclasses.replace(pin, edits={}).config()
    state = tune()
    state.open(base, pin.name)
    state.change(dict(pin.edits))
    state.plan = plan
    known = dataset in DATASETS and DATASETS[dataset].samples in (None, plan.samples)
    state.dataset = dataset if known else "Custom"
    _fill_plan(state.dataset)


def _fill_plan(dataset: str) -> None:
    """Set the fields of the run plan, which keep their own state."""
    plan = tune().plan
    fields = {
        "dataset": dataset, "samples": plan.samples, "gpus": plan.gpus, "trainer": plan.trainer,
        "Total batch": plan.batch_size, "Epochs": plan.epochs, "merge": plan.merge_all_iters_to_one_epoch,
        "amp": plan.use_amp,
    }  # fmt: skip
    for name, value in fields.items():
        st.session_state[f"plan-{name}"] = value
    st.session_state["source-model"] = None


def share() -> None:
    """How to take the state along: the address, and a file that can be loaded again."""
    if why := st.session_state.get(_TOO_LONG):
        words = _("The session file holds it all.")
        callout("warn", _("This state fits no address."), prose(sentence(why), words))
    else:
        st.caption(_("The address of this page holds what is on Tune and every pin: copy it, or bookmark it."))
    try:
        data = to_session(shared_now())
    except LinkError as error:
        callout("warn", _("This state cannot be saved."), sentence(error))
        return
    st.download_button(
        _("Session file"), data=data, file_name="pcdet_sched_session.json", mime="application/json",
        icon=":material/download:", on_click="ignore", key="session-download",
    )  # fmt: skip


def load_session(data: bytes) -> str:
    """Open a session file; returns why it cannot be, empty if it was."""
    try:
        open_state(from_session(data))
    except LinkError as error:
        return sentence(error)
    return ""
