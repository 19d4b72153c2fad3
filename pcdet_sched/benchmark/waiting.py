"""Benchmarks that share a machine: so many at a time, the others wait for their turn."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

from pcdet_sched.benchmark.child import SILENCE_SECONDS

if TYPE_CHECKING:
    from pcdet_sched.benchmark.worker import Progress, Worker


class Guest(Protocol):
    """What can wait: a benchmark's worker, or a sweep that runs so many at a time."""

    @property
    def places(self) -> int:
        """How many runs it has under way at a time."""

    @property
    def pid(self) -> int | None:
        """Its process, None before it was started."""

    @property
    def ended(self) -> bool:
        """Whether it is over."""

    def start(self) -> None:
        """Begin."""

    def stop(self) -> None:
        """End soon."""


class WaitingRoom:
    """Starts workers in the order in which they came, at most `parallel` runs at a time.

    One room serves all visitors, so every method may be called from any thread. Nothing runs by itself: workers begin
    when somebody asks for a place, and one whose place nobody has asked for in `silence` seconds loses it; asked for
    again, it is the last.
    """

    def __init__(self, parallel: int, silence: float = SILENCE_SECONDS) -> None:
        self.parallel = parallel
        self._silence = silence
        self._lock = threading.Lock()
        self._waiting: dict[Guest, float] = {}
        self._running: list[Guest] = []

    def enter(self, worker: Guest) -> None:
        """Queue a worker that has not been started."""
        with self._lock:
            self._waiting[worker] = time.monotonic()
            self._admit()

    def place(self, worker: Guest) -> int:
        """How many are before it, from 1; 0 once it was started. Must be asked for every few seconds."""
        with self._lock:
            if worker.pid is None and not worker.ended:
                self._waiting[worker] = time.monotonic()
            self._admit()
            return list(self._waiting).index(worker) + 1 if worker in self._waiting else 0

    def leave(self, worker: Guest) -> None:
        """Give up waiting, or stop the worker."""
        with self._lock:
            self._waiting.pop(worker, None)
        worker.stop()

    def progress(self, worker: Worker) -> tuple[int, Progress]:
        """Its place and where it stands."""
        return self.place(worker), worker.progress()

    def _admit(self) -> None:
        now = time.monotonic()
        self._running = [worker for worker in self._running if not worker.ended]
        gone = [worker for worker, asked in self._waiting.items() if now - asked > self._silence]
        for worker in gone:
            del self._waiting[worker]
        while self._waiting:
            worker = next(iter(self._waiting))
            if self._running and worker.places + sum(guest.places for guest in self._running) > self.parallel:
                break
            del self._waiting[worker]
            worker.start()
            self._running.append(worker)
