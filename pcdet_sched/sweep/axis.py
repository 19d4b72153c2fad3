"""One axis of a sweep: the values that one name takes."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise

from pcdet_sched.benchmark.parse import COMMA, format_spikes, parse_value
from pcdet_sched.benchmark.variant import BenchmarkError
from pcdet_sched.key import is_number
from pcdet_sched.language import _

GRID_POINTS = 5
"""Points of a range on a grid where it does not say how many."""
MOST_VALUES = 10_000
_RANGE = re.compile(r"(?:(?P<scale>\w+):)?(?P<low>[^:,\[\]]+?)\.\.(?P<high>[^:,\[\]]+?)(?::(?P<count>\d+))?")
_WHOLE = re.compile(r"\d{1,9}")


@dataclass(frozen=True)
class Values:
    """Values given one by one, or as whole numbers from..to."""

    points: tuple[object, ...]

    def at(self, share: float) -> object:
        """The value at a share in [0, 1) of the list."""
        return self.points[int(share * len(self.points))]


@dataclass(frozen=True)
class Span:
    """A range of numbers, both ends included, even on a logarithmic scale or on a linear one.

    `count`: its points on a grid, at least 2. Raises BenchmarkError unless low < high, and low > 0 for `log`.

    >>> Span(1e-4, 1e-2, count=3, log=True).points
    (0.0001, 0.001, 0.01)
    """

    low: float
    high: float
    count: int = GRID_POINTS
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            words = _("a range goes up from one number to another, not from {low:g} to {high:g}")
            raise BenchmarkError(words.format(low=self.low, high=self.high))
        if self.log and self.low <= 0:
            raise BenchmarkError(_("a log range must begin above 0, not at {low:g}", low=self.low))
        if not 2 <= self.count <= MOST_VALUES:
            words = _("a range has from 2 to {most:,} points on a grid, not {n}", most=MOST_VALUES, n=self.count)
            raise BenchmarkError(words)

    @property
    def points(self) -> tuple[float, ...]:
        """Its points on a grid, rising; rounded to four digits where that keeps them apart."""
        exact = [self._exact(place / (self.count - 1)) for place in range(self.count)]
        inner = [_tidy(value) for value in exact[1:-1]]
        tidy = [self.low, *inner, self.high]
        rising = all(a < b for a, b in pairwise(tidy))
        return tuple(tidy if rising else [self.low, *exact[1:-1], self.high])

    def at(self, share: float) -> float:
        """The number at a share in [0, 1) of the range, on its scale."""
        exact = self._exact(share)
        tidy = _tidy(exact)
        return tidy if self.low <= tidy <= self.high else exact

    def _exact(self, share: float) -> float:
        if self.log:
            low, high = math.log(self.low), math.log(self.high)
            value = math.exp(low + share * (high - low))
        else:
            value = self.low * (1 - share) + self.high * share
        return min(max(value, self.low), self.high)


def _tidy(value: float) -> float:
    return float(f"{value:.4g}")


@dataclass(frozen=True)
class Axis:
    """A name of a benchmark's variant, or a key of the block, and what it takes in a sweep."""

    name: str
    parts: tuple[Values | Span, ...]

    @property
    def points(self) -> tuple[object, ...]:
        """All values on a grid."""
        return tuple(point for part in self.parts for point in part.points)

    @property
    def finite(self) -> bool:
        """Whether a random sample can meet no other values than a grid."""
        return all(isinstance(part, Values) for part in self.parts)

    def at(self, share: float) -> object:
        """The value at a share in [0, 1) of the axis; every part takes as much of it as it has points on a grid."""
        place = share * sum(len(part.points) for part in self.parts)
        for part in self.parts[:-1]:
            if place < len(part.points):
                return part.at(place / len(part.points))
            place -= len(part.points)
        last = self.parts[-1]
        return last.at(min(place / len(last.points), math.nextafter(1, 0)))


def parse_axis(text: str) -> Axis:
    """An axis from `name=parts`, parts with commas between.

    A part is a value as in a benchmark's variant (`off`, `fp16`, `2^16`, `[0.95, 0.85]`), whole numbers `0..4`, or a
    range `log:1e-4..1e-2` or `lin:0.2..0.5`, with `:7` behind it for seven points on a grid (else five).
    Raises BenchmarkError, also for a value that the name cannot take.

    >>> parse_axis("clip=1,10,35,off").points
    (1.0, 10.0, 35.0, None)
    >>> parse_axis("seed=0..4").points
    (0, 1, 2, 3, 4)
    """
    name, equals, values = (piece.strip() for piece in text.partition("="))
    if not equals or not name or not values:
        raise BenchmarkError(_("{text!r} must be name=values, such as clip=1,10,35,off", text=text))
    parts = tuple(_part(name, part.strip()) for part in COMMA.split(values))
    axis = Axis(name, parts)
    seen = [repr(point) for point in axis.points]
    twice = next((point for point in seen if seen.count(point) > 1), None) if len(seen) <= MOST_VALUES else None
    if twice is not None:
        raise BenchmarkError(_("{name} takes {value} twice", name=name, value=twice))
    return axis


def format_axis(axis: Axis) -> str:
    """The text that `parse_axis` reads back as this axis.

    >>> format_axis(parse_axis("clip = 1, log:10..100:3, off"))
    'clip=1,log:10..100:3,off'
    """
    texts: list[str] = []
    for part in axis.parts:
        if isinstance(part, Values):
            texts += map(format_value, part.points)
        else:
            ends = f"{format_value(part.low)}..{format_value(part.high)}"
            texts.append(f"{'log' if part.log else 'lin'}:{ends}:{part.count}")
    return f"{axis.name}={','.join(texts)}"


def format_value(value: object) -> str:
    """One value of an axis as text.

    >>> format_value(None), format_value(10.0), format_value(0.1)
    ('off', '10', '0.1')
    """
    if value is None:
        return "off"
    if isinstance(value, tuple):
        return format_spikes(value)
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    return str(value)


def _part(name: str, text: str) -> Values | Span:
    if not text:
        words = _("{name} has an empty value: two commas follow one another, or one stands at the end", name=name)
        raise BenchmarkError(words)
    found = _RANGE.fullmatch(text)
    if found is None:
        return Values((parse_value(name, text),))
    scale, low, high, count = found.group("scale", "low", "high", "count")
    if scale is None:
        return _whole_numbers(name, text, low, high, count)
    if scale not in ("log", "lin"):
        raise BenchmarkError(_("{name}: a range is log:… or lin:…, not {scale}:…", name=name, scale=scale))
    ends = _number(name, low), _number(name, high)
    try:
        return Span(*ends, count=GRID_POINTS if count is None else int(count), log=scale == "log")
    except BenchmarkError as error:
        raise BenchmarkError(f"{name}: {error}") from None


def _whole_numbers(name: str, text: str, low: str, high: str, count: str | None) -> Values:
    if not (_WHOLE.fullmatch(low) and _WHOLE.fullmatch(high)) or count is not None:
        words = _("{name}: {text} is for whole numbers; write lin:{text} or log:{text}", name=name, text=text)
        raise BenchmarkError(words)
    first, last = int(low), int(high)
    if not 0 <= last - first < MOST_VALUES:
        words = _("{name}: {text} must go up, over at most {most:,} numbers", name=name, text=text, most=MOST_VALUES)
        raise BenchmarkError(words)
    return Values(tuple(parse_value(name, str(number)) for number in range(first, last + 1)))


def _number(name: str, text: str) -> float:
    value = parse_value(name, text)
    if not is_number(value):
        words = _("{name}: {text!r} is not a number that a range could begin or end with", name=name, text=text)
        raise BenchmarkError(words)
    return float(value)
