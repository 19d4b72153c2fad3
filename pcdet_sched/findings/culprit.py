"""The key whose value stops the trainer, found by putting a sound value in its place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pcdet_sched.findings.look import Cause
from pcdet_sched.findings.wording import counted, setting, shown, stops
from pcdet_sched.key import Key, as_number
from pcdet_sched.keys import KEYS

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash
    from pcdet_sched.findings.look import Look

# What a value outside of its range does where the exception itself says little.
_REASONS = {
    ("PCT_START", "AssertionError"): "leaves no part of the run for lr to rise, which fails an assertion",
    ("DIV_FACTOR", "ZeroDivisionError"): "divides LR by zero",
    ("LR", "ZeroDivisionError"): "divides LR_CLIP by zero",
    ("BATCH_SIZE_PER_GPU", "ValueError"): "is no batch size: torch takes a positive whole number",
}


def culprit(now: Look, crash: Crash) -> Cause | None:
    """The key that has to change for the trainer to get further; None where no single one helps.

    Suspects are the keys with an unsound value, in the order in which the table lists them, then all the others. For
    each, what its value reads as is tried before the default.
    """
    second: Cause | None = None
    for key, value, better in _suspects(now):
        helps = now.helps({key.name: better})
        if helps == 2:
            return _cause(now, crash, key, value, better)
        if helps == 1 and second is None and not key.is_sound(value):
            second = _cause(now, crash, key, value, better)
    return second


def _suspects(now: Look) -> Iterator[tuple[Key, Any, Any]]:
    """Key, its value, and a value to try in its place."""
    there = [(key, now.block[name]) for name, key in KEYS.items() if name in now.block]
    for key, value in there:
        if not key.is_sound(value):
            meant = key.as_meant(value)
            yield from ((key, value, meant) for _ in range(meant is not None and _differs(meant, value)))
            yield key, value, key.default
    yield from ((key, value, key.default) for key, value in there if key.is_sound(value) and value != key.default)


def _differs(a: Any, b: Any) -> bool:
    return type(a) is not type(b) or a != b


def _cause(now: Look, crash: Crash, key: Key, value: Any, better: Any) -> Cause:
    code, reason = _reason(key, value, crash)
    consequence = stops(now.plan.trainer, crash)
    guess = "" if better == key.as_meant(value) else ", for instance"
    message = f"{setting(key.name, value)} {reason}, {consequence}: write `{shown(better)}`{guess}."
    return Cause(code, message, key.name, {key.name: better})


def _reason(key: Key, value: Any, crash: Crash) -> tuple[str, str]:
    """Code and a clause on what is wrong with the value."""
    if key.is_list and isinstance(value, list):
        return _list_reason(key, value, crash)
    if isinstance(value, str) and not key.is_list and key.kind != "bool":
        return "text-for-number", _text_reason(value)
    return _type_reason(key, value) or _refused(key, value, crash)


def _list_reason(key: Key, values: list[Any], crash: Crash) -> tuple[str, str]:
    texts = [item for item in values if isinstance(item, str)]
    if texts:
        return "text-for-number", f"holds text: `{shown(texts[0])}` {_text_reason(texts[0])}"
    odd = [item for item in values if _type_reason(key, item, item=True)]
    if odd:
        return "wrong-type", f"holds `{shown(odd[0])}`, which is no number"
    if key.length not in (None, len(values)):
        return "wrong-length", f"has {counted(len(values), 'number')} where {key.length} are needed"
    return _refused(key, values, crash)


def _text_reason(text: str) -> str:
    if as_number(text) is None:
        return "is text, not a number"
    if "," in text:
        return "is text, because YAML wants a dot in a number and no comma"
    if shown(text) != text:
        return "is text, because it is in quotes"
    return "is a string to the trainer's YAML reader, which takes a float only with a dot and a signed exponent"


def _type_reason(key: Key, value: Any, item: bool = False) -> tuple[str, str] | None:
    needed = (
        "a number" if item else {"float": "a number", "int": "a whole number", "bool": "True or False"}.get(key.kind)
    )
    needed = needed or f"a {key.type_text}"
    if value is None:
        return "wrong-type", f"has no value where {needed} is needed"
    names = {bool: "a boolean", list: "a list", dict: "a mapping", str: "text", float: "a float"}
    whole = type(value) is float and key.kind == "int" and math.isfinite(value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and not whole and not key.is_list and key.kind != "bool":
        return None
    if item and number:
        return None
    return (
        "wrong-type",
        f"is {names.get(type(value), 'a number' if number else type(value).__name__)} where {needed} is needed",
    )


def _refused(key: Key, value: Any, crash: Crash) -> tuple[str, str]:
    numbers = value if isinstance(value, list) else [value]
    if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
        return "refused-value", "is not finite" if numbers == [value] else "holds a number that is not finite"
    reason = _REASONS.get((key.name, crash.exception))
    if reason is not None and not key.in_range(value):
        return "refused-value", reason
    range_text = f" (it should be {key.range_text})" if key.range_text and not key.in_range(value) else ""
    said = f": {crash.message}" if crash.message and len(crash.message) < 80 else ""
    return "refused-value", f"is refused{range_text}{said}"
