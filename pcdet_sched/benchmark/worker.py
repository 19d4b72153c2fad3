"""A benchmark in a process of its own, seen from the process that started it."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pcdet_sched.benchmark.child import BEAT, STOP, Order
from pcdet_sched.benchmark.childprocess import ENDINGS, ChildProcess
from pcdet_sched.benchmark.result import BenchmarkResult, BenchmarkRun, Readings, summarise
from pcdet_sched.benchmark.serialise import readings_from_dict, run_from_dict

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description


@dataclass(frozen=True)
class Progress:
    """Where a benchmark stands.

    `readings` has one entry per description, empty for a run that has not begun. `finished` are the runs that came
    back, `failures` the reason of each that could not be run, both by the description's place. `ended`: nothing more
    will come. `message`: why it ended, empty where it simply got done. `pace_from`: when the first readings came, a
    time of `time.monotonic`, and how many; the first iterations take far longer than the others.
    """

    descriptions: tuple[Description, ...]
    readings: tuple[Readings, ...]
    finished: dict[int, BenchmarkRun] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    ended: bool = False
    message: str = ""
    pace_from: tuple[float, int] | None = None
    torch_version: str = ""

    @property
    def done(self) -> int:
        """Iterations that are measured, over all runs."""
        return sum(map(len, self.readings))

    @property
    def total(self) -> int:
        """Iterations of all runs together; one that cannot be run counts none."""
        runs = enumerate(self.descriptions)
        return sum(description.iterations for place, description in runs if place not in self.failures)

    def seconds_left(self, now: float) -> float | None:
        """How long the rest takes at the pace so far, or None before the first readings."""
        if self.pace_from is None or self.done == self.pace_from[1]:
            return None
        since, done = self.pace_from
        return (now - since) / (self.done - done) * (self.total - self.done)

    def result(self) -> BenchmarkResult:
        """What is measured so far; a run that was cut off holds the readings that came through."""
        runs = (self.finished.get(place) or self._cut_off(place) for place in range(len(self.descriptions)))
        return BenchmarkResult(tuple(run for run in runs if run is not None))

    def _cut_off(self, place: int) -> BenchmarkRun | None:
        readings = self.readings[place]
        if not readings:
            return None
        description = self.descriptions[place]
        summary = summarise(readings, None, 0)
        return BenchmarkRun(description, description.device, self.torch_version, readings, summary, stopped=True)


class Worker:
    """A worker process and what it has told so far. Every method may be called from any thread.

    `progress` must be called every few seconds: it is what tells the worker that somebody still listens.
    """

    places = 1  # it runs one after the other

    def __init__(self, order: Order) -> None:
        self.order = order
        self._lock = threading.Lock()
        count = len(order.descriptions)
        self._readings: list[list[Readings]] = [[] for _ in range(count)]
        self._finished: dict[int, BenchmarkRun] = {}
        self._failures: dict[int, str] = {}
        self._pace_from: tuple[float, int] | None = None
        self._torch_version = ""
        self._ended = False
        self._message: str | None = None
        threads = {"OMP_NUM_THREADS": str(order.threads)}
        self.process = ChildProcess("pcdet_sched.benchmark.child", self._take, self._gone, threads)

    def start(self) -> None:
        """Start the process."""
        self.process.start(self.order.to_line())

    @property
    def pid(self) -> int | None:
        """The process id, None before `start`."""
        return self.process.pid

    @property
    def ended(self) -> bool:
        """Whether the process is gone, or will never be started."""
        return self._ended

    def progress(self) -> Progress:
        """Where it stands; also tells the worker that somebody listens."""
        self.process.tell(BEAT)
        with self._lock:
            return Progress(
                self.order.descriptions,
                tuple(sum(chunks, Readings()) for chunks in self._readings),
                dict(self._finished),
                dict(self._failures),
                self._ended,
                self._message or "",
                self._pace_from,
                self._torch_version,
            )

    def stop(self) -> None:
        """Ask the worker to end; it does after the iteration that it is in, or at once where it has not begun."""
        with self._lock:
            if self._ended:
                return
            begun = any(self._readings)
            if not begun:
                self._message = ENDINGS["stopped"]
                self._ended = self.pid is None
        if begun:
            self.process.tell(STOP)
        else:
            self.process.kill()

    def _gone(self, code: int) -> None:
        with self._lock:
            self._message = _why(code) if self._message is None else self._message
            self._ended = True

    def _take(self, event: dict[str, Any]) -> None:
        with self._lock:
            match event["event"]:
                case "ready":
                    self._torch_version = event["torch_version"]
                case "chunk":
                    chunk = readings_from_dict(event["readings"])
                    self._readings[event["run"]].append(chunk)
                    self._pace_from = self._pace_from or (time.monotonic(), len(chunk))
                case "run":
                    run = self._finished[event["run"]] = run_from_dict(event["value"])
                    self._readings[event["run"]] = [run.readings]
                case "failed":
                    self._failures[event["run"]] = event["reason"]
                case "end":
                    self._message = ENDINGS[event["reason"]]


def _why(code: int) -> str:
    """A sentence on a worker that ended without a word."""
    if code < 0:
        name = signal.Signals(-code).name
        return f"The worker process was ended from outside ({name}). What it had measured is kept."
    return f"The worker process failed with exit code {code}; the log says more. What it had measured is kept."
