"""What a sweep itself costs, and what a second worker brings. `make bench` measures; here it is run once."""

from __future__ import annotations

import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from pcdet_sched.sweep.journal import Journal
from pcdet_sched.sweep.local import LocalEngine, environments
from pcdet_sched.sweep.runner import run_sweep
from pcdet_sched.sweep.work import nothing

pytestmark = [pytest.mark.slow, pytest.mark.benchmark]
RUNS = 200
BOUND = 5.0
"""Seconds for 200 runs of nothing, worker processes started and results on the disk, on a machine that is free."""


def test_two_hundred_runs_of_nothing(benchmark, seeds, tmp_path: Path) -> None:
    descriptions = seeds(RUNS)

    def sweep() -> int:
        path = tmp_path / "out.jsonl"
        path.unlink(missing_ok=True)
        with closing(Journal(path)) as journal, closing(LocalEngine(environments("cpu"))) as engine:
            return len(run_sweep(descriptions, engine, journal, work=nothing).measured)

    assert benchmark.pedantic(sweep, rounds=1) == RUNS
    if benchmark.enabled:
        assert benchmark.stats["max"] < BOUND


def test_two_workers_against_one(benchmark, seeds) -> None:
    """Workers are warm before the clock starts: importing torch is no part of a run."""
    descriptions = seeds(8, 60 if benchmark.enabled else 2)
    seconds = {workers: warm_seconds(workers, descriptions, seeds) for workers in (1, 2)}
    benchmark.extra_info.update(seconds, ratio=seconds[1] / seconds[2])
    benchmark.pedantic(lambda: None)
    if benchmark.enabled and free_cores() >= 2:
        assert seconds[1] / seconds[2] >= 1.7


def warm_seconds(workers: int, descriptions, seeds) -> float:
    """How long so many warm workers take."""
    with closing(LocalEngine(environments("cpu", workers))) as engine:
        run_sweep(seeds(2 * workers, 1), engine)
        begun = time.perf_counter()
        result = run_sweep(descriptions, engine)
        seconds = time.perf_counter() - begun
    assert len(result.measured) == len(descriptions)
    return seconds


def free_cores() -> float:
    """Cores that nobody has used in the last minute, besides this process."""
    return len(os.sched_getaffinity(0)) - max(0.0, os.getloadavg()[0] - 2)
