"""The schedules against their formulas, written out once more from scratch, and against figures kept here."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

import pcdet_sched as ps

FIGURES = json.loads((Path(__file__).parent / "figures.json").read_text(encoding="utf-8"))


def half_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def one_cycle(block: dict[str, Any], total: int, k: int) -> tuple[float, float]:
    boundary, low = int(block["PCT_START"] * total), block["LR"] / block["DIV_FACTOR"]
    first, second = block["MOMS"]
    if k < boundary:
        share = k / boundary
        return half_cosine(low, block["LR"], share), half_cosine(first, second, share)
    share = (k - boundary) / (total - boundary)
    return half_cosine(block["LR"], low / 1e4, share), half_cosine(second, first, share)


@pytest.mark.parametrize("row", FIGURES, ids=lambda row: row["id"])
def test_each_kept_figure_is_met(row: dict[str, Any]) -> None:
    config = ps.load("OPTIMIZATION: {}").edit(row["optimization"])
    plan = ps.RunPlan(iters_per_epoch=row["iters_per_epoch"], trainer=row["trainer"])
    curve = ps.simulate(config, plan, [point[0] for point in row["points"]]).curve
    for got, expected in zip(curve.to_numpy().tolist(), row["points"], strict=True):
        assert got == pytest.approx(expected, rel=1e-12, abs=0)


@pytest.mark.parametrize("row", [row for row in FIGURES if row["optimization"]["OPTIMIZER"] == "adam_onecycle"])
def test_one_cycle_is_two_half_cosines(row: dict[str, Any]) -> None:
    block, each = row["optimization"], row["iters_per_epoch"]
    for k, _, lr, momentum in row["points"]:
        expected = one_cycle(block, each * block["NUM_EPOCHS"], k)
        assert (lr, momentum) == pytest.approx(expected, rel=1e-9, abs=1e-18)


@pytest.mark.parametrize("row", [row for row in FIGURES if row["optimization"]["OPTIMIZER"] in ("adam", "sgd")])
def test_step_decay_multiplies_up_to_the_clip_after_its_warm_up(row: dict[str, Any]) -> None:
    block, each = row["optimization"], row["iters_per_epoch"]
    warm = block["WARMUP_EPOCH"] * each if block["LR_WARMUP"] else 0
    for k, _, lr, _ in row["points"]:
        if k < warm:
            low = block["LR"] / block["DIV_FACTOR"]
            expected = low + (block["LR"] - low) * (1 - math.cos(math.pi * k / warm)) / 2
        else:
            reached = sum(step * each <= k for step in block["DECAY_STEP_LIST"])
            expected = max(block["LR"] * block["LR_DECAY"] ** reached, block["LR_CLIP"])
        assert lr == pytest.approx(expected, rel=1e-9)
