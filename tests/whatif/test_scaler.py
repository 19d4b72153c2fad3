"""The loss scale against torch's own GradScaler, and decay per step."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.scaler import scaling
from pcdet_sched.zoo import shipped

CONFIG = ps.load(shipped("KITTI", "pointpillar").to_yaml())


def run_of(iters: int, epochs: int = 3, checkpoint: ps.Checkpoint | None = None, **changes: object) -> ps.Run:
    plan = ps.RunPlan(iters_per_epoch=iters, epochs=epochs, use_amp=True, checkpoint=checkpoint, trainer="classic")
    return ps.simulate(CONFIG.edit(changes), plan)


def at_every_iteration(run: ps.Run, rebuilt: bool = True) -> np.ndarray:
    ceiling = scaling(run, rebuilt).ceiling
    k = np.arange(run.first_iteration, run.first_iteration + run.total_iterations)
    return ceiling["loss_scale"].to_numpy()[np.searchsorted(ceiling["iteration"], k, side="right") - 1]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9000), st.integers(1, 4), st.booleans(), st.sampled_from([32.0, 1024, 65536.0]))
def test_the_ceiling_doubles_every_2000_iterations_of_a_scalers_life(
    iters: int, epochs: int, rebuilt: bool, initial: float
) -> None:
    run = run_of(iters, epochs, LOSS_SCALE_FP16=initial)
    k = np.arange(iters * epochs)
    life = k % iters if rebuilt else k
    np.testing.assert_array_equal(at_every_iteration(run, rebuilt), initial * 2.0 ** (life // 2000))


def test_torchs_own_scaler_grows_as_the_ceiling_says() -> None:
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=0.0)
    real = []
    for _ in range(4100):
        real.append(scaler.get_scale())
        optimizer.zero_grad()
        scaler.scale(weight.sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    np.testing.assert_array_equal(at_every_iteration(run_of(4100, 1, LOSS_SCALE_FP16=1024.0)), real)


def test_below_2000_iterations_per_epoch_the_scale_never_grows_unless_it_is_kept() -> None:
    run = run_of(1999, 5)
    assert set(at_every_iteration(run)) == {65536}
    assert scaling(run).per_epoch == 0
    assert scaling(run_of(2001)).per_epoch == 1
    assert at_every_iteration(run, rebuilt=False).max() == 65536 * 2**4


def test_a_resumed_short_epoch_begins_with_a_new_scaler() -> None:
    run = run_of(4000, 3, ps.Checkpoint(1, 5000))
    scale = at_every_iteration(run)
    assert scale[0] == 65536
    assert scale[2000] == 131072
    assert scale[3000] == 65536, "the next epoch begins at iteration 8000"


def test_the_scale_stays_within_a_float32() -> None:
    scale = at_every_iteration(run_of(400_000, 1), rebuilt=False)
    assert scale.max() == 2.0**127


def test_a_tiny_first_scale_doubles_too() -> None:
    assert scaling(run_of(2001, LOSS_SCALE_FP16=1e-300)).ceiling["loss_scale"].tolist()[:2] == [1e-300, 2e-300]


def test_amp_is_read_from_the_plan_and_from_the_block() -> None:
    plain = ps.simulate(CONFIG, ps.RunPlan(samples=10))
    assert not scaling(plain).use_amp
    assert scaling(run_of(10)).use_amp
    assert scaling(ps.simulate(CONFIG.edit({"USE_AMP": True}), ps.RunPlan(samples=10))).use_amp


def test_decay_per_step_is_lr_times_weight_decay_where_it_is_decoupled() -> None:
    run = run_of(50)
    np.testing.assert_array_equal(scaling(run).decay["decay"], run.curve["lr"] * 0.01)
    assert scaling(run_of(50, OPTIMIZER="sgd", MOMENTUM=0.9)).decay is None


@pytest.mark.parametrize("value", ["65536", 0, -1.0, float("nan"), True, [1]])
def test_a_scale_that_is_no_positive_number_is_refused(value: object) -> None:
    block = CONFIG.optimization | {"LOSS_SCALE_FP16": value}
    run = ps.simulate(ps.load(json.dumps({"OPTIMIZATION": block}).replace("NaN", ".nan")), ps.RunPlan(samples=10))
    with pytest.raises(ValueError, match="LOSS_SCALE_FP16 must be a number above 0"):
        scaling(run)


def test_a_run_without_a_curve_has_neither() -> None:
    found = scaling(run_of(10, OPTIMIZER="adamw"))
    assert (len(found.ceiling), found.decay) == (0, None)
