"""The key whose value stops the trainer, found by putting a sound value in its place; and what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from pcdet_sched.findings.report import enter, found_by
from pcdet_sched.findings.stops import Cause, Look
from pcdet_sched.findings.wording import setting, shown
from pcdet_sched.key import Key, as_number, is_number
from pcdet_sched.keys import KEYS
from pcdet_sched.language import N_, _, ngettext

if TYPE_CHECKING:
    from pcdet_sched.crash import Crash


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


def _suspects(now: Look) -> Iterator[tuple[Key, object, object]]:
    """Key, its value, and a value to try in its place. An OPTIMIZER that the trainer knows is none."""
    known = now.trainer.optimizer(now.block.get("OPTIMIZER")) is not None
    names = [name for name in KEYS if name in now.block and not (known and KEYS[name].kind == "choice")]
    there = [(KEYS[name], now.block[name]) for name in names]
    for key, value in there:
        if not key.is_sound(value):
            meant = key.as_meant(value)
            if meant is not None and (type(meant) is not type(value) or meant != value):
                yield key, value, meant
            yield key, value, key.default
    yield from ((key, value, key.default) for key, value in there if key.is_sound(value) and value != key.default)


def _cause(now: Look, crash: Crash, key: Key, value: object, better: object) -> Cause:
    faults = ((code, fault(key, value, crash)) for code, fault in FAULTS.items())
    code, said = next((code, said) for code, said in faults if said)
    such = {"fault": said, "stop": now.stops, "better": shown(better)}
    if better == key.as_meant(value):
        message = _("{fault}, {stop}: write `{better}`.", **such)
    else:
        message = _("{fault}, {stop}: write `{better}`, for instance.", **such)
    return Cause(message, key.name, {key.name: better}, code=code)


Fault = Callable[[Key, object, "Crash"], "str | None"]
FAULTS: dict[str, Fault] = {}
"""Code → what says, as a clause, that a value has that fault; in the order in which they are asked."""


def fault(name: str, title: str, explanation: str) -> Callable[[Fault], Fault]:
    """Register a function that knows one fault of a value; title and explanation are marked with `N_`."""
    return found_by(FAULTS, enter(name, "error", title, explanation))


@fault(
    "text-for-number", N_("Text where a number is needed"),
    N_("PyYAML reads YAML 1.1: a float needs a dot and a signed exponent, so 1e-3 and 1e-07 are text, and so is "
    "whatever is in quotes. The trainer computes with it and stops. Write 0.001 or 1.0e-07."),
)  # fmt: skip
def text(key: Key, value: object, _crash: Crash) -> str | None:
    """The value is a string, or the list holds one."""
    if key.is_list and isinstance(value, list):
        texts = [item for item in value if isinstance(item, str)]
        such = {"setting": setting(key.name, value), "item": shown(texts[0]) if texts else ""}
        return _why_text(_("{setting} holds text: `{item}`", **such), texts[0]) if texts else None
    if isinstance(value, str) and not key.is_list and key.kind != "bool":
        return _why_text(setting(key.name, value), value)
    return None


def _why_text(what: str, text: str) -> str:
    if as_number(text) is None:
        return _("{what} is text, not a number", what=what)
    if "," in text:
        return _("{what} is text, because YAML wants a dot in a number and no comma", what=what)
    if shown(text) != text:
        return _("{what} is text, because it is in quotes", what=what)
    return _("{what} is a string to the trainer's YAML reader, which takes a float only with a dot and a signed "
        "exponent", what=what)  # fmt: skip


@fault(
    "wrong-type", N_("A value of a kind that the trainer cannot use"),
    N_("An empty value, a list or a mapping where a number is needed, a number where a list is needed, a float "
    "where a whole number is needed, a value that is neither True nor False."),
)  # fmt: skip
def kind(key: Key, value: object, _crash: Crash) -> str | None:
    """The value, or an item of the list, is of another kind than the key's."""
    what = setting(key.name, value)
    if key.is_list and isinstance(value, list):
        odd = next((item for item in value if not is_number(item)), 0.0)
        such = {"setting": what, "item": shown(odd)}
        return None if is_number(odd) else _("{setting} holds `{item}`, which is no number", **such)
    whole = type(value) is float and key.kind == "int" and math.isfinite(value)
    if is_number(value) and not whole and not key.is_list and key.kind != "bool":
        return None
    return _needed(key, what, value)


def _needed(key: Key, what: str, value: object) -> str:
    """What stands there, and what is needed."""
    kinds = {
        type(None): _("no value"), bool: _("a boolean"), list: _("a list"), dict: _("a mapping"), str: _("text"),
        float: _("a float"), int: _("a number"),
    }  # fmt: skip
    such = {"setting": what, "found": kinds.get(type(value), type(value).__name__), "type": key.type_text}
    match key.kind, value is None:
        case "bool", True:
            return _("{setting} has no value where True or False is needed", **such)
        case "bool", False:
            return _("{setting} is {found} where True or False is needed", **such)
        case _kind, True:
            return _("{setting} has no value where a {type} is needed", **such)
        case _kind, _absent:
            return _("{setting} is {found} where a {type} is needed", **such)


@fault(
    "wrong-length", N_("A list with too few or too many numbers"),
    N_("MOMS and BETAS hold exactly two numbers. MOMS go to the schedule as they are, so a wrong count shows only "
    "when it is first evaluated."),
)  # fmt: skip
def length(key: Key, value: object, _crash: Crash) -> str | None:
    """A list of another length."""
    if not key.is_list or not isinstance(value, list) or key.length in (None, len(value)):
        return None
    return ngettext(
        "{setting} has {n} number where {needed} are needed", "{setting} has {n} numbers where {needed} are needed",
        len(value), n=len(value), setting=setting(key.name, value), needed=key.length,
    )  # fmt: skip


# What a value outside of its range does where the exception itself says little.
_REASONS = {
    ("PCT_START", "AssertionError"): N_("{setting} leaves no part of the run for lr to rise, which fails an assertion"),
    ("DIV_FACTOR", "ZeroDivisionError"): N_("{setting} divides LR by zero"),
    ("LR", "ZeroDivisionError"): N_("{setting} divides LR_CLIP by zero"),
    ("BATCH_SIZE_PER_GPU", "ValueError"): N_("{setting} is no batch size: torch takes a positive whole number"),
}


@fault(
    "refused-value", N_("A number that the trainer or torch refuses"),
    N_("PCT_START of 0 or less fails an assertion that has no message, DIV_FACTOR 0 divides by zero, a batch size "
    "must be a positive whole number, torch wants BETAS in [0, 1) and, for adam and sgd, nothing negative."),
)  # fmt: skip
def refused(key: Key, value: object, crash: Crash) -> str:
    """A number of the right kind that is not taken; every value that has no other fault is one."""
    such = {"setting": setting(key.name, value), "range": key.range_text, "message": crash.message}
    numbers = value if isinstance(value, list) else [value]
    if any(isinstance(number, float) and not math.isfinite(number) for number in numbers):
        if isinstance(value, list):
            return _("{setting} holds a number that is not finite", **such)
        return _("{setting} is not finite", **such)
    reason = _REASONS.get((key.name, crash.exception))
    if reason is not None and not key.in_range(value):
        return _(reason, **such)
    match bool(key.range_text) and not key.in_range(value), 0 < len(crash.message) < 80:
        case True, True:
            return _("{setting} is refused (it should be {range}): {message}", **such)
        case True, False:
            return _("{setting} is refused (it should be {range})", **such)
        case False, True:
            return _("{setting} is refused: {message}", **such)
        case _other:
            return _("{setting} is refused", **such)
