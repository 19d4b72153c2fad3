"""What a worker does for a sweep: plain functions of a picklable description."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.result import BenchmarkRun, Readings, summarise
from pcdet_sched.benchmark.variant import BenchmarkError

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description

Tell = Callable[[int], None]
"""Takes the number of iterations that are done."""
Stop = Callable[[], bool]
"""Whether to end now."""
Work = Callable[["Description", Tell, Stop], BenchmarkRun]
THREADS = 1
"""CPU threads of a run: the toy's matrices gain nothing from a second one, and sums keep their order."""


def measure(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Train the toy detector as described. Raises BenchmarkError."""
    import torch

    from pcdet_sched.benchmark.loop import run_variant

    torch.set_num_threads(THREADS)
    done = 0

    def chunk(readings: Readings) -> None:
        nonlocal done
        done += len(readings)
        tell(done)

    return run_variant(description, chunk, stop)


def nothing(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """A run without an iteration: what is left is the sweep's own cost."""
    tell(0)
    return BenchmarkRun(description, "none", "", Readings(), summarise(Readings(), None, 0), stopped=stop())


@dataclass(frozen=True)
class Answer:
    """What a worker sends back: a run, or the reason why there is none, and the worker's name."""

    run: BenchmarkRun | None
    failure: str = ""
    seconds: float = 0.0
    worker: str = ""


def answer(work: Work, description: Description, tell: Tell, stop: Stop, worker: str) -> Answer:
    """Do the work. An exception comes back as text: not every one can be pickled, and none may end the worker."""
    begun = time.perf_counter()
    try:
        run, failure = work(description, tell, stop), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this run's alone
        run, failure = None, reason(error)
    return Answer(run, failure, time.perf_counter() - begun, worker)


def reason(error: BaseException) -> str:
    """An exception in a line; those that speak to users need no type before them.

    >>> reason(BenchmarkError("clip must be above 0")), reason(KeyError("LR"))
    ('clip must be above 0', "KeyError: 'LR'")
    """
    text = " ".join(str(error).split())[:500]
    if isinstance(error, BenchmarkError):
        return text
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
