"""A printed lr: the iterations that have it, and why another run's is not there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.explain_lr import explain_lr
from pcdet_sched.logs.log import allowed
from pcdet_sched.zoo import shipped

CONFIG = ps.load(shipped("KITTI", "pointpillar").to_yaml())
BLOCKS = {
    "adam_onecycle": {},
    "adam_cosineanneal": {"OPTIMIZER": "adam_cosineanneal", "WARMUP_ITER": 300},
    "sgd": {"OPTIMIZER": "sgd", "LR": 0.02},
}
RUNS = {
    name: (ps.simulate(CONFIG.edit(edits), plan), ps.simulate(CONFIG.edit(edits), plan, iterations="all"))
    for name, edits in BLOCKS.items()
    for plan in [ps.RunPlan(iters_per_epoch=20, trainer="classic" if name == "sgd" else "master")]
}


@pytest.mark.parametrize("name", BLOCKS)
@settings(max_examples=40, deadline=None)
@given(data=st.data(), digits=st.integers(1, 17))
def test_exactly_the_iterations_that_print_a_value_are_found(name: str, data: st.DataObject, digits: int) -> None:
    run, whole = RUNS[name]
    lr = whole.columns["lr"]
    printed = f"{lr[data.draw(st.integers(0, len(lr) - 1))]:.{digits}e}"
    want = np.flatnonzero(np.abs(lr - float(printed)) <= allowed(printed) * 1.001).tolist()
    spans = explain_lr(run, printed).spans
    assert [k for span in spans for k in range(span.first, span.last + 1)] == want


@given(st.floats(0, 0.1), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_of_any_number_the_spans_are_those_of_the_whole_curve(value: float, digits: int) -> None:
    run, whole = RUNS["adam_onecycle"]
    printed = f"{value:.{digits}e}"
    close = np.abs(whole.columns["lr"] - float(printed)) <= allowed(printed) * 1.001
    assert sum(span.last - span.first + 1 for span in explain_lr(run, printed).spans) == close.sum()


@pytest.mark.parametrize("step", [-1, 1])
def test_a_value_of_the_iteration_beside_is_told_from_any_other_setting(step: int) -> None:
    run, whole = RUNS["adam_onecycle"]
    for at in (100, 640, 1000):
        found = explain_lr(run, repr(float(whole.columns["lr"][at + step])), at)
        assert (found.agrees, found.off_by, found.causes) == (False, step, ())


@pytest.mark.parametrize("gpus", [2, 4, 16])
def test_a_value_of_another_number_of_gpus_names_it(gpus: int) -> None:
    run = ps.simulate(CONFIG, ps.RunPlan(samples=3712, gpus=8))
    at = 1500
    other = ps.simulate(CONFIG, ps.RunPlan(samples=3712, gpus=gpus), iterations=[at]).columns["lr"][0]
    found = explain_lr(run, f"{other:.9e}", at)
    assert not found.agrees
    assert f"{gpus} GPUs instead of 8" in [cause.text for cause in found.causes]


def test_every_cause_prints_the_value_at_that_iteration() -> None:
    run = ps.simulate(CONFIG, ps.RunPlan(samples=3712, gpus=8))
    found = explain_lr(run, "2.00e-03", 500)
    assert found.causes
    for cause in found.causes:
        if cause.kind == "LR":
            continue
        plan = ps.RunPlan(iters_per_epoch=cause.per_epoch, epochs=cause.epochs)
        assert f"{ps.simulate(CONFIG, plan, iterations=[500]).columns['lr'][0]:.2e}" == "2.00e-03"


def test_beyond_the_end_there_is_no_planned_lr() -> None:
    run, _ = RUNS["adam_onecycle"]
    found = explain_lr(run, "0.001", 1600)
    assert (found.planned, found.off_by, found.causes) == (None, None, ())


@pytest.mark.parametrize("printed", ["", "lr", "nan", "inf", "-0.1", "1e400", "0x10"])
def test_what_is_no_lr_is_refused(printed: str) -> None:
    with pytest.raises(ValueError, match="an lr is a number"):
        explain_lr(RUNS["adam_onecycle"][0], printed)


def test_a_negative_iteration_and_a_run_without_a_curve_are_refused() -> None:
    run = RUNS["adam_onecycle"][0]
    with pytest.raises(ValueError, match="count from 0"):
        explain_lr(run, "0.001", -1)
    with pytest.raises(ValueError, match="no curve"):
        explain_lr(ps.simulate(CONFIG.edit({"LR": "x"}), run.plan), "0.001")
