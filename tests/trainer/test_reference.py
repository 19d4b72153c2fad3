"""The trainer's own outcomes, case by case, where the reference folder is at hand."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import pcdet_sched as ps

RELATIVE = 1e-12


def rows(file: Path) -> list[dict[str, Any]]:
    found = list(map(json.loads, file.read_text(encoding="utf-8").splitlines()))
    assert len(found) > 10  # what is said of each of none is not said
    return found


def agree(got: float, expected: float | str) -> bool:
    """Equal to a relative 1e-12; nan equals nan. The files hold nan and inf as strings."""
    expected = float(expected)
    if math.isnan(expected) or math.isinf(expected):
        return got == expected or (math.isnan(got) and math.isnan(expected))
    return math.isclose(got, expected, rel_tol=RELATIVE, abs_tol=0.0)


def as_config(block: dict[str, Any]) -> ps.Config:
    return ps.load(json.dumps({"OPTIMIZATION": {}})).edit(block)


def trajectory_agrees(run: ps.Run, trajectory: list[list[Any]]) -> bool:
    got = run.curve[["iteration", "lr", "momentum"]].to_numpy().tolist()
    return len(got) == len(trajectory) and all(
        int(a[0]) == b[0] and agree(a[1], b[1]) and agree(a[2], b[2]) for a, b in zip(got, trajectory, strict=True)
    )


@pytest.fixture(scope="session")
def cases(shared: Path) -> list[dict[str, Any]]:
    return rows(shared / "reference/trainer_cases.jsonl")


def plan_of(case: dict[str, Any]) -> ps.RunPlan:
    return ps.RunPlan(
        samples=case["samples"],
        gpus=case["world"],
        epochs=case["epochs"],
        merge_all_iters_to_one_epoch=case["merge"],
        trainer=case["trainer"],
    )


def test_each_case_runs_or_crashes_as_it_did(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        run = ps.simulate(ps.load(case["yaml"]), plan_of(case), iterations=[])
        outcome = "runs" if run.crash is None else "crashes"
        assert outcome == case["result"]["outcome"], case["id"]


def test_each_crash_has_the_stage_iteration_and_exception_that_it_had(cases: list[dict[str, Any]]) -> None:
    crashes = [case for case in cases if case["result"]["outcome"] == "crashes"]
    for case in crashes:
        crash = ps.simulate(ps.load(case["yaml"]), plan_of(case), iterations=[]).crash
        expected = case["result"]
        assert crash is not None
        assert (crash.stage, crash.exception) == (expected["stage"], expected["exception"]), case["id"]
        assert crash.iteration == expected["iteration"], case["id"]
    assert len(crashes) > 400


def test_each_run_takes_the_lr_and_momentum_that_it_took_at_every_iteration(cases: list[dict[str, Any]]) -> None:
    runs = [case for case in cases if case["result"]["outcome"] == "runs"]
    for case in runs:
        run = ps.simulate(ps.load(case["yaml"]), plan_of(case), iterations="all")
        assert trajectory_agrees(run, case["trajectory"]), case["id"]
    assert len(runs) > 300


def test_each_run_has_the_iterations_per_epoch_that_it_had(cases: list[dict[str, Any]]) -> None:
    for case in cases:
        if case["result"]["outcome"] == "runs" and not case["merge"]:
            run = ps.simulate(ps.load(case["yaml"]), plan_of(case), iterations=[])
            assert run.iterations_per_epoch == case["result"]["iters_per_epoch"], case["id"]


def test_each_schedule_agrees_at_its_boundaries_and_between(shared: Path) -> None:
    for row in rows(shared / "reference/schedules.jsonl"):
        plan = ps.RunPlan(iters_per_epoch=row["iters_per_epoch"], epochs=row["epochs"], trainer=row["trainer"])
        points = row["points"]
        run = ps.simulate(as_config(row["optimization"]), plan, iterations=[point[0] for point in points])
        for got, expected in zip(run.curve.to_numpy().tolist(), points, strict=True):
            assert [int(got[0]), int(got[1])] == expected[:2], row["id"]
            assert agree(got[2], expected[2]), row["id"]
            assert agree(got[3], expected[3]), row["id"]


def test_each_resumed_run_goes_on_as_it_went_on(shared: Path) -> None:
    for row in rows(shared / "reference/resume.jsonl"):
        checkpoint = ps.Checkpoint(row["checkpoint"]["epoch"], row["checkpoint"]["it"], row["first"]["LR"])
        plan = ps.RunPlan(samples=row["samples"], trainer=row["trainer"], checkpoint=checkpoint)
        run = ps.simulate(as_config(row["resumed"]), plan, iterations="all")
        assert run.crash is None, row["id"]
        assert trajectory_agrees(run, row["trajectory"]), row["id"]


def test_each_lr_that_a_real_log_printed_is_printed_again(shared: Path) -> None:
    for row in rows(shared / "reference/real_logs.jsonl"):
        block = {
            "BATCH_SIZE_PER_GPU": 4,
            "WEIGHT_DECAY": 0.01,
            "DECAY_STEP_LIST": [35, 45],
            "GRAD_NORM_CLIP": 10,
            "MOMS": [0.95, 0.85],
            **row["optimization"],
        }
        plan = ps.RunPlan(iters_per_epoch=row["iters_per_epoch"])
        run = ps.simulate(as_config(block), plan, iterations=[row["iteration"]])
        printed = row["lr_printed"]
        digits = len(printed.split("e")[0].replace("0.", "").replace(".", "").lstrip("0"))
        if digits > 10:  # whole doubles were printed: equal to the last bit
            assert float(run.curve["lr"][0]) == float(printed)
        else:
            assert f"{run.curve['lr'][0]:.{digits - 1}e}" == f"{float(printed):.{digits - 1}e}"
