"""The translated code is run as a user would run it, and stepped through iteration by iteration."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import pcdet_sched as ps
from pcdet_sched.torch_code.translate import Translation, TranslationError, forms, translate

BLOCK = {
    "BATCH_SIZE_PER_GPU": 4, "NUM_EPOCHS": 6, "OPTIMIZER": "adam_onecycle", "LR": 0.003, "WEIGHT_DECAY": 0.01,
    "MOMENTUM": 0.9, "MOMS": [0.95, 0.85], "PCT_START": 0.4, "DIV_FACTOR": 10, "DECAY_STEP_LIST": [2, 4],
    "LR_DECAY": 0.1, "LR_CLIP": 1e-07, "LR_WARMUP": False, "WARMUP_EPOCH": 1, "WARMUP_ITER": 30, "GRAD_NORM_CLIP": 10,
}  # fmt: skip

DRIVER = """
import json, sys
namespace = {}
source, total = json.loads(sys.stdin.read())
exec(compile(source, "translated.py", "exec"), namespace)
model = namespace["torch"].nn.Linear(2, 1)
optimizer, scheduler = namespace["build"](model)
rows = []
for _ in range(total):
    group = optimizer.param_groups[0]
    momentum = group["betas"][0] if "betas" in group else group["momentum"]
    rows.append([group["lr"], momentum])
    optimizer.step()
    scheduler.step()
print(json.dumps({"rows": rows, "kind": type(optimizer).__name__, "group": {
    "weight_decay": group["weight_decay"], "betas": group.get("betas")}}))
"""


def run_of(iters_per_epoch: int = 50, **changes: object) -> ps.Run:
    text = json.dumps({"OPTIMIZATION": BLOCK})
    config = ps.load(text).edit(changes)
    return ps.simulate(config, ps.RunPlan(iters_per_epoch=iters_per_epoch, trainer="classic"), iterations="all")


def executed(found: Translation, total: int) -> dict:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", DRIVER],
        input=json.dumps([found.code, total]), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"PCT_START": 1.0},
        {"OPTIMIZER": "adam_cosineanneal"},
        {"OPTIMIZER": "adam"},
        {"OPTIMIZER": "sgd", "MOMENTUM": 0.8},
        {"OPTIMIZER": "sgd", "LR_CLIP": 0.0005},
        {"OPTIMIZER": "sgd", "LR_WARMUP": True, "WARMUP_EPOCH": 2},
    ],
)
def test_lambda_code_run_in_torch_gives_the_trainers_curve(changes: dict) -> None:
    run = run_of(**changes)
    result = executed(translate(run, "LambdaLR"), run.total_iterations)
    lr, momentum = np.array(result["rows"]).T
    np.testing.assert_allclose(lr, run.curve["lr"], rtol=1e-12)
    np.testing.assert_allclose(momentum, run.curve["momentum"], rtol=1e-12)
    wrapped = str(run.config.optimization["OPTIMIZER"]).startswith("adam_")
    assert result["kind"] == ("AdamW" if wrapped else "SGD" if changes["OPTIMIZER"] == "sgd" else "Adam")
    assert result["group"]["weight_decay"] == 0.01


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"PCT_START": 0.25, "MOMS": [0.9, 0.7], "BETAS": [0.5, 0.98]}])
def test_gaps_of_the_one_cycle_code_are_those_that_running_it_shows(changes: dict) -> None:
    run = run_of(**changes)
    found = translate(run)
    result = executed(found, run.total_iterations)
    lr, beta1 = np.array(result["rows"]).T
    gaps = {gap.name: gap for gap in found.gaps}
    largest = np.abs(lr - run.curve["lr"])
    stated = abs(gaps["largest gap in lr"].trainer - gaps["largest gap in lr"].code)
    assert stated == pytest.approx(largest.max(), rel=1e-3)
    assert stated > 1e-6, "torch's curve is another one"
    beta_gap = gaps["largest gap in beta1"]
    assert abs(beta_gap.trainer - beta_gap.code) == pytest.approx(np.abs(beta1 - run.curve["momentum"]).max(), rel=1e-3)
    boundary = int(run.config.optimization["PCT_START"] * run.total_iterations)
    assert (gaps["iteration of the peak"].trainer, gaps["iteration of the peak"].code) == (boundary, boundary - 1)
    assert gaps["final lr"].code == pytest.approx(lr[-1], rel=1e-9)
    assert gaps["final lr"].trainer > gaps["final lr"].code
    decays = gaps["total decay Σ lr·wd"]
    assert decays.code == pytest.approx(lr.sum() * 0.01, rel=1e-4)
    assert decays.trainer == pytest.approx(run.curve["lr"].sum() * 0.01, rel=1e-4)
    assert result["group"]["betas"][1] == changes.get("BETAS", [0, 0.99])[1]


def test_gaps_at_a_plots_points_are_close_to_those_over_every_iteration() -> None:
    run = run_of(iters_per_epoch=700)
    every = translate(run).gaps
    some = translate(ps.simulate(run.config, run.plan)).gaps
    for exact, found in zip(every, some, strict=True):
        assert abs(found.trainer - found.code) == pytest.approx(abs(exact.trainer - exact.code), rel=0.02), found.name


def test_only_one_cycle_has_a_one_cycle_form() -> None:
    assert forms(run_of()) == ("OneCycleLR", "LambdaLR")
    assert forms(run_of(OPTIMIZER="sgd")) == ("LambdaLR",)
    with pytest.raises(TranslationError, match="sgd cannot be written as OneCycleLR"):
        translate(run_of(OPTIMIZER="sgd"), "OneCycleLR")


def test_no_text_of_a_file_becomes_code() -> None:
    hostile = '0.003); import os; print("owned'
    for key in ("LR", "WEIGHT_DECAY", "PCT_START", "DIV_FACTOR", "MOMS", "BETAS"):
        value = [hostile, 0.85] if key in ("MOMS", "BETAS") else hostile
        with pytest.raises(TranslationError):
            translate(run_of(**{key: value}), "LambdaLR")


def test_a_number_that_the_file_holds_as_text_is_written_as_the_number() -> None:
    assert "max_lr=0.003," in translate(run_of(LR="3e-3")).code


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"PCT_START": 0.003}, "warm-up of two"), ({"PCT_START": 1.0}, "below 1"), ({"OPTIMIZER": "adamw"}, "no curve")],
)
def test_what_torch_cannot_do_is_refused_with_the_reason(changes: dict, why: str) -> None:
    with pytest.raises(TranslationError, match=why):
        translate(run_of(**changes))


def test_a_resumed_run_is_not_translated() -> None:
    run = run_of()
    plan = ps.RunPlan(iters_per_epoch=50, checkpoint=ps.Checkpoint(2, 100))
    with pytest.raises(TranslationError, match="resumed"):
        translate(ps.simulate(run.config, plan))
