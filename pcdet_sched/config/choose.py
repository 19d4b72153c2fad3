"""Which mapping of a file is the block that is meant."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from pcdet_sched.config import tree
from pcdet_sched.config.errors import ConfigError, Position
from pcdet_sched.config.problems import position
from pcdet_sched.config.tree import OPTIMIZATION

if TYPE_CHECKING:
    from pcdet_sched.config.reader import Source
    from pcdet_sched.config.values import Path

_NAMES = {list: "a list", str: "a string", type(None): "empty", dict: "a mapping"}


def choose(source: Source, wanted: str | None) -> tuple[str, dict[str, Path]]:
    """The chosen block's dotted path, and all that can be chosen.

    By default OPTIMIZATION, unless only mappings inside it say which OPTIMIZER to use; then the first of these. Where
    OPTIMIZATION does not stand at the top of the file, the first mapping of that name, as in v0.1's MODEL.TRAIN.

    Raises:
        ConfigError: when the file is no mapping with a mapping OPTIMIZATION in it, or has no block of that name.
    """
    below = _require(source)
    found = tree.blocks(source.document)
    if below is not None:
        found = {tree.dotted(below): below} | found
        return _named(wanted if wanted is not None else tree.dotted(below), found)
    name = wanted if wanted is not None else _default(source, found)
    if name == OPTIMIZATION:
        found = {OPTIMIZATION: (OPTIMIZATION,)} | found
    return _named(name, found)


def _named(name: str, found: dict[str, Path]) -> tuple[str, dict[str, Path]]:
    if name not in found:
        raise ConfigError(f"there is no block {name}; the file has {', '.join(found) or OPTIMIZATION}", Position(1, 1))
    return name, found


def _default(source: Source, found: dict[str, Path]) -> str:
    nested = [name for name, path in found.items() if len(path) > 1 and path[0] == OPTIMIZATION]
    if "OPTIMIZER" in source.document[OPTIMIZATION] or not nested:
        return OPTIMIZATION
    return nested[0]


def _require(source: Source) -> Path | None:
    """Where OPTIMIZATION stands if not at the top of the file. Raises ConfigError where no mapping has that name."""
    document = source.document
    if not isinstance(document, dict):
        message = f"the file is {_kind(document)}; it has to be a mapping with {OPTIMIZATION} in it"
        raise ConfigError(message, position(source.root.start_mark))
    if OPTIMIZATION not in document:
        below = next((path for path, _ in tree.mappings(document) if path and path[-1] == OPTIMIZATION), None)
        if below is not None:
            return below
        close = difflib.get_close_matches(OPTIMIZATION, [key for key in document if isinstance(key, str)], 1)
        hint = f" (did you mean {close[0]}?)" if close else ""
        raise ConfigError(f"there is no {OPTIMIZATION} in the file{hint}", position(source.root.start_mark))
    if not isinstance(document[OPTIMIZATION], dict):
        message = f"{OPTIMIZATION} is {_kind(document[OPTIMIZATION])}; it has to be a mapping of keys"
        raise ConfigError(message, tree.way(source, (OPTIMIZATION,))[0].value_position)
    return None


def _kind(value: object) -> str:
    return _NAMES.get(type(value), f"a {type(value).__name__}")
