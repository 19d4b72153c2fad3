"""Worker processes on this machine, each with its own device."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from pcdet_sched.benchmark.result import Readings
from pcdet_sched.benchmark.serialise import CODEC
from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.codec import read
from pcdet_sched.language import _
from pcdet_sched.sweep.work import HERE, THREADS, Answer, Order, Running, WorkerLost

if TYPE_CHECKING:
    from pcdet_sched.benchmark.variant import Description
    from pcdet_sched.sweep.work import Work

DEVICES = ("cpu", "cuda")
"""Devices of a sweep; each worker sees one GPU alone, so it needs no number."""
GRACE_SECONDS = 10.0
"""How long a run may take to end when it was asked to."""
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_ROOT = Path(__file__).resolve().parents[2]  # where the package lies, installed or not


def environments(device: str, workers: int | None = None) -> tuple[dict[str, str], ...]:
    """The environment variables of each worker process on this machine.

    `workers`: how many; by default as many as there are free processor cores, or GPUs for "cuda". More workers than
    GPUs share them in turn. Raises BenchmarkError for another device, and where there is no GPU.

    >>> environments("cpu", 2)
    ({'OMP_NUM_THREADS': '1'}, {'OMP_NUM_THREADS': '1'})
    """
    if device not in DEVICES:
        words = _("the device of a sweep is cpu or cuda, not {given!r}: each worker gets its own", given=device)
        raise BenchmarkError(words)
    if workers is not None and workers < 1:
        raise BenchmarkError(_("{n} workers; at least 1 is needed", n=workers))
    threads = {THREADS: "1"}
    if device == "cpu":
        return (threads,) * (workers or len(os.sched_getaffinity(0)))
    gpus = visible_gpus(gpu_count(), os.environ)
    if not gpus:
        raise BenchmarkError(_("this machine has no GPU that torch can use"))
    return tuple(threads | {_VISIBLE: gpus[number % len(gpus)]} for number in range(workers or len(gpus)))


def gpu_count() -> int:
    """GPUs that torch sees."""
    import torch

    return torch.cuda.device_count()


def visible_gpus(count: int, environment: Mapping[str, str]) -> tuple[str, ...]:
    """Their names for CUDA_VISIBLE_DEVICES, which may already choose among them.

    >>> visible_gpus(2, {"CUDA_VISIBLE_DEVICES": "3,5"}), visible_gpus(2, {})
    (('3', '5'), ('0', '1'))
    """
    chosen = environment.get(_VISIBLE)
    names = chosen.split(",") if chosen else map(str, range(count))
    return tuple(name.strip() for name in names)[:count]


class Worker:
    """One worker process at a time: a fresh one where the last has ended. One thread calls it, any may stop it."""

    def __init__(self, name: str, environment: Mapping[str, str]) -> None:
        self.name = name
        self.process: subprocess.Popen[str] | None = None
        self.running: Running | None = None
        self._environment = dict(environment)
        self._lock = threading.Lock()
        self._stopped = False

    def call(self, work: Work, description: Description) -> Answer:
        """Let the process do a run. Raises WorkerLost."""
        with self._lock:
            if self._stopped:
                raise WorkerLost("stopped")
            self.running, readings = Running(0, self.name), Readings()
            self.process = process = self.process or self._start()
            order = Order(f"{work.__module__}:{work.__name__}", description, self.name)
            self._say(CODEC.unstructure(order))
        try:
            for values in map(json.loads, process.stdout or ()):
                if "answer" in values:
                    return read(CODEC, values["answer"], Answer)
                readings += read(CODEC, values["readings"], Readings)
                self.running = Running(len(readings), self.name, readings)
            raise WorkerLost(self._ending(process))
        finally:
            self.running = None

    def _start(self) -> subprocess.Popen[str]:
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
        return subprocess.Popen(
            [sys.executable, "-m", "pcdet_sched.sweep.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path, **self._environment},
            start_new_session=True,  # Ctrl-C is for whoever started the sweep
        )

    def _say(self, values: dict[str, object]) -> None:
        # That a process is gone shows where its output ends.
        with contextlib.suppress(OSError, ValueError):
            if self.process is not None and self.process.stdin is not None:
                self.process.stdin.write(json.dumps(values) + "\n")
                self.process.stdin.flush()

    def _ending(self, process: subprocess.Popen[str]) -> str:
        """What became of a process whose output has ended."""
        self.process = None
        code = _waited_for(process)
        why = f"was ended ({signal.Signals(-code).name})" if code < 0 else f"failed with exit code {code}"
        return f"the process of {self.name} {why}"

    def stop(self) -> None:
        """Ask the run under way to end. One that has not measured anything is ended at once, and none begins after."""
        with self._lock:
            self._stopped = True
            if self.running is not None and not self.running.iterations:
                self.kill()
            self._say({})

    def kill(self) -> None:
        """End the process, if there is one."""
        if self.process is not None:
            self.process.kill()

    def close(self) -> None:
        """End the process, which is idle."""
        if self.process is not None:
            self.process.kill()
            _waited_for(self.process)


def _waited_for(process: subprocess.Popen[str]) -> int:
    """The exit code of a process that has ended or soon will; its pipes are closed."""
    with contextlib.suppress(OSError):
        process.communicate()
    return process.wait()


class LocalEngine:
    """Worker processes on this machine, one per environment in `environments`; they begin when there is work for them.

    Raises BenchmarkError for no worker at all.
    """

    name = "this machine"
    warnings: tuple[str, ...] = ()

    def __init__(self, environments: Sequence[Mapping[str, str]]) -> None:
        if not environments:
            raise BenchmarkError(_("a sweep needs at least one worker"))
        self._queue: queue.SimpleQueue[tuple[str, Future[Answer], Work, Description] | None] = queue.SimpleQueue()
        self._keys: dict[str, Worker] = {}
        self._workers = [Worker(HERE.format(n=number), values) for number, values in enumerate(environments, 1)]
        self._threads = [threading.Thread(target=self._serve, args=(worker,), daemon=True) for worker in self._workers]
        for thread in self._threads:
            thread.start()

    def submit(self, key: str, work: Work, description: Description) -> Future[Answer]:
        """See `Engine`."""
        future: Future[Answer] = Future()
        self._queue.put((key, future, work, description))
        return future

    def _serve(self, worker: Worker) -> None:
        while (item := self._queue.get()) is not None:
            key, future, work, description = item
            if not future.set_running_or_notify_cancel():
                continue
            self._keys[key] = worker
            found: Answer | Exception
            try:
                found = worker.call(work, description)
            except Exception as error:  # noqa: BLE001 - the future carries it to whoever asks
                found = error
            del self._keys[key]  # before anybody hears of the end, and asks for the run once more
            if isinstance(found, Answer):
                future.set_result(found)
            else:
                future.set_exception(found)

    def workers(self) -> int:
        """See `Engine`."""
        return len(self._workers)

    def running(self) -> Mapping[str, Running]:
        """See `Engine`."""
        found = {key: worker.running for key, worker in self._keys.copy().items()}
        return {key: running for key, running in found.items() if running is not None}

    def stop(self) -> None:
        """See `Engine`."""
        for worker in self._workers:
            worker.stop()

    def kill(self) -> None:
        """See `Engine`."""
        for worker in self._workers:
            worker.kill()

    def close(self) -> None:
        """See `Engine`."""
        self.stop()
        for _thread in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(GRACE_SECONDS)
        self.kill()
        for thread, worker in zip(self._threads, self._workers, strict=True):
            thread.join()
            worker.close()
