"""What holds for every valid block, whatever its numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from tests.samples import WITH_WARMUP_ITER

CONFIG = ps.load(WITH_WARMUP_ITER)
lrs = st.floats(1e-6, 0.1)
divs = st.floats(1.0, 1000.0)
shares = st.floats(0.05, 0.95)
moms = st.tuples(st.floats(0.5, 0.99), st.floats(0.5, 0.99)).map(list)
lengths = st.tuples(st.integers(2, 120), st.integers(2, 30))
one_cycles = st.fixed_dictionaries({"LR": lrs, "DIV_FACTOR": divs, "PCT_START": shares, "MOMS": moms})


def run_of(block: dict[str, Any], length: tuple[int, int], iterations: Any = None, trainer: str = "classic") -> ps.Run:
    each, epochs = length
    plan = ps.RunPlan(iters_per_epoch=each, epochs=epochs, trainer=trainer)
    return ps.simulate(CONFIG.edit(block), plan, iterations)


@given(block=one_cycles, length=lengths)
def test_one_cycle_peaks_at_LR_and_the_peak_sits_at_the_boundary(
    block: dict[str, Any], length: tuple[int, int]
) -> None:
    total = length[0] * length[1]
    boundary = int(block["PCT_START"] * total)
    assume(boundary >= 1)
    run = run_of(block, length, "all")
    assert run.curve["lr"].max() == pytest.approx(block["LR"], rel=1e-12)
    assert run.curve["lr"][boundary] == block["LR"]
    assert run.phases == (
        ps.simulation.Phase("warm-up", 0, boundary),
        ps.simulation.Phase("annealing", boundary, total),
    )


@given(block=one_cycles)
def test_one_cycle_starts_at_LR_over_DIV_FACTOR_and_ends_within_1_percent_of_it_over_10000_on_long_runs(
    block: dict[str, Any],
) -> None:
    run = run_of(block, (20_000, 60))
    assert run.summary is not None
    low = block["LR"] / block["DIV_FACTOR"]
    assert run.summary.lr_start == pytest.approx(low, rel=1e-9)
    # What is left of the cosine one iteration before its end, besides the 1%.
    left = 1_200_000 - int(block["PCT_START"] * 1_200_000)
    rest = block["LR"] * (math.pi / left) ** 2 / 4
    assert low / 1e4 < run.summary.lr_end <= low / 1e4 * 1.01 + rest


@given(block=one_cycles, length=lengths)
def test_one_cycle_momentum_mirrors_lr(block: dict[str, Any], length: tuple[int, int]) -> None:
    boundary = int(block["PCT_START"] * length[0] * length[1])
    assume(boundary >= 1)
    run = run_of(block, length, "all")
    low, (first, second) = block["LR"] / block["DIV_FACTOR"], block["MOMS"]
    lr, momentum = run.curve["lr"].to_numpy()[:boundary], run.curve["momentum"].to_numpy()[:boundary]
    # In the warm-up both go through the same half cosine, lr up and momentum from MOMS[0] to MOMS[1].
    share_of_lr = (lr - low) * (second - first)
    share_of_momentum = (momentum - first) * (block["LR"] - low)
    assert np.allclose(share_of_lr, share_of_momentum, rtol=0, atol=1e-12 * block["LR"])
    assert run.curve["momentum"].between(min(block["MOMS"]) - 1e-12, max(block["MOMS"]) + 1e-12).all()


@given(
    block=st.fixed_dictionaries(
        {
            "OPTIMIZER": st.sampled_from(["adam", "sgd"]),
            "LR": lrs,
            "LR_DECAY": st.floats(0.01, 1.0),
            "LR_CLIP": st.floats(0, 1e-6),
            "DECAY_STEP_LIST": st.lists(st.integers(0, 70), max_size=6),
        }
    ),
    length=lengths,
)
def test_a_step_decay_never_rises_and_never_falls_below_LR_CLIP(block: dict[str, Any], length: tuple[int, int]) -> None:
    run = run_of(block, length, "all")
    assert run.crash is None
    lr = run.curve["lr"].to_numpy()
    assert (np.diff(lr) <= 0).all()
    assert lr.min() >= min(block["LR"], block["LR_CLIP"]) * (1 - 1e-12)


@given(block=one_cycles, warmup=st.integers(1, 300), length=lengths)
def test_cosine_annealing_starts_at_a_third_of_LR_and_is_constant_within_an_epoch_after_the_warm_up(
    block: dict[str, Any], warmup: int, length: tuple[int, int]
) -> None:
    assume(int(block["PCT_START"] * length[0] * length[1]) >= 1)
    block = {**block, "OPTIMIZER": "adam_cosineanneal", "WARMUP_ITER": warmup}
    run = run_of(block, length, "all", trainer="master")
    assert run.crash is None
    assert run.curve["lr"][0] == pytest.approx(block["LR"] * 0.33333333, rel=1e-7)
    after = run.curve[run.curve["iteration"] >= warmup]
    assert (after.groupby("epoch")["lr"].nunique() == 1).all()


@given(samples=st.integers(1, 10**7), gpus=st.integers(1, 64), batch=st.integers(1, 64), epochs=st.integers(0, 10**4))
def test_epochs_times_iterations_is_the_total_and_all_samples_are_seen(
    samples: int, gpus: int, batch: int, epochs: int
) -> None:
    config = CONFIG.edit({"BATCH_SIZE_PER_GPU": batch})
    run = ps.simulate(config, ps.RunPlan(samples=samples, gpus=gpus, epochs=epochs), iterations=[])
    each = math.ceil(math.ceil(samples / gpus) / batch)
    assert run.iterations_per_epoch == each
    assert run.total_iterations == each * epochs == run.scheduled_iterations
    assert run.effective_batch_size == batch * gpus


@pytest.mark.parametrize("optimizer", ["adam_onecycle", "adam_cosineanneal", "adam", "sgd"])
@given(data=st.data())
@settings(max_examples=20)
def test_random_access_equals_stepping_through_in_order(optimizer: str, data: st.DataObject) -> None:
    block = {"OPTIMIZER": optimizer, "DECAY_STEP_LIST": [1, 3, 5], "WARMUP_ITER": 7}
    length = data.draw(st.tuples(st.integers(3, 40), st.integers(2, 10)))
    trainer = "classic" if optimizer in ("adam", "sgd") else "master"
    every = run_of(block, length, "all", trainer).curve
    picked = data.draw(st.lists(st.integers(0, length[0] * length[1] - 1), min_size=1, max_size=30))
    assert run_of(block, length, picked, trainer).curve.equals(every.iloc[picked].reset_index(drop=True))


@given(first=st.integers(0, 500), each=st.integers(1, 60), epoch=st.integers(0, 19))
def test_a_resumed_run_begins_at_the_checkpoint_and_its_first_epoch_is_what_is_left_of_one(
    first: int, each: int, epoch: int
) -> None:
    plan = ps.RunPlan(iters_per_epoch=each, epochs=20, checkpoint=ps.Checkpoint(epoch, first))
    curve = ps.simulate(CONFIG, plan, "all").curve
    short = each - first % each
    assert curve["iteration"].tolist() == list(range(first, first + short + (19 - epoch) * each))
    assert (curve["epoch"] == epoch).sum() == short
    assert curve["epoch"].iloc[-1] == 19


@pytest.mark.parametrize("optimizer", ["adam_onecycle", "adam_cosineanneal", "adam", "sgd"])
@given(first=st.integers(0, 399), warm=st.booleans())
@settings(max_examples=15)
def test_the_phases_of_a_run_begin_where_it_begins_and_leave_no_gap(optimizer: str, first: int, warm: bool) -> None:
    """Resumed anywhere, in the middle of an epoch and after the warm-up too."""
    block = {"OPTIMIZER": optimizer, "LR_WARMUP": warm, "WARMUP_EPOCH": 2, "WARMUP_ITER": 15}
    plan = ps.RunPlan(iters_per_epoch=10, epochs=40, checkpoint=ps.Checkpoint(first // 10, first), trainer="classic")
    phases = ps.simulate(CONFIG.edit(block), plan).phases
    assert (phases[0].start, phases[-1].end) == (first, 400)
    assert [phase.end for phase in phases[:-1]] == [phase.start for phase in phases[1:]]


@pytest.mark.parametrize("epochs", [5, 80])
def test_with_the_merge_flag_the_loop_runs_one_of_E_parts_of_its_schedule(epochs: int) -> None:
    plain = ps.RunPlan(samples=3712, gpus=8, epochs=epochs)
    merged = ps.RunPlan(samples=3712, gpus=8, epochs=epochs, merge_all_iters_to_one_epoch=True)
    whole, part = ps.simulate(CONFIG, plain), ps.simulate(CONFIG, merged)
    assert part.total_iterations == whole.total_iterations
    assert part.scheduled_iterations == epochs * whole.total_iterations
    assert part.summary is not None
    assert part.summary.lr_peak < 0.003
