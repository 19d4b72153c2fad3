"""A sweep in a process of its own, seen from the page's server, which is no place for worker processes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pcdet_sched.benchmark.child import BEAT, STOP
from pcdet_sched.benchmark.childprocess import ENDINGS, ChildProcess
from pcdet_sched.sweep.engine import Running
from pcdet_sched.sweep.journal import from_line
from pcdet_sched.sweep.outcome import Outcome, SweepResult, run_id

if TYPE_CHECKING:
    from pcdet_sched.sweep.child import SweepOrder


@dataclass(frozen=True)
class Standing:
    """Where a sweep stands: what came of its runs, those under way by id, and why it ended, if it did early.

    `workers` is None until the first is known. `seconds`: since it began.
    """

    result: SweepResult = field(default_factory=SweepResult)
    total: int = 0
    running: dict[str, Running] = field(default_factory=dict)
    workers: int | None = None
    warnings: tuple[str, ...] = ()
    ended: bool = False
    message: str = ""
    seconds: float = 0.0


class SweepProcess:
    """The process of a sweep, and what it has told so far. Every method may be called from any thread.

    `look` must be called every few seconds: it is what tells the process that somebody still listens.
    """

    def __init__(self, order: SweepOrder) -> None:
        self.order = order
        self.places = 1 if order.scheduler else order.workers
        self.ended = False
        self.ids = [run_id(description) for description in order.order.descriptions]
        self._outcomes: dict[str, Outcome] = {}
        self._running: dict[str, Running] = {}
        self._workers: int | None = None
        self._warnings: list[str] = []
        self._message: str | None = None
        self._begun = 0.0
        self._lock = threading.Lock()
        self.process = ChildProcess("pcdet_sched.sweep.child", self._take, self._gone)

    def start(self) -> None:
        """Start the process."""
        self._begun = time.monotonic()
        self.process.start(self.order.to_line())

    @property
    def pid(self) -> int | None:
        """The process id, None before `start`."""
        return self.process.pid

    def stop(self) -> None:
        """Ask the sweep to end: what runs ends after the iteration that it is in, what waits is dropped."""
        if self.pid is None:
            self.ended, self._message = True, ENDINGS["stopped"]
        self.process.tell(STOP)

    def look(self) -> Standing:
        """Where it stands; also tells the process that somebody listens."""
        self.process.tell(BEAT)
        with self._lock:
            outcomes = tuple(self._outcomes[id_] for id_ in dict.fromkeys(self.ids) if id_ in self._outcomes)
            stopped = self.ended and len(outcomes) < len(set(self.ids))
            return Standing(
                SweepResult(outcomes, stopped),
                len(set(self.ids)),
                {id_: run for id_, run in self._running.items() if id_ not in self._outcomes},
                self._workers,
                tuple(self._warnings),
                self.ended,
                self._message or "",
                time.monotonic() - self._begun if self._begun else 0.0,
            )

    def _gone(self, code: int) -> None:
        with self._lock:
            if self._message is None:
                self._message = f"Its process ended with {code}; the log says more. What it measured is kept."
            self._running, self.ended = {}, True

    def _take(self, event: dict[str, Any]) -> None:
        with self._lock:
            match event["event"]:
                case "outcome":
                    outcome = from_line(event["line"])
                    self._outcomes[outcome.id] = outcome
                case "look":
                    self._workers = event["workers"]
                    self._running = {id_: Running(*run) for id_, run in event["running"].items()}
                case "warning":
                    self._warnings.append(event["text"])
                case "end":
                    self._message = event.get("text") or ENDINGS[event["reason"]]
