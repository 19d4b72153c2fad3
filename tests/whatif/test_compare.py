"""Sums over a plot's points against sums over every iteration, common axes, and what differs."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.compare.comparison import ABSENT, AXES, Difference, along, compare
from pcdet_sched.compare.metrics import metrics, summed
from pcdet_sched.zoo import shipped

# Of a sum, as a share of the number of iterations × the largest term.
TOLERANCE = 1e-3
BLOCK = {
    "BATCH_SIZE_PER_GPU": 4, "NUM_EPOCHS": 20, "OPTIMIZER": "adam_onecycle", "LR": 0.003, "WEIGHT_DECAY": 0.01,
    "MOMENTUM": 0.9, "MOMS": [0.95, 0.85], "PCT_START": 0.4, "DIV_FACTOR": 10, "DECAY_STEP_LIST": [5, 12],
    "LR_DECAY": 0.1, "LR_CLIP": 1e-07, "LR_WARMUP": False, "WARMUP_EPOCH": 1, "WARMUP_ITER": 300, "GRAD_NORM_CLIP": 10,
}  # fmt: skip
CONFIG = ps.load(json.dumps({"OPTIMIZATION": BLOCK}))


def run_of(iters: int = 100, iterations: object = None, trainer: str = "classic", **changes: object) -> ps.Run:
    trainer = "master" if changes.get("OPTIMIZER") == "adam_cosineanneal" else trainer
    return ps.simulate(CONFIG.edit(changes), ps.RunPlan(iters_per_epoch=iters, trainer=trainer), iterations=iterations)


settings_of_a_run = st.fixed_dictionaries(
    {
        "OPTIMIZER": st.sampled_from(["adam_onecycle", "adam_cosineanneal", "adam", "sgd"]),
        "NUM_EPOCHS": st.integers(1, 30),
        "LR": st.floats(1e-5, 0.05),
        "DIV_FACTOR": st.floats(1, 100),
        "PCT_START": st.floats(0.05, 1.2),
        "WEIGHT_DECAY": st.floats(0, 0.5),
        "WARMUP_ITER": st.integers(0, 2000),
        "DECAY_STEP_LIST": st.lists(st.integers(0, 30), max_size=4),
    }
)


@settings(max_examples=40, deadline=None)
@given(settings_of_a_run, st.integers(1, 400))
def test_metrics_are_those_of_every_iteration_within_the_stated_tolerance(changes: dict, iters: int) -> None:
    found = metrics(run_of(iters, **changes))
    every = run_of(iters, "all", **changes)
    lr, total = every.curve["lr"].to_numpy(), len(every.curve)
    assert found.peak == lr.max()
    assert lr[found.peak_iteration] == lr.max()
    assert found.final == lr[-1]
    assert abs(found.area - lr.sum()) <= TOLERANCE * lr.max() * total
    assert abs(found.above_half - np.mean(lr > lr.max() / 2)) <= TOLERANCE + 2 / total
    assert found.exact == (len(run_of(iters, **changes).curve) == total)
    if found.exact:
        assert found.area == pytest.approx(lr.sum(), rel=1e-12)
    if changes["OPTIMIZER"] in ("adam", "sgd"):
        assert (found.decay, found.kept) == (None, None)
        return
    shrink = lr * changes["WEIGHT_DECAY"]
    assert abs(found.decay - shrink.sum()) <= TOLERANCE * shrink.max() * total + 1e-300
    logs = np.log1p(-shrink)
    assert abs(math.log(found.kept) - logs.sum()) <= TOLERANCE * np.abs(logs).max() * total + 1e-12


@pytest.mark.parametrize("optimizer", ["adam_onecycle", "adam_cosineanneal", "sgd"])
def test_a_long_run_is_summed_to_five_digits_without_reading_it_all(optimizer: str) -> None:
    run = run_of(5000, OPTIMIZER=optimizer)
    assert len(run.curve) < 1000
    every = run_of(5000, range(0, 100_000, 1), OPTIMIZER=optimizer).curve["lr"].sum()
    assert metrics(run).area == pytest.approx(every, rel=1e-5)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.data())
def test_lines_between_points_are_summed_exactly(steps: list[int], data: st.DataObject) -> None:
    k = np.concatenate([[0], np.cumsum(steps)])
    values = np.array(data.draw(st.lists(st.floats(-1e3, 1e3), min_size=len(k), max_size=len(k))))
    expected = np.interp(np.arange(k[-1] + 1), k, values).sum()
    assert summed(k, values) == pytest.approx(expected, rel=1e-9, abs=1e-6)


def test_a_decay_of_one_or_more_leaves_no_number_of_the_weights() -> None:
    assert math.isnan(metrics(run_of(LR=0.5, WEIGHT_DECAY=3.0)).kept)


def test_a_weight_decay_that_is_no_number_gives_no_decay() -> None:
    found = metrics(run_of(WEIGHT_DECAY="abc"))
    assert found.peak == 0.003
    assert (found.decay, found.kept) == (None, None)


def test_a_run_without_a_curve_has_no_metrics() -> None:
    assert metrics(run_of(OPTIMIZER="adamw")) is None


def test_runs_of_the_same_epochs_end_together_on_every_axis_but_iterations() -> None:
    plans = [ps.RunPlan(samples=3712, gpus=gpus) for gpus in (1, 4)]
    ends = [ps.simulate(CONFIG, plan, iterations="all") for plan in plans]
    last = {axis: [float(along(run, axis)[-1]) for run in ends] for axis in AXES}
    assert last["iteration"] == [18559, 4639]
    assert last["epoch"] == pytest.approx([20, 20], abs=0.01)
    assert last["samples"] == pytest.approx([20 * 3712] * 2, rel=1e-3)
    assert last["share"] == pytest.approx([1, 1], abs=1e-3)
    assert all(value < 1 for value in last["share"])


@given(st.sampled_from(AXES), st.integers(1, 40), st.integers(1, 8))
def test_every_axis_rises_with_the_iteration_from_zero(axis: str, epochs: int, gpus: int) -> None:
    x = along(ps.simulate(CONFIG, ps.RunPlan(samples=500, gpus=gpus, epochs=epochs)), axis)
    assert x[0] == 0
    assert np.all(np.diff(x) > 0)


def test_samples_without_a_batch_size_are_unknown_and_other_axes_refused() -> None:
    assert along(run_of(BATCH_SIZE_PER_GPU="4x"), "samples") is None
    with pytest.raises(ValueError, match="axis must be one of"):
        along(run_of(), "days")


def test_what_differs_is_named_in_the_tables_order_with_unknown_keys_and_the_plan_last() -> None:
    one = CONFIG
    two = CONFIG.edit({"WEIGHT_DECAY": 0.02, "LR": 0.01, "BETAS": [0.9, 0.999], "MY_KEY": 5})
    runs = {"one": ps.simulate(one, ps.RunPlan(samples=9)), "two": ps.simulate(two, ps.RunPlan(samples=9, gpus=2))}
    assert compare(runs).differences == (
        Difference("LR", (0.003, 0.01)),
        Difference("WEIGHT_DECAY", (0.01, 0.02)),
        Difference("BETAS", (ABSENT, [0.9, 0.999])),
        Difference("MY_KEY", (ABSENT, 5)),
        Difference("GPUs", (1, 2)),
    )


def test_a_number_and_its_text_differ_and_a_null_is_not_an_absent_key() -> None:
    text = ps.load(json.dumps({"OPTIMIZATION": BLOCK | {"LR": "0.003", "X": None}}))
    plan = ps.RunPlan(samples=9)
    found = compare({"a": ps.simulate(CONFIG, plan), "b": ps.simulate(text, plan)}).differences
    assert found == (Difference("LR", (0.003, "0.003")), Difference("X", (ABSENT, None)))


def test_equal_runs_differ_in_nothing_and_the_table_has_a_row_for_each() -> None:
    plan = ps.RunPlan(samples=3712)
    config = ps.load(shipped("KITTI", "second").to_yaml())
    found = compare({"a": ps.simulate(config, plan), "b": ps.simulate(config, plan), "c": run_of(OPTIMIZER="x")})
    assert {row.name for row in found.differences} >= {"OPTIMIZER"}
    assert compare({"a": ps.simulate(config, plan), "b": ps.simulate(config, plan)}).differences == ()
    assert found.table().index.tolist() == ["a", "b", "c"]
    assert found.table()["peak"].tolist()[:2] == [0.003, 0.003]
    assert found.table().loc["c"].drop("exact").isna().all()


def test_more_curves_than_the_server_allows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PCDET_SCHED_MAX_CURVES", "2")
    run = run_of(iterations=[0])
    with pytest.raises(ValueError, match="3 curves are too many to compare; 2"):
        compare({"a": run, "b": run, "c": run})


@pytest.mark.parametrize(("optimizer", "decouples"), [("adamw", True), ("adam", False), ("sgd", False)])
def test_AdamW_shrinks_the_weights_themselves_and_its_decay_is_summed(optimizer: str, decouples: bool) -> None:
    edits = {"OPTIMIZER": optimizer, "SCHEDULER": "multistep", "LR": 0.01, "WEIGHT_DECAY": 0.1, "MOMENTUM": 0.9}
    config = ps.load(shipped("KITTI", "pointpillar").to_yaml()).edit(edits)
    found = metrics(ps.simulate(config, ps.RunPlan(iters_per_epoch=2, epochs=5, trainer="CVMI-Lab/PLA")))
    assert found.decay == (pytest.approx(0.01) if decouples else None)
