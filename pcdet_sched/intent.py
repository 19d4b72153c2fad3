"""What the author of a block meant, where the trainer would not take it as it is written."""

from __future__ import annotations

from typing import Any

_WHOLE = ("BATCH_SIZE_PER_GPU", "NUM_EPOCHS")
_NUMBERS = ("LR", "PCT_START", "DIV_FACTOR", "WARMUP_ITER", "LR_DECAY", "LR_CLIP", "WARMUP_EPOCH", "MOMENTUM")
_LISTS = ("MOMS", "DECAY_STEP_LIST")
# Values that the curves do not depend on; one that is broken must not hide them.
_NO_PART = {"WEIGHT_DECAY": 0.0, "GRAD_NORM_CLIP": 10, "BETAS": [0.9, 0.99], "USE_AMP": False}


def as_meant(block: dict[str, Any]) -> dict[str, Any]:
    """The block with numbers for the texts that read as numbers, and with the keys that no curve depends on set aside.

    >>> as_meant({"LR": "1e-3", "NUM_EPOCHS": "80", "WEIGHT_DECAY": "abc"})["LR"]
    0.001
    """
    meant = {**block, **_NO_PART}
    for name in _WHOLE:
        if isinstance(block.get(name), str):
            meant[name] = _number(block[name], int)
    for name in _NUMBERS:
        meant |= {name: _number(block[name], float)} if isinstance(block.get(name), str) else {}
    for name in _LISTS:
        if isinstance(block.get(name), list):
            meant[name] = [_number(item, float) for item in block[name]]
    if str(block.get("OPTIMIZER")) in ("adam_onecycle", "adam_cosineanneal"):
        meant["DECAY_STEP_LIST"] = []  # must be valid, and has no effect
    else:
        meant.setdefault("LR_WARMUP", False)
    return meant


def _number(value: Any, kind: type[int | float]) -> Any:
    """The number that a text reads as, else the value itself."""
    if not isinstance(value, str):
        return value
    try:
        return kind(value)
    except ValueError:
        return value
