"""Jobs behind a page: ends, kills, queues, and pages that go away. Real worker processes where it matters."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from pcdet_sched.benchmark.loop import run_variant
from pcdet_sched.benchmark.variant import Description, Variant
from pcdet_sched.sweep.job import Job, JobQueue
from pcdet_sched.sweep.runner import open_engine
from pcdet_sched.sweep.work import Answer, nothing

slow = pytest.mark.slow
PATIENCE = 120.0  # a worker takes seconds to import torch, and many times that on a busy machine
ROOT = Path(__file__).resolve().parents[2]


def workers(of: psutil.Process | None = None) -> list[int]:
    """The worker processes that this process has, or another one."""
    children = (of or psutil.Process()).children()
    return [child.pid for child in children if "pcdet_sched.sweep.worker" in child.cmdline()]


@pytest.fixture
def start(seeds) -> Iterator[Callable[..., Job]]:
    """Start jobs on one worker that the test leaves nothing of."""
    jobs: list[Job] = []

    def make(count: int, iterations: int, seconds: float = 600.0, silence: float = PATIENCE, **where: Any) -> Job:
        jobs.append(Job(seeds(count, iterations), lambda: open_engine(**{"workers": 1} | where), 1, seconds, silence))
        jobs[-1].start()
        return jobs[-1]

    yield make
    for job in jobs:
        job.stop()
        end = time.monotonic() + PATIENCE
        while not job.ended and time.monotonic() < end:
            time.sleep(0.05)


@pytest.fixture
def one_thread() -> Iterator[None]:
    """As a worker has it: the sums keep their order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@slow
def test_a_job_measures_what_the_library_measures(start, seeds, wait_until, one_thread) -> None:
    job = start(2, 12)
    wait_until(lambda: job.status().ended, PATIENCE)
    status = job.status()
    assert (status.message, status.done, status.total) == ("", 24, 24)
    for description, run in zip(seeds(2, 12), status.benchmark().runs, strict=True):
        assert run.readings.loss == run_variant(description).readings.loss
        assert not run.stopped


@slow
def test_readings_are_live_and_a_stop_keeps_them(start, wait_until) -> None:
    job = start(2, 100_000)
    wait_until(lambda: job.status().seconds_left, PATIENCE)
    [live] = job.status().benchmark().runs
    job.stop()
    wait_until(lambda: job.status().ended, PATIENCE)
    status = job.status()
    assert "Stopped." in status.message
    [run] = status.benchmark().runs
    assert run.stopped
    assert run.torch_version
    assert run.readings.loss[: len(live.readings)] == live.readings.loss
    assert status.result.trials == ()


@slow
def test_a_killed_worker_loses_one_run_which_is_begun_anew(start, wait_until) -> None:
    job = start(1, 60)
    wait_until(lambda: job.status().done, PATIENCE)
    os.kill(workers()[0], signal.SIGKILL)
    wait_until(lambda: job.status().ended, PATIENCE)
    [trial] = job.status().result.measured
    assert (trial.attempts, len(trial.run.readings), job.status().message) == (2, 60, "")


@slow
def test_a_stop_before_the_first_reading_ends_at_once(start, wait_until) -> None:
    job = start(1, 100_000)
    wait_until(lambda: workers() != [], PATIENCE)
    begun = time.monotonic()
    job.stop()
    wait_until(lambda: job.status().ended, PATIENCE)
    assert time.monotonic() - begun < 2
    assert "Stopped" in job.status().message
    assert job.status().benchmark().runs == ()
    assert workers() == []


@slow
def test_a_job_that_nobody_asks_after_ends_and_leaves_no_process(start, wait_until) -> None:
    job = start(2, 100_000, silence=1.0)
    wait_until(lambda: job.ended, PATIENCE)
    assert job.status().message == "Ended because the page was closed."
    assert workers() == []


@slow
def test_a_job_ends_at_the_servers_time_limit(start, wait_until) -> None:
    job = start(1, 100_000, seconds=1.0)
    wait_until(lambda: job.status().ended, PATIENCE)
    assert "time limit" in job.status().message


@slow
def test_a_run_that_cannot_be_built_is_a_reason_and_the_others_go_on(block, wait_until) -> None:
    bad = Description(Variant.from_block(block, OPTIMIZER="lion"), iterations=5, epochs=1)
    good = Description(Variant.from_block(block), iterations=5, epochs=1)
    job = Job((bad, good), lambda: open_engine(workers=1), 1, 600.0, PATIENCE)
    job.start()
    wait_until(lambda: job.status().ended, PATIENCE)
    [failed] = job.status().result.failed
    assert "NotImplementedError" in failed.failure
    assert [run.description for run in job.status().benchmark().runs] == [good]


SERVER = """
import sys, time
from pcdet_sched.benchmark.variant import Description
from pcdet_sched.benchmark.variant import Variant
from pcdet_sched.sweep.job import Job
from pcdet_sched.sweep.runner import open_engine
block = {"OPTIMIZER": "adam_onecycle", "NUM_EPOCHS": 80, "LR": 0.003, "WEIGHT_DECAY": 0.01, "MOMS": [0.95, 0.85],
         "PCT_START": 0.4, "DIV_FACTOR": 10, "DECAY_STEP_LIST": []}
job = Job([Description(Variant(optimization=block), 10**6)], lambda: open_engine(workers=1), 1, 600.0)
job.start()
while not job.status().done:
    time.sleep(0.1)
print("measuring", flush=True)
time.sleep(600)
"""


@slow
def test_a_worker_dies_with_the_server_that_is_killed(wait_until) -> None:
    server = psutil.Popen(
        [sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert server.stdout.readline() == "measuring\n"
    [worker] = workers(server)
    server.kill()
    server.communicate()
    wait_until(lambda: not psutil.pid_exists(worker) or psutil.Process(worker).status() == "zombie", 10)


@slow
def test_a_scheduler_that_is_not_there_is_a_message(start, wait_until, free_port, monkeypatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("pcdet_sched.sweep.cluster.CONNECT_SECONDS", 0.5)
    job = start(1, 3, scheduler=f"tcp://127.0.0.1:{free_port}")
    wait_until(lambda: job.status().ended, PATIENCE)
    assert f"no Dask scheduler answers at tcp://127.0.0.1:{free_port}" in job.status().message


class Later:
    """An engine whose runs end when the test says so."""

    name, warnings = "later", ()

    def __init__(self) -> None:
        self.futures: list[tuple[Future[Answer], Description]] = []

    def submit(self, key: str, work: Any, description: Description) -> Future[Answer]:
        self.futures.append((Future(), description))
        return self.futures[-1][0]

    def finish(self) -> None:
        for future, description in self.futures:
            if not future.done():
                future.set_result(Answer(nothing(description, lambda _: None, lambda: False)))

    def workers(self) -> int:
        return 1

    def running(self) -> dict[str, Any]:
        return {}

    def stop(self) -> None:
        """Nothing."""

    kill = close = stop


@pytest.fixture
def queued(seeds) -> Callable[..., tuple[Job, Later]]:
    """A job of one run that ends when its engine is told to."""

    def make(places: int = 1) -> tuple[Job, Later]:
        engine = Later()
        return Job(seeds(1), lambda: engine, places, 600.0, PATIENCE), engine

    return make


def test_jobs_take_turns_and_each_sees_its_place(queued, wait_until) -> None:
    line = JobQueue(parallel=1)
    (first, engine), (second, _), (third, last) = queued(), queued(), queued()
    for job in (first, second, third):
        line.add(job)
    assert [line.status(job).place for job in (first, second, third)] == [0, 1, 2]
    assert [job.started for job in (first, second, third)] == [True, False, False]
    line.stop(second)
    assert line.status(second).ended
    assert "Stopped" in line.status(second).message
    assert line.status(third).place == 1
    wait_until(lambda: engine.futures)
    engine.finish()
    wait_until(lambda: line.status(third).place == 0)
    assert first.ended
    assert not second.started
    wait_until(lambda: last.futures)
    last.finish()
    wait_until(lambda: line.status(third).ended)


def test_a_place_that_nobody_asks_for_is_lost_and_who_asks_again_is_last(queued, wait_until) -> None:
    line = JobQueue(parallel=1, silence=0.2)
    (first, engine), (slept, _), (second, _) = queued(), queued(), queued()
    for job in (first, slept, second):
        line.add(job)
    end = time.monotonic() + 0.5
    wait_until(lambda: line.status(second).place and time.monotonic() > end)
    assert [line.status(job).place for job in (first, second, slept)] == [0, 1, 2]
    line.stop(slept)
    line.stop(second)
    engine.finish()


def test_a_sweep_waits_until_it_has_a_place_for_every_worker(queued, wait_until) -> None:
    line = JobQueue(parallel=3)
    (first, engine), (wide, wide_engine), (last, last_engine) = queued(1), queued(3), queued(1)

    def end(job: Job, at: Later) -> None:
        wait_until(lambda: at.futures)
        at.finish()
        wait_until(lambda: job.ended)

    for job in (first, wide, last):
        line.add(job)
    assert [line.status(job).place for job in (first, wide, last)] == [0, 1, 2], "and nobody overtakes it"
    end(first, engine)
    assert [line.status(job).place for job in (wide, last)] == [0, 1]
    end(wide, wide_engine)
    assert line.status(last).place == 0
    end(last, last_engine)


def test_one_that_is_wider_than_the_queue_runs_alone(queued) -> None:
    line = JobQueue(parallel=1)
    (wide, _), (other, _) = queued(4), queued(1)
    line.add(wide)
    line.add(other)
    assert [line.status(wide).place, line.status(other).place] == [0, 1]
    wide.stop()
