"""Numbers in JSON, which has neither nan nor inf."""

from __future__ import annotations

import math
from typing import Any

_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def encode(value: float | None) -> float | str | None:
    """A number as JSON can hold it: nan, inf and -inf become texts, None (not measured) stays.

    >>> encode(1.5), encode(math.inf), encode(None)
    (1.5, 'inf', None)
    """
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def decode(value: Any) -> float | None:
    """What `encode` wrote. Raises ValueError for anything else.

    >>> decode("-inf"), decode(3)
    (-inf, 3.0)
    """
    if value is None:
        return None
    if isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r:.40} is no number")  # noqa: TRY004 - what is wrong is the file
    try:
        return float(value)
    except OverflowError:
        raise ValueError("a number is too large") from None


def decode_number(value: Any) -> float:
    """The same where there must be a number. Raises ValueError."""
    number = decode(value)
    if number is None:
        raise ValueError("null where a number is needed")
    return number
