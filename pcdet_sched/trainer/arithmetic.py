"""Python's arithmetic on values of any type, bounded where a run's length would fill the memory."""

from __future__ import annotations

from typing import Any

# Repeating a text or a list as often as there are iterations fails later for any count; this many show how.
_REPEATS = 10_000


def times(left: Any, right: Any) -> Any:
    """`left * right`; where one is a sequence and the other a whole number, at most 10,000 repeats.

    >>> times(80, 464), len(times("ab", 10**30))
    (37120, 20000)
    """
    if isinstance(left, (str, list, tuple)) and isinstance(right, int):
        return left * min(right, _REPEATS)
    if isinstance(right, (str, list, tuple)) and isinstance(left, int):
        return right * min(left, _REPEATS)
    return left * right


def all_times(values: Any, count: int) -> list[Any]:
    """Each of `values` times `count`. Raises TypeError where `values` is nothing to go through."""
    if count <= _REPEATS:
        return [value * count for value in values]
    return [times(value, count) for value in values]
