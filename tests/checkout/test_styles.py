"""A checkout in a fork's style gives, stepped by its own code, what the fork's rows and our record of it give."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

import pcdet_sched as ps
from pcdet_sched.checkout.simulate import simulate_checkout
from tests.checkout.styles import BLOCK, PLAN, as_config, write

CLASSIC = ("Haiyang-W/DSVT", "Nightmare-n/GD-MAE", "dvlab-research/FocalsConv", "dvlab-research/VoxelNeXt")
STYLE_OF = dict.fromkeys((*CLASSIC, "happinesslz/LION"), "classic") | dict.fromkeys(
    ("Haiyang-W/UniTR", "zhanggang001/HEDNet"), "master"
)
FORKS = ("EmiyaNing/OpenPCDet", "barzanisar/OpenPCDet", "CVMI-Lab/PLA", "sshaoshuai/MTR", "xiangruhuang/OpenPCDet",
         "PJLab-ADG/3DTrans", "classic", "master")  # fmt: skip


@pytest.fixture(scope="module")
def rows(shared: Path) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with gzip.open(shared / "reference/forks.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            found.setdefault(STYLE_OF.get(row["fork"], row["fork"]), []).append(row)
    return found


def close(got: float, expected: float | None) -> bool:
    return expected is None or math.isclose(got, expected, rel_tol=1e-12, abs_tol=0.0)


def of_each_kind(found: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """One row of each optimizer and schedule, at most so many."""
    kinds: dict[Any, dict[str, Any]] = {}
    for row in found:
        block = row["optimization"]
        names = ("OPTIMIZER", "SCHEDULER", "LR_SCHEDULER", "LR_WARMUP", "FREEZE_BB")
        kinds.setdefault((row["ok"], "LR_BB" in block, *(str(block.get(name)) for name in names)), row)
    return list(kinds.values())[:most]


@pytest.mark.slow
@pytest.mark.parametrize("style", FORKS)
def test_the_forks_rows_come_out_of_code_in_its_style(
    style: str, rows: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    checkout = write(tmp_path, style)
    for row in of_each_kind(rows[style], 7):
        block = row["optimization"][row["stage"]] if row.get("stage") else row["optimization"]
        run = simulate_checkout(as_config(block), PLAN, checkout, "all")
        if not row["ok"]:
            assert run.crash is not None, row["path"]
            assert str(row["error"]).startswith(f"{run.crash.stage} {run.crash.exception}")
            continue
        assert (run.crash, len(run.curve)) == (None, row["total"]), row["path"]
        last = run.curve["lr_2"] if "lr_2" in run.curve else run.curve["lr"]
        for k, lr, momentum, last_lr in row["curve"]:
            got = run.curve.iloc[k]
            assert close(got.lr, lr) and close(got.momentum, momentum) and close(last[k], last_lr), (row["path"], k)  # noqa: PT018 - one point
        assert run.checkout is not None
        assert run.checkout.loop == "train_model"


# Style, what the block says beside BLOCK, the trainer that does the same.
SAME = [
    ("master", {"OPTIMIZER": "adam_cosineanneal"}, "master"),
    ("master", {"OPTIMIZER": "sgd"}, "master"),
    ("classic", {}, "master"),
    ("classic", {"OPTIMIZER": "adam"}, "classic"),
    ("classic", {"OPTIMIZER": "adam", "LR_WARMUP": True}, "master"),
    ("classic", {"OPTIMIZER": "rmsprop"}, "master"),
    ("PJLab-ADG/3DTrans", {"PCT_START": 0}, "master"),
    ("EmiyaNing/OpenPCDet", {"OPTIMIZER": "sgd", "LR_WARMUP": True}, "EmiyaNing/OpenPCDet"),
    ("CVMI-Lab/PLA", {"OPTIMIZER": "adamw", "SCHEDULER": "cos"}, "CVMI-Lab/PLA"),
    ("CVMI-Lab/PLA", {"OPTIMIZER": "adamw", "SCHEDULER": "poly", "POWER": 0.9}, "CVMI-Lab/PLA"),
    ("sshaoshuai/MTR", {"OPTIMIZER": "AdamW"}, "sshaoshuai/MTR"),
    ("sshaoshuai/MTR", {"OPTIMIZER": "Adam", "SCHEDULER": "linearLR"}, "sshaoshuai/MTR"),
    ("barzanisar/OpenPCDet", {"OPTIMIZER": "adamW", "LR_SCHEDULER": "onecycle"}, "barzanisar/OpenPCDet"),
    ("xiangruhuang/OpenPCDet", {"OPTIMIZER": "adamW", "SCHEDULER": "STEP"}, "xiangruhuang/OpenPCDet"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("style", "changes", "trainer"), SAME, ids=lambda value: str(value)[:40])
def test_a_checkout_that_equals_a_known_trainer_is_said_to(
    style: str, changes: dict[str, Any], trainer: str, tmp_path: Path
) -> None:
    run = simulate_checkout(as_config(BLOCK | changes), PLAN, write(tmp_path, style))
    assert run.checkout is not None
    assert run.checkout.same_as[:1] == (trainer,)
    assert run.resolved.sentence.endswith(f"identical to {trainer} in all that matters here.")
    known = ps.simulate(run.config, ps.RunPlan(iters_per_epoch=20, trainer=trainer))
    assert (run.crash and run.crash.exception) == (known.crash and known.crash.exception)
    assert (run.crash and run.crash.iteration) == (known.crash and known.crash.iteration)


def test_another_formula_is_drawn_as_it_is_and_said_to_be_no_known_trainers(tmp_path: Path) -> None:
    run = simulate_checkout(as_config(BLOCK), PLAN, write(tmp_path, "another formula"), "all")
    assert run.checkout is not None
    assert run.checkout.same_as == ()
    assert "no known trainer does the same" in run.checkout.sentence
    low, top, boundary = 0.0004, 0.004, 48
    up = [low + (top - low) * k / boundary for k in range(boundary)]
    assert run.curve["lr"].tolist()[:boundary] == pytest.approx(up, rel=1e-12)
