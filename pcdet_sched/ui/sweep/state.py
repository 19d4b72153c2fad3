"""What one visitor has on the Sweep page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from pcdet_sched.benchmark.child import Order
from pcdet_sched.benchmark.description import check_limits
from pcdet_sched.limits import limits
from pcdet_sched.sweep.child import SweepOrder
from pcdet_sched.sweep.devices import environments
from pcdet_sched.sweep.outcome import Outcome, SweepResult
from pcdet_sched.sweep.process import Standing, SweepProcess
from pcdet_sched.ui.benchmark.state import waiting_room
from pcdet_sched.ui.state import tune

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description
    from pcdet_sched.config import Config

_KEY = "pcdet_sched.sweep"


@dataclass(frozen=True)
class Source:
    """The config that a sweep varies, as it was on Tune: with and without its edits, and the file's name."""

    config: Config
    loaded: Config
    name: str


@dataclass
class Sweep:
    """One visitor's sweep.

    `process` runs, or is None; `standing` is the last that was heard of one. `opened` is a sweep that was uploaded.
    `error` and `upload_error` are the sentences about one that could not begin, or not be read.
    """

    process: SweepProcess | None = None
    standing: Standing = field(default_factory=Standing)
    source: Source | None = None
    opened: tuple[Outcome, ...] = ()
    error: str = ""
    upload_error: str = ""

    def start(self, descriptions: tuple[Description, ...], device: str) -> None:
        """Queue a sweep over Tune's config. Raises BenchmarkError where it asks for more than this server gives."""
        allowed = limits()
        check_limits(descriptions, allowed)
        self.stop()
        seconds = float(allowed.max_seconds)
        places = min(workers_here(device), len(descriptions))
        order = SweepOrder(Order(descriptions, threads=1, seconds=seconds), device, places, allowed.scheduler)
        self.process, self.standing, self.opened, self.error = SweepProcess(order), Standing(), (), ""
        self.source = Source(tune().config, tune().loaded, tune().name)
        waiting_room().enter(self.process)

    def stop(self) -> None:
        """End the sweep; what it measured stays."""
        if self.process is not None:
            waiting_room().leave(self.process)

    def look(self) -> int:
        """Update `standing`, and let go of a process that has ended. How many are before it: 0 once it began."""
        if self.process is None:
            return 0
        place = waiting_room().place(self.process)
        self.standing = self.process.look()
        if self.standing.ended:
            self.process = None
        return place

    def result(self) -> SweepResult:
        """What is measured so far, or what was uploaded."""
        return SweepResult(self.opened) if self.opened else self.standing.result


def workers_here(device: str) -> int:
    """Worker processes of a sweep on this machine: as many as there are cores or GPUs, within the server's limit."""
    return min(len(environments(device)), limits().max_parallel_runs)


def sweep() -> Sweep:
    """This visitor's sweep; an empty one at the first call."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Sweep()
    state: Sweep = st.session_state[_KEY]
    return state
