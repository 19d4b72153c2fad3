"""A worker process on this machine, from the inside: where it tells how far it is, and is told to stop."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from pcdet_sched.sweep.work import Answer, Work, answer

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description


@dataclass(frozen=True)
class Board:
    """Memory that a worker shares with the process that started it. A worker that is killed leaves no lock behind.

    `name` is the worker's. `numbers` holds its process id and the iterations that are done; `stop` is 1 for all workers
    that are to end.
    """

    name: str
    numbers: Any
    stop: Any

    @classmethod
    def new(cls, name: str, stop: Any) -> Board:
        """A board on which nothing is written, with a stop flag that others may share."""
        return cls(name, multiprocessing.RawArray("q", 2), stop)

    @property
    def pid(self) -> int:
        """The worker's process id; 0 before it began."""
        return int(self.numbers[0])

    @property
    def done(self) -> int:
        """Iterations that are done of the run under way."""
        return int(self.numbers[1])

    def clear(self) -> None:
        """Forget the worker that had it."""
        self.numbers[:] = (0, 0)

    def tell(self, done: int) -> None:
        """Write how many iterations are done."""
        self.numbers[1] = done

    def stopped(self) -> bool:
        """Whether to end now."""
        return bool(self.stop.value)


_board: list[Board] = []  # one entry, of this worker process


def take_seat(board: Board, environment: Mapping[str, str]) -> None:
    """Begin as a worker: environment variables come before torch is imported, which reads them then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started the sweep
    os.environ.update(environment)
    board.numbers[0] = os.getpid()
    _board[:] = [board]
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker waits for its next run for ever, even where the process that would send it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def perform(work: Work, description: Description) -> Answer:
    """Do the work in this worker process."""
    [board] = _board
    return answer(work, description, board.tell, board.stopped, board.name)
