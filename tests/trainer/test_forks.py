"""Each fork's blocks train, or stop, as the fork's own code trained them."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pcdet_sched as ps


def as_config(block: dict[str, Any]) -> ps.Config:
    return ps.load(json.dumps({"OPTIMIZATION": {}})).edit(block)


def close(got: float, expected: float | None) -> bool:
    return expected is None or math.isclose(got, expected, rel_tol=1e-12, abs_tol=0.0)


def verdict(row: dict[str, Any], trainer: str) -> str:
    """Empty where the row is right, else what is not."""
    block = row["optimization"][row["stage"]] if row.get("stage") else row["optimization"]
    plan = ps.RunPlan(iters_per_epoch=row["iters_per_epoch"], trainer=trainer)
    points = [point[0] for point in row.get("curve") or []]
    run = ps.simulate(as_config(block), plan, iterations=points if row["ok"] else [])
    if not row["ok"]:
        stops = run.crash and f"{run.crash.stage} {run.crash.exception}"
        return "" if stops and str(row["error"]).startswith(stops) else f"stops: {stops} instead of {row['error']}"
    if run.crash is not None or run.total_iterations != row["total"]:
        return f"{run.crash} {run.total_iterations}"
    last = run.curve["lr_2"] if "lr_2" in run.curve else run.curve["lr"]
    for got, got_last, expected in zip(run.curve.itertuples(), last, row["curve"], strict=True):
        if not (close(got.lr, expected[1]) and close(got.momentum, expected[2]) and close(got_last, expected[3])):
            return f"{got} {got_last} is not {expected}"
    return ""


@pytest.fixture(scope="session")
def fork_rows(shared: Path) -> list[dict[str, Any]]:
    with gzip.open(shared / "reference/forks.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_each_row_is_right_under_its_forks_name(fork_rows: list[dict[str, Any]]) -> None:
    wrong = [(row["fork"], row["path"], why) for row in fork_rows if (why := verdict(row, row["fork"].upper()))]
    assert not wrong
    assert len(fork_rows) > 100


def test_under_auto_97_of_100_are_right(fork_rows: list[dict[str, Any]]) -> None:
    wrong = [(row["fork"], row["path"], why) for row in fork_rows if (why := verdict(row, "auto"))]
    assert len(wrong) <= 0.03 * len(fork_rows), wrong


def test_no_row_that_auto_gets_wrong_is_drawn_without_a_word(fork_rows: list[dict[str, Any]]) -> None:
    for row in fork_rows:
        if verdict(row, "auto"):
            block = row["optimization"]
            resolved = ps.simulate(as_config(block), ps.RunPlan(iters_per_epoch=20), iterations=[]).resolved
            assert resolved.sentence, row["path"]


@pytest.mark.parametrize("trainer", ["auto", *(trainer.name for trainer in ps.trainers())])
def test_check_explains_every_row_under_every_trainer(fork_rows: list[dict[str, Any]], trainer: str) -> None:
    for row in fork_rows[::4] if trainer != "auto" else fork_rows:
        report = ps.check(as_config(row["optimization"]), ps.RunPlan(iters_per_epoch=20, trainer=trainer))
        assert bool(report.errors) == (report.crash is not None)


BLOCK = {
    "BATCH_SIZE_PER_GPU": 4, "NUM_EPOCHS": 10, "OPTIMIZER": "adamw", "LR": 0.004, "WEIGHT_DECAY": 0.01,
    "MOMENTUM": 0.9, "MOMS": [0.95, 0.85], "PCT_START": 0.4, "DIV_FACTOR": 10, "DECAY_STEP_LIST": [4, 8],
    "LR_DECAY": 0.1, "LR_CLIP": 1e-07, "LR_WARMUP": False, "WARMUP_EPOCH": 1, "GRAD_NORM_CLIP": 10,
}  # fmt: skip
N, T, LR = 20, 200, 0.004


def half(low: float, share: float) -> float:
    return low + (LR - low) / 2 * (1 + math.cos(math.pi * share))


# Trainer, what the block says, and the formula of forks.md that each of its iterations must meet.
FORMULAS: list[tuple[str, dict[str, Any], Any]] = [
    ("CVMI-Lab/PLA", {"SCHEDULER": "poly", "POWER": 0.9}, lambda k: LR * (1 - k / (T + 1)) ** 0.9),
    (
        "CVMI-Lab/PLA",
        {"OPTIMIZER": "adam_onecycle", "SCHEDULER": "poly", "POWER": 0.9},
        lambda k: LR * (1 - k / (T + 1)) ** 0.9,
    ),
    (
        "CVMI-Lab/PLA",
        {"SCHEDULER": "cos_after_step", "STEP_EPOCH": 3},
        lambda k: LR if k < 3 * N else half(1e-6, (k // N - 3) / 7),
    ),
    ("CVMI-Lab/PLA", {"SCHEDULER": "multistep"}, lambda _: LR),
    ("sshaoshuai/MTR", {"OPTIMIZER": "AdamW"}, lambda k: LR * 0.3 ** (k // N // 5)),
    (
        "sshaoshuai/MTR",
        {"OPTIMIZER": "Adam", "SCHEDULER": "linearLR", "LR_CLIP": 0.001},
        lambda k: LR * (1 + (0.25 - 1) * k / T),
    ),
    ("sshaoshuai/MTR", {"OPTIMIZER": "Adam", "SCHEDULER": "cosine"}, lambda k: half(0.01 * LR, k % (2 * N) / (2 * N))),
    (
        "sshaoshuai/MTR",
        {"OPTIMIZER": "AdamW", "SCHEDULER": "lambdaLR"},
        lambda k: LR * 0.1 ** sum(k >= step * N for step in (4, 8)),
    ),
    ("barzanisar/OpenPCDet", {"OPTIMIZER": "adamW", "LR_SCHEDULER": "steplr"}, lambda k: LR * 0.1 ** (k // 100)),
    ("barzanisar/OpenPCDet", {"OPTIMIZER": "sgd", "LR_SCHEDULER": "cosine"}, lambda k: half(0.0, k / T)),
    (
        "xiangruhuang/OpenPCDet",
        {"OPTIMIZER": "adamW", "SCHEDULER": "STEP"},
        lambda k: LR * 0.1 ** sum(k - 1 >= step * N for step in (4, 8)),
    ),
    (
        "EmiyaNing/OpenPCDet",
        {"OPTIMIZER": "adam", "LR_WARMUP": True, "WARMUP_EPOCH": 2},
        lambda k: (
            LR / 10 + (LR - LR / 10) * (1 - math.cos(math.pi * k / (2 * N))) / 2
            if k < 2 * N
            else LR * 0.1 ** sum(k >= step * N for step in (4, 8))
        ),
    ),
]


@pytest.mark.parametrize(("trainer", "changes", "formula"), FORMULAS, ids=[f"{row[0]}{row[1]}" for row in FORMULAS])
def test_each_schedule_of_a_fork_is_its_formula(trainer: str, changes: dict[str, Any], formula: Any) -> None:
    run = ps.simulate(as_config(BLOCK | changes), ps.RunPlan(iters_per_epoch=N, trainer=trainer), iterations="all")
    assert run.crash is None
    assert all(math.isclose(lr, formula(k), rel_tol=1e-12) for k, lr in enumerate(run.curve["lr"]))
    if trainer != "EmiyaNing/OpenPCDet":
        auto = ps.simulate(as_config(BLOCK | changes), ps.RunPlan(iters_per_epoch=N), iterations="all")
        assert auto.resolved.name == trainer
        assert auto.curve.equals(run.curve)


def test_PLA_builds_the_one_cycle_of_its_optimizer_whatever_drives_it() -> None:
    block = BLOCK | {"OPTIMIZER": "adam_onecycle", "SCHEDULER": "poly", "POWER": 0.9}
    plan = ps.RunPlan(iters_per_epoch=N, trainer="CVMI-Lab/PLA")
    assert set(ps.simulate(as_config(block), plan).curve["momentum"]) == {0.95}
    assert not any("MOMS" in finding.message for finding in ps.check(as_config(block), plan).findings)
    block.pop("MOMS")
    crash = ps.simulate(as_config(block), plan).crash
    assert crash is not None
    assert crash.message.endswith("'MOMS'")


def test_MTR_falls_at_every_fifth_epoch_to_the_end_of_a_long_run() -> None:
    config = as_config(BLOCK | {"OPTIMIZER": "AdamW", "NUM_EPOCHS": 120})
    lr = ps.simulate(config, ps.RunPlan(iters_per_epoch=2, trainer="sshaoshuai/MTR"), iterations="all").curve["lr"]
    assert lr.tolist() == pytest.approx([LR * 0.3 ** (k // 2 // 5) for k in range(240)], rel=1e-12)


def test_what_a_plot_shows_of_a_fork_stays_within_a_thousandth_of_the_curve() -> None:
    for trainer, changes, formula in FORMULAS:
        run = ps.simulate(as_config(BLOCK | changes), ps.RunPlan(iters_per_epoch=N, trainer=trainer))
        drawn, k = run.curve["lr"].to_numpy(), run.curve["iteration"].to_numpy()
        assert all(abs(float(np.interp(i, k, drawn)) - formula(i)) < 1e-3 * LR for i in range(T)), (trainer, changes)


def test_a_backbone_with_its_own_lr_is_a_second_curve() -> None:
    block = BLOCK | {"OPTIMIZER": "adamW", "LR_BB": 0.0004}
    run = ps.simulate(as_config(block), ps.RunPlan(iters_per_epoch=N), iterations="all")
    assert run.resolved.name == "barzanisar/OpenPCDet"
    assert run.curve["lr_2"].tolist() == pytest.approx((run.curve["lr"] / 10).tolist())
    frozen = ps.simulate(as_config(block | {"FREEZE_BB": True}), ps.RunPlan(iters_per_epoch=N))
    assert "lr_2" not in frozen.curve


def test_a_value_that_stops_every_run_is_no_choice() -> None:
    known = {trainer.name: trainer.choices("SCHEDULER") for trainer in ps.trainers()}
    assert known["CVMI-Lab/PLA"] == ("poly", "cos_after_step", "multistep", "adam_onecycle")


STOPS = [
    ("CVMI-Lab/PLA", {"SCHEDULER": "cos"}, "train", 0, "NameError"),
    ("CVMI-Lab/PLA", {"SCHEDULER": "plateau"}, "train", 0, "NotImplementedError"),
    ("CVMI-Lab/PLA", {}, "build_scheduler", None, "AttributeError"),
    ("CVMI-Lab/PLA", {"SCHEDULER": "poly"}, "train", 0, "AttributeError"),
    ("CVMI-Lab/PLA", {"SCHEDULER": "cos_after_step"}, "train", 0, "AttributeError"),
    ("sshaoshuai/MTR", {}, "build_optimizer", None, "AssertionError"),
    ("barzanisar/OpenPCDet", {"OPTIMIZER": "adamW", "LR_SCHEDULER": "x"}, "build_scheduler", None, "UnboundLocalError"),
    ("barzanisar/OpenPCDet", {"OPTIMIZER": "adam", "LR_WARMUP": True}, "build_scheduler", None, "TypeError"),
    ("xiangruhuang/OpenPCDet", {"OPTIMIZER": "adam_onecycle"}, "build_scheduler", None, "AttributeError"),
    (
        "xiangruhuang/OpenPCDet",
        {"OPTIMIZER": "adam_onecycle", "SCHEDULER": "STEP"},
        "build_scheduler",
        None,
        "TypeError",
    ),
]


@pytest.mark.parametrize(("trainer", "changes", "stage", "iteration", "exception"), STOPS, ids=lambda x: str(x)[:40])
def test_a_fork_stops_where_its_own_code_does(
    trainer: str, changes: dict[str, Any], stage: str, iteration: int | None, exception: str
) -> None:
    crash = ps.simulate(as_config(BLOCK | changes), ps.RunPlan(iters_per_epoch=N, trainer=trainer)).crash
    assert crash is not None
    assert (crash.stage, crash.iteration, crash.exception) == (stage, iteration, exception)


def test_signs_that_fit_no_trainer_draw_nothing_and_say_so() -> None:
    config = as_config(BLOCK | {"OPTIMIZER": "adam_onecycle", "SCHEDULER": "plateau"})
    run = ps.simulate(config, ps.RunPlan(iters_per_epoch=N))
    assert run.resolved.trainer is None
    assert run.curve.empty
    report = ps.check(config, ps.RunPlan(iters_per_epoch=N))
    assert report.verdict.startswith("Not known: OpenPCDet itself does not know `SCHEDULER: plateau`.")
    assert "trainer-unknown" in {finding.code for finding in report.warnings}


def test_master_by_hand_stays_master_and_names_the_forks() -> None:
    config = as_config(BLOCK | {"SCHEDULER": "poly", "POWER": 0.9})
    report = ps.check(config, ps.RunPlan(iters_per_epoch=N, trainer="master"))
    assert report.crash is not None
    assert report.crash.exception == "NotImplementedError"
    assert any("CVMI-Lab/PLA" in finding.message for finding in report.infos)
