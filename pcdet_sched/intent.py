"""What a value is, and what the author of a block meant where the trainer would not take it as it is written."""

from __future__ import annotations

import math
from typing import Any

from pcdet_sched.keys import KEYS, Key

_TRUE = ("true", "yes", "on", "1")
# Counts: the trainer takes no fraction for them.
_WHOLE = ("BATCH_SIZE_PER_GPU", "NUM_EPOCHS")
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


# Values that the curves do not depend on; one that is broken must not hide them.
_NO_PART = {"WEIGHT_DECAY": 0.0, "GRAD_NORM_CLIP": 10, "BETAS": [0.9, 0.99], "USE_AMP": False}


def block_as_meant(block: dict[str, Any]) -> dict[str, Any]:
    """The block with what its texts read as, and with the keys that no curve depends on set aside.

    >>> meant = block_as_meant({"LR": "0,003", "NUM_EPOCHS": "80.0", "WEIGHT_DECAY": "abc"})
    >>> meant["LR"], meant["NUM_EPOCHS"]
    (0.003, 80)
    """
    meant = {**block, **{name: _read_value(name, value) for name, value in block.items()}, **_NO_PART}
    if str(block.get("OPTIMIZER")) in ("adam_onecycle", "adam_cosineanneal"):
        meant["DECAY_STEP_LIST"] = []  # must be valid, and has no effect
    else:
        meant.setdefault("LR_WARMUP", False)
    return meant


def _read_value(name: str, value: Any) -> Any:
    """The value, or what it reads as where it is text, or a fraction where the trainer counts."""
    key, items = KEYS.get(name), value if isinstance(value, list) else [value]
    readable = any(isinstance(item, str) for item in items) or (name in _WHOLE and isinstance(value, float))
    read = as_meant(key, value) if key is not None and readable else None
    return value if read is None else read
