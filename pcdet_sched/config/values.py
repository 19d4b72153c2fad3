"""Plain values: equal in type as well as in value, copied, and made plain."""

from __future__ import annotations

import datetime as dt
import math
import numbers
from collections.abc import Mapping
from typing import Any

from pcdet_sched.config.errors import EditError
from pcdet_sched.language import _

Path = tuple["str | int", ...]


def same(a: Any, b: Any) -> bool:
    """Whether the trainer would see no difference: same types, same values, nan equal to nan.

    >>> same(1, 1.0), same(1, True), same(float("nan"), float("nan")), same([0.1], [0.1])
    (False, False, True, True)
    """
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return (a == b and math.copysign(1, a) == math.copysign(1, b)) or (math.isnan(a) and math.isnan(b))
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return _same_mapping(a, b)
    return bool(a == b)


def _same_mapping(a: dict[object, object], b: dict[object, object]) -> bool:
    if len(a) != len(b):
        return False
    keys = {key: key for key in b}
    return all(key in b and same(key, keys[key]) and same(value, b[key]) for key, value in a.items())


def copied(value: object) -> Any:
    """A copy whose mappings and lists are its own."""
    if type(value) is dict:
        return {key: copied(part) for key, part in value.items()}
    if type(value) is list:
        return [copied(part) for part in value]
    return value


def writable(value: object) -> object:
    """A value as a YAML file can hold it: numpy's numbers become Python's, tuples become lists.

    Raises:
        EditError: for anything that YAML's safe types cannot hold.
    """
    try:
        return _writable(value)
    except RecursionError as error:
        raise EditError(_("a value that is nested so deeply cannot be written")) from error


def _writable(value: object) -> object:
    if value is None or type(value) in (bool, int, float, dt.date, dt.datetime):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_writable(key): _writable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_writable(part) for part in value]
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise EditError(_("a value of type {name} cannot be written to YAML", name=type(value).__name__))


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise EditError(_("half of a surrogate pair cannot be written")) from error
    return str(value)


def at(document: Any, path: Path) -> Any:
    """What stands at `path`. Raises KeyError, IndexError or TypeError where nothing does."""
    for step in path:
        document = document[step]
    return document


def put(document: Any, path: Path, value: object) -> object:
    """`document` with `value` at `path`; only the mappings and lists on the way are copied."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    changed: Any = dict(document) if isinstance(document, dict) else list(document)
    changed[step] = put(document[step], rest, value)
    return changed
