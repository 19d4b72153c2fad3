"""What a worker does for a sweep, wherever it is, and what the runner knows of the engine that asks it."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from pcdet_sched.benchmark.result import BenchmarkRun, Readings, summarise
from pcdet_sched.benchmark.variant import Description, reason
from pcdet_sched.language import N_, _

Tell = Callable[[Readings], None]
"""Takes the readings since the last call."""
Stop = Callable[[], bool]
"""Whether to end now."""
Work = Callable[[Description, Tell, Stop], BenchmarkRun]
"""A function of a module: a worker process imports it by its name."""
THREADS = "OMP_NUM_THREADS"
"""The environment variable with a run's CPU threads. A second saves a tenth of the time on a quiet machine, and on a
busy one each waits for the other. With one the sums keep their order, so the numbers can be had again."""
HERE = N_("worker {n}")
"""The name of a worker of this machine, in files and in the journal the same in every language."""
_HERE = re.compile(HERE.format(n=r"(\d+)"))


def called(worker: str) -> str:
    """A worker's name for people: one of this machine in their language, one of a cluster as the cluster calls it.

    >>> called("worker 2"), called("tcp://10.0.0.1:8786"), called("")
    ('worker 2', 'tcp://10.0.0.1:8786', '')
    """
    found = _HERE.fullmatch(worker)
    return _(HERE, n=found[1]) if found else worker


@dataclass(frozen=True)
class Running:
    """A run under way: how many of its iterations are done, where, and on this machine what it has measured."""

    iterations: int
    worker: str
    readings: Readings = Readings()  # noqa: RUF009 - frozen


@dataclass(frozen=True)
class Order:
    """A run for a worker process: a function as "module:name", what to run, and what the worker is called."""

    work: str
    description: Description
    worker: str


@dataclass(frozen=True)
class Answer:
    """What a worker sends back: a run, or the reason why there is none, and the worker's name."""

    run: BenchmarkRun | None
    failure: str = ""
    seconds: float = 0.0
    worker: str = ""


class Engine(Protocol):
    """Runs work and says how far it is: worker processes here, or a cluster.

    `submit` gives a standard future. It holds an Answer, or an exception where the worker was lost. A future that is
    cancelled though nobody asked for that says that the engine itself is gone.
    """

    name: str
    """Who or where it is, for a message."""
    warnings: tuple[str, ...]
    """What differs between its machines, a sentence each."""

    def submit(self, key: str, work: Work, description: Description) -> Future[Answer]:
        """Queue a run under a key of its own."""

    def workers(self) -> int:
        """How many runs it can have under way now."""

    def running(self) -> Mapping[str, Running]:
        """The runs under way by key. A key may stay a while after its run has ended."""

    def stop(self) -> None:
        """Ask every run under way to end after the iteration that it is in."""

    def kill(self) -> None:
        """End what did not end when asked to."""

    def close(self) -> None:
        """Give back everything; ends what still runs."""


class WorkerLost(RuntimeError):  # noqa: N818 - what happened, as BrokenProcessPool says it
    """The process that ran something has ended without an answer."""


def measure(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Train the toy detector as described. Raises BenchmarkError."""
    import torch

    from pcdet_sched.benchmark.loop import run_variant

    torch.set_num_threads(int(os.environ.get(THREADS, "1")))
    return run_variant(description, tell, stop)


def nothing(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """A run without an iteration: what is left is the sweep's own cost."""
    tell(Readings())
    return BenchmarkRun(description, "none", "", Readings(), summarise(Readings(), None, 0), stopped=stop())


def answer(work: Work, description: Description, tell: Tell, stop: Stop, worker: str) -> Answer:
    """Do the work. An exception comes back as text: not every one can be sent, and none may end the worker."""
    begun = time.perf_counter()
    try:
        run, failure = work(description, tell, stop), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this run's alone
        run, failure = None, reason(error)
    return Answer(run, failure, time.perf_counter() - begun, worker)
