"""What Benchmark and Sweep have in common: one visitor's page, the queue that all share, Run, Stop and the files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import streamlit as st

from pcdet_sched.benchmark.serialise import MAX_BYTES
from pcdet_sched.benchmark.variant import BenchmarkError, check_limits
from pcdet_sched.language import N_, _, headed
from pcdet_sched.limits import limits
from pcdet_sched.simulation import simulate
from pcdet_sched.sweep.job import Job, JobQueue, Status
from pcdet_sched.sweep.local import environments
from pcdet_sched.sweep.runner import open_engine
from pcdet_sched.ui.parts.guard import guarded
from pcdet_sched.ui.parts.html import callout
from pcdet_sched.ui.state import tune

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from pcdet_sched.benchmark.variant import Description
    from pcdet_sched.sweep.grid import Conditions

POLL_SECONDS = 0.7
"""How often a page asks after its job."""
_Opened = TypeVar("_Opened")
_State = TypeVar("_State", bound="Measuring[Any]")


@dataclass
class Measuring(Generic[_Opened]):
    """One visitor's page.

    `job` measures, or is None; `status` is the last that was heard of one. `opened` is what a file held that was
    uploaded. `error` is the sentence about a job that could not begin, `upload_error` the one about a file that could
    not be read.
    """

    job: Job | None = None
    status: Status = field(default_factory=Status)
    opened: _Opened | None = None
    error: str = ""
    upload_error: str = ""

    def start(self, descriptions: Sequence[Description], device: str, workers: int, scheduler: str = "") -> None:
        """Queue a job; one that still goes on is stopped. Raises BenchmarkError where the server does not allow it."""
        allowed = limits()
        check_limits(descriptions, allowed)
        self.stop()
        places = 1 if scheduler else min(workers, len(descriptions))
        self.job = Job(descriptions, lambda: open_engine(scheduler, device, places), places, float(allowed.max_seconds))
        self.status, self.error = Status(), ""
        job_queue().add(self.job)

    def stop(self) -> None:
        """End the job; what it measured comes with the next look at it."""
        if self.job is not None:
            job_queue().stop(self.job)

    def look(self) -> None:
        """Update `status`, and let go of a job that has ended."""
        if self.job is not None:
            self.status = job_queue().status(self.job)
        if self.status.ended:
            self.job = None


@st.cache_resource(show_spinner=False)
def job_queue() -> JobQueue:
    """One for all visitors of this server: its place is the server's own cache."""
    return JobQueue(limits().max_parallel_runs)


def measuring(kind: type[_State]) -> _State:
    """This visitor's page of a kind; an empty one at the first call."""
    key = f"pcdet_sched.{kind.__name__}"
    if key not in st.session_state:
        st.session_state[key] = kind()
    state: _State = st.session_state[key]
    return state


def workers_here(device: str) -> int:
    """Worker processes of a sweep on this machine: as many as there are cores or GPUs, within the server's limit."""
    return min(len(environments(device)), limits().max_parallel_runs)


TITLES = (N_("Iterations"), N_("Epochs"), N_("Device"))


def length_fields(prefix: str, columns: Sequence[DeltaGenerator], usual: int, titles: Sequence[str] = TITLES) -> None:
    """The fields for the length of a run and its device, in three columns (or two, without a choice of devices)."""
    most, (iterations, epochs, device) = limits().max_iterations, titles
    columns[0].number_input(
        _(iterations), 1, most, min(usual, most), key=f"{prefix}-iterations", persist_state="session"
    )
    columns[1].number_input(
        _(epochs), 1, 100, 4, key=f"{prefix}-epochs", persist_state="session",
        help=_("They share the iterations. The schedule of Tune is compressed to them."),
    )  # fmt: skip
    if len(columns) > 2:
        columns[2].selectbox(_(device), devices(), key=f"{prefix}-device", persist_state="session")


def conditions(prefix: str) -> Conditions:
    """What the fields of `length_fields` hold."""
    held = st.session_state
    return {
        "iterations": held[f"{prefix}-iterations"],
        "epochs": min(held[f"{prefix}-epochs"], held[f"{prefix}-iterations"]),
        "device": held.get(f"{prefix}-device") or devices()[0],
        "real_iterations": simulate(tune().config, tune().plan).total_iterations or None,
    }


def tuned_block() -> dict[str, object]:
    """The block of Tune with what its run plan overrides."""
    work = tune()
    block = dict(work.config.optimization)
    if work.plan.epochs is not None:
        block["NUM_EPOCHS"] = work.plan.epochs
    return block | ({"USE_AMP": True} if work.plan.use_amp else {})


@st.cache_data(show_spinner=False)
def devices() -> list[str]:
    """What this server can run on, the quickest first."""
    import torch

    return [*(["cuda"] if torch.cuda.is_available() else []), "cpu"]


def buttons(
    prefix: str,
    state: Measuring[_Opened],
    run: DeltaGenerator,
    stop: DeltaGenerator,
    begin: Callable[[], None],
    ready: bool = True,
) -> None:
    """*Run* and *Stop*. `begin` starts a job; a BenchmarkError of it is kept as the page's error."""

    @guarded()
    def begun() -> None:
        try:
            begin()
        except BenchmarkError as error:
            state.error = str(error)

    busy = state.job is not None
    run.button(
        _("Run"), type="secondary" if busy else "primary", on_click=begun, disabled=busy or not ready, width="stretch",
        icon=":material/play_arrow:", key=f"{prefix}-run",
    )  # fmt: skip
    stop.button(
        _("Stop"), on_click=state.stop, disabled=not busy, width="stretch", icon=":material/stop:", key=f"{prefix}-stop"
    )


def live(state: Measuring[_Opened], draw: Callable[[], None]) -> None:
    """A job that goes on, drawn anew every 0.7 s; the whole page once it has ended."""

    @guarded()
    def look() -> None:
        state.look()
        if state.job is None:
            st.rerun()
        progress(state.status)
        draw()

    st.fragment(look, run_every=POLL_SECONDS)()


def progress(status: Status) -> None:
    """How far a job is, and how long the rest takes."""
    if status.place:
        st.progress(0.0, text=_("Waiting: place {place} in the queue for this machine.", place=status.place))
    elif not status.done:
        st.progress(0.0, text=_("Starting; a worker takes a few seconds to load torch."))
    else:
        seconds = status.seconds_left
        text = _("{runs} of {all_runs} runs, {done:,} of {total:,} iterations")
        if seconds is not None:
            text = _("{runs} of {all_runs} runs, {done:,} of {total:,} iterations, about {seconds:,.0f} s left")
        text = text.format(
            runs=len(status.progress.trials), all_runs=status.progress.total, done=status.done, total=status.total,
            seconds=seconds,
        )  # fmt: skip
        st.progress(min(1.0, status.done / max(status.total, 1)), text=text)


def told(status: Status, title: str) -> None:
    """Why a job ended early, under a title, and what differs between its machines."""
    for warning in status.warnings:
        callout("warn", _("The machines differ."), warning)
    if status.message:
        # The scheduler's address is none of a visitor's business.
        hidden = limits().scheduler or "\0"
        callout("warn", title, status.message.replace(hidden, _("this server's address for it")))


def downloads(name: str, *files: tuple[str, str, str, Callable[[], str]]) -> None:
    """A button for each file: its title, its ending, its media type, and what makes its text."""
    columns = st.columns([*[1] * len(files), 3])
    for column, (title, ending, media, text) in zip(columns, files, strict=False):
        column.download_button(
            title, text, f"{name}.{ending}", media, on_click="ignore", icon=":material/download:", width="stretch"
        )


def upload(
    prefix: str, state: Measuring[_Opened], title: str, kinds: list[str], read: Callable[[bytes], _Opened]
) -> None:
    """A field for a file that was downloaded earlier; `read` raises BenchmarkError for any other."""
    key = f"{prefix}-upload"

    @guarded()
    def take() -> None:
        file = st.session_state[key]
        state.opened, state.upload_error = None, ""
        if file is None:
            return
        try:
            state.opened = read(file.getvalue())
        except BenchmarkError as error:
            state.upload_error = headed(file.name, str(error))

    st.file_uploader(title, type=kinds, key=key, on_change=take, max_upload_size=MAX_BYTES // 10**6)
    if state.upload_error:
        callout("bad", _("That file could not be read."), state.upload_error)
