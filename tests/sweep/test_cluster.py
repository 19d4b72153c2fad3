"""Sweeps on a real Dask scheduler with real worker processes, all on the loopback address."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.sweep import cluster
from pcdet_sched.sweep.cluster import ClusterEngine, Versions, connect, mismatches, versions_here
from pcdet_sched.sweep.journal import Journal, read_trials
from pcdet_sched.sweep.runner import Progress, open_engine, run_sweep
from pcdet_sched.sweep.work import nothing

slow = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]


def without_times(trial: Any) -> tuple[Any, ...]:
    """Everything in a run's readings but how long the steps took."""
    readings = trial.run.readings
    return tuple(getattr(readings, name) for name in readings.__dataclass_fields__ if name != "step_time")


def both(engine: ClusterEngine) -> bool:
    """Whether both workers have come."""
    return engine.workers() == 2


@slow
def test_a_cluster_gives_the_same_numbers_as_this_machine_for_the_same_seeds(dask_cluster, local, seeds) -> None:
    """Real training, four iterations each."""
    with closing(open_engine(dask_cluster.address)) as engine:
        there = run_sweep(seeds(2), engine)
    here = run_sweep(seeds(2), local)
    assert [trial.failure for trial in there.trials] == ["", ""]
    assert list(map(without_times, there.trials)) == list(map(without_times, here.trials))
    assert {trial.worker for trial in there.trials} <= {"w0", "w1"}


@slow
def test_both_workers_take_part_and_progress_names_them(dask_cluster, seeds, works, wait_until) -> None:
    seen: list[Progress] = []
    with closing(ClusterEngine(dask_cluster.address)) as engine:
        wait_until(lambda: both(engine))
        assert engine.warnings == ()
        result = run_sweep(
            seeds(4), engine, watch=seen.append, work=works.waits,
            stop=lambda: bool(seen) and sum(run.iterations > 3 for run in seen[-1].running.values()) == 2,
        )  # fmt: skip
    assert result.stopped
    assert {run.worker for progress in seen for run in progress.running.values()} == {"w0", "w1"}


@slow
def test_a_worker_killed_in_the_middle_loses_nothing(dask_cluster, seeds, works, wait_until, tmp_path: Path) -> None:
    mark = tmp_path / "marks" / "0-1"

    def kill() -> None:
        wait_until(lambda: mark.exists() and mark.read_text() != "")
        os.kill(int(mark.read_text()), signal.SIGKILL)

    with closing(ClusterEngine(dask_cluster.address)) as engine, closing(Journal(tmp_path / "out.jsonl")) as journal:
        wait_until(lambda: both(engine))
        killer = threading.Thread(target=kill)
        killer.start()
        result = run_sweep(seeds(6), engine, journal, work=works.seed_0_waits_once)
        killer.join()
        wait_until(lambda: engine.workers() == 1)
    assert len(result.measured) == 6
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 6


@slow
def test_a_stop_reaches_the_workers_which_then_take_other_work(dask_cluster, seeds, works, begun, wait_until) -> None:
    with closing(ClusterEngine(dask_cluster.address)) as engine:
        wait_until(lambda: both(engine))
        result = run_sweep(seeds(6), engine, stop=lambda: len(begun()) == 2, work=works.waits)
    assert result.stopped
    with closing(ClusterEngine(dask_cluster.address)) as engine:
        assert len(run_sweep(seeds(4), engine, work=nothing).measured) == 4
    assert len(begun()) == 2, "what was cancelled was never begun"


@slow
def test_a_sweep_is_resumed_on_this_machine_after_its_scheduler_died(
    dask_cluster, local, seeds, works, wait_until, tmp_path: Path, caplog
) -> None:
    path = tmp_path / "out.jsonl"

    def watch(progress: Progress) -> None:
        if len(progress.trials) >= 3:
            dask_cluster.scheduler.kill()

    with closing(ClusterEngine(dask_cluster.address)) as engine, closing(Journal(path)) as journal:
        wait_until(lambda: both(engine))
        with pytest.raises(BenchmarkError, match=r"the scheduler at tcp://127.0.0.1:\d+ is gone"):
            run_sweep(seeds(6), engine, journal, watch, work=works.seed_0_waits_once)
    kept = {trial.id for trial in read_trials(path.read_bytes())}
    assert 3 <= len(kept) < 6
    with closing(Journal(path)) as journal:
        result = run_sweep(seeds(6), local, journal, work=nothing)
    assert len(result.measured) == 6
    assert len(path.read_text().splitlines()) == 6


@slow
def test_a_failure_on_a_worker_is_reported_with_its_reason(dask_cluster, seeds, works) -> None:
    with closing(ClusterEngine(dask_cluster.address)) as engine:
        result = run_sweep(seeds(3), engine, work=works.seed_1_fails)
    [failed] = result.failed
    assert (failed.failure, failed.attempts) == ("ValueError: seed 1 is bad", 2)


@slow
def test_a_gpu_sweep_waits_for_a_worker_that_offers_one(dask_cluster, seeds, monkeypatch) -> None:
    monkeypatch.setattr(cluster, "WORKERS_SECONDS", 1.0)
    with pytest.raises(BenchmarkError, match="has no worker with the resource GPU"):
        ClusterEngine(dask_cluster.address, "cuda")
    dask_cluster.add_worker("w2", "--resources", "GPU=1")
    monkeypatch.setattr(cluster, "WORKERS_SECONDS", 60.0)
    with closing(ClusterEngine(dask_cluster.address, "cuda")) as engine:
        result = run_sweep(seeds(5), engine, work=nothing)
    assert {trial.worker for trial in result.trials} == {"w2"}


@slow
def test_a_worker_with_another_pcdet_sched_is_refused_by_name(dask_cluster, monkeypatch, tmp_path: Path) -> None:
    """Its own package of that name comes first on its path, and has another version."""
    other = tmp_path / "other" / "pcdet_sched"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text('__version__ = "0.0.1"\n')
    for process in dask_cluster.workers.values():
        process.kill()
    start_elsewhere(dask_cluster, tmp_path / "other")
    with pytest.raises(BenchmarkError, match=r"worker odd has pcdet_sched 0\.0\.1\. Install pcdet_sched"):
        wait_for_refusal(dask_cluster.address)


def start_elsewhere(dask_cluster: Any, folder: Path) -> None:
    """A worker whose pcdet_sched is the one in a folder."""
    dask_cluster.workers["odd"] = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", dask_cluster.address, "--name", "odd",
         "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1"],
        env={**os.environ, "PYTHONPATH": str(folder)}, cwd=folder, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def wait_for_refusal(address: str) -> None:
    """Connect until the odd worker is the one that is there."""
    for _ in range(20):
        ClusterEngine(address).close()


@slow
def test_a_scheduler_without_workers_is_waited_for_and_then_named(
    works, tmp_path: Path, free_port, monkeypatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "WORKERS_SECONDS", 0.5)
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(free_port)]
    scheduler = subprocess.Popen([*command, "--no-dashboard"], stderr=subprocess.DEVNULL)
    try:
        with pytest.raises(BenchmarkError, match=rf"tcp://127.0.0.1:{free_port} has no worker; waited"):
            ClusterEngine(f"tcp://127.0.0.1:{free_port}")
    finally:
        scheduler.kill()
        scheduler.wait()


@slow
def test_a_scheduler_that_is_not_there_is_named(monkeypatch, free_port) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(BenchmarkError, match=rf"no Dask scheduler answers at tcp://127.0.0.1:{free_port}: "):
        ClusterEngine(f"tcp://127.0.0.1:{free_port}")


@pytest.mark.parametrize("address", ["", "host:8786", "8786", "http://a:8786", "tcp://host", "tcp://", "tcp://a b:1"])
def test_what_is_no_address_is_refused_before_anything_is_asked(address) -> None:
    with pytest.raises(BenchmarkError, match="looks like tcp://host:8786"):
        connect(address)


WITHOUT_DASK = """
import sys
sys.modules["dask"] = sys.modules["distributed"] = None
import pcdet_sched.sweep, pcdet_sched.commands.sweep
from pcdet_sched.sweep.runner import open_engine
open_engine().close()
try:
    open_engine("tcp://127.0.0.1:1")
except ValueError as error:
    print(error)
"""


def test_without_dask_sweeps_run_here_and_a_scheduler_is_refused_with_the_way_to_get_it() -> None:
    trial = subprocess.run(
        [sys.executable, "-W", "error", "-c", WITHOUT_DASK], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert trial.stdout == "a sweep on a scheduler needs Dask: pip install 'pcdet-sched[cluster]'\n"


HERE = Versions("3.11.7", "2.13.0+cpu", "0.1.0")


@pytest.mark.parametrize(
    ("there", "word"),
    [
        (Versions("3.12.1", "2.13.0", "0.1.0"), "worker w has Python 3.12.1, this machine 3.11.7"),
        (Versions("3.11.9", "2.4.1+cu121", "0.1.0"), "worker w has torch 2.4.1+cu121, this machine 2.13.0+cpu"),
        (
            Versions("3.11.9", "2.13.0+cu121", "0.1.0", threads=8),
            "worker w has 8 threads and measures one run at a time",
        ),
    ],
)
def test_a_worker_that_differs_is_warned_of_once(there, word) -> None:
    [warning] = mismatches(HERE, {"w": there, "same": HERE})
    assert warning.startswith(word)


def test_the_same_torch_built_for_another_device_is_no_difference() -> None:
    assert mismatches(HERE, {"w": Versions("3.11.9", "2.13.0+cu130", "0.1.0")}) == ()


@pytest.mark.parametrize(
    ("there", "word"),
    [
        (Versions("3.11.7", "2.13.0", "0.2.0"), "worker w has pcdet_sched 0.2.0. Install pcdet_sched 0.1.0 there"),
        (Versions("3.11.7", "2.13.0", ""), "worker w has no pcdet_sched"),
        (Versions("3.11.7", "", "0.1.0"), "worker w has no torch"),
    ],
)
def test_a_worker_that_would_measure_something_else_is_refused(there, word) -> None:
    with pytest.raises(BenchmarkError, match=word):
        mismatches(HERE, {"w": there})


def test_the_facts_are_found_without_importing_torch() -> None:
    code = (
        "import sys; from pcdet_sched.sweep import cluster as c; print(c.versions_here().torch, 'torch' in sys.modules)"
    )
    trial = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert trial.stdout.split() == [versions_here().torch, "False"]
