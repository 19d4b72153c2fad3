"""Real worker processes: ends, kills, queues, and pages that go away."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pcdet_sched.benchmark.child import Order
from pcdet_sched.benchmark.description import Description
from pcdet_sched.benchmark.loop import run_variant
from pcdet_sched.benchmark.variant import Variant
from pcdet_sched.benchmark.waiting import WaitingRoom
from pcdet_sched.benchmark.worker import Worker

pytestmark = pytest.mark.slow
PATIENCE = 120.0  # a worker takes seconds to import torch, and many times that on a busy machine
ROOT = Path(__file__).resolve().parents[2]


def order(block, *, iterations=10_000, count=1, seconds=PATIENCE, silence=PATIENCE):
    variants = [Variant.from_block(block, seed=seed) for seed in range(count)]
    return Order(tuple(Description(v, iterations=iterations, epochs=1) for v in variants), 1, seconds, silence)


@pytest.fixture
def start():
    """Start workers that the test leaves nothing of."""
    workers = []

    def make(work):
        workers.append(Worker(work))
        workers[-1].start()
        return workers[-1]

    yield make
    for worker in workers:
        worker.stop()
        with contextlib.suppress(ProcessLookupError):
            os.kill(worker.pid, signal.SIGKILL)
        until(lambda worker=worker: worker.ended)


def until(condition, patience=PATIENCE):
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def alive(pid):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_worker_measures_what_the_library_measures(block, start):
    work = order(block, iterations=12, count=2)
    worker = start(work)
    until(lambda: worker.progress().ended)
    progress = worker.progress()
    assert progress.message == ""
    assert (progress.done, progress.total) == (24, 24)
    for description, run in zip(work.descriptions, progress.result().runs, strict=True):
        assert run.readings.loss == run_variant(description).readings.loss
        assert not run.stopped


def test_a_worker_that_is_killed_leaves_a_message_and_what_it_measured(block, start):
    worker = start(order(block))
    until(lambda: worker.progress().done)
    os.kill(worker.pid, signal.SIGKILL)
    until(lambda: worker.progress().ended)
    progress = worker.progress()
    assert "SIGKILL" in progress.message
    (run,) = progress.result().runs
    assert run.stopped
    assert run.summary.iterations == progress.done > 0


def test_stop_keeps_what_was_measured(block, start):
    worker = start(order(block, count=2))
    until(lambda: worker.progress().done)
    worker.stop()
    until(lambda: worker.progress().ended)
    progress = worker.progress()
    assert "Stopped" in progress.message
    (run,) = progress.result().runs
    assert run.stopped
    assert run.torch_version
    assert len(run.readings) == progress.done > 0


def test_stop_before_the_first_reading_ends_at_once(block, start):
    worker = start(order(block))
    worker.stop()
    until(lambda: worker.progress().ended)
    assert "Stopped" in worker.progress().message
    assert not worker.progress().result().runs
    worker.stop()
    assert worker.ended


def test_a_worker_that_nobody_listens_to_ends(block, start):
    worker = start(order(block, silence=1.0))
    until(lambda: worker.ended)
    assert worker.progress().message == "Ended because the page was closed."


def test_a_worker_ends_at_the_time_limit(block, start):
    worker = start(order(block, seconds=0.5))
    until(lambda: worker.progress().ended)
    assert "time limit" in worker.progress().message


def test_a_run_that_cannot_be_built_is_a_reason_and_the_others_go_on(block, start):
    bad = Description(Variant.from_block(block, OPTIMIZER="lion"), iterations=5, epochs=1)
    good = Description(Variant.from_block(block), iterations=5, epochs=1)
    worker = start(Order((bad, good), 1, PATIENCE, PATIENCE))
    until(lambda: worker.progress().ended)
    progress = worker.progress()
    assert "NotImplementedError" in progress.failures[0]
    assert [run.description for run in progress.result().runs] == [good]
    assert progress.done == progress.total == 5


def test_a_worker_dies_with_the_process_that_started_it(block, tmp_path):
    script = tmp_path / "server.py"
    script.write_text(
        "import sys, time\n"
        "from pcdet_sched.benchmark.child import Order\n"
        "from pcdet_sched.benchmark.worker import Worker\n"
        "worker = Worker(Order.from_line(sys.argv[1]))\n"
        "worker.start()\n"
        "print(worker.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    server = subprocess.Popen(
        [sys.executable, script, order(block).to_line()],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    child = int(server.stdout.readline())
    assert alive(child)
    server.kill()
    server.communicate()
    until(lambda: not alive(child))


def test_two_sessions_take_turns_and_the_second_sees_its_place(block):
    room = WaitingRoom(parallel=1)
    first, second, third = (Worker(order(block, iterations=3)) for _ in range(3))
    for worker in (first, second, third):
        room.enter(worker)
    assert [room.place(worker) for worker in (first, second, third)] == [0, 1, 2]
    assert (second.pid, third.pid) == (None, None)
    room.leave(second)
    assert room.place(third) == 1
    until(lambda: room.progress(third)[1].ended)
    assert first.ended
    assert second.pid is None
    assert third.progress().done == 3


def test_a_place_that_nobody_asks_for_is_lost_and_who_asks_again_is_last(block):
    room = WaitingRoom(parallel=1, silence=0.2)
    first, slept, second = (Worker(order(block, iterations=2)) for _ in range(3))
    for worker in (first, slept, second):
        room.enter(worker)
    end = time.monotonic() + 0.5
    until(lambda: room.place(second) and time.monotonic() > end)
    assert [room.place(worker) for worker in (first, second, slept)] == [0, 1, 2]
    room.leave(slept)
    assert room.progress(slept)[1].ended
    until(lambda: room.progress(second)[1].ended)
    assert slept.pid is None
