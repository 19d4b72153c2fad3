"""A sweep: work over descriptions, on any engine, each result kept as it comes."""

from __future__ import annotations

import queue
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.result import ignore
from pcdet_sched.benchmark.variant import BenchmarkError, reason
from pcdet_sched.language import _
from pcdet_sched.sweep.cluster import ClusterEngine
from pcdet_sched.sweep.local import GRACE_SECONDS, LocalEngine, environments
from pcdet_sched.sweep.result import SweepResult, Trial, run_id
from pcdet_sched.sweep.work import Answer, Work, measure

if TYPE_CHECKING:
    from pcdet_sched.benchmark.result import BenchmarkRun
    from pcdet_sched.benchmark.variant import Description
    from pcdet_sched.sweep.journal import Journal
    from pcdet_sched.sweep.work import Engine, Running

ATTEMPTS = 2
"""A run that fails, or whose worker is lost, is tried once more."""
POLL_SECONDS = 0.2
"""How often progress is told and a stop is looked for."""


@dataclass(frozen=True)
class Progress:
    """Where a sweep stands.

    `total` runs, of which `trials` are over, in the order of the descriptions, those that a file already held among
    them. `running`: those under way, by their id. `workers`: how many there are. `latest`: what came since the last
    look.
    """

    total: int = 0
    trials: tuple[Trial, ...] = ()
    running: dict[str, Running] = field(default_factory=dict)
    workers: int = 0
    latest: tuple[Trial, ...] = ()


def open_engine(
    scheduler: str = "", device: str = "cpu", workers: int | None = None, most: int | None = None
) -> LocalEngine | ClusterEngine:
    """The engine of a sweep: a scheduler's workers where there is an address, else this machine's. It must be closed.

    `workers`: worker processes on this machine, by default one per core or GPU, but not more than `most`, the number
    of runs. Raises BenchmarkError.
    """
    if scheduler:
        return ClusterEngine(scheduler, device)
    places = environments(device, workers)
    return LocalEngine(places[:most] if workers is None else places)


def run_sweep(
    descriptions: Sequence[Description],
    engine: Engine,
    journal: Journal | None = None,
    watch: Callable[[Progress], None] = ignore,
    stop: Callable[[], bool] = lambda: False,
    work: Work = measure,
) -> SweepResult:
    """Run every description once, and give what came of each in their order; equal ones count as one.

    Runs that `journal` already holds are not run again, failed ones are. New trials are appended to it before they
    count. `watch` hears of every change and several times a second; when `stop` says so, queued runs are cancelled,
    and those under way end: what they measured is in the result and not in the journal. Raises BenchmarkError where
    the engine is gone, and OSError where the journal cannot be written; what was appended stays.
    """
    return _Sweep(descriptions, engine, journal, work).run(watch, stop)


class _Sweep:
    def __init__(
        self, descriptions: Sequence[Description], engine: Engine, journal: Journal | None, work: Work
    ) -> None:
        self._engine, self._journal, self._work = engine, journal, work
        self._descriptions = {run_id(description): description for description in descriptions}
        self._trials: dict[str, Trial] = {}
        self._cut_off: list[BenchmarkRun] = []
        self._pending: dict[Future[Answer], str] = {}
        self._attempts = Counter[str]()
        self._ended: queue.SimpleQueue[Future[Answer]] = queue.SimpleQueue()
        self._latest: list[Trial] = []
        self._stopped_at: float | None = None

    def run(self, watch: Callable[[Progress], None], stop: Callable[[], bool]) -> SweepResult:
        for trial in self._journal.known if self._journal else ():
            if trial.id in self._descriptions and trial.run is not None:
                self._trials[trial.id] = trial
        for id_ in self._descriptions:
            if id_ not in self._trials:
                self._submit(id_)
        watch(self._progress())
        while self._pending:
            for future in self._just_ended():
                self._take(self._pending.pop(future), future)
            if self._stopped_at is None and stop():
                self._stop()
            if self._stopped_at is not None and time.monotonic() - self._stopped_at > GRACE_SECONDS:
                self._engine.kill()
            watch(self._progress())
        left = len(self._trials) < len(self._descriptions)
        return SweepResult(self._in_order(), stopped=left, cut_off=tuple(self._cut_off))

    def _in_order(self) -> tuple[Trial, ...]:
        return tuple(self._trials[id_] for id_ in self._descriptions if id_ in self._trials)

    def _submit(self, id_: str) -> None:
        future = self._engine.submit(id_, self._work, self._descriptions[id_])
        self._pending[future] = id_
        self._attempts[id_] += 1
        future.add_done_callback(self._ended.put)

    def _just_ended(self) -> Iterable[Future[Answer]]:
        """What ended since the last look, after waiting a moment for it."""
        try:
            yield self._ended.get(timeout=POLL_SECONDS)
            while True:
                yield self._ended.get_nowait()
        except queue.Empty:
            return

    def _take(self, id_: str, future: Future[Answer]) -> None:
        try:
            found = future.result()
        except CancelledError:
            if self._stopped_at is None:
                words = _("{engine} is gone. What was measured until then is kept", engine=self._engine.name)
                raise BenchmarkError(words) from None
            return
        except Exception as error:  # noqa: BLE001 - the engine's trouble is this run's reason
            found = Answer(None, reason(error))
        if self._stopped_at is not None and (found.run is None or found.run.stopped):
            self._cut_off += [found.run] if found.run is not None and found.run.readings else []
        elif found.run is None and self._attempts[id_] < ATTEMPTS:
            self._submit(id_)
        else:
            self._keep(id_, found)

    def _keep(self, id_: str, found: Answer) -> None:
        tried = self._attempts[id_], found.seconds, found.worker
        trial = Trial(id_, self._descriptions[id_], found.run, found.failure, *tried)
        if self._journal is not None:
            self._journal.append(trial)
        self._trials[id_] = trial
        self._latest.append(trial)

    def _stop(self) -> None:
        self._stopped_at = time.monotonic()
        for future in list(self._pending):
            future.cancel()
        self._engine.stop()

    def _progress(self) -> Progress:
        pending = set(self._pending.values())
        running = {id_: state for id_, state in self._engine.running().items() if id_ in pending}
        latest, self._latest = tuple(self._latest), []
        return Progress(len(self._descriptions), self._in_order(), running, self._engine.workers(), latest)
