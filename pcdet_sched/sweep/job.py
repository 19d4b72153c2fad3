"""Sweeps behind a page: each on a thread of its own, so many at a time, the others wait for their turn."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.result import BenchmarkResult, BenchmarkRun, summarise
from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.language import N_, _
from pcdet_sched.sweep.result import SweepResult, run_id
from pcdet_sched.sweep.runner import Progress, run_sweep

if TYPE_CHECKING:
    from pcdet_sched.benchmark.variant import Description
    from pcdet_sched.sweep.work import Engine

SILENCE_SECONDS = 8.0
"""A page that has not asked for so long is closed."""
_ENDINGS = {
    "stopped": N_("Stopped. What was measured until then is kept."),
    "time": N_("Stopped at the time limit of this server. What was measured until then is kept."),
    "silence": N_("Ended because the page was closed."),
}
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Status:
    """Where a job stands.

    `place`: how many are before it, from 1; 0 once it began. `descriptions`: the runs by their ids. `progress` is the
    runner's, `result` what came of the whole once it `ended`. `warnings`: what differs between its machines.
    `message`: why it ended early, empty where it simply got done. `seconds_left`: at the pace so far, None where
    nothing is measured yet.
    """

    place: int = 0
    descriptions: dict[str, Description] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)
    result: SweepResult = field(default_factory=SweepResult)
    warnings: tuple[str, ...] = ()
    ended: bool = False
    message: str = ""
    seconds_left: float | None = None

    @property
    def done(self) -> int:
        """Iterations that are over, of all runs together; a run that failed counts as a whole."""
        over = sum(trial.description.iterations for trial in self.progress.trials)
        return over + sum(run.iterations for run in self.progress.running.values())

    @property
    def total(self) -> int:
        """Iterations of all runs together."""
        return sum(description.iterations for description in self.descriptions.values())

    def benchmark(self) -> BenchmarkResult:
        """What is measured so far as one benchmark; a run under way has the readings that came through."""
        if self.ended:
            return self.result.benchmark()
        found = {trial.id: trial.run for trial in self.progress.trials}
        running = {id_: run.readings for id_, run in self.progress.running.items() if run.readings}
        for id_, readings in running.items():
            about = self.descriptions[id_]
            found[id_] = BenchmarkRun(about, about.device, "", readings, summarise(readings, None, 0), stopped=True)
        runs = (found.get(id_) for id_ in self.descriptions)
        return BenchmarkResult(tuple(run for run in runs if run is not None))


class Job:
    """A sweep on a thread of its own, for a page that asks after it every few seconds. Any thread may call it.

    `open_engine` gives its engine, `places` is how many runs it has under way at a time. It ends by itself after
    `seconds`, and when `status` was not asked for in `silence` seconds.
    """

    def __init__(
        self,
        descriptions: Sequence[Description],
        open_engine: Callable[[], Engine],
        places: int,
        seconds: float,
        silence: float = SILENCE_SECONDS,
    ) -> None:
        self.places, self.started = places, False
        self._status = Status(descriptions={run_id(description): description for description in descriptions})
        self._open, self._seconds, self._silence = open_engine, seconds, silence
        self._why = ""
        self._began = self._heard = time.monotonic()
        self._pace_from: tuple[float, int] | None = None
        self._context = copy_context()  # the language of who asked for it

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._status.ended

    def start(self) -> None:
        """Begin."""
        self.started, self._began = True, time.monotonic()
        threading.Thread(target=self._context.run, args=(self._run,), daemon=True).start()

    def stop(self) -> None:
        """End soon; what is measured stays."""
        self._why = "stopped"
        if not self.started:
            self._status = replace(self._status, ended=True, message=_(_ENDINGS["stopped"]))

    def status(self, place: int = 0) -> Status:
        """Where it stands; also tells it that somebody listens."""
        self._heard, status = time.monotonic(), self._status
        return replace(status, place=place, seconds_left=self._seconds_left(status.done, status.total))

    def _seconds_left(self, done: int, total: int) -> float | None:
        """The first readings begin the count: a worker takes seconds to load torch."""
        now = time.monotonic()
        if done and self._pace_from is None:
            self._pace_from = now, done
        if self._pace_from is None or done <= self._pace_from[1]:
            return None
        since, before = self._pace_from
        return (now - since) / (done - before) * (total - done)

    def _run(self) -> None:
        try:
            with closing(self._open()) as engine:
                self._status = replace(self._status, warnings=engine.warnings)
                descriptions = list(self._status.descriptions.values())
                result = run_sweep(descriptions, engine, watch=self._watch, stop=self._should_end)
            message = _(_ENDINGS[self._why]) if result.stopped and self._why else ""
        except BenchmarkError as error:
            result, message = SweepResult(self._status.progress.trials, stopped=True), str(error)
        except Exception:  # noqa: BLE001 - whatever it is, it is this job's alone, and it is logged
            _LOG.exception("a sweep failed")
            result = SweepResult(self._status.progress.trials, stopped=True)
            message = _("Something went wrong; the log says more. What was measured until then is kept.")
        self._status = replace(self._status, result=result, message=message, ended=True)

    def _watch(self, progress: Progress) -> None:
        self._status = replace(self._status, progress=progress)

    def _should_end(self) -> bool:
        now = time.monotonic()
        if not self._why and now - self._began > self._seconds:
            self._why = "time"
        if not self._why and now - self._heard > self._silence:
            self._why = "silence"
        return bool(self._why)


class JobQueue:
    """Starts jobs in the order in which they came, at most `parallel` runs at a time.

    One queue serves all visitors, so every method may be called from any thread. Nothing runs by itself: jobs begin
    when somebody asks for a status, and one that nobody has asked for in `silence` seconds loses its place; asked for
    again, it is the last.
    """

    def __init__(self, parallel: int, silence: float = SILENCE_SECONDS) -> None:
        self.parallel = parallel
        self._silence = silence
        self._lock = threading.Lock()
        self._waiting: dict[Job, float] = {}
        self._running: list[Job] = []

    def add(self, job: Job) -> None:
        """Queue a job that has not been started."""
        with self._lock:
            self._waiting[job] = time.monotonic()
            self._admit()

    def status(self, job: Job) -> Status:
        """Where it stands. Must be asked for every few seconds."""
        with self._lock:
            if not job.started and not job.ended:
                self._waiting[job] = time.monotonic()
            self._admit()
            place = list(self._waiting).index(job) + 1 if job in self._waiting else 0
        return job.status(place)

    def stop(self, job: Job) -> None:
        """Give up waiting, or end the job."""
        with self._lock:
            self._waiting.pop(job, None)
        job.stop()

    def _admit(self) -> None:
        now = time.monotonic()
        self._running = [job for job in self._running if not job.ended]
        self._waiting = {job: asked for job, asked in self._waiting.items() if now - asked <= self._silence}
        while self._waiting:
            job = next(iter(self._waiting))
            if self._running and job.places + sum(other.places for other in self._running) > self.parallel:
                break
            del self._waiting[job]
            job.start()
            self._running.append(job)
