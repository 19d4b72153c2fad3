"""The part of a run that is not in the YAML: data, GPUs, the command line's overrides, the trainer's release."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.datasets import DATASETS
from pcdet_sched.language import N_, _
from pcdet_sched.plan import AUTO, RunPlan
from pcdet_sched.trainer_records import NAMES
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import heading
from pcdet_sched.ui.state import CUSTOM_SAMPLES, Tune, tune

if TYPE_CHECKING:
    from pcdet_sched.findings import Report
    from pcdet_sched.ui.tune.marks import FieldLook

_DATASET, _SAMPLES = "plan-dataset", "plan-samples"
_RELEASE_HELP = N_(
    "`auto`: master, unless the block holds what only a fork knows. `master`: the public master branch since "
    "2023-05-08. `classic`: everything before it (v0.5.2 and older) and most forks. They step the scheduler "
    "differently, so a config that one trains may stop the other. The others are forks, as GitHub names them."
)
_TRAINERS = (AUTO, *NAMES)
_MERGE_HELP = N_(
    "The loader counts samples × epochs as one epoch. The schedule is then built for epochs times as many iterations "
    "as the loop runs."
)


def run_plan() -> None:
    """The fields of the run plan; what they hold becomes the visitor's plan."""
    state = tune()
    heading(_("Run plan"))
    with st.container(key="plan"):
        _plan(state)


def _plan(state: Tune) -> None:
    samples = _samples(state)
    gpus = st.number_input(_("GPUs"), min_value=1, max_value=4096, value=1, key="plan-gpus", persist_state="session")
    trainer = st.selectbox(_("Trainer"), _TRAINERS, key="plan-trainer", help=_(_RELEASE_HELP), persist_state="session")
    batch = _override(
        "Total batch", _("Total batch"), _("`--batch_size`: the total over all GPUs, overrides BATCH_SIZE_PER_GPU.")
    )
    epochs = _override("Epochs", _("Epochs"), _("`--epochs`: overrides NUM_EPOCHS."))
    merge = st.toggle(
        _("Merge all iterations to one epoch"), key="plan-merge", help=_(_MERGE_HELP), persist_state="session"
    )
    amp = st.toggle(_("Mixed precision (--use_amp)"), key="plan-amp", persist_state="session")
    state.plan = RunPlan(samples, gpus, batch, epochs, trainer, merge, use_amp=amp)


def _samples(state: Tune) -> int:
    """Data set and number of samples; another data set brings its number, another number leaves the data set."""
    if st.session_state.get(_DATASET) != state.dataset:
        st.session_state[_DATASET] = state.dataset
        st.session_state[_SAMPLES] = DATASETS[state.dataset].samples or CUSTOM_SAMPLES
    dataset = DATASETS[state.dataset]
    st.selectbox(
        _("Data set"), list(DATASETS), key=_DATASET, on_change=_dataset, help=_(dataset.note), persist_state="session"
    )
    samples: int = st.number_input(
        _("Training samples"), min_value=1, max_value=10**12, step=1, key=_SAMPLES, on_change=_own_samples,
        help=_("Samples per epoch, over all GPUs."), persist_state="session",
    )  # fmt: skip
    return samples


@guarded()
def _dataset() -> None:
    tune().dataset = st.session_state[_DATASET]
    st.session_state[_SAMPLES] = DATASETS[tune().dataset].samples or CUSTOM_SAMPLES


@guarded()
def _own_samples() -> None:
    if DATASETS[tune().dataset].samples != st.session_state[_SAMPLES]:
        tune().dataset = st.session_state[_DATASET] = "Custom"


def _override(name: str, label: str, text: str) -> int | None:
    return st.number_input(
        label, min_value=1, max_value=10**9, value=None, step=1, placeholder=_("as in the YAML"), help=text,
        key=f"plan-{name}", persist_state="session",
    )  # fmt: skip


def found_trainer(state: Tune, report: Report) -> dict[str, tuple[FieldLook, str]]:
    """The mark of the Trainer field: which trainer `auto` found. The fields themselves are not drawn at an edit."""
    if state.plan.trainer != AUTO or report.resolved is None:
        return {}
    if report.checkout is not None:
        return {"plan-trainer": ("plain", _("→ the checkout"))}
    found = report.resolved.trainer
    return {"plan-trainer": ("plain", _("none is certain") if found is None else f"→ {found.name}")}
