"""Runs that fail, die or wait, for worker processes: plain functions that a worker can import. No torch."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.result import Readings
from pcdet_sched.sweep.work import Stop, Tell, nothing

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkRun
    from pcdet_sched.benchmark.variant import Description

FOLDER = "SWEEP_WORKS"  # environment variable: where runs leave their marks
WAIT_SECONDS = 60


def marks(description: Description) -> int:
    """How often this run was begun, this time included."""
    folder = Path(os.environ[FOLDER])
    seed = description.variant.seed
    count = len(list(folder.glob(f"{seed}-*"))) + 1
    (folder / f"{seed}-{count}").write_text(str(os.getpid()))
    return count


def reading(iteration: int) -> Readings:
    """What one iteration measured, made up."""
    return Readings((iteration,), *[(1.0,)] * 7, (False,), (None,), (0.1,))


def counts(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """A run that leaves a mark."""
    marks(description)
    return nothing(description, tell, stop)


def seed_1_fails(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Seed 1 fails always."""
    marks(description)
    if description.variant.seed == 1:
        raise ValueError("seed 1 is bad")
    return nothing(description, tell, stop)


def seed_1_fails_once(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Seed 1 fails at its first attempt."""
    if marks(description) == 1 and description.variant.seed == 1:
        raise ValueError("not this time")
    return nothing(description, tell, stop)


def seed_1_dies_once(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Seed 1 takes its process with it at its first attempt."""
    if marks(description) == 1 and description.variant.seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return nothing(description, tell, stop)


def seed_1_dies(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Seed 1 takes its process with it every time."""
    marks(description)
    if description.variant.seed == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return nothing(description, tell, stop)


def prints(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Writes to its standard output, as a library may."""
    print("a word of a library", flush=True)  # noqa: T201
    return nothing(description, tell, stop)


def waits(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Goes on until it is told to stop."""
    marks(description)
    end = time.monotonic() + WAIT_SECONDS
    done = 0
    while not stop() and time.monotonic() < end:
        tell(reading(done))
        done += 1
        time.sleep(0.05)
    return nothing(description, tell, stop)


def never_listens(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """Goes on whatever it is told."""
    return waits(description, tell, lambda: False)


def seed_0_waits_once(description: Description, tell: Tell, stop: Stop) -> BenchmarkRun:
    """The first attempt at seed 0 goes on until it is told to stop; its mark holds the process that it is in."""
    if description.variant.seed == 0 and not list(Path(os.environ[FOLDER]).glob("0-*")):
        return waits(description, tell, stop)
    return counts(description, tell, stop)
