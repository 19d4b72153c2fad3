"""Distances to the shipped blocks, and values that no block comes near."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pcdet_sched as ps
from pcdet_sched.compare.nearest import fork_ranges, nearest, outside, shipped_ranges
from pcdet_sched.zoo import families, shipped

ENTRIES = [entry for family in families().values() for entry in family]
CONFIG = ps.load(shipped("KITTI", "pointpillar").to_yaml())


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.family}-{entry.model}")
def test_a_shipped_block_is_nearest_to_itself(entry: object) -> None:
    found = nearest(ps.load(entry.to_yaml()))
    assert found.distance == 0
    assert entry in found.models
    assert (found.differences, found.outside) == ((), ())


@given(st.sampled_from(ENTRIES), st.sampled_from([0.5, 2.0, 4.0]))
def test_a_factor_of_two_in_lr_is_a_step_of_one_at_most(entry: object, factor: float) -> None:
    config = ps.load(entry.to_yaml())
    found = nearest(config.edit({"LR": config.optimization["LR"] * factor}))
    assert found.distance <= abs({0.5: -1, 2.0: 1, 4.0: 2}[factor]) + 1e-9


def test_keys_that_the_optimizer_does_not_read_do_not_count() -> None:
    found = nearest(CONFIG.edit({"MOMENTUM": 0.123, "LR_DECAY": 0.77, "MY_KEY": 1}))
    assert (found.distance, found.differences, found.outside) == (0, (), ())


def test_another_optimizer_is_farther_than_a_changed_value() -> None:
    assert nearest(CONFIG.edit({"OPTIMIZER": "adamW"})).distance >= 10


@pytest.mark.parametrize(
    ("edits", "entry"),
    [
        ({"LR": 0.5}, "LR"),
        ({"LR": 1e-9}, "LR"),
        ({"MOMS": [0.95, 0.2]}, "MOMS[1]"),
        ({"NUM_EPOCHS": 9999}, "NUM_EPOCHS"),
    ],
)
def test_a_value_beyond_all_blocks_is_named_with_both_ranges(edits: dict, entry: str) -> None:
    (found,) = nearest(CONFIG.edit(edits)).outside
    assert (found.entry, found.shipped, found.forks) == (entry, shipped_ranges()[entry], fork_ranges()[entry])


def test_a_value_that_only_a_fork_has_is_not_outside() -> None:
    low, high = fork_ranges()["LR"].low, shipped_ranges()["LR"].low
    assert low < high
    assert nearest(CONFIG.edit({"LR": (low + high) / 2})).outside == ()


@pytest.mark.parametrize("value", ["0.003", None, True, [], {}, float("nan"), 10**400, [[1]]])
def test_values_that_are_no_numbers_are_another_difference_not_a_crash(value: object) -> None:
    config = ps.load("OPTIMIZATION: {OPTIMIZER: adam_onecycle, LR: 1.0}").edit({"LR": value, "MOMS": value})
    assert nearest(config).distance > 0
    assert outside({"LR": value}, ["LR"]) == []


def test_the_range_table_is_what_its_script_makes_of_the_forks(shared: Path) -> None:
    root = Path(ps.__file__).parents[1]
    spec = importlib.util.spec_from_file_location("fork_ranges", root / "scripts" / "fork_ranges.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    text = script.as_text(script.table(shared / "corpus" / "forks"))
    assert script.TARGET.read_text(encoding="utf-8") == text
    assert set(json.loads(text)) == {"blocks", "ranges"}
