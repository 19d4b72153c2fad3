"""The shipped block that is closest to a user's, and the values that no shipped or fork block comes near."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from pcdet_sched.compare.comparison import ABSENT, Difference, differing
from pcdet_sched.key import is_number
from pcdet_sched.keys import KEYS, use_of
from pcdet_sched.trainer_records import Use
from pcdet_sched.zoo import Shipped, families

if TYPE_CHECKING:
    from pcdet_sched.config import Config

# Apart by a factor of this, two values count as one step apart; for values that are shares, by this much.
_FACTOR, _SHARE = 2.0, 0.1
# Another optimizer is another kind of training: farther than any of its values.
_OTHER_OPTIMIZER, _OTHER = 10.0, 1.0


@dataclass(frozen=True)
class Range:
    """The least and the greatest value of a key, or of one entry of it, over `count` values."""

    low: float
    high: float
    count: int

    def __contains__(self, value: object) -> bool:
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@dataclass(frozen=True)
class Outside:
    """A value beyond all shipped and all fork blocks; `entry` names the key, with its place in a list."""

    key: str
    entry: str
    value: float
    shipped: Range | None
    forks: Range | None


@dataclass(frozen=True)
class Nearest:
    """The closest shipped blocks (several where they are equally close), the distance, and what differs from the first.

    `differences` holds (yours, theirs) of the keys that the optimizer reads.
    """

    models: tuple[Shipped, ...]
    distance: float
    differences: tuple[Difference, ...]
    outside: tuple[Outside, ...]


def nearest(config: Config, use_amp: bool = False) -> Nearest:
    """The shipped model whose values are closest, over the keys that the user's optimizer reads.

    The distance adds up over those keys: |log2| of the ratio of two numbers (a factor of 2 is 1); for betas, momentum,
    PCT_START and LR_DECAY the difference over 0.1; 1 for any other difference or an absent key; 10 for OPTIMIZER.
    A list counts by the mean of its entries.

    >>> import pcdet_sched as ps
    >>> from pcdet_sched.zoo import shipped
    >>> mine = ps.load(shipped("KITTI", "pointpillar").to_yaml()).edit({"LR": 0.012})
    >>> found = nearest(mine)
    >>> found.models[0].optimization["LR"], round(found.distance, 2), found.differences
    (0.01, 0.26, (Difference(name='LR', values=(0.012, 0.01)),))
    """
    block = config.optimization
    keys = [name for name in KEYS if use_of(name, block.get("OPTIMIZER"), block, use_amp) is Use.USED]
    entries = [entry for family in families().values() for entry in family]
    distances = [sum(_apart(key, block, entry.optimization) for key in keys) for entry in entries]
    least = min(distances)
    models = tuple(entry for entry, d in zip(entries, distances, strict=True) if d <= least + 1e-9)
    found = differing([{key: b[key] for key in keys if key in b} for b in (block, models[0].optimization)])
    return Nearest(models, least, tuple(found), tuple(outside(block, keys)))


def _apart(key: str, ours: Mapping[str, object], theirs: Mapping[str, object]) -> float:
    a, b = ours.get(key, ABSENT), theirs.get(key, ABSENT)
    if key == "OPTIMIZER":
        return 0.0 if a == b else _OTHER_OPTIMIZER
    if _is_finite(a) and _is_finite(b):
        return _numbers_apart(key, a, b)
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and all(map(_is_finite, [*a, *b])):
        return sum(map(_numbers_apart, [key] * len(a), a, b)) / max(1, len(a))
    return 0.0 if type(a) is type(b) and a == b else _OTHER


def _numbers_apart(key: str, a: float, b: float) -> float:
    if a == b:
        return 0.0
    if KEYS[key].share:
        return abs(a - b) / _SHARE
    return abs(math.log(a / b)) / math.log(_FACTOR) if a > 0 and b > 0 else _OTHER


def _is_finite(value: object) -> TypeGuard[int | float]:
    # Numbers too large for a float would stop every formula here.
    return is_number(value) and abs(value) < 1e300


def entries(key: str, value: object) -> list[tuple[str, float]]:
    """The numbers of a value, each with a name: of MOMS and BETAS by place, of other lists as one kind.

    >>> entries("MOMS", [0.95, 0.85]), entries("DECAY_STEP_LIST", [35, 45]), entries("LR", "1e-3")
    ([('MOMS[0]', 0.95), ('MOMS[1]', 0.85)], [('DECAY_STEP_LIST', 35), ('DECAY_STEP_LIST', 45)], [])
    """
    if _is_finite(value):
        return [(key, value)]
    if not isinstance(value, list):
        return []
    placed = key in KEYS and KEYS[key].length is not None
    return [(f"{key}[{i}]" if placed else key, item) for i, item in enumerate(value) if _is_finite(item)]


def ranges(blocks: Iterable[Mapping[str, object]]) -> dict[str, Range]:
    """The least and the greatest of every number of the table's keys over some blocks."""
    found: dict[str, list[float]] = {}
    for block in blocks:
        for key in KEYS:
            for entry, number in entries(key, block.get(key)):
                found.setdefault(entry, []).append(number)
    return {entry: Range(min(numbers), max(numbers), len(numbers)) for entry, numbers in found.items()}


@cache
def shipped_ranges() -> Mapping[str, Range]:
    """The range of every number in the shipped blocks."""
    return ranges(entry.optimization for family in families().values() for entry in family)


@cache
def fork_ranges() -> Mapping[str, Range]:
    """The range of every number in the blocks of eleven public forks, as `scripts/fork_ranges.py` found it."""
    table = json.loads(Path(__file__).with_name("forks.json").read_text(encoding="utf-8"))
    return {entry: Range(*row) for entry, row in table["ranges"].items()}


def outside(block: Mapping[str, object], keys: Iterable[str]) -> list[Outside]:
    """The numbers of a block that lie outside both ranges of their key."""
    found = []
    for key in keys:
        for entry, number in entries(key, block.get(key)):
            shipped, forks = shipped_ranges().get(entry), fork_ranges().get(entry)
            known = [span for span in (shipped, forks) if span]
            if known and not any(number in span for span in known):
                found.append(Outside(key, entry, number, shipped, forks))
    return found
