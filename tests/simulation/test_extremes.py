"""Numbers that no run will ever have are answered like the rest, and soon."""

from __future__ import annotations

import time
from typing import Any

import pytest

import pcdet_sched as ps

# Generous, for a busy machine: a loop over the iterations or the decays of these runs would take years or minutes.
SECONDS = 20


@pytest.mark.parametrize(
    ("change", "plan", "exception"),
    [
        ({"NUM_EPOCHS": 10**18}, {}, None),
        ({"NUM_EPOCHS": 10**30}, {}, "OverflowError"),
        ({"NUM_EPOCHS": 10**400}, {}, "OverflowError"),
        ({"BATCH_SIZE_PER_GPU": 10**18}, {}, None),
        ({"BATCH_SIZE_PER_GPU": 10**30}, {}, "ValueError"),
        ({}, {"samples": 10**18}, None),
        ({}, {"samples": 10**30}, "OverflowError"),
        ({"NUM_EPOCHS": "8"}, {"samples": 10**15}, "TypeError"),
        ({"PCT_START": "0.4"}, {"samples": 10**15}, "ValueError"),
        ({"LR_WARMUP": True, "WARMUP_EPOCH": 10**30, "OPTIMIZER": "sgd"}, {"trainer": "classic"}, "TypeError"),
        ({"LR_WARMUP": True, "WARMUP_EPOCH": float("inf"), "OPTIMIZER": "sgd"}, {"trainer": "classic"}, "TypeError"),
        ({"LR_WARMUP": True, "WARMUP_EPOCH": float("nan"), "OPTIMIZER": "sgd"}, {"trainer": "classic"}, "TypeError"),
        ({"OPTIMIZER": "adam_cosineanneal", "NUM_EPOCHS": 10**12}, {}, None),
        ({"OPTIMIZER": "adam_cosineanneal", "WARMUP_ITER": 10**30}, {}, None),
        ({"PCT_START": 1e300}, {}, None),
        ({"DIV_FACTOR": 1e308, "LR": 1e-300}, {}, None),
    ],
    ids=str,
)
def test_no_number_makes_it_hang(
    config: ps.Config, change: dict[str, Any], plan: dict[str, Any], exception: str | None
) -> None:
    started = time.monotonic()
    run = ps.simulate(config.edit(change), ps.RunPlan(**{"samples": 3712, **plan}))
    assert (run.crash.exception if run.crash else None) == exception
    assert time.monotonic() - started < SECONDS


@pytest.mark.parametrize("decay", [0.1, 0.9999, 1.0, 1.5, 10**30, -(10**30)])
def test_a_million_decay_steps_are_answered(config: ps.Config, decay: float) -> None:
    change = {"OPTIMIZER": "adam", "LR_DECAY": decay, "DECAY_STEP_LIST": list(range(1_000_000))}
    started = time.monotonic()
    run = ps.simulate(config.edit({**change, "NUM_EPOCHS": 10**6}), ps.RunPlan(iters_per_epoch=10, trainer="classic"))
    assert len(run.curve) < 10_000
    assert time.monotonic() - started < SECONDS


def test_a_run_too_long_for_a_table_is_judged_and_not_drawn(config: ps.Config, plan: ps.RunPlan) -> None:
    run = ps.simulate(config.edit({"NUM_EPOCHS": 10**18}), plan)
    assert run.crash is None
    assert run.total_iterations == 116 * 10**18
    assert run.curve.empty
