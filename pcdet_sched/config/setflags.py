"""Edits → tokens for the trainer's `--set`, which takes fewer of them than a file does.

The trainer (pcdet/config.py, every release) reads a token with `ast.literal_eval`, or else as a string; the key
must be in the file, and the type must be the one that the key has. A list is taken as a literal, or, where the
token is no literal, as parts between commas that take the type of the list's first element. (Numbers between
commas are a literal: a tuple, on which the trainer stops.)
"""

from __future__ import annotations

import ast
import math
import warnings
from typing import TYPE_CHECKING, Any

from pcdet_sched.config.tree import dotted
from pcdet_sched.config.values import Path, at, same

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ARTICLES = {int: "an integer", float: "a float", bool: "a bool", str: "a string", list: "a list", dict: "a mapping"}


class RefusedError(ValueError):
    """Why the trainer's `--set` would not do it."""


def flags(document: Any, edits: Mapping[Path, object]) -> tuple[list[str], dict[Path, str]]:
    """Tokens for the edits, which go by the path of the key, and the edits that have none with the reason."""
    tokens: list[str] = []
    refusals: dict[Path, str] = {}
    for path, value in edits.items():
        try:
            tokens += list(_tokens(path, at(document, path[:-1]), str(path[-1]), value))
        except RefusedError as error:
            refusals[path] = str(error)
    return tokens, refusals


def _tokens(path: Path, block: dict[str, object], key: str, value: object) -> Iterator[str]:
    _require_name(path, block, key, value)
    present = block[key]
    if isinstance(present, dict) and isinstance(value, dict) and present.keys() == value.keys():
        for part in value:
            if not same(value[part], present[part]):
                yield from _tokens((*path, part), present, part, value[part])
        return
    for token in _candidates(value):
        if same(read_token(token, present), value):
            yield from (dotted(path), token)
            return
    raise RefusedError(_reason(present, value))


def _require_name(path: Path, block: dict[str, object], key: str, value: object) -> None:
    if value is None:
        raise RefusedError("--set cannot remove a key")
    if key not in block:
        raise RefusedError("--set changes only keys that the file has, and this one is new")
    if not all(isinstance(step, str) and "." not in step for step in path):
        raise RefusedError(f"--set cannot name {dotted(path)}: it takes every dot as a step into a mapping")


def _candidates(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    if isinstance(value, list):
        yield "[" + ",".join(map(_literal, value)) + "]"
        yield ",".join(str(part) for part in value)
    elif not isinstance(value, dict):
        yield _literal(value)


def _literal(value: object) -> str:
    if isinstance(value, float) and math.isinf(value):
        return "1e999" if value > 0 else "-1e999"
    if isinstance(value, list):
        return "[" + ",".join(map(_literal, value)) + "]"
    return repr(value)


def read_token(token: str, present: object) -> object:
    """What the trainer makes of a token for a key that has the value `present`; None where it stops.

    >>> read_token("0.01", 0.003), read_token("1", 0.003), read_token("[35,45]", [1]), read_token("35,45", [1])
    (0.01, None, [35, 45], None)
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python does not know
            value = ast.literal_eval(token)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        value = token
    if type(value) is type(present):
        return value
    if not (isinstance(present, list) and present and isinstance(value, str)):
        return None
    kind: Any = type(present[0])
    try:
        return [kind(part) for part in value.split(",")]
    except (ValueError, TypeError):
        return None


def _reason(present: object, value: object) -> str:
    if type(present) is type(value):
        return "--set has no way to write this value"
    has, new = _article(present), _article(value)
    hint = f": write {float(value)!r}" if isinstance(present, float) and type(value) is int else ""
    return f"--set keeps the type: the file has {has} here, this is {new}{hint}"


def _article(value: object) -> str:
    return "null" if value is None else _ARTICLES.get(type(value), f"a {type(value).__name__}")
