"""Sweeps in real worker processes on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.sweep import local as local_engine
from pcdet_sched.sweep.journal import Journal
from pcdet_sched.sweep.local import LocalEngine, environments
from pcdet_sched.sweep.result import run_id
from pcdet_sched.sweep.runner import Progress, run_sweep
from pcdet_sched.sweep.work import nothing

slow = pytest.mark.slow


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@slow
def test_both_workers_take_part(local, seeds) -> None:
    result = run_sweep(seeds(12), local, work=nothing)
    assert len(result.measured) == 12
    assert {trial.worker for trial in result.trials} == {"worker 1", "worker 2"}


@slow
def test_a_run_whose_worker_dies_is_taken_over_and_nothing_else_is_run_twice(local, seeds, works, begun) -> None:
    result = run_sweep(seeds(8), local, work=works.seed_1_dies_once)
    assert len(result.measured) == 8
    assert [trial.attempts for trial in result.trials] == [1, 2, 1, 1, 1, 1, 1, 1]
    assert begun() == sorted([*(f"{seed}-1" for seed in range(8)), "1-2"])


@slow
def test_a_run_that_kills_every_worker_is_reported_and_the_others_are_measured(local, seeds, works) -> None:
    result = run_sweep(seeds(6), local, work=works.seed_1_dies)
    [failed] = result.failed
    assert failed.description.variant.seed == 1
    assert failed.attempts == 2
    assert failed.failure.startswith("WorkerLost: the process of worker ")
    assert len(result.measured) == 5


@slow
def test_a_worker_killed_from_outside_in_the_middle_loses_nothing(
    local, seeds, works, wait_until, tmp_path: Path
) -> None:
    mark = tmp_path / "marks" / "0-1"

    def kill() -> None:
        wait_until(lambda: mark.exists() and mark.read_text() != "")
        os.kill(int(mark.read_text()), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    result = run_sweep(seeds(6), local, work=works.seed_0_waits_once)
    killer.join()
    assert len(result.measured) == 6
    assert result.trials[0].attempts == 2


@slow
def test_progress_follows_each_run(local, seeds, works) -> None:
    seen: list[Progress] = []
    run_sweep(
        seeds(2), local, watch=seen.append, work=works.waits,
        stop=lambda: any(run.iterations > 5 for progress in seen for run in progress.running.values()),
    )  # fmt: skip
    of_first = [progress.running[run_id(seeds(1)[0])] for progress in seen if run_id(seeds(1)[0]) in progress.running]
    assert of_first[0].worker in ("worker 1", "worker 2")
    assert [run.iterations for run in of_first] == sorted(run.iterations for run in of_first)


@slow
def test_a_stop_reaches_the_workers_and_leaves_none_behind(seeds, works, begun, tmp_path: Path) -> None:
    with closing(LocalEngine(environments("cpu", 2))) as engine:
        result = run_sweep(seeds(5), engine, stop=lambda: len(begun()) == 2, work=works.waits)
    assert result.stopped
    assert begun() == ["0-1", "1-1"]
    assert not any(alive(int(path.read_text())) for path in (tmp_path / "marks").iterdir())


@slow
def test_workers_that_do_not_listen_are_killed(monkeypatch, seeds, works, begun, tmp_path: Path) -> None:
    monkeypatch.setattr("pcdet_sched.sweep.runner.GRACE_SECONDS", 0.5)
    with closing(LocalEngine(environments("cpu", 1))) as engine:
        assert run_sweep(seeds(2), engine, stop=lambda: len(begun()) == 1, work=works.never_listens).stopped
    assert not alive(int((tmp_path / "marks" / "0-1").read_text()))


PARENT = """
from contextlib import closing
import sweep_works
from pcdet_sched.benchmark.variant import Description
from pcdet_sched.benchmark.variant import Variant
from pcdet_sched.sweep.local import environments
from pcdet_sched.sweep.local import LocalEngine
from pcdet_sched.sweep.runner import run_sweep
if __name__ == "__main__":
    with closing(LocalEngine(environments("cpu", 1))) as engine:
        run_sweep([Description(Variant())], engine, work=sweep_works.never_listens)
"""


@slow
def test_workers_end_when_the_sweep_is_killed(works, begun, wait_until, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).resolve().parents[2]
    parent = subprocess.Popen(
        [sys.executable, str(script)], env={**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{Path(__file__).parent}"}
    )
    mark = tmp_path / "marks" / "0-1"
    wait_until(lambda: mark.exists() and mark.read_text() != "")
    worker = int(mark.read_text())
    assert alive(worker)
    parent.kill()
    parent.wait()
    wait_until(lambda: not alive(worker), 10)


def without_times(trial: Any) -> tuple[Any, ...]:
    """Everything in a run's readings but how long the steps took."""
    readings = trial.run.readings
    return tuple(getattr(readings, name) for name in readings.__dataclass_fields__ if name != "step_time")


@slow
def test_a_sweep_cut_off_and_resumed_gives_the_same_numbers_as_one_in_one_go(seeds, tmp_path: Path, local) -> None:
    """Real training, four iterations each."""
    path = tmp_path / "out.jsonl"
    whole = run_sweep(seeds(3), local)
    with closing(Journal(path)) as journal:
        run_sweep(seeds(2), local, journal)
    path.write_bytes(path.read_bytes()[:-100])  # as a machine that went down leaves it
    with closing(Journal(path)) as journal:
        resumed = run_sweep(seeds(3), local, journal)
    assert list(map(without_times, resumed.trials)) == list(map(without_times, whole.trials))
    assert len(path.read_text().splitlines()) == 3


def test_no_process_is_started_before_there_is_work() -> None:
    before = psutil.Process().children()
    with closing(LocalEngine(environments("cpu", 2))):
        assert psutil.Process().children() == before


def test_there_is_a_worker_for_every_core_that_this_process_may_use() -> None:
    assert len(environments("cpu")) == len(os.sched_getaffinity(0))


def test_every_worker_on_a_gpu_sees_one_alone(monkeypatch) -> None:
    monkeypatch.setattr(local_engine, "gpu_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,5")
    assert [place["CUDA_VISIBLE_DEVICES"] for place in environments("cuda")] == ["3", "5"]
    assert [place["CUDA_VISIBLE_DEVICES"] for place in environments("cuda", 3)] == ["3", "5", "3"]


@pytest.mark.parametrize(
    ("device", "workers", "message"),
    [
        ("cuda:1", None, "the device of a sweep is cpu or cuda, not 'cuda:1': each worker gets its own"),
        ("cpu", 0, "0 workers; at least 1 is needed"),
    ],
)
def test_places_that_cannot_be_are_refused(device, workers, message) -> None:
    with pytest.raises(BenchmarkError, match=message):
        environments(device, workers)


def test_a_machine_without_a_gpu_says_so(monkeypatch) -> None:
    monkeypatch.setattr(local_engine, "gpu_count", lambda: 0)
    with pytest.raises(BenchmarkError, match="no GPU that torch can use"):
        environments("cuda")


def test_an_engine_needs_a_worker() -> None:
    with pytest.raises(BenchmarkError, match="at least one worker"):
        LocalEngine(())


@slow
def test_a_worker_that_cannot_begin_is_said_to(monkeypatch, seeds, tmp_path: Path) -> None:
    """Another json comes first on its path, and cannot be imported."""
    (tmp_path / "json.py").write_text("raise SystemExit(3)\n")
    with closing(LocalEngine([{"PYTHONPATH": str(tmp_path)}])) as engine:
        [trial] = run_sweep(seeds(1), engine, work=nothing).trials
    assert (trial.failure, trial.attempts) == ("WorkerLost: the process of worker 1 failed with exit code 3", 2)


@slow
def test_what_a_run_prints_is_no_answer(seeds, works, local) -> None:
    assert len(run_sweep(seeds(2), local, work=works.prints).measured) == 2
