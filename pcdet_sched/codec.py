"""Frozen objects as JSON and back, from their types: one rule for nan and inf, for sizes and for refusals.

JSON has neither nan nor inf: they are the texts "nan", "inf" and "-inf"; where a text may stand as well, one that reads
so has a quote before it. What is read back is a stranger's file: a value of another type, a field that is unknown or
missing, a text or list that is too long is a CodecError.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar, get_args

from cattrs import ClassValidationError, Converter, IterableValidationError, transform_error
from cattrs.errors import ForbiddenExtraKeysError

from pcdet_sched.language import _

_Kind = TypeVar("_Kind")
_WORDS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
_QUOTE = "'"
Block = Mapping[str, object]
"""A mapping whose values have no type of their own: null, flags, numbers, texts, and lists and mappings of these."""


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

    def text(value: object, _kind: object) -> str:
        if not isinstance(value, str) or len(value) > max_text:
            raise ValueError(_("a text of at most {most} characters is needed", most=max_text))
        return value

    def items(value: object, kind: object) -> tuple[object, ...]:
        if not isinstance(value, list) or len(value) > max_items:
            raise ValueError(_("a list of at most {most} entries is needed", most=max_items))
        one = made.get_structure_hook(get_args(kind)[0])
        return tuple([one(item, get_args(kind)[0]) for item in value])

    def listed(kind: object) -> Callable[[Iterable[object]], list[object]]:
        one = made.get_unstructure_hook(get_args(kind)[0])
        return lambda value: [one(item) for item in value]

    made.register_structure_hook(str, text)
    made.register_structure_hook(int, _whole)
    made.register_structure_hook(float, _number)
    made.register_structure_hook(bool, _flag)
    made.register_structure_hook_func(lambda kind: kind == Block, _block)
    made.register_unstructure_hook_func(lambda kind: kind == Block, _written_block)
    made.register_unstructure_hook(float, encode)
    made.register_structure_hook_func(_is_many, items)
    made.register_unstructure_hook_factory(_is_many, listed)
    return made


def _is_many(kind: object) -> bool:
    return getattr(kind, "__origin__", None) is tuple and get_args(kind)[1:] == (...,)


def read(by: Converter, values: object, kind: type[_Kind]) -> _Kind:
    """Values that JSON has → an object. Raises CodecError for anything else."""
    try:
        return by.structure(values, kind)
    except (ClassValidationError, IterableValidationError) as error:
        first = transform_error(error, path="$", format_exception=_sentence)[0]
        raise CodecError(first.removesuffix(" @ $").replace("$.", "")[:300]) from error
    except (TypeError, KeyError, ValueError, AttributeError, RecursionError) as error:
        raise CodecError(_sentence(error)[:300]) from error


def _sentence(error: BaseException, _kind: object = None) -> str:
    if isinstance(error, KeyError):
        return _("{field} is missing", field=error)
    if isinstance(error, ForbiddenExtraKeysError):
        return _("{fields} is not known", fields=", ".join(sorted(map(str, error.extra_fields))))
    if isinstance(error, (TypeError, AttributeError)):
        return _("an object with named fields is needed")
    return str(error) or type(error).__name__


def loads(text: str | bytes, most: int, *, constants: bool = False) -> object:
    """JSON by the letter, of at most so many bytes. Raises CodecError.

    `constants`: NaN and Infinity stand for themselves, as in what 0.1.0 wrote.

    >>> loads("[NaN]", 100)
    Traceback (most recent call last):
    ...
    pcdet_sched.codec.CodecError: this is not JSON: NaN is not a number there
    """
    if len(text) > most:
        raise CodecError(_("{n:,} bytes; at most {most:,} are read", n=len(text), most=most))
    try:
        return json.loads(text, parse_constant=None if constants else _no_constant)
    except (ValueError, RecursionError) as error:
        raise CodecError(_("this is not JSON: {why}", why=error)) from error


def bounded(values: object, most: int, deepest: int) -> None:
    """Raise CodecError where lists and mappings hold more than so many values, or go deeper; looks no further then.

    >>> bounded([[1, 2], 3], most=4, deepest=2)
    Traceback (most recent call last):
    ...
    pcdet_sched.codec.CodecError: more than 4 values
    """
    parts = [(values, 0)]
    for seen in range(most):
        if not parts:
            return
        value, depth = parts.pop()
        if depth > deepest:
            raise CodecError(_("it is nested too deeply: more than {most} levels", most=deepest))
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        parts += [(part, depth + 1) for part in inner]
        if seen + len(parts) >= most:
            raise CodecError(_("more than {most:,} values", most=most))


def _no_constant(name: str) -> float:
    raise ValueError(_("{name} is not a number there", name=name))


def encode(value: float) -> float | str:
    """A number as JSON can hold it.

    >>> encode(1.5), encode(math.inf)
    (1.5, 'inf')
    """
    if math.isfinite(value):
        return value
    return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"


def _number(value: object, _kind: object = None) -> float:
    if isinstance(value, str) and value in _WORDS:
        return _WORDS[value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(_("{value} is not a number", value=f"{value!r:.40}"))  # noqa: TRY004 - what is wrong is the file
    try:
        return float(value)
    except OverflowError:
        raise ValueError(_("a number is too large")) from None


def _whole(value: object, _kind: object = None) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError(_("{value} is not a whole number", value=f"{value!r:.40}"))
    return value


def _flag(value: object, _kind: object = None) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("{value} is not true or false", value=f"{value!r:.40}"))  # noqa: TRY004 - what is wrong is the file
    return value


def _written_block(values: Block) -> dict[str, object]:
    if not all(isinstance(key, str) for key in values):
        raise CodecError(_("a block with a key that is not a string cannot be written as JSON"))
    return {key: _written(value) for key, value in values.items()}


def _written(value: object) -> object:
    if isinstance(value, dict):
        return _written_block(value)
    if isinstance(value, (list, tuple)):
        return [_written(item) for item in value]
    if type(value) is float:
        return encode(value)
    if type(value) is str and value.lstrip(_QUOTE) in _WORDS:
        return _QUOTE + value
    return _checked(value)


def _block(values: object, _kind: object = None) -> dict[str, object]:
    if not isinstance(values, dict):
        raise ValueError(_("a mapping of keys is needed"))  # noqa: TRY004 - what is wrong is the file
    return {key: _meant(value) for key, value in values.items()}


def _meant(value: object) -> object:
    if isinstance(value, dict):
        return _block(value)
    if isinstance(value, list):
        return [_meant(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise CodecError(_("{value} is not a number in JSON", value=value))
    if isinstance(value, str) and value.lstrip(_QUOTE) in _WORDS:
        return value[1:] if value.startswith(_QUOTE) else _WORDS[value]
    return _checked(value)


def _checked(value: object) -> object:
    """A value that YAML and JSON have in common, not a date, and a number that both can write."""
    if value is not None and type(value) not in (bool, int, float, str):
        raise CodecError(_("a value of type {type} cannot be written as JSON", type=type(value).__name__))
    if type(value) is int and value.bit_length() > 1000:
        raise CodecError(_("a number has more than 300 digits"))
    if type(value) is str and not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise CodecError(_("a text is not Unicode")) from None
    return value
