"""Which rows a caller gets."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pcdet_sched as ps


def test_the_iterations_asked_for_come_in_the_order_asked_for(config: ps.Config, plan: ps.RunPlan) -> None:
    assert ps.simulate(config, plan, [927, 0, 1, 1]).curve["iteration"].tolist() == [927, 0, 1, 1]


def test_all_is_every_iteration_once(config: ps.Config, plan: ps.RunPlan) -> None:
    curve = ps.simulate(config, plan, "all").curve
    assert curve["iteration"].tolist() == list(range(9280))
    assert (curve["epoch"] == curve["iteration"] // 116).all()


def test_the_columns_are_whole_numbers_and_doubles(config: ps.Config, plan: ps.RunPlan) -> None:
    dtypes = ps.simulate(config, plan).curve.dtypes.astype(str).to_dict()
    assert dtypes == {"iteration": "int64", "epoch": "int64", "lr": "float64", "momentum": "float64"}


@pytest.mark.parametrize("iteration", [-1, 9280, 10**30])
def test_an_iteration_outside_the_run_is_refused_with_its_bounds(
    config: ps.Config, plan: ps.RunPlan, iteration: int
) -> None:
    with pytest.raises(ValueError, match=r"0 to 9279"):
        ps.simulate(config, plan, [iteration])


@pytest.mark.parametrize("wrong", [1.5, "1", None])
def test_what_is_no_whole_number_is_no_iteration(config: ps.Config, plan: ps.RunPlan, wrong: object) -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        ps.simulate(config, plan, iterations=[0, wrong])  # type: ignore[list-item]


def test_a_word_other_than_all_is_refused(config: ps.Config, plan: ps.RunPlan) -> None:
    with pytest.raises(ValueError, match="all"):
        ps.simulate(config, plan, "every")  # type: ignore[arg-type]


@pytest.mark.parametrize(("every", "chunk"), [(1, 10_000), (1, 7), (7, 100), (50, 1), (100_000, 10)])
def test_the_stream_holds_the_rows_of_the_table_and_ends_with_the_last(
    config: ps.Config, plan: ps.RunPlan, every: int, chunk: int
) -> None:
    chunks = list(ps.iter_curve(config, plan, every, chunk))
    assert all(len(part) <= chunk + 1 for part in chunks)
    rows = pd.concat(chunks, ignore_index=True)
    expected = sorted({*range(0, 9280, every), 9279})
    assert rows.equals(ps.simulate(config, plan, expected).curve)


@pytest.mark.parametrize(("every", "chunk"), [(0, 1), (1, 0), (-1, 5)])
def test_a_stream_with_a_step_below_one_is_refused(config: ps.Config, plan: ps.RunPlan, every: int, chunk: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        next(ps.iter_curve(config, plan, every, chunk))


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"samples": 0},
        {"samples": 10, "iters_per_epoch": 5},
        {"samples": 10, "gpus": 0},
        {"samples": 10, "gpus": None},
        {"samples": 1.5},
        {"samples": True},
        {"samples": 10, "batch_size": 0},
        {"samples": 10, "epochs": -1},
        {"samples": 10, "trainer": "v0.5"},
        {"samples": 10, "use_amp": "yes"},
        {"samples": 10, "checkpoint": 5},
        {"samples": 10, "checkpoint": 78},
    ],
    ids=str,
)
def test_a_plan_that_no_run_can_have_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="RunPlan"):
        ps.RunPlan(**wrong)  # type: ignore[arg-type]


def test_a_plan_takes_any_kind_of_whole_number() -> None:
    assert ps.RunPlan(samples=np.int64(3712), gpus=np.int8(8)) == ps.RunPlan(samples=3712, gpus=8)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"epoch": -1}, {"iteration": 0.5}, {"initial_lr": "high"}], ids=str)
def test_a_checkpoint_that_no_run_can_have_written_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="Checkpoint"):
        ps.Checkpoint(**{"epoch": 1, "iteration": 10, **wrong})  # type: ignore[arg-type]


@pytest.mark.parametrize("each", [116, 10**6, 10**9, 10**12])
def test_the_peak_is_the_boundary_however_long_the_run(config: ps.Config, each: int) -> None:
    summary = ps.simulate(config, ps.RunPlan(iters_per_epoch=each)).summary
    assert summary is not None
    assert (summary.peak_iteration, summary.peak_epoch, summary.lr_peak) == (32 * each, 32, 0.003)
