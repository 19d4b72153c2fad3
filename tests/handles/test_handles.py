"""Handles: where they stand on the real curve, and what their positions mean in the YAML."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.handles import handles, moved, pushed, said, with_step, without_step
from pcdet_sched.keys import KEYS
from tests.samples import POINTPILLAR

PLANS = {"adam_onecycle": "master", "adam": "classic", "sgd": "classic"}
FAR = st.floats(-1e9, 1e9)


def run_of(optimizer: str, **edits: object) -> ps.Run:
    config = ps.load(POINTPILLAR).edit({"OPTIMIZER": optimizer, **edits})
    return ps.simulate(config, ps.RunPlan(samples=3712, trainer=PLANS[optimizer]))


def named(run: ps.Run, name: str):
    return next(handle for handle in handles(run) if handle.name == name)


ONE_CYCLE, STEPS = run_of("adam_onecycle"), run_of("adam", LR_WARMUP=True)


def test_only_what_the_optimizer_reads_has_a_handle():
    assert [handle.keys for handle in handles(ONE_CYCLE)] == [
        ("LR", "PCT_START"),
        ("DIV_FACTOR",),
        ("MOMS",),
        ("MOMS",),
    ]
    of_steps = {key for handle in handles(STEPS) for key in handle.keys}
    assert of_steps == {"LR", "DIV_FACTOR", "DECAY_STEP_LIST", "LR_DECAY", "LR_CLIP", "WARMUP_EPOCH"}
    assert "WARMUP_EPOCH" not in {key for handle in handles(run_of("adam")) for key in handle.keys}


def test_a_value_that_is_no_number_has_no_handle():
    assert "peak" not in {handle.name for handle in handles(run_of("adam_onecycle", LR="0.003"))}


@pytest.mark.parametrize("run", [ONE_CYCLE, STEPS], ids=["one-cycle", "steps"])
def test_a_handle_that_stands_where_it_is_changes_nothing(run):
    for handle in handles(run):
        assert moved(run, handle, handle.x, handle.y) == {}


@pytest.mark.parametrize("run", [ONE_CYCLE, STEPS], ids=["one-cycle", "steps"])
@given(x=FAR, y=FAR, fine=st.booleans())
def test_no_position_leaves_what_the_key_may_hold(run, x, y, fine):
    for handle in handles(run):
        for name, value in moved(run, handle, x, y, fine=fine).items():
            assert KEYS[name].in_range(value), (name, value)


@given(x=st.floats(1e3, 7e4), y=st.floats(1e-5, 0.5))
def test_the_peak_goes_to_where_it_was_put_up_to_two_digits(x, y):
    edits = moved(ONE_CYCLE, named(ONE_CYCLE, "peak"), x, y)
    again = ps.simulate(ONE_CYCLE.config.edit(edits), ONE_CYCLE.plan)
    assert math.isclose(again.summary.lr_peak, y, rel_tol=0.06)
    assert abs(again.summary.peak_iteration - x) <= 0.006 * ONE_CYCLE.total_iterations


@given(place=st.integers(0, 1), x=FAR)
def test_steps_are_whole_epochs_in_their_order(place, x):
    handle = named(STEPS, f"step-{place}")
    steps = moved(STEPS, handle, x, handle.y).get("DECAY_STEP_LIST", [35, 45])
    assert steps == sorted(set(steps))
    assert all(isinstance(step, int) and 1 <= step < 80 for step in steps)


def test_a_step_is_added_in_the_widest_gap_and_taken_out_again():
    assert with_step(STEPS) == {"DECAY_STEP_LIST": [17, 35, 45]}
    assert without_step(STEPS, named(STEPS, "step-1")) == {"DECAY_STEP_LIST": [35]}
    assert with_step(ONE_CYCLE) == {}


def test_arrow_keys_move_by_the_second_digit_finer_or_coarser():
    peak = named(ONE_CYCLE, "peak")
    assert pushed(ONE_CYCLE, peak, "up") == {"LR": 0.0031}
    assert pushed(ONE_CYCLE, peak, "down", "fine") == {"LR": 0.00299}
    assert pushed(ONE_CYCLE, peak, "right", "coarse") == {"PCT_START": 0.5}
    assert pushed(ONE_CYCLE, named(ONE_CYCLE, "start"), "up") == {"DIV_FACTOR": 9}


def test_what_the_yaml_will_read_is_said():
    assert said({"LR": 0.003, "MOMS": [0.9, 0.8]}, {"LR": 0.0045, "MOMS": [0.9, 0.8]}) == "LR: 0.0045 (was 0.003)"
