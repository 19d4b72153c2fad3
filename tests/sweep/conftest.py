"""Tiny sweeps, and a Dask cluster on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pcdet_sched.benchmark.result import BenchmarkRun, Readings, summarise
from pcdet_sched.benchmark.variant import Description, Variant
from pcdet_sched.sweep.local import LocalEngine, environments
from pcdet_sched.sweep.work import Answer, Running, answer

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
BLOCK = {
    "OPTIMIZER": "adam_onecycle",
    "NUM_EPOCHS": 80,
    "LR": 0.003,
    "WEIGHT_DECAY": 0.01,
    "MOMS": [0.95, 0.85],
    "PCT_START": 0.4,
    "DIV_FACTOR": 10,
    "DECAY_STEP_LIST": [35, 45],
    "GRAD_NORM_CLIP": 10,
}


@pytest.fixture
def block() -> dict[str, Any]:
    """The OPTIMIZATION block of a shipped model, as far as the benchmark reads it."""
    return dict(BLOCK)


@pytest.fixture
def seeds(block) -> Callable[..., tuple[Description, ...]]:
    """So many descriptions that differ in the seed, of four iterations each."""

    def make(count: int, iterations: int = 4) -> tuple[Description, ...]:
        variants = (Variant.from_block(block, seed=seed) for seed in range(count))
        return tuple(Description(variant, iterations=iterations, epochs=1) for variant in variants)

    return make


@pytest.fixture
def measured() -> Callable[..., BenchmarkRun]:
    """A run of two iterations with a given loss, made up."""

    def make(description: Description, loss: float = 1.5) -> BenchmarkRun:
        two = (loss, loss)
        readings = Readings((0, 1), two, two, two, two, two, two, (1.0, 1.0), (False, True), (None, 0.5), (0.1, 0.1))
        return BenchmarkRun(description, "cpu", "2.13.0", readings, summarise(readings, None, 1000))

    return make


@pytest.fixture
def works(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """The module `sweep_works`, where workers on this machine find it too, and a fresh folder for its marks."""
    folder = tmp_path / "marks"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setenv("SWEEP_WORKS", str(folder))
    import sweep_works

    return sweep_works


@pytest.fixture
def begun(tmp_path: Path) -> Callable[[], list[str]]:
    """The marks that runs have left: seed and attempt."""
    return lambda: sorted(path.name for path in (tmp_path / "marks").iterdir())


class ThreadEngine:
    """An engine of threads, for what does not need processes."""

    name = "these threads"
    warnings: tuple[str, ...] = ()

    def __init__(self, threads: int = 2) -> None:
        self.pool = ThreadPoolExecutor(threads)
        self.done: dict[str, Running] = {}
        self.stopped = False
        self.killed = False

    def submit(self, key: str, work: Any, description: Description) -> Future[Answer]:
        def tell(readings: Readings) -> None:
            self.done[key] = Running(self.done[key].iterations + len(readings) if key in self.done else 0, "thread")

        return self.pool.submit(answer, work, description, tell, lambda: self.stopped, "thread")

    def workers(self) -> int:
        return 2

    def running(self) -> Mapping[str, Running]:
        return dict(self.done)

    def stop(self) -> None:
        self.stopped = True

    def kill(self) -> None:
        self.killed = True

    def close(self) -> None:
        self.stop()
        self.pool.shutdown(cancel_futures=True)


@pytest.fixture
def threads() -> Iterator[ThreadEngine]:
    """An engine of two threads."""
    with closing(ThreadEngine()) as engine:
        yield engine


@pytest.fixture
def local(works) -> Iterator[LocalEngine]:
    """Two worker processes on this machine."""
    with closing(LocalEngine(environments("cpu", 2))) as engine:
        yield engine


@dataclass
class DaskCluster:
    """A scheduler and workers, each a process of this machine."""

    address: str
    folder: Path
    scheduler: subprocess.Popen[bytes]
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def add_worker(self, name: str, *options: str) -> None:
        """Start another worker."""
        command = ["dask_worker", self.address, "--name", name, "--nthreads", "1", "--no-nanny", *options]
        self.workers[name] = start(command, self.folder)

    def end(self) -> None:
        """End all of them."""
        for process in (*self.workers.values(), self.scheduler):
            process.kill()
            process.wait()


def start(command: list[str], folder: Path) -> subprocess.Popen[bytes]:
    """A command of Dask's on the loopback address; what it says goes to a file."""
    path = os.pathsep.join([str(ROOT), str(HERE)])
    environment = {**os.environ, "PYTHONPATH": path, "SWEEP_WORKS": str(folder), "CUDA_VISIBLE_DEVICES": ""}
    module, *arguments = command
    with (folder.parent / "dask.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--host", "127.0.0.1", "--no-dashboard"],
            env=environment, stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip


@pytest.fixture
def dask_cluster(works, tmp_path: Path, free_port: int) -> Iterator[DaskCluster]:
    """A scheduler with the workers w0 and w1. Skips without Dask."""
    pytest.importorskip("distributed")
    folder = tmp_path / "marks"
    scheduler = start(["dask_scheduler", "--port", str(free_port)], folder)
    cluster = DaskCluster(f"tcp://127.0.0.1:{free_port}", folder, scheduler)
    try:
        cluster.add_worker("w0")
        cluster.add_worker("w1")
        yield cluster
    finally:
        cluster.end()


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    """Return when it holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            pytest.fail(f"still not after {seconds:.0f} s")
        time.sleep(0.05)


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    """See `wait_until`."""
    return wait_until
