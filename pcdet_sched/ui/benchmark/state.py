"""What one visitor has on the Benchmark page, and the waiting room that all visitors share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

from pcdet_sched.benchmark.child import THREADS, Order
from pcdet_sched.benchmark.result import BenchmarkResult
from pcdet_sched.benchmark.waiting import WaitingRoom
from pcdet_sched.benchmark.worker import Progress, Worker
from pcdet_sched.limits import limits

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description

_KEY = "pcdet_sched.benchmark"
Row = dict[str, Any]


@dataclass
class Bench:
    """One visitor's benchmark.

    `rows` fill the table of variants and `edited` is what the visitor made of them; `generation` counts how often the
    table was filled anew. `worker` measures, or is None; `progress` is the last that was heard of a worker. `error` is
    the sentence about a run that could not begin. `earlier` is a result that was uploaded, `upload_error` the sentence
    about one that could not be read.
    """

    rows: list[Row] = field(default_factory=list)
    edited: list[Row] = field(default_factory=list)
    generation: int = 0
    preset: str | None = None
    worker: Worker | None = None
    progress: Progress | None = None
    earlier: BenchmarkResult | None = None
    error: str = ""
    upload_error: str = ""

    def fill(self, rows: list[Row], preset: str | None) -> None:
        """Put other rows into the table."""
        self.rows = self.edited = rows
        self.preset = preset
        self.generation += 1

    def start(self, descriptions: tuple[Description, ...]) -> None:
        """Queue a run; one that still goes on is stopped."""
        self.stop()
        allowed = limits()
        order = Order(descriptions, THREADS, float(allowed.max_seconds))
        self.worker, self.progress, self.error = Worker(order), None, ""
        waiting_room().enter(self.worker)

    def stop(self) -> None:
        """End the run; what it measured comes with the next look at it."""
        if self.worker is not None:
            waiting_room().leave(self.worker)

    def look(self) -> int:
        """Update `progress`, and let go of a worker that has ended. How many are before this run: 0 once it began."""
        if self.worker is None:
            return 0
        place, self.progress = waiting_room().progress(self.worker)
        if self.progress.ended:
            self.worker = None
        return place

    def result(self) -> BenchmarkResult:
        """What is measured so far."""
        return self.progress.result() if self.progress is not None else BenchmarkResult()


@st.cache_resource(show_spinner=False)
def waiting_room() -> WaitingRoom:
    """One for all visitors of this server: its place is the server's own cache."""
    return WaitingRoom(limits().max_parallel_runs)


def bench() -> Bench:
    """This visitor's benchmark; an empty one at the first call."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Bench()
    state: Bench = st.session_state[_KEY]
    return state
