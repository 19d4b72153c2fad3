"""A sweep in a process of its own, seen from the page's server, which is no place for worker processes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pcdet_sched.benchmark.child import BEAT, STOP
from pcdet_sched.sweep.engine import Running
from pcdet_sched.sweep.journal import from_line
from pcdet_sched.sweep.outcome import Outcome, SweepResult, run_id

if TYPE_CHECKING:
    from pcdet_sched.sweep.child import SweepOrder

_ROOT = Path(__file__).resolve().parents[2]  # where the package lies, installed or not
_END = {
    "done": "",
    "stopped": "Stopped. What was measured until then is kept.",
    "time": "Stopped at the time limit of this server. What was measured until then is kept.",
    "silence": "Ended because the page was closed.",
}


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
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start the process."""
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        self._begun = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "pcdet_sched.sweep.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,  # Ctrl-C at the server's terminal is the server's
        )
        self._write(self.order.to_line())
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()

    @property
    def pid(self) -> int | None:
        """The process id, None before `start`."""
        return None if self._process is None else self._process.pid

    def stop(self) -> None:
        """Ask the sweep to end: what runs ends after the iteration that it is in, what waits is dropped."""
        if self._process is None:
            self.ended, self._message = True, _END["stopped"]
        self._write(STOP)

    def look(self) -> Standing:
        """Where it stands; also tells the process that somebody listens."""
        self._write(BEAT)
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

    def _write(self, line: str) -> None:
        if self._process is None or self._process.stdin is None:
            return
        # A process that is gone cannot be told anything; that it is gone shows where its output ends.
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def _read(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout as lines:
                for line in lines:
                    self._take(json.loads(line))
        code = process.wait()
        with self._lock:
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
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
                    self._message = event.get("text") or _END[event["reason"]]
