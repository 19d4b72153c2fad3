"""Which items of a list stay, change, go and come."""

from __future__ import annotations

from typing import Any

from pcdet_sched.config.values import same


def matched(old: list[Any], new: list[Any]) -> tuple[int, range, range, list[Any]]:
    """The equal ends aside: where new items go, which change, which are removed (by old number), and the new items.

    >>> matched([35, 45], [35, 40, 45])
    (1, range(1, 1), range(1, 1), [40])
    >>> matched([35, 45], [45])
    (0, range(0, 0), range(0, 1), [])
    """
    shorter = min(len(old), len(new))
    head = 0
    while head < shorter and same(old[head], new[head]):
        head += 1
    tail = 0
    while tail < shorter - head and same(old[-1 - tail], new[-1 - tail]):
        tail += 1
    both = head + shorter - head - tail
    return both, range(head, both), range(both, len(old) - tail), new[both : len(new) - tail]
