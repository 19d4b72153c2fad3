"""A sweep: work over descriptions, on any engine, each result kept as it comes."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pcdet_sched.sweep.errors import SweepError
from pcdet_sched.sweep.outcome import Outcome, SweepResult, run_id
from pcdet_sched.sweep.work import Answer, Work, measure, reason

if TYPE_CHECKING:
    from pcdet_sched.benchmark.description import Description
    from pcdet_sched.sweep.engine import Engine, Running
    from pcdet_sched.sweep.journal import Journal

ATTEMPTS = 2
"""A run that fails, or whose worker is lost, is tried once more."""
LOOK_SECONDS = 0.2
"""How often progress is told and a stop is looked for."""
GRACE_SECONDS = 10.0
"""How long runs may take to end when asked to, before they are ended."""


@dataclass(frozen=True)
class Progress:
    """Where a sweep stands.

    `total` runs, of which `measured` and `failed` are over; both count those that a file already held. `running`: those
    under way, by their id. `workers`: how many there are. `latest`: what came since the last look.
    """

    total: int
    measured: int
    failed: int
    running: dict[str, Running]
    workers: int
    latest: tuple[Outcome, ...] = ()

    @property
    def queued(self) -> int:
        """Runs that have not begun."""
        return max(0, self.total - self.measured - self.failed - len(self.running))


def ignore(progress: Progress) -> None:
    """Let the progress pass."""


def run_sweep(
    descriptions: Sequence[Description],
    engine: Engine,
    journal: Journal | None = None,
    watch: Callable[[Progress], None] = ignore,
    stop: Callable[[], bool] = lambda: False,
    work: Work = measure,
) -> SweepResult:
    """Run every description once, and give what came of each in their order; equal ones count as one.

    Runs that `journal` already holds are not run again, failed ones are. New outcomes are appended to it before they
    count. `watch` hears of every change and several times a second; when `stop` says so, queued runs are cancelled,
    and those under way end and are not kept. Raises SweepError where the engine is gone, and OSError where the
    journal cannot be written; what was appended stays.
    """
    return _Sweep(descriptions, engine, journal, work).run(watch, stop)


@dataclass(frozen=True)
class _Attempt:
    id: str
    number: int


class _Sweep:
    def __init__(
        self, descriptions: Sequence[Description], engine: Engine, journal: Journal | None, work: Work
    ) -> None:
        self._engine, self._journal, self._work = engine, journal, work
        self._descriptions = {run_id(description): description for description in descriptions}
        self._outcomes: dict[str, Outcome] = {}
        self._pending: dict[Future[Answer], _Attempt] = {}
        self._ended: queue.SimpleQueue[Future[Answer]] = queue.SimpleQueue()
        self._latest: list[Outcome] = []
        self._stopped_at: float | None = None

    def run(self, watch: Callable[[Progress], None], stop: Callable[[], bool]) -> SweepResult:
        self._take_known()
        for id_ in self._descriptions:
            if id_ not in self._outcomes:
                self._submit(_Attempt(id_, 1))
        watch(self._progress())
        while self._pending:
            for future in self._just_ended():
                self._take(self._pending.pop(future), future)
            if self._stopped_at is None and stop():
                self._stop()
            self._end_the_slow()
            watch(self._progress())
        left = len(self._outcomes) < len(self._descriptions)
        return SweepResult(tuple(self._in_order()), stopped=left)

    def _take_known(self) -> None:
        for outcome in self._journal.known if self._journal else ():
            if outcome.id in self._descriptions and outcome.run is not None:
                self._outcomes[outcome.id] = outcome

    def _in_order(self) -> Iterable[Outcome]:
        return (self._outcomes[id_] for id_ in self._descriptions if id_ in self._outcomes)

    def _submit(self, attempt: _Attempt) -> None:
        future = self._engine.submit(attempt.id, self._work, self._descriptions[attempt.id])
        self._pending[future] = attempt
        future.add_done_callback(self._ended.put)

    def _just_ended(self) -> Iterable[Future[Answer]]:
        """What ended since the last look, after waiting a moment for it."""
        try:
            yield self._ended.get(timeout=LOOK_SECONDS)
            while True:
                yield self._ended.get_nowait()
        except queue.Empty:
            return

    def _take(self, attempt: _Attempt, future: Future[Answer]) -> None:
        try:
            found = future.result()
        except CancelledError:
            if self._stopped_at is None:
                raise SweepError(f"{self._engine.name} is gone. What was measured until then is kept") from None
            return
        except Exception as error:  # noqa: BLE001 - the engine's trouble is this run's reason
            found = Answer(None, reason(error))
        if self._stopped_at is not None and (found.run is None or found.run.stopped):
            return
        if found.run is None and attempt.number < ATTEMPTS:
            self._submit(_Attempt(attempt.id, attempt.number + 1))
            return
        self._keep(attempt, found)

    def _keep(self, attempt: _Attempt, found: Answer) -> None:
        outcome = Outcome(
            attempt.id,
            self._descriptions[attempt.id],
            found.run,
            found.failure,
            attempts=attempt.number,
            seconds=found.seconds,
            worker=found.worker,
        )
        if self._journal is not None:
            self._journal.append(outcome)
        self._outcomes[attempt.id] = outcome
        self._latest.append(outcome)

    def _stop(self) -> None:
        self._stopped_at = time.monotonic()
        for future in list(self._pending):
            future.cancel()
        self._engine.stop()

    def _end_the_slow(self) -> None:
        if self._stopped_at is not None and time.monotonic() - self._stopped_at > GRACE_SECONDS:
            self._engine.kill()

    def _progress(self) -> Progress:
        pending = {attempt.id for attempt in self._pending.values()}
        running = {id_: state for id_, state in self._engine.running().items() if id_ in pending}
        failed = sum(outcome.run is None for outcome in self._outcomes.values())
        latest, self._latest = tuple(self._latest), []
        measured = len(self._outcomes) - failed
        return Progress(len(self._descriptions), measured, failed, running, self._engine.workers(), latest)
