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
from pcdet_sched.language import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ARTICLES = {
    int: N_("an integer"), float: N_("a float"), bool: N_("a bool"), str: N_("a string"), list: N_("a list"),
    dict: N_("a mapping"), type(None): "null",
}  # fmt: skip


class RefusedError(ValueError):
    """Why the trainer's `--set` would not do it."""


def flags(document: object, edits: Mapping[Path, object]) -> tuple[list[str], dict[Path, str]]:
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
        raise RefusedError(_("--set cannot remove a key"))
    if key not in block:
        raise RefusedError(_("--set changes only keys that the file has, and this one is new"))
    if not all(isinstance(step, str) and "." not in step for step in path):
        raise RefusedError(
            _("--set cannot name {path}: it takes every dot as a step into a mapping", path=dotted(path))
        )


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
        return _("--set has no way to write this value")
    said = {"has": _article(present), "new": _article(value)}
    if isinstance(present, float) and type(value) is int:
        write = {**said, "number": repr(float(value))}
        return _("--set keeps the type: the file has {has} here, this is {new}: write {number}", **write)
    return _("--set keeps the type: the file has {has} here, this is {new}", **said)


def _article(value: object) -> str:
    name = _ARTICLES.get(type(value))
    return _("a {type}", type=type(value).__name__) if name is None else _(name)
