"""Resumed runs against those that the trainer really made, and the jump at the seam."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.resume import resume
from pcdet_sched.zoo import shipped

CONFIG = ps.load(shipped("KITTI", "PartA2").to_yaml())  # LR 0.01, DIV_FACTOR 10, PCT_START 0.4, 80 epochs
PLAN = ps.RunPlan(samples=3712, gpus=8)  # 116 iterations per epoch


def config_of(block: dict) -> ps.Config:
    return ps.load(json.dumps({"OPTIMIZATION": block}))


def test_every_resumed_run_of_the_reference_is_met(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "reference" / "resume.jsonl").read_text().splitlines()]
    assert len(rows) > 30
    for row in rows:
        plan = ps.RunPlan(samples=row["samples"], trainer=row["trainer"])
        start = ps.Checkpoint(row["checkpoint"]["epoch"], row["checkpoint"]["it"])
        found = resume((config_of(row["first"]), plan), (config_of(row["resumed"]), plan), start)
        expected = np.array(row["trajectory"], dtype=float).reshape(-1, 3)
        curve = ps.simulate(found.new.config, found.new.plan, iterations="all").curve
        np.testing.assert_allclose(curve[["iteration", "lr", "momentum"]].to_numpy(), expected, rtol=1e-12)
        if not len(expected):
            assert (found.seam.lr_after, found.first_epoch) == (None, None), row["id"]
            continue
        assert found.seam.lr_after == pytest.approx(expected[0, 1], rel=1e-12), row["id"]
        assert (
            found.first_epoch == row["result"]["iters_per_epoch"] - start.iteration % row["result"]["iters_per_epoch"]
        )
        assert found.short == (start.iteration % row["result"]["iters_per_epoch"] != 0)
        if row["change"] == "same":
            assert (found.seam.lr_factor, found.seam.momentum_factor) == (1, 1), row["id"]


def test_80_epochs_made_120_after_78_lift_lr_from_4e_5_to_6e_3() -> None:
    longer = CONFIG.edit({"NUM_EPOCHS": 120})
    found = resume((CONFIG, PLAN), (longer, PLAN), ps.Checkpoint(78, 78 * 116))
    assert f"{found.seam.lr_before:.1e}" == "4.3e-05"
    assert f"{found.seam.lr_after:.1e}" == "6.3e-03"
    assert found.seam.lr_factor == pytest.approx(147, abs=1)
    assert [(way.epochs, way.lr_factor) for way in found.ways] == [(80, 1.0)]
    assert found.winner.startswith("The YAML's LR, 0.01, wins")


def test_a_finished_run_is_taken_at_its_last_iteration() -> None:
    found = resume((CONFIG, PLAN), (CONFIG.edit({"NUM_EPOCHS": 100}), PLAN), ps.Checkpoint(80, 80 * 116))
    last = ps.simulate(CONFIG, PLAN, iterations=[80 * 116 - 1]).curve["lr"].iloc[0]
    assert found.seam.lr_before == last
    assert found.seam.lr_factor > 1000


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 79), st.integers(2, 120))
@example(65, 2)  # the best, 338, lies beyond four times the epochs
def test_of_all_epoch_counts_the_best_is_found(done: int, epochs: int) -> None:
    start = ps.Checkpoint(done, done * 116)
    other = ps.RunPlan(samples=3712, gpus=4)
    found = resume((CONFIG, PLAN), (CONFIG, dataclasses.replace(other, epochs=epochs)), start)

    def factor(count: int) -> float:
        plan = dataclasses.replace(other, epochs=count, checkpoint=start)
        return float(ps.simulate(CONFIG, plan, iterations=[start.iteration]).curve["lr"].iloc[0]) / found.seam.lr_before

    best = min((abs(np.log(way.lr_factor)), way) for way in found.ways)[1]
    assert best.lr_factor == pytest.approx(factor(best.epochs), rel=1e-9)
    for neighbour in {max(best.epochs - 1, done + 1), best.epochs + 1, epochs if epochs > done else done + 1, 80}:
        assert abs(np.log(best.lr_factor)) <= abs(np.log(factor(neighbour))) + 1e-9


def test_other_hardware_makes_the_first_epoch_short() -> None:
    found = resume((CONFIG, PLAN), (CONFIG, ps.RunPlan(samples=3712, gpus=5)), ps.Checkpoint(10, 1160))
    assert (found.whole_epoch, found.first_epoch, found.short) == (186, 186 - 1160 % 186, True)
    first = ps.simulate(CONFIG, found.new.plan, iterations="all").curve
    assert (first["epoch"] == 10).sum() == found.first_epoch


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_the_checkpoints_own_lr_wins_for_torchs_optimizers(optimizer: str) -> None:
    plan = ps.RunPlan(samples=3712, gpus=8, trainer="classic")
    old = CONFIG.edit({"OPTIMIZER": optimizer})
    found = resume((old, plan), (old.edit({"LR": 0.5}), plan), ps.Checkpoint(10, 1160))
    assert found.checkpoint.initial_lr == 0.01
    assert (found.seam.lr_before, found.seam.lr_after, found.seam.lr_factor) == (0.01, 0.01, 1)
    assert found.winner.startswith("The checkpoint's initial lr, 0.01, wins")
    stored = resume((old, plan), (old, plan), ps.Checkpoint(10, 1160, initial_lr=0.2))
    assert stored.seam.lr_after == 0.2


def test_the_yamls_lr_wins_for_the_wrapped_optimizers() -> None:
    found = resume((CONFIG, PLAN), (CONFIG.edit({"LR": 0.02}), PLAN), ps.Checkpoint(10, 1160))
    assert found.seam.lr_factor == pytest.approx(2)
    assert found.seam.momentum_factor == 1
    assert "The old one, 0.01, is forgotten." in found.winner


def test_a_block_without_a_curve_has_a_seam_of_unknowns() -> None:
    found = resume((CONFIG, PLAN), (CONFIG.edit({"OPTIMIZER": "adamw"}), PLAN), ps.Checkpoint(10, 1160))
    assert (found.seam.lr_after, found.seam.lr_factor, found.first_epoch, found.ways) == (None, None, None, ())


def test_a_schedule_that_the_loop_computes_from_LR_forgets_the_checkpoints_initial_lr() -> None:
    edits = {"OPTIMIZER": "adamw", "SCHEDULER": "poly", "POWER": 0.9, "LR": 0.01}
    block = ", ".join(f"{key}: {value}" for key, value in edits.items())
    text = f"OPTIMIZATION: {{BATCH_SIZE_PER_GPU: 4, NUM_EPOCHS: 10, WEIGHT_DECAY: 0.01, {block}}}"
    config, plan = ps.load(text), ps.RunPlan(iters_per_epoch=20)
    found = resume((config, plan), (config.edit({"LR": 0.02}), plan), ps.Checkpoint(5, 100, 0.01))
    assert found.winner.startswith("The YAML's LR, 0.02, wins")
    assert found.seam.lr_factor == pytest.approx(2)
