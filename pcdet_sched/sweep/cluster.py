"""A Dask scheduler and its workers, wherever they are; what they run with, and whether that is the same everywhere."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

from pcdet_sched import __version__
from pcdet_sched.benchmark.result import Readings
from pcdet_sched.benchmark.variant import BenchmarkError, reason
from pcdet_sched.language import _
from pcdet_sched.sweep.work import THREADS, Answer, Running, Work, answer

if TYPE_CHECKING:
    from pcdet_sched.benchmark.variant import Description


GPU = "GPU"
"""The worker resource that a run on a GPU takes one of."""
CONNECT_SECONDS = 10.0
WORKERS_SECONDS = 30.0
REFRESH_SECONDS = 1.0
TELL_SECONDS = 0.25
"""A run tells how far it is at most so often."""
_ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://\S+:\d{1,5}")
_one_at_a_time = threading.Lock()  # of this worker process: the random state of torch belongs to all its threads
_stopped: dict[str, threading.Event] = {}  # of this worker process: one flag per sweep


def perform(sweep: str, key: str, version: str, work: Work, description: Description) -> Answer:
    """Do the work in a Dask worker."""
    from distributed import get_worker

    worker, flag = get_worker(), _stopped.setdefault(sweep, threading.Event())
    if version != __version__:
        return Answer(None, f"worker {worker.name} has pcdet_sched {__version__}, not {version}")
    os.environ[THREADS] = "1"  # as on one machine: the sums keep their order
    told, done = 0.0, 0

    def tell(readings: Readings) -> None:
        nonlocal told, done
        done += len(readings)
        if done == 0 or time.monotonic() - told >= TELL_SECONDS:
            told = time.monotonic()
            worker.log_event(sweep, {"key": key, "done": done, "name": str(worker.name)})

    with _one_at_a_time:
        if flag.is_set():  # it lay ready here when the stop came
            return Answer(None, "stopped")
        tell(Readings())
        return answer(work, description, tell, flag.is_set, str(worker.name))


def request_stop(sweep: str) -> None:
    """Let the runs of a sweep in this worker process end."""
    _stopped.setdefault(sweep, threading.Event()).set()


class _Worker(TypedDict):
    """What Dask's scheduler says of a worker, of it what is read here."""

    name: object
    nthreads: int
    resources: dict[str, float]


class _Event(TypedDict):
    """What `perform` logs, with the worker's address that Dask adds."""

    key: str
    done: int
    name: str
    worker: str


class ClusterEngine:
    """A Dask scheduler's workers; those that come later are used too.

    `device`: "cpu", or "cuda" for one GPU per run through the worker resource GPU. `warnings`: what differs between
    the machines, a sentence each. Raises BenchmarkError where Dask is not installed, the scheduler does not answer or
    has no fitting worker, and where a worker has another pcdet_sched.
    """

    def __init__(self, address: str, device: str = "cpu") -> None:
        self.name = _("the scheduler at {address}", address=address)
        self._sweep = f"pcdet-sched-{uuid.uuid4().hex}"
        self._resources = {GPU: 1} if device == "cuda" else None
        self._lock = threading.Lock()
        self._running: dict[str, tuple[str, Running]] = {}
        self._seen, self._looked = dict[str, _Worker](), -REFRESH_SECONDS
        self._client = connect(address)
        try:
            self._await_workers()
            self.warnings = mismatches(versions_here(), self._facts())
            self._client.subscribe_topic(self._sweep, self._hear)
            self._executor = self._client.get_executor(pure=False, resources=self._resources)
        except BaseException:
            self._client.close()
            raise

    def _await_workers(self) -> None:
        deadline = time.monotonic() + WORKERS_SECONDS
        while not self.workers():
            if time.monotonic() > deadline:
                words = _("{scheduler} has no worker; waited {seconds:.0f} seconds for one")
                if self._resources:
                    words = _(
                        "{scheduler} has no worker with the resource {gpu} (dask worker … --resources {gpu}=1); waited "
                        "{seconds:.0f} seconds for one"
                    )
                raise BenchmarkError(words.format(scheduler=self.name, gpu=GPU, seconds=WORKERS_SECONDS))
            time.sleep(REFRESH_SECONDS)

    def _known(self) -> dict[str, _Worker]:
        """The fitting workers by address, as the scheduler described them less than a second ago."""
        if time.monotonic() - self._looked >= REFRESH_SECONDS:
            with contextlib.suppress(OSError):  # a scheduler that is gone shows in the futures
                workers = self._client.scheduler_info(n_workers=-1)["workers"]
                wanted = 0 if self._resources is None else 1
                self._seen = {a: worker for a, worker in workers.items() if worker["resources"].get(GPU, 0) >= wanted}
            self._looked = time.monotonic()
        return self._seen

    def _facts(self) -> dict[str, Versions]:
        known = self._known()
        found = self._client.run(version_finder(), workers=list(known), on_error="ignore")
        return {
            str(known[address]["name"]): Versions(python, torch, own, known[address]["nthreads"])
            for address, (python, torch, own) in found.items()
        }

    def _hear(self, event: tuple[float, _Event]) -> None:
        message = event[1]
        with self._lock:  # Dask itself has put the worker's address into the message
            self._running[message["key"]] = message["worker"], Running(message["done"], message["name"])

    def submit(self, key: str, work: Work, description: Description) -> Future[Answer]:
        """See `Engine`."""
        future: Future[Answer] = self._executor.submit(perform, self._sweep, key, __version__, work, description)
        return future

    def workers(self) -> int:
        """See `Engine`."""
        return len(self._known())

    def running(self) -> Mapping[str, Running]:
        """See `Engine`."""
        known = self._known()
        with self._lock:
            return {key: running for key, (address, running) in self._running.items() if address in known}

    def stop(self) -> None:
        """See `Engine`."""
        if self._client.status == "running":
            self._client.run(request_stop, self._sweep, on_error="ignore")

    def kill(self) -> None:
        """Nothing: the cluster drops what was cancelled, and its processes are not this sweep's."""

    def close(self) -> None:
        """See `Engine`."""
        try:
            self.stop()
        finally:
            self._client.close()


def connect(address: str) -> Any:
    """A Dask client. Raises BenchmarkError."""
    if not _ADDRESS.fullmatch(address):
        raise BenchmarkError(_("a scheduler's address looks like tcp://host:8786, not {given!r}", given=address))
    try:
        from distributed import Client
    except ImportError as error:
        raise BenchmarkError(_("a sweep on a scheduler needs Dask: pip install 'pcdet-sched[cluster]'")) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is told, in a sentence
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        words = _("no Dask scheduler answers at {address}: {why}", address=address, why=reason(error))
        raise BenchmarkError(words) from error


@dataclass(frozen=True)
class Versions:
    """Versions of a machine's Python, torch and pcdet_sched, empty where one is missing, and its worker's threads."""

    python: str
    torch: str
    pcdet_sched: str
    threads: int = 1


def version_finder() -> Callable[[], tuple[str, str, str]]:
    """A function that tells the versions where it is called: of Python, torch and pcdet_sched.

    It is made here, inside of a function, so that it is sent to a worker as code and not as a name: it works
    where pcdet_sched is missing or another one.
    """

    def find() -> tuple[str, str, str]:
        import platform
        from importlib import metadata

        def version(package: str) -> str:
            try:
                return metadata.version(package)
            except metadata.PackageNotFoundError:
                return ""

        try:
            import pcdet_sched

            own = str(pcdet_sched.__version__)
        except ImportError:
            own = ""
        return platform.python_version(), version("torch"), own

    return find


def versions_here() -> Versions:
    """The facts of this process."""
    return Versions(*version_finder()())


def mismatches(here: Versions, workers: Mapping[str, Versions]) -> tuple[str, ...]:
    """Warnings about workers that measure with something else, a sentence each.

    Numbers of two versions of torch can differ in the last digits, so that is a warning; a torch built for another
    device is the same version. Raises BenchmarkError where a worker has another pcdet_sched than this machine, or none.

    >>> mismatches(Versions("3.11.7", "2.13.0+cpu", "1.0"), {"a": Versions("3.11.9", "2.4.1+cu121", "1.0")})
    ('worker a has torch 2.4.1+cu121, this machine 2.13.0+cpu: numbers may differ between them',)
    """
    wrong = [
        _("worker {name} has pcdet_sched {version}", name=name, version=facts.pcdet_sched)
        if facts.pcdet_sched
        else _("worker {name} has no pcdet_sched", name=name)
        for name, facts in workers.items()
        if facts.pcdet_sched != here.pcdet_sched
    ]
    if wrong:
        words = _("{workers}. Install pcdet_sched {version} there, as on this machine")
        raise BenchmarkError(words.format(workers="; ".join(wrong), version=here.pcdet_sched))
    missing = [name for name, facts in workers.items() if not facts.torch]
    if missing:
        raise BenchmarkError(_("worker {names} has no torch", names=", ".join(missing)))
    return tuple(words for name, facts in workers.items() for words in _differences(name, here, facts))


def _differences(name: str, here: Versions, there: Versions) -> Iterator[str]:
    if there.python.split(".")[:2] != here.python.split(".")[:2]:
        words = _("worker {name} has Python {there}, this machine {here}: runs may fail there")
        yield words.format(name=name, there=there.python, here=here.python)
    if there.torch.partition("+")[0] != here.torch.partition("+")[0]:
        words = _("worker {name} has torch {there}, this machine {here}: numbers may differ between them")
        yield words.format(name=name, there=there.torch, here=here.torch)
    if there.threads > 1:
        words = _("worker {name} has {n} threads and measures one run at a time: start it with --nthreads 1")
        yield words.format(name=name, n=there.threads)
