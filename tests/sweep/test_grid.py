"""Axes, grids and random samples."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.sweep.axis import Span, parse_axis
from pcdet_sched.sweep.grid import MOST_RUNS, Grid, describe_points, parse_grid

positive = st.floats(1e-12, 1e12)


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("clip=1,10,35,off", (1.0, 10.0, 35.0, None)),
        ("seed=0..4", (0, 1, 2, 3, 4)),
        ("seed=7..7", (7,)),
        ("seed=0..2,9", (0, 1, 2, 9)),
        ("clip=1..3", (1.0, 2.0, 3.0)),
        ("precision=fp32,fp16", ("fp32", "fp16")),
        ("loss_scale=32,2^24", (32.0, 2.0**24)),
        ("LR=log:1e-4..1e-2:3", (1e-4, 1e-3, 1e-2)),
        ("LR=lin:0.001..0.005", (0.001, 0.002, 0.003, 0.004, 0.005)),
        ("loss_scale=log:2^5..2^7:3", (32.0, 64.0, 128.0)),
        ("clip=lin:10..20:2,off", (10.0, 20.0, None)),
        ("MOMS=[0.95, 0.85],[0.9,0.8]", ([0.95, 0.85], [0.9, 0.8])),
        ("keep_scaler=yes,no", (True, False)),
    ],
)
def test_an_axis_takes_the_values_that_are_written(text, points) -> None:
    assert parse_axis(text).points == points


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clip", "must be name=values"),
        ("clip=", "must be name=values"),
        ("=1", "must be name=values"),
        ("clip=1,,2", "clip has an empty value"),
        ("clip=1,2,", "clip has an empty value"),
        ("clip=many", "clip must be a number above 0, or off"),
        ("clip=10,1e1", "clip takes 10.0 twice"),
        ("seed=0..2,1", "seed takes 1 twice"),
        ("seed=4..0", "seed: 4..0 must go up"),
        ("seed=0..10000", "at most 10,000 numbers"),
        ("seed=0..4:3", "is for whole numbers; write lin:0..4:3 or log:"),
        ("LR=0.1..0.5", "write lin:0.1..0.5 or log:0.1..0.5"),
        ("LR=ln:0.1..0.5", "a range is log:… or lin:…, not ln:…"),
        ("LR=log:0..1", "must begin above 0, not at 0"),
        ("LR=log:-1..1", "must begin above 0, not at -1"),
        ("LR=log:1e-2..1e-4", "not from 0.01 to 0.0001"),
        ("LR=lin:1..inf", "not a number that a range could begin or end with"),
        ("LR=lin:1..1", "not from 1 to 1"),
        ("LR=log:1e-4..1e-2:1", "from 2 to 10,000 points"),
        ("LR=log:fast..slow", "'fast' is not a number"),
    ],
)
def test_what_cannot_be_an_axis_is_said_with_its_name_and_value(text, message) -> None:
    with pytest.raises((BenchmarkError, BenchmarkError)) as caught:
        parse_axis(text)
    assert message in str(caught.value)


@given(low=positive, high=positive, count=st.integers(2, 50), log=st.booleans())
def test_a_range_rises_from_its_first_to_its_last_number(low, high, count, log) -> None:
    assume(low * (1 + 1e-9) < high)
    points = Span(low, high, count, log).points
    assert (points[0], points[-1], len(points)) == (low, high, count)
    assert all(a < b for a, b in pairwise(points))


@given(low=st.floats(1e-6, 1e3), factor=st.floats(10, 1e6), count=st.integers(3, 9))
def test_a_log_range_has_one_ratio_from_point_to_point(low, factor, count) -> None:
    points = Span(low, low * factor, count, log=True).points
    assert [b / a for a, b in pairwise(points)] == pytest.approx([factor ** (1 / (count - 1))] * (count - 1), rel=2e-3)


@given(low=positive, high=positive, share=st.floats(0, 1, exclude_max=True), log=st.booleans())
def test_what_is_drawn_from_a_range_lies_in_it(low, high, share, log) -> None:
    assume(low < high)
    assert low <= Span(low, high, log=log).at(share) <= high


@given(share=st.floats(0, 1, exclude_max=True))
def test_an_axis_of_values_draws_only_those(share) -> None:
    axis = parse_axis("clip=1..7,35,off")
    assert axis.at(share) in axis.points


def test_each_part_of_a_mixed_axis_is_drawn_as_often_as_it_has_grid_points() -> None:
    axis = parse_axis("clip=lin:10..20:3,off")
    drawn = [axis.at(i / 1000) for i in range(1000)]
    assert drawn.count(None) == 250


AXES = st.lists(st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True), min_size=1, max_size=3)


def written(axes: list[list[int]]) -> list[str]:
    names = ["clip", "seed", "growth_interval"]
    return [f"{name}={','.join(map(str, values))}" for name, values in zip(names, axes, strict=False)]


@given(axes=AXES)
def test_a_grid_has_every_combination_once(axes) -> None:
    grid = parse_grid(written(axes))
    points = list(grid)
    assert len(points) == len(grid) == len({repr(point) for point in points})
    assert all(point[axis.name] in axis.points for point in points for axis in grid.axes)


@given(axes=AXES)
def test_axes_may_stand_in_one_text_or_in_several(axes) -> None:
    assert parse_grid(written(axes)) == parse_grid([" ".join(written(axes))])


def test_a_space_inside_a_list_ends_no_axis() -> None:
    assert [axis.name for axis in parse_grid(["MOMS=[0.95, 0.85] clip=1, 10"]).axes] == ["MOMS", "clip"]


def test_a_grid_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        parse_grid(["seed=0..1"]).axes = ()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["clip=1", "clip=2"], "clip is an axis twice"),
        (["seed=0..99", "clip=1..99", "LR=log:1e-4..1e-2"], f"49,500 points; a sweep takes at most {MOST_RUNS:,}"),
    ],
)
def test_a_grid_that_cannot_be_swept_is_refused(texts, message) -> None:
    with pytest.raises(BenchmarkError, match=message):
        parse_grid(texts)


@given(count=st.integers(1, 30), seed=st.integers(0, 1000))
def test_a_sample_is_the_same_for_the_same_seed_and_has_no_point_twice(count, seed) -> None:
    grid = parse_grid(["LR=log:1e-4..1e-2 clip=1,10,35,off"])
    points = grid.sample(count, seed)
    assert points == grid.sample(count, seed)
    assert len({repr(point) for point in points}) == count
    assert all(1e-4 <= point["LR"] <= 1e-2 for point in points)


def test_another_sample_seed_draws_other_points() -> None:
    grid = parse_grid(["LR=log:1e-4..1e-2"])
    assert grid.sample(3, 1) != grid.sample(3, 2)


def test_a_sample_of_a_finite_grid_can_take_all_of_it_and_no_more() -> None:
    grid = parse_grid(["clip=1,10,35,off precision=fp32,fp16"])
    assert {repr(point) for point in grid.sample(8)} == {repr(point) for point in grid}
    with pytest.raises(BenchmarkError, match="9 samples of 8 different points"):
        grid.sample(9)


def test_every_sample_meets_every_seed() -> None:
    points = parse_grid(["LR=log:1e-4..1e-2", "seed=0..4"]).sample(3)
    assert [point["seed"] for point in points] == [0, 1, 2, 3, 4] * 3
    assert len({point["LR"] for point in points}) == 3


@pytest.mark.parametrize("count", [0, -1, MOST_RUNS // 5 + 1])
def test_the_number_of_samples_has_bounds(count) -> None:
    with pytest.raises(BenchmarkError, match="a sweep takes from 1 to 2,000"):
        parse_grid(["LR=log:1e-4..1e-2", "seed=0..4"]).sample(count)


def test_points_become_descriptions_over_the_block(block) -> None:
    grid = parse_grid(["LR=0.01 clip=off spike=3:inf"])
    [description] = describe_points(block, list(grid), {"iterations": 7, "epochs": 1})
    variant = description.variant
    assert (variant.optimization["LR"], variant.clip, str(variant.spikes[0]), description.iterations) == (
        0.01, None, "3:inf", 7,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("speed=1", "speed is not known"),
        ("GRAD_NORM_CLIP=1", "write clip=… for GRAD_NORM_CLIP"),
        ("precision=fp8", "precision must be one of"),
        ("clip=0", "clip must be"),
    ],
)
def test_a_point_that_no_variant_can_be_is_refused(block, text, message) -> None:
    with pytest.raises(BenchmarkError, match=message):
        describe_points(block, list(parse_grid([text])), {})


def test_an_empty_grid_is_the_block_as_it_is(block) -> None:
    assert list(Grid(())) == [{}]
