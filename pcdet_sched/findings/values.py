"""What a value of a block is, in words, and the number that it was meant to be."""

from __future__ import annotations

import math
from typing import Any


def as_number(value: Any) -> float | None:
    """A number, or what a text reads as; None for anything else, nan and bools included.

    >>> as_number("1e-3"), as_number(4), as_number(True), as_number("abc")
    (0.001, 4, None, None)
    """
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if isinstance(value, int) or not math.isnan(value) else None
