"""The runner on an engine of threads: retries, failures, stopping, going on."""

from __future__ import annotations

import errno
import os
import time
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pcdet_sched.benchmark.variant import BenchmarkError, Description, Variant
from pcdet_sched.sweep import runner
from pcdet_sched.sweep.journal import Journal, read_trials
from pcdet_sched.sweep.runner import Progress, run_sweep
from pcdet_sched.sweep.work import Answer, WorkerLost, nothing


def of_seeds(result: Any) -> list[int]:
    return [trial.description.variant.seed for trial in result.trials]


def test_every_description_is_run_once_and_comes_back_in_its_place(threads, seeds, works, begun) -> None:
    result = run_sweep(seeds(20), threads, work=works.counts)
    assert of_seeds(result) == list(range(20))
    assert begun() == sorted(f"{seed}-1" for seed in range(20))
    assert not result.stopped


def test_equal_descriptions_count_as_one(threads, seeds, works, begun) -> None:
    assert of_seeds(run_sweep([*seeds(2), *seeds(2)], threads, work=works.counts)) == [0, 1]
    assert begun() == ["0-1", "1-1"]


def test_a_sweep_of_nothing_is_done(threads) -> None:
    assert run_sweep([], threads).trials == ()


def test_a_run_that_fails_once_is_measured_at_its_second_attempt(threads, seeds, works) -> None:
    result = run_sweep(seeds(3), threads, work=works.seed_1_fails_once)
    assert [(trial.attempts, trial.failure) for trial in result.trials] == [(1, ""), (2, ""), (1, "")]


def test_a_run_that_fails_twice_is_reported_with_its_reason_and_the_others_go_on(threads, seeds, works, begun) -> None:
    result = run_sweep(seeds(3), threads, work=works.seed_1_fails)
    [failed] = result.failed
    assert (failed.failure, failed.attempts, failed.run) == ("ValueError: seed 1 is bad", 2, None)
    assert len(result.measured) == 2
    assert begun() == ["0-1", "1-1", "1-2", "2-1"]


def test_trials_are_in_the_file_before_anybody_hears_of_them(threads, seeds, works, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    heard = []

    def watch(progress: Progress) -> None:
        written = {trial.id for trial in read_trials(path.read_bytes())}
        assert {trial.id for trial in progress.latest} <= written
        heard.extend(progress.latest)

    with closing(Journal(path)) as journal:
        result = run_sweep(seeds(4), threads, journal, watch, work=works.seed_1_fails)
    assert sorted(heard, key=lambda trial: trial.description.variant.seed) == list(result.trials)
    assert len(path.read_text().splitlines()) == 4


def test_a_sweep_goes_on_from_its_file_and_tries_failed_runs_again(
    threads, seeds, works, begun, tmp_path: Path
) -> None:
    with closing(Journal(tmp_path / "out.jsonl")) as journal:
        run_sweep(seeds(3), threads, journal, work=works.seed_1_fails)
    with closing(Journal(tmp_path / "out.jsonl")) as journal:
        result = run_sweep(seeds(5), threads, journal, work=works.counts)
    assert of_seeds(result) == [0, 1, 2, 3, 4]
    assert result.failed == ()
    assert begun() == ["0-1", "1-1", "1-2", "1-3", "2-1", "3-1", "4-1"]


def test_runs_of_another_sweep_in_the_file_stay_there_and_do_not_count(threads, seeds, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    for iterations in (4, 5):
        with closing(Journal(path)) as journal:
            result = run_sweep(seeds(2, iterations), threads, journal, work=nothing)
        assert len(result.trials) == 2
    assert len(read_trials(path.read_bytes())) == 4


def test_progress_adds_up_and_ends_with_everything_over(threads, seeds, works) -> None:
    seen: list[Progress] = []
    run_sweep(seeds(6), threads, watch=seen.append, work=works.seed_1_fails)
    for progress in seen:
        assert len(progress.running) + len(progress.trials) <= progress.total == 6
    assert (len(seen[0].trials), seen[-1].running) == (0, {})
    assert [trial.run is None for trial in seen[-1].trials] == [False, True, False, False, False, False]


def test_a_stop_cancels_what_is_queued_and_ends_what_runs(threads, seeds, works, begun, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with closing(Journal(path)) as journal:
        result = run_sweep(seeds(8), threads, journal, stop=lambda: len(begun()) == 2, work=works.waits)
    assert result.stopped
    assert result.trials == ()
    assert begun() == ["0-1", "1-1"]
    assert path.read_text() == "", "a run that was cut short is no result"


def test_what_a_run_had_measured_when_it_was_cut_short_is_in_the_result_and_not_in_the_file(
    threads, block, tmp_path: Path
) -> None:
    """Real training on a thread."""
    seen: list[Progress] = []
    path = tmp_path / "out.jsonl"
    long = [Description(Variant.from_block(block), iterations=100_000, epochs=1)]
    with closing(Journal(path)) as journal:
        result = run_sweep(long, threads, journal, seen.append, stop=lambda: any(p.running for p in seen[2:]))
    [run] = result.cut_off
    assert (run.stopped, result.trials, path.read_text()) == (True, (), "")
    assert result.benchmark().runs == (run,)
    assert len(run.readings) > 0


def test_what_was_measured_before_a_stop_is_kept(threads, seeds, works, begun) -> None:
    def two_then_wait(description: Any, tell: Any, stop: Any) -> Any:
        work = works.counts if description.variant.seed < 2 else works.waits
        return work(description, tell, stop)

    result = run_sweep(seeds(8), threads, stop=lambda: len(begun()) >= 4, work=two_then_wait)
    assert of_seeds(result) == [0, 1]
    assert result.stopped


def test_a_run_that_does_not_listen_is_ended_after_a_while(monkeypatch, seeds) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.3)
    engine = OneFuture()
    begun = time.monotonic()
    result = run_sweep(seeds(1), engine, stop=lambda: True)
    assert engine.calls == ["stop", "kill"]
    assert time.monotonic() - begun >= 0.3
    assert result.stopped


class OneFuture:
    """An engine whose one run cannot be cancelled and ends only when it is killed."""

    name = "a stub"
    warnings = ()

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.future: Future[Answer] = Future()

    def submit(self, key: str, work: Any, description: Any) -> Future[Answer]:
        self.future.set_running_or_notify_cancel()
        return self.future

    def workers(self) -> int:
        return 1

    def running(self) -> dict[str, Any]:
        return {}

    def stop(self) -> None:
        self.calls.append("stop")

    def kill(self) -> None:
        if "kill" not in self.calls:
            self.calls.append("kill")
            self.future.set_exception(WorkerLost("killed"))

    def close(self) -> None:
        """Nothing."""


def test_an_engine_that_is_gone_ends_the_sweep_with_its_name(seeds) -> None:
    class Gone(OneFuture):
        def submit(self, key: str, work: Any, description: Any) -> Future[Answer]:
            self.future.cancel()
            return self.future

    with pytest.raises(BenchmarkError, match=r"a stub is gone\. What was measured until then is kept"):
        run_sweep(seeds(1), Gone())


def test_a_full_disk_ends_the_sweep_and_what_was_written_stays(threads, seeds, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "out.jsonl"
    with closing(Journal(path)) as journal:
        run_sweep(seeds(1), threads, journal, work=nothing)

    def full(number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with closing(Journal(path)) as journal, monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            run_sweep(seeds(3), threads, journal, work=nothing)
    assert [trial.description.variant.seed for trial in read_trials(path.read_bytes())][:1] == [0]
