"""Worker processes on this machine, each with its own device."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

from pcdet_sched.sweep.engine import Running
from pcdet_sched.sweep.errors import SweepError, WorkerLost
from pcdet_sched.sweep.seat import Board, perform, take_seat

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description
    from pcdet_sched.sweep.work import Answer, Work

    Ticket = tuple[str, Future[Answer], Work, Description]


class Slot:
    """A place for one worker process, and a pool of that one process.

    A pool loses all that it has when one of its processes ends; so a pool of one says which run it was.
    """

    def __init__(self, number: int, environment: Mapping[str, str], stop: Any) -> None:
        self.name = f"worker {number}"
        self.board = Board.new(self.name, stop)
        self.key: str | None = None
        self._environment = environment
        self._pool: ProcessPoolExecutor | None = None

    def call(self, work: Work, description: Description) -> Answer:
        """Run it in this slot's process, a fresh one if the last has ended. Raises WorkerLost."""
        if self._pool is None:
            self.board.clear()
            self._pool = ProcessPoolExecutor(
                1, multiprocessing.get_context("spawn"), take_seat, (self.board, dict(self._environment))
            )
        self.board.tell(0)
        try:
            return self._pool.submit(perform, work, description).result()
        except (BrokenProcessPool, CancelledError) as error:
            self._pool.shutdown()
            self._pool = None
            raise WorkerLost(
                f"the process of {self.name} {'has ended' if self.board.pid else 'could not begin'}"
            ) from error

    def kill(self) -> None:
        """End its process, if there is one."""
        if self._pool is not None and self.board.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.board.pid, signal.SIGKILL)

    def close(self) -> None:
        """End its process and pool. It is idle, and taking its interpreter apart with torch in it takes seconds."""
        if self._pool is not None:
            self.kill()
            self._pool.shutdown()


class LocalEngine:
    """Worker processes on this machine, one per environment in `environments` (see `devices.environments`).

    They begin when there is work for them. A script that uses this needs the usual `if __name__ == "__main__":`,
    because a worker process imports it. Raises SweepError for no worker at all.
    """

    name = "this machine"
    warnings: tuple[str, ...] = ()

    def __init__(self, environments: Sequence[Mapping[str, str]]) -> None:
        if not environments:
            raise SweepError("a sweep needs at least one worker")
        self._stop = multiprocessing.RawValue("b", 0)
        self._tickets: queue.SimpleQueue[Ticket | None] = queue.SimpleQueue()
        self._slots = [Slot(number, values, self._stop) for number, values in enumerate(environments, 1)]
        self._threads = [threading.Thread(target=self._serve, args=(slot,), daemon=True) for slot in self._slots]
        for thread in self._threads:
            thread.start()

    def submit(self, key: str, work: Work, description: Description) -> Future[Answer]:
        """See `Engine`."""
        future: Future[Answer] = Future()
        self._tickets.put((key, future, work, description))
        return future

    def _serve(self, slot: Slot) -> None:
        while (ticket := self._tickets.get()) is not None:
            key, future, work, description = ticket
            if not future.set_running_or_notify_cancel():
                continue
            slot.key = key
            try:
                found = slot.call(work, description)
            except Exception as error:  # noqa: BLE001 - the future carries it to whoever asks
                slot.key = None
                future.set_exception(error)
            else:
                slot.key = None
                future.set_result(found)

    def workers(self) -> int:
        """See `Engine`."""
        return len(self._slots)

    def running(self) -> Mapping[str, Running]:
        """See `Engine`."""
        return {slot.key: Running(slot.board.done, slot.name) for slot in self._slots if slot.key is not None}

    def stop(self) -> None:
        """See `Engine`."""
        self._stop.value = 1

    def kill(self) -> None:
        """See `Engine`."""
        for slot in self._slots:
            slot.kill()

    def close(self) -> None:
        """See `Engine`."""
        self.stop()
        for _ in self._threads:
            self._tickets.put(None)
        for thread in self._threads:
            thread.join(GRACE_SECONDS)
        if any(thread.is_alive() for thread in self._threads):
            self.kill()
        for thread, slot in zip(self._threads, self._slots, strict=True):
            thread.join()
            slot.close()


GRACE_SECONDS = 10.0
"""How long a run may take to end when it was asked to; importing torch may be what it is at."""
