"""The points of a plot: few, and enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pcdet_sched as ps

TOLERANCE = 0.001
SCHEDULES: dict[str, dict[str, Any]] = {
    "one-cycle": {},
    "one-cycle, early peak": {"PCT_START": 0.02},
    "one-cycle, peak beyond the end": {"PCT_START": 1.3},
    "cosine annealing": {"OPTIMIZER": "adam_cosineanneal"},
    "step decay": {"OPTIMIZER": "sgd", "LR_DECAY": 0.5},
    "many decays": {"OPTIMIZER": "sgd", "LR_DECAY": 0.9, "DECAY_STEP_LIST": list(range(80))},
    "cosine warm-up": {"OPTIMIZER": "adam", "LR_WARMUP": True, "WARMUP_EPOCH": 5},
    "cosine warm-up of half an epoch": {"OPTIMIZER": "adam", "LR_WARMUP": True, "WARMUP_EPOCH": 0.5},
}


def gap(drawn: np.ndarray, x: np.ndarray, whole: np.ndarray) -> float:
    """The largest distance of the straight lines between the drawn points from the curve, as a share of its range."""
    lines = np.interp(np.arange(len(whole)), x, drawn)
    return float(np.abs(lines - whole).max() / max(np.ptp(whole), 1e-300))


@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("each", [1, 7, 150])
def test_straight_lines_between_the_points_stay_within_a_thousandth_of_the_range(
    name: str, each: int, config: ps.Config
) -> None:
    edited = config.edit(SCHEDULES[name])
    plan = ps.RunPlan(iters_per_epoch=each)
    drawn, whole = ps.simulate(edited, plan).curve, ps.simulate(edited, plan, "all").curve
    assert len(whole) == 80 * each
    for column in ("lr", "momentum"):
        assert gap(drawn[column].to_numpy(), drawn["iteration"].to_numpy(), whole[column].to_numpy()) <= TOLERANCE


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_number_of_points_does_not_grow_with_the_run(name: str, config: ps.Config) -> None:
    edited = config.edit(SCHEDULES[name])
    sizes = [len(ps.simulate(edited, ps.RunPlan(iters_per_epoch=each)).curve) for each in (1000, 10**6, 10**12)]
    assert max(sizes) <= 1.1 * min(sizes)
    assert max(sizes) < 1000


def test_more_decays_than_are_drawn_one_by_one_are_drawn_within_a_few_thousandths_of_the_lr(config: ps.Config) -> None:
    edits = {"OPTIMIZER": "sgd", "NUM_EPOCHS": 5000, "DECAY_STEP_LIST": list(range(1, 5000)), "LR_DECAY": 0.998}
    edited, plan = config.edit(edits | {"LR_CLIP": 0}), ps.RunPlan(iters_per_epoch=2, trainer="classic")
    drawn, whole = ps.simulate(edited, plan).curve, ps.simulate(edited, plan, "all").curve["lr"].to_numpy()
    assert len(drawn) < 4000
    lines = np.interp(np.arange(len(whole)), drawn["iteration"], drawn["lr"])
    assert np.abs(lines / whole - 1).max() < 0.003


@pytest.mark.parametrize(("epochs", "each"), [(10**5, 116), (10**9, 116), (3000, 10**9)])
def test_a_staircase_of_any_number_of_epochs_is_drawn_with_a_bounded_number_of_points(
    epochs: int, each: int, config: ps.Config
) -> None:
    edited = config.edit({"OPTIMIZER": "adam_cosineanneal", "NUM_EPOCHS": epochs})
    run = ps.simulate(edited, ps.RunPlan(iters_per_epoch=each))
    assert run.crash is None
    assert len(run.curve) < 8200
    probes = np.linspace(0, epochs * each - 1, 5000).astype(np.int64).tolist()
    exact = ps.simulate(edited, ps.RunPlan(iters_per_epoch=each), probes).curve
    lines = np.interp(exact["iteration"], run.curve["iteration"], run.curve["lr"])
    assert np.abs(lines - exact["lr"]).max() <= TOLERANCE * 0.003


def test_both_sides_of_each_boundary_the_first_and_the_last_iteration_are_drawn(
    config: ps.Config, plan: ps.RunPlan
) -> None:
    drawn = set(ps.simulate(config, plan).curve["iteration"])
    assert {0, 3711, 3712, 9279} <= drawn
    decays = set(ps.simulate(config.edit({"OPTIMIZER": "sgd"}), plan).curve["iteration"])
    assert {0, 35 * 116 - 1, 35 * 116, 45 * 116 - 1, 45 * 116, 9279} <= decays


def test_points_are_dense_enough_for_a_logarithmic_axis(config: ps.Config, plan: ps.RunPlan) -> None:
    drawn, whole = ps.simulate(config, plan).curve, ps.simulate(config, plan, "all").curve
    x = drawn["iteration"].to_numpy()
    assert gap(np.log(drawn["lr"].to_numpy()), x, np.log(whole["lr"].to_numpy())) < 0.01
