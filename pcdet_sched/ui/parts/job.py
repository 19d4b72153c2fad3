"""What one visitor has on a page that measures, Benchmark or Sweep, and the queue that all visitors share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

from pcdet_sched.benchmark.description import check_limits
from pcdet_sched.limits import limits
from pcdet_sched.sweep.job import Job, JobQueue, Status
from pcdet_sched.sweep.local import environments
from pcdet_sched.sweep.runner import open_engine
from pcdet_sched.ui.parts.html import callout

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description

POLL_SECONDS = 0.7
"""How often a page asks after its job."""
_State = TypeVar("_State", bound="Measuring")


@dataclass
class Measuring:
    """One visitor's page.

    `job` measures, or is None; `status` is the last that was heard of one. `error` is the sentence about one that could
    not begin, `upload_error` the one about a file that could not be read.
    """

    job: Job | None = None
    status: Status = field(default_factory=Status)
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


def progress(status: Status) -> None:
    """How far a job is, and how long the rest takes."""
    if status.place:
        st.progress(0.0, text=f"Waiting: place {status.place} in the queue for this machine.")
    elif not status.done:
        st.progress(0.0, text="Starting; a worker takes a few seconds to load torch.")
    else:
        left = "" if status.seconds_left is None else f", about {status.seconds_left:,.0f} s left"
        runs = f"{len(status.progress.trials)} of {status.progress.total} runs, "
        text = f"{runs}{status.done:,} of {status.total:,} iterations{left}"
        st.progress(min(1.0, status.done / max(status.total, 1)), text=text)


def told(status: Status, what: str) -> None:
    """Why a job ended early, and what differs between its machines."""
    for warning in status.warnings:
        callout("warn", "The machines differ.", warning)
    if status.message:
        # The scheduler's address is none of a visitor's business.
        hidden = limits().scheduler or "\0"
        callout("warn", f"The {what} ended early.", status.message.replace(hidden, "this server's address for it"))
