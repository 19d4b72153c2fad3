"""Frozen objects as JSON and back, from their types: one rule for nan and inf, for sizes and for refusals.

JSON has neither nan nor inf: they are the texts "nan", "inf" and "-inf". What is read back is a stranger's file: a
value of another type, a field that is unknown or missing, a text or list that is too long is a CodecError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar, get_args

from cattrs import ClassValidationError, Converter, IterableValidationError, transform_error
from cattrs.errors import ForbiddenExtraKeysError

_Kind = TypeVar("_Kind")
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


class CodecError(ValueError):
    """What cannot be read; the message is a sentence with the path of what is wrong."""


def converter(max_text: int = 200, max_items: int = 100_000) -> Converter:
    """A converter of dataclasses with the rules of this module.

    `max_text`: characters of a text, `max_items`: entries of a list. Further hooks may be registered.

    >>> both = converter(max_items=2)
    >>> both.unstructure((1.5, math.inf), tuple[float, ...])
    [1.5, 'inf']
    >>> read(both, [1, 2, 3], tuple[float, ...])
    Traceback (most recent call last):
    ...
    pcdet_sched.codec.CodecError: a list of at most 2 entries is needed
    """
    made = Converter(forbid_extra_keys=True)

    def text(value: Any, _: Any) -> str:
        if not isinstance(value, str) or len(value) > max_text:
            raise ValueError(f"a text of at most {max_text} characters is needed")
        return value

    def items(value: Any, kind: Any) -> tuple[Any, ...]:
        if not isinstance(value, list) or len(value) > max_items:
            raise ValueError(f"a list of at most {max_items} entries is needed")
        one = made.get_structure_hook(get_args(kind)[0])
        return tuple([one(item, get_args(kind)[0]) for item in value])

    def listed(kind: Any) -> Callable[[Any], list[Any]]:
        one = made.get_unstructure_hook(get_args(kind)[0])
        return lambda value: [one(item) for item in value]

    made.register_structure_hook(str, text)
    made.register_structure_hook(int, _whole)
    made.register_structure_hook(float, _number)
    made.register_structure_hook(bool, _flag)
    made.register_unstructure_hook(float, encode)
    made.register_structure_hook_func(_is_many, items)
    made.register_unstructure_hook_factory(_is_many, listed)
    return made


def _is_many(kind: Any) -> bool:
    return getattr(kind, "__origin__", None) is tuple and get_args(kind)[1:] == (...,)


def read(by: Converter, values: Any, kind: type[_Kind]) -> _Kind:
    """Values that JSON has → an object. Raises CodecError for anything else."""
    try:
        return by.structure(values, kind)
    except (ClassValidationError, IterableValidationError) as error:
        first = transform_error(error, path="$", format_exception=_sentence)[0]
        raise CodecError(first.removesuffix(" @ $").replace("$.", "")[:300]) from error
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
        raise CodecError(_sentence(error)[:300]) from error


def _sentence(error: BaseException, _: Any = None) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    if isinstance(error, ForbiddenExtraKeysError):
        return f"{', '.join(sorted(error.extra_fields))} is not known"
    return str(error) or type(error).__name__


def loads(text: str | bytes, most: int) -> Any:
    """JSON by the letter, of at most so many bytes. Raises CodecError.

    >>> loads("[NaN]", 100)
    Traceback (most recent call last):
    ...
    pcdet_sched.codec.CodecError: this is not JSON: NaN is not a number there
    """
    if len(text) > most:
        raise CodecError(f"{len(text):,} bytes; at most {most:,} are read")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"this is not JSON: {error}") from error


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number there")


def encode(value: float) -> float | str:
    """A number as JSON can hold it.

    >>> encode(1.5), encode(math.inf)
    (1.5, 'inf')
    """
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _number(value: Any, _: Any = None) -> float:
    if isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{value!r:.40} is not a number")  # noqa: TRY004 - what is wrong is the file
    try:
        return float(value)
    except OverflowError:
        raise ValueError("a number is too large") from None


def _whole(value: Any, _: Any = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError(f"{value!r:.40} is not a whole number")
    return value


def _flag(value: Any, _: Any = None) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r:.40} is not true or false")  # noqa: TRY004 - what is wrong is the file
    return value
