"""What a value of a block is, and the nearest value that the trainer can take."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pcdet_sched.keys import Key

_TRUE = ("true", "yes", "on", "1")
# A whole number beyond this fits no machine word, and neither torch nor range() takes it.
_WORD = 2**63
# A longer whole number is no float any more.
_FLOAT_BITS = 1023


def as_number(value: Any) -> float | None:
    """A number, or what a text reads as (a comma may be the dot); None for anything else, such as nan.

    >>> as_number("1e-3"), as_number("0,01"), as_number(4), as_number(True), as_number("abc")
    (0.001, 0.01, 4, None, None)
    """
    if isinstance(value, str):
        value = _read(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float):
        return None if math.isnan(value) else value
    return value if value.bit_length() <= _FLOAT_BITS else None


def _read(text: str) -> float | None:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        return None


def is_sound(key: Key, value: Any) -> bool:
    """Whether a value is of the key's type and in its range, so that no release has a reason to refuse it."""
    if key.kind == "bool":
        return isinstance(value, bool)
    if key.kind == "choice":
        return value in key.choices if isinstance(value, str) else False
    if key.is_list:
        fits = isinstance(value, list) and key.length in (None, len(value))
        return fits and all(_sound_number(key, item) for item in value)
    return _sound_number(key, value)


def _sound_number(key: Key, value: Any) -> bool:
    if not key.in_range(value) or isinstance(value, list):
        return False
    if isinstance(value, int):
        return abs(value) < _WORD
    return key.kind not in ("int", "int list") and math.isfinite(value)


def mended(key: Key, value: Any) -> Any:
    """A sound value in place of one that is not: what it reads as, else the default.

    >>> from pcdet_sched.keys import KEYS
    >>> mended(KEYS["LR"], "1e-3"), mended(KEYS["NUM_EPOCHS"], 80.0), mended(KEYS["MOMS"], ["0.95", "0.85"])
    (0.001, 80, [0.95, 0.85])
    >>> mended(KEYS["LR"], "abc")
    0.003
    """
    meant = as_meant(key, value)
    return meant if is_sound(key, meant) else key.default


def as_meant(key: Key, value: Any) -> Any:
    """What a value reads as in the key's own type, sound or not; None where it reads as nothing."""
    if key.kind == "bool":
        return value.strip().lower() in _TRUE if isinstance(value, str) else bool(value)
    if not isinstance(value, list):
        return None if key.is_list else _nearest(key, value)
    items = [_nearest(key, item) for item in value]
    return items if key.is_list and None not in items else None


def _nearest(key: Key, value: Any) -> Any:
    number = as_number(value)
    if number is None or not math.isfinite(number):
        return None
    return round(number) if key.kind in ("int", "int list") else number
