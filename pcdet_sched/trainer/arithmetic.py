"""Python's arithmetic on values of any type, bounded where a run's length would fill the memory."""

from __future__ import annotations

from typing import Any, Protocol

Value = Any
"""A value of the user's block, unchecked: what it may be is for Python and torch to say, so no type rules it out."""
Block = Any
"""The block as the trainer has it, an EasyDict, which ships no types; `block.LR` is an AttributeError if absent."""
Group = dict[str, Any]
"""One of an optimizer's parameter groups, as torch types it."""


class HasGroups(Protocol):
    """An optimizer of torch, or the trainer's wrapper around one."""

    @property
    def param_groups(self) -> list[Group]:
        """Its parameter groups."""


# Repeating a text or a list as often as there are iterations fails later for any count; this many show how.
_REPEATS = 10_000


def times(left: Value, right: Value) -> Value:
    """`left * right`; where one is a sequence and the other a whole number, at most 10,000 repeats.

    >>> times(80, 464), len(times("ab", 10**30))
    (37120, 20000)
    """
    if isinstance(left, (str, list, tuple)) and isinstance(right, int):
        return left * min(right, _REPEATS)
    if isinstance(right, (str, list, tuple)) and isinstance(left, int):
        return right * min(left, _REPEATS)
    return left * right


def all_times(values: Value, count: int) -> list[Value]:
    """Each of `values` times `count`. Raises TypeError where `values` is nothing to go through."""
    if count <= _REPEATS:
        return [value * count for value in values]
    return [times(value, count) for value in values]
