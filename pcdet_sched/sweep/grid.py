"""What a sweep runs: every point of a grid, or a random sample of it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, TypedDict

from pcdet_sched.benchmark.variant import BenchmarkError, Description, Variant
from pcdet_sched.language import _
from pcdet_sched.plan import AUTO
from pcdet_sched.sweep.axis import Axis, parse_axis

if TYPE_CHECKING:
    from pcdet_sched.codec import Block

MOST_RUNS = 10_000
SEED = "seed"
Point = dict[str, object]
"""One value for the name of each axis."""
_SPACES = re.compile(r"\s+(?=[A-Za-z_]+\s*=)")  # between two axes, not inside brackets


@dataclass(frozen=True)
class Grid:
    """Axes, and their points in the order of a nested loop, the last axis innermost.

    Raises BenchmarkError for two axes of one name and for more than 10,000 points.

    >>> grid = parse_grid(["clip=10,off seed=0..1"])
    >>> list(grid)
    [{'clip': 10.0, 'seed': 0}, {'clip': 10.0, 'seed': 1}, {'clip': None, 'seed': 0}, {'clip': None, 'seed': 1}]
    """

    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BenchmarkError(_("{name} is an axis twice", name=twice))
        if len(self) > MOST_RUNS:
            raise BenchmarkError(_("{n:,} points; a sweep takes at most {most:,}", n=len(self), most=MOST_RUNS))

    def __len__(self) -> int:
        return prod(len(axis.points) for axis in self.axes)

    def __iter__(self) -> Iterator[Point]:
        names = [axis.name for axis in self.axes]
        return (dict(zip(names, values, strict=True)) for values in product(*(axis.points for axis in self.axes)))

    def sample(self, count: int, sample_seed: int = 0) -> list[Point]:
        """`count` different random points, each with every value of the axis `seed`, if there is one.

        Ranges are drawn from evenly on their scale, not at their grid points. The same sample_seed gives the same
        points. Raises BenchmarkError where there are not so many.

        >>> grid = parse_grid(["LR=log:1e-4..1e-2", "seed=0..1"])
        >>> [point["seed"] for point in grid.sample(2)]
        [0, 1, 0, 1]
        """
        drawn = [axis for axis in self.axes if axis.name != SEED]
        seeds = [{SEED: value} for axis in self.axes if axis.name == SEED for value in axis.points] or [{}]
        if not 1 <= count <= MOST_RUNS // len(seeds):
            words = _("{n:,} samples; a sweep takes from 1 to {most:,} of them", n=count, most=MOST_RUNS // len(seeds))
            raise BenchmarkError(words)
        there_are = prod(len(axis.points) for axis in drawn)
        if all(axis.finite for axis in drawn) and count > there_are:
            words = _("{n:,} samples of {most:,} different points; ask for fewer, or leave it a grid")
            raise BenchmarkError(words.format(n=count, most=there_are))
        return [point | seed for point in _draw(drawn, count, sample_seed) for seed in seeds]


def _draw(axes: Sequence[Axis], count: int, sample_seed: int) -> list[Point]:
    chance = random.Random(sample_seed)  # noqa: S311 - for inputs, not for secrets
    found: dict[str, Point] = {}
    while len(found) < count:
        point: Point = {axis.name: axis.at(chance.random()) for axis in axes}
        found.setdefault(repr(point), point)
    return list(found.values())


def parse_grid(texts: Sequence[str]) -> Grid:
    """A grid from texts of one axis or more each, with spaces between. Raises BenchmarkError.

    >>> len(parse_grid(["LR=log:1e-4..1e-2:3 clip=1,10,35,off", "seed=0..4"]))
    60
    """
    return Grid(tuple(parse_axis(axis) for text in texts for axis in _SPACES.split(text.strip())))


class Conditions(TypedDict):
    """What all runs of a sweep have in common: the fields of `Description` beside the variant."""

    iterations: int
    epochs: int
    device: str
    real_iterations: int | None


def describe_points(
    block: Block, points: Sequence[Point], conditions: Conditions, trainer: str = AUTO
) -> tuple[Description, ...]:
    """One description per point over an OPTIMIZATION block.

    Raises BenchmarkError for a name or value that a variant cannot have.
    """
    changes = [{"spikes" if name == "spike" else name: value for name, value in point.items()} for point in points]
    variants = [Variant.from_block(block, **{"trainer": trainer, **change}) for change in changes]
    return tuple(Description(variant, **conditions) for variant in variants)
