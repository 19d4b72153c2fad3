"""850 blocks that the trainer itself ran: the check says "error" where it stopped, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

import pcdet_sched as ps
from pcdet_sched.findings.check import check_run


def cases(shared: Path) -> Iterator[tuple[dict, ps.Config, ps.RunPlan]]:
    for line in (shared / "reference" / "trainer_cases.jsonl").read_text().splitlines():
        row = json.loads(line)
        plan = ps.RunPlan(
            samples=row["samples"],
            gpus=row["world"],
            epochs=row["epochs"],
            merge_all_iters_to_one_epoch=row["merge"],
            trainer=row["trainer"],
        )
        yield row, ps.load(row["yaml"]), plan


@pytest.mark.slow
def test_errors_are_there_exactly_where_the_trainer_stopped_and_their_fixes_make_it_run(shared: Path) -> None:
    wrong, unmended, nameless, stopped = [], [], [], 0
    for row, config, plan in cases(shared):
        report = ps.check(config, plan)
        stopped += bool(report.errors)
        if bool(report.errors) != (row["result"]["outcome"] == "crashes") or report.ok == bool(report.errors):
            wrong.append(row["id"])
        nameless += [row["id"] for error in report.errors if error.code == "trainer-stops"]
        if all(error.fix for error in report.errors):
            mended = config
            for error in report.errors:
                mended = mended.edit(error.fix or {})
            if ps.simulate(mended, plan, iterations=[]).crash is not None:
                unmended.append(row["id"])
    assert (wrong, unmended, nameless) == ([], [], [])
    assert stopped > 400


@pytest.mark.slow
def test_every_error_has_a_place_in_the_file_and_names_what_it_is_about(shared: Path) -> None:
    for row, config, plan in cases(shared):
        for error in ps.check(config, plan).errors:
            assert 1 <= (error.line or 0) <= config.text.count("\n") + 1, row["id"]
            assert error.key is None or f"`{error.key}" in error.message or error.key in error.message, row["id"]


@pytest.mark.slow
def test_a_report_from_a_run_equals_one_without(shared: Path) -> None:
    for _, config, plan in list(cases(shared))[::17]:
        assert check_run(ps.simulate(config, plan)) == ps.check(config, plan)
