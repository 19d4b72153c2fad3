"""The translated code is run as a user would run it, and stepped through iteration by iteration."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import OrderedDict

import numpy as np
import pytest
import torch

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


def run_of(iters_per_epoch: int = 50, trainer: str = "master", **changes: object) -> ps.Run:
    text = json.dumps({"OPTIMIZATION": BLOCK})
    config = ps.load(text).edit(changes)
    return ps.simulate(config, ps.RunPlan(iters_per_epoch=iters_per_epoch, trainer=trainer), iterations="all")


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


B, P, M, X = "barzanisar/OpenPCDet", "CVMI-Lab/PLA", "sshaoshuai/MTR", "xiangruhuang/OpenPCDet"


@pytest.mark.parametrize(
    ("trainer", "form", "changes"),
    [
        (B, "StepLR", {"OPTIMIZER": "adamW", "LR_SCHEDULER": "steplr", "LR_BB": 0.0007}),
        (B, "CosineAnnealingLR", {"OPTIMIZER": "sgd", "LR_SCHEDULER": "cosine"}),
        (B, "OneCycleLR", {"OPTIMIZER": "adam", "LR_SCHEDULER": "onecycle", "LR_BB": 0.0007}),
        (B, "LambdaLR", {"OPTIMIZER": "adamW", "LR_BB": 0.0007, "LR_CLIP": 0.0001}),
        (B, "LambdaLR", {"OPTIMIZER": "adamW_onecycle"}),
        (P, "LambdaLR", {"OPTIMIZER": "adamw", "SCHEDULER": "poly", "POWER": 0.9}),
        (P, "LambdaLR", {"OPTIMIZER": "adam", "SCHEDULER": "cos_after_step", "STEP_EPOCH": 2}),
        (P, "LambdaLR", {"OPTIMIZER": "sgd", "SCHEDULER": "multistep"}),
        (M, "LambdaLR", {"OPTIMIZER": "AdamW"}),
        (M, "LambdaLR", {"OPTIMIZER": "Adam", "SCHEDULER": "lambdaLR", "DECAY_STEP_LIST": None}),
        (M, "LinearLR", {"OPTIMIZER": "AdamW", "SCHEDULER": "linearLR"}),
        (M, "CosineAnnealingWarmRestarts", {"OPTIMIZER": "AdamW", "SCHEDULER": "cosine"}),
        (X, "MultiStepLR", {"OPTIMIZER": "adamW", "SCHEDULER": "STEP"}),
        (X, "LambdaLR", {"OPTIMIZER": "adam", "SCHEDULER": "else"}),
        (X, "LambdaLR", {"OPTIMIZER": "adam_onecycle", "SCHEDULER": "OneCycle"}),
        ("EmiyaNing/OpenPCDet", "LambdaLR", {"OPTIMIZER": "adam", "LR_WARMUP": True, "WARMUP_EPOCH": 2}),
    ],
)
def test_code_of_a_fork_run_in_torch_gives_that_forks_curve(trainer: str, form: str, changes: dict) -> None:
    run = run_of(trainer=trainer, **({"LR_CLIP": 1e-07} | changes))
    assert run.crash is None
    found = translate(run, form)
    namespace: dict = {}
    exec(compile(found.code, "translated.py", "exec"), namespace)  # noqa: S102 - in a process of its own it takes seconds
    parts = ("backbone_3d", torch.nn.Linear(2, 2)), ("head", torch.nn.Linear(2, 1))
    optimizer, scheduler = namespace["build"](torch.nn.Sequential(OrderedDict(parts)))
    rows = []
    for _ in range(run.total_iterations):
        first, last = optimizer.param_groups[0], optimizer.param_groups[-1]
        rows.append((first["lr"], first["betas"][0] if "betas" in first else first["momentum"], last["lr"]))
        optimizer.step()
        scheduler.step()
    lr, momentum, lr_2 = np.array(rows).T
    np.testing.assert_allclose(lr, run.curve["lr"], rtol=1e-12)
    np.testing.assert_allclose(lr_2, run.curve.get("lr_2", run.curve["lr"]), rtol=1e-12)
    np.testing.assert_allclose(momentum, run.curve["momentum"], rtol=1e-12)
    assert ("clip_grad_norm_" in found.code) is (trainer != P)
    name = str(run.config.optimization["OPTIMIZER"]).lower()
    assert type(optimizer).__name__.lower() == ("adamw" if "onecycle" in name else name)


def test_a_schedule_that_no_torch_optimizer_can_have_is_refused() -> None:
    with pytest.raises(TranslationError, match="adam_onecycle under the schedule constant"):
        translate(run_of(trainer=P, SCHEDULER="multistep"))


@pytest.mark.parametrize(("trainer", "beta2"), [("master", 0.98), ("classic", 0.99)])
def test_betas_get_into_the_code_where_the_trainer_reads_them(trainer: str, beta2: float) -> None:
    assert f"betas=(0.95, {beta2})" in translate(run_of(trainer=trainer, BETAS=[0.5, 0.98])).code


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
